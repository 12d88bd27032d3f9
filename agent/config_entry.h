// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace touchstone::agent {

// ConfigTable stands for a table, ConfigOther for a kind of value that no key takes.
struct ConfigTable {};
struct ConfigOther {
  std::string_view kind;  // "an array", "a date or time", …
};
using ConfigValue = std::variant<ConfigTable, ConfigOther, std::string, std::int64_t, bool>;

// ConfigEntry is one key of a configuration file, before anybody has asked what it means.
struct ConfigEntry {
  std::string name;  // dotted; a part that is not a bare key stands in quotes
  ConfigValue value;
  std::uint32_t line{0};
  std::uint32_t column{0};
};

// parse_config_entries reads TOML 1.0 into a flat list, in the order of the file; a table comes
// before what is in it. Refuses text above kConfigFileMax and what git::parse_toml refuses. source
// names the file in errors.
base::Result<std::vector<ConfigEntry>> parse_config_entries(std::string_view text,
                                                            std::string_view source);

// config_error is kConfigInvalid with the place in front: "config.toml:3:7: WHAT".
base::Error config_error(std::string_view source, std::uint32_t line, std::uint32_t column,
                         std::string_view what);

}  // namespace touchstone::agent
