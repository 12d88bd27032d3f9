// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using touchstone::base::as_text;
using touchstone::base::ByteView;
using touchstone::base::escape_for_display;

// The columns asked for come from the input too, so that every cut is tried.
constexpr std::size_t kColumnsMax = 255;

}  // namespace

// Whatever comes in, nothing goes out that moves the cursor, and showing it twice changes nothing
// but backslashes.
void fuzz(ByteView bytes) {
  const std::size_t columns = bytes.empty() ? kColumnsMax : bytes.front();
  const std::string shown = escape_for_display(as_text(bytes), columns);
  std::size_t code_points = 0;
  for (const char c : shown) {
    const auto byte = static_cast<std::uint8_t>(c);
    FUZZ_CHECK(byte >= 0x20 && byte != 0x7f);
    code_points += (byte & 0xc0U) != 0x80 ? 1 : 0;
  }
  FUZZ_CHECK(code_points <= columns);

  const std::string whole = escape_for_display(as_text(bytes), bytes.size() * 12);
  FUZZ_CHECK(touchstone::base::is_displayable(as_text(bytes)) == (whole == as_text(bytes)));
  std::string without_backslashes = whole;
  std::erase(without_backslashes, '\\');
  FUZZ_CHECK(touchstone::base::is_displayable(without_backslashes));
}
