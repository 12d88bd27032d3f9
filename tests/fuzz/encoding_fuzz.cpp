// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/encoding.h"
#include "tests/fuzz/fuzz.h"

namespace {

using touchstone::base::as_text;
using touchstone::base::ByteView;
using touchstone::base::equal;
using touchstone::base::from_base64;
using touchstone::base::from_hex;
using touchstone::base::to_base64;
using touchstone::base::to_hex;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'F') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

}  // namespace

// Encoding undoes decoding: no two texts stand for one value. Decoding undoes encoding.
void fuzz(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (const auto value = from_base64(text, bytes.size())) {
    FUZZ_CHECK(to_base64(*value) == text);
  }
  if (const auto value = from_hex(text)) {
    FUZZ_CHECK(to_hex(*value) == lower(text));
  }
  const auto base64 = from_base64(to_base64(bytes), bytes.size());
  FUZZ_CHECK(base64.has_value() && equal(*base64, bytes));
  const auto hex = from_hex(to_hex(bytes));
  FUZZ_CHECK(hex.has_value() && equal(*hex, bytes));
  if (!bytes.empty()) {
    FUZZ_CHECK(!from_base64(to_base64(bytes), bytes.size() - 1).has_value());
  }
}
