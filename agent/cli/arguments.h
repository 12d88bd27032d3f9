// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace touchstone::agent::cli {

struct Command;
struct Option;

// Arguments are what a command was given, checked against its row of the table.
class Arguments {
 public:
  bool has(std::string_view option) const { return find(option) != nullptr; }
  // values of an option that may be given several times, in their order.
  std::vector<std::string> values(std::string_view option) const;
  // value of an option, or nothing when it was not given; of several the first.
  std::optional<std::string> value(std::string_view option) const;
  std::string value_or(std::string_view option, std::string_view otherwise) const;
  // positional by its place, or nothing when it was not given.
  std::optional<std::string> positional(std::size_t index) const;
  const std::vector<std::string>& positionals() const { return positionals_; }
  // after_dashes says whether that positional stood after "--".
  bool after_dashes(std::size_t index) const { return index >= first_after_dashes_; }

  void add(const std::string& option, std::string value);
  void add_positional(std::string text) { positionals_.push_back(std::move(text)); }
  void set_first_after_dashes(std::size_t index) { first_after_dashes_ = index; }

 private:
  const std::vector<std::string>* find(std::string_view option) const;

  std::map<std::string, std::vector<std::string>, std::less<>> options_;  // never an empty list
  std::vector<std::string> positionals_;
  std::size_t first_after_dashes_{SIZE_MAX};
};

// parse_arguments reads what stands after a command's name. Fails with kUsage, naming what is
// wrong and the nearest option: unknown or repeated options, values missing or not among the
// words, too many or too few positionals. With --help among them nothing has to be complete.
base::Result<Arguments> parse_arguments(const Command& command, const std::vector<Option>& global,
                                        const std::vector<std::string>& words);

// parse_count reads a decimal number between 1 and max; kUsage naming `what` otherwise.
base::Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t max,
                                        std::string_view what);

}  // namespace touchstone::agent::cli
