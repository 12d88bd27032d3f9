// SPDX-License-Identifier: Apache-2.0
#include "ssh/armor.h"

#include <algorithm>

#include "base/encoding.h"

namespace touchstone::ssh {
namespace {

using base::Code;

constexpr std::size_t kArmorColumns = 70;
constexpr std::size_t kArmorLineMax = 76;

// take_line cuts the first line off text; false when there is none left.
bool take_line(std::string_view& text, std::string_view& line, ArmorForm form) {
  if (text.empty()) {
    return false;
  }
  const std::size_t end = text.find('\n');
  line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  if (form == ArmorForm::kFile && line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return true;
}

}  // namespace

std::string wrap_armor(std::string_view label, base::ByteView bytes) {
  const std::string digits = base::to_base64(bytes);
  std::string text = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t i = 0; i < digits.size(); i += kArmorColumns) {
    text += digits.substr(i, kArmorColumns) + "\n";
  }
  return text + "-----END " + std::string(label) + "-----\n";
}

base::Result<base::Bytes> unwrap_armor(std::string_view label, std::string_view text,
                                       std::size_t max, ArmorForm form) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  std::string_view line;
  if (!take_line(text, line, form) || line != begin) {
    return base::fail(Code::kMalformed, "no line " + begin);
  }
  std::string digits;
  digits.reserve(std::min(text.size(), (max / 3 + 1) * 4));
  for (;;) {
    if (!take_line(text, line, form)) {
      return base::fail(Code::kTruncated, "no line " + end);
    }
    if (line == end) {
      break;
    }
    if (line.empty() || line.size() > kArmorLineMax) {
      return base::fail(Code::kMalformed, "line of " + std::to_string(line.size()) + " columns");
    }
    // Four digits for three bytes: stop before a long text is gathered only to be refused.
    if (digits.size() + line.size() > (max / 3 + 1) * 4) {
      return base::fail(Code::kTooLong, "armored block");
    }
    digits += line;
  }
  while (form == ArmorForm::kFile && (text.starts_with('\n') || text.starts_with('\r'))) {
    text.remove_prefix(1);
  }
  if (!text.empty()) {
    return base::fail(Code::kTrailingBytes, "text after " + end);
  }
  return base::from_base64(digits, max);
}

bool has_canonical_lines(std::string_view block) {
  if (!block.ends_with('\n')) {
    return false;
  }
  block.remove_prefix(block.find('\n') + 1);
  bool last = false;
  while (!block.starts_with('-')) {
    const std::size_t columns = block.find('\n');
    if (last || columns == 0 || columns > kArmorColumns) {
      return false;
    }
    last = columns < kArmorColumns;
    block.remove_prefix(columns + 1);
  }
  return true;
}

}  // namespace touchstone::ssh
