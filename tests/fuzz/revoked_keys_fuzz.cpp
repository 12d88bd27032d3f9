// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "git-integration/revoked_keys.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

namespace {

constexpr std::string_view kBinaryMagic = "SSHKRL\n";

bool is_read(std::string_view text) { return git::RevokedKeys::parse(text).has_value(); }

}  // namespace

// A file of lines is read when each line is: one that is no key is never passed over, wherever it
// stands. Binary lists are not taken apart by us.
void fuzz(base::ByteView bytes) {
  const std::string_view text = base::as_text(bytes);
  if (text.starts_with(kBinaryMagic)) {
    return;
  }
  const std::string lines(text);
  FUZZ_CHECK(is_read("# comment\n\n" + lines + "\n") == is_read(lines));
  FUZZ_CHECK(!is_read(lines + "\nno key\n"));
}
