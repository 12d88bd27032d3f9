// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace touchstone::git {

enum class TomlKind : std::uint8_t {
  kTable,
  kArray,
  kString,
  kInteger,
  kBoolean,
  kFraction,
  kDateTime,
};
// describe gives "a table", "an array", "a number", "a date or time", ….
std::string_view describe(TomlKind kind);

struct TomlMember;

// TomlValue is one value of a TOML 1.0 document with the place where it stands. What is not of its
// kind is empty.
struct TomlValue {
  TomlKind kind{TomlKind::kTable};
  std::uint32_t line{0};  // of its key; of the value itself in an array
  std::uint32_t column{0};
  std::vector<TomlMember> members;  // kTable, in the order of the file
  std::vector<TomlValue> elements;  // kArray
  std::string text;                 // kString
  std::int64_t integer{0};          // kInteger
  bool boolean{false};              // kBoolean
  // kDateTime with an offset from UTC, not before 1970: Unix seconds, fractions cut off.
  std::optional<std::uint64_t> seconds;

  // find gives the member of that name, or null.
  const TomlValue* find(std::string_view key) const;
};

struct TomlMember {
  std::string key;
  bool bare{true};  // it could be written without quotes
  TomlValue value;
};

// parse_toml reads a whole document; the value is its top table. source names the file in errors,
// which are kConfigInvalid with the place (toml_error). Fails with kTooLong above `max` bytes.
// Refuses lines with more than kTomlLineDotsMax dots: toml++ nests one table in another for each,
// and so would destructors. Values nest at most 16 deep.
base::Result<TomlValue> parse_toml(std::string_view text, std::string_view source, std::size_t max);

// toml_error is kConfigInvalid with the place in front: "policy.toml:3:7: WHAT".
base::Error toml_error(std::string_view source, std::uint32_t line, std::uint32_t column,
                       std::string_view what);

}  // namespace touchstone::git
