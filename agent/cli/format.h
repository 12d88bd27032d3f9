// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/cli/console.h"

namespace touchstone::agent::cli {

// shown makes text from outside displayable: one line, at most kShownColumnsMax columns.
constexpr std::size_t kShownColumnsMax = 200;
std::string shown(std::string_view text);

// whole makes text displayable and cuts nothing off: for what is of no use in part, public keys,
// identifiers, paths and commands. Their length is limited where they come from.
std::string whole(std::string_view text);

// json_line gives one line of JSON in ASCII: what is not ASCII stands as \uNNNN, so that the
// value is exact for a program and harmless on a terminal.
std::string json_line(const boost::json::object& object);

// Cell is displayable text, with a colour or without.
struct Cell {
  Cell(std::string displayable) : text(std::move(displayable)) {}
  Cell(const char* displayable) : text(displayable) {}
  Cell(std::string displayable, Colour paint)
      : text(std::move(displayable)), coloured(true), colour(paint) {}

  std::string text;
  bool coloured{false};
  Colour colour{Colour::kBold};
};

// Table prints rows under headings, each column as wide as its widest cell. Prints nothing at
// all without rows.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  void print(Console& console) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace touchstone::agent::cli
