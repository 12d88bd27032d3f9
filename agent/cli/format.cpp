// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/format.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/json/serialize.hpp>

#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a continuation of UTF-8
  }));
}

void append_escape(std::string& text, std::uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) {
    text += kDigits.at((unit >> shift) & 0xFU);
  }
}

// code_point_at decodes valid UTF-8, which boost::json sees to, and moves index past it.
std::uint32_t code_point_at(std::string_view text, std::size_t& index) {
  const auto first = static_cast<unsigned char>(text.at(index++));
  const int more = first >= 0xF0U ? 3 : first >= 0xE0U ? 2 : 1;
  std::uint32_t value = first & (0x3FU >> more);
  for (int i = 0; i < more && index < text.size(); ++i) {
    value = (value << 6U) | (static_cast<unsigned char>(text.at(index++)) & 0x3FU);
  }
  return value;
}

}  // namespace

std::string shown(std::string_view text) {
  return base::escape_for_display(text, kShownColumnsMax);
}

std::string whole(std::string_view text) {
  return base::escape_for_display(text, std::numeric_limits<std::size_t>::max());
}

std::string json_line(const boost::json::object& object) {
  const std::string text = boost::json::serialize(object);
  std::string line;
  line.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text.at(i));
    if (byte < 0x7FU) {
      line += text.at(i++);
      continue;
    }
    std::uint32_t value = byte == 0x7FU ? (++i, 0x7FU) : code_point_at(text, i);
    if (value >= 0x10000U) {
      value -= 0x10000U;
      append_escape(line, 0xD800U + (value >> 10U));
      value = 0xDC00U + (value & 0x3FFU);
    }
    append_escape(line, value);
  }
  return line + "\n";
}

void Table::print(Console& console) const {
  if (rows_.empty()) {
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < headings_.size(); ++column) {
    std::size_t width = columns_of(headings_.at(column));
    for (const auto& row : rows_) {
      width = std::max(width, columns_of(row.at(column).text));
    }
    widths.push_back(width);
  }
  const auto print_row = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const Cell& cell = row.at(column);
      line += cell.coloured ? console.paint(cell.colour, cell.text) : cell.text;
      if (column + 1 < row.size()) {
        line.append(widths.at(column) - columns_of(cell.text) + 2, ' ');
      }
    }
    console.out(line + "\n");
  };
  std::vector<Cell> headings;
  for (const std::string& heading : headings_) {
    headings.emplace_back(heading, Colour::kBold);
  }
  print_row(headings);
  for (const auto& row : rows_) {
    print_row(row);
  }
}

}  // namespace touchstone::agent::cli
