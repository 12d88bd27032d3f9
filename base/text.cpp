// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace touchstone::base {
namespace {

constexpr std::size_t kDistanceInputMax = 64;

struct Range {
  char32_t first;
  char32_t last;
};

// Code points that draw nothing, move the cursor or change the order of what is drawn.
constexpr std::array kHidden = {
    Range{0x0000, 0x001f},   Range{0x007f, 0x009f},   Range{0x00ad, 0x00ad},
    Range{0x034f, 0x034f},   Range{0x061c, 0x061c},   Range{0x115f, 0x1160},
    Range{0x17b4, 0x17b5},   Range{0x180b, 0x180f},   Range{0x200b, 0x200f},
    Range{0x2028, 0x202e},   Range{0x2060, 0x206f},   Range{0x2800, 0x2800},
    Range{0x3164, 0x3164},   Range{0xd800, 0xf8ff},   Range{0xfdd0, 0xfdef},
    Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},   Range{0xffa0, 0xffa0},
    Range{0xfff0, 0xffff},   Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3},
    Range{0x1d173, 0x1d17a}, Range{0xe0000, 0x10ffff}};

bool is_hidden(char32_t code_point) {
  if (code_point >= ' ' && code_point <= '~') {
    return false;  // what most text is made of
  }
  // The last two of every plane are non-characters.
  return (code_point & 0xfffeU) == 0xfffe ||
         std::any_of(kHidden.begin(), kHidden.end(), [code_point](Range range) {
           return code_point >= range.first && code_point <= range.last;
         });
}

struct Decoded {
  char32_t code_point;
  std::size_t length;  // 0: not UTF-8
};

// Shortest form only (RFC 3629 section 3).
Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if ((lead & 0xe0U) == 0xc0) {
    length = 2, value = lead & 0x1fU, smallest = 0x80;
  } else if ((lead & 0xf0U) == 0xe0) {
    length = 3, value = lead & 0x0fU, smallest = 0x800;
  } else if ((lead & 0xf8U) == 0xf0) {
    length = 4, value = lead & 0x07U, smallest = 0x10000;
  }
  if (length == 0 || text.size() < length) {
    return {0, 0};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) {
      return {0, 0};
    }
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  if (value < smallest || value > 0x10ffff) {
    return {0, 0};
  }
  return {value, length};
}

std::string hex_byte(std::uint8_t value) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\x%02x", value);
  return text.data();
}

std::string hex_code_point(char32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\u{%04x}", static_cast<unsigned>(value));
  return text.data();
}

std::string shown(std::string_view text, Decoded decoded) {
  if (decoded.length == 0) {
    return hex_byte(static_cast<std::uint8_t>(text.front()));
  }
  if (decoded.code_point == U'\\') {
    return "\\\\";
  }
  if (!is_hidden(decoded.code_point)) {
    return std::string(text.substr(0, decoded.length));
  }
  if (decoded.code_point < 0x80) {
    return hex_byte(static_cast<std::uint8_t>(decoded.code_point));
  }
  return hex_code_point(decoded.code_point);
}

std::size_t columns_of(const std::string& piece) {
  return static_cast<std::size_t>(std::count_if(piece.begin(), piece.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80;
  }));
}

}  // namespace

std::string escape_for_display(std::string_view text, std::size_t columns_max) {
  // What most text is made of needs no care.
  if (text.size() <= columns_max && std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c <= '~' && c != '\\';
      })) {
    return std::string(text);
  }
  std::vector<std::string> pieces;
  std::size_t columns = 0;
  while (!text.empty()) {
    const Decoded decoded = decode_utf8(text);
    std::string piece = shown(text, decoded);
    columns += columns_of(piece);
    pieces.push_back(std::move(piece));
    text.remove_prefix(std::max<std::size_t>(decoded.length, 1));
    if (columns > columns_max) {
      break;
    }
  }
  const bool cut = columns > columns_max;
  while (!pieces.empty() && columns + (cut ? 1 : 0) > columns_max) {
    columns -= columns_of(pieces.back());
    pieces.pop_back();
  }
  std::string out;
  for (const std::string& piece : pieces) {
    out += piece;
  }
  if (cut && columns_max > 0) {
    out += "…";
  }
  return out;
}

bool is_displayable(std::string_view text) { return escape_for_display(text, text.size()) == text; }

std::string escape_markup(std::string_view displayable) {
  std::string out;
  out.reserve(displayable.size());
  for (const char c : displayable) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:  // not an enum
        out += c;
        break;
    }
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  const std::string number = std::to_string(count) + " ";
  if (count == 1) {
    return number + std::string(one);
  }
  return number + (many.empty() ? std::string(one) + "s" : std::string(many));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kDistanceInputMax);
  b = b.substr(0, kDistanceInputMax);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace touchstone::base
