// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "git-integration/batch_header.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

// What was read is what stands there; only zeros before the size are lost.
void fuzz(base::ByteView bytes) {
  const std::string_view line = base::as_text(bytes);
  const auto header = git::parse_batch_header(line);
  if (!header) {
    return;
  }
  const std::string names = header->id + " " + header->type + " ";
  FUZZ_CHECK(line.starts_with(names));
  const std::string_view digits = line.substr(names.size());
  FUZZ_CHECK(digits.find_first_not_of("0123456789") == std::string_view::npos);
  FUZZ_CHECK(digits.ends_with(std::to_string(header->size)));
}
