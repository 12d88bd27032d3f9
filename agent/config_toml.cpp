// SPDX-License-Identifier: Apache-2.0
// The only file that includes toml++.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/config_entry.h"
#include "agent/limits.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace touchstone::agent {
namespace {

bool is_bare(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string joined(const std::string& prefix, std::string_view part) {
  std::string name = prefix.empty() ? std::string() : prefix + ".";
  // In quotes it can be no known key: "touch.timeout" = 3 is not touch.timeout = 3.
  return is_bare(part) ? name.append(part) : name.append("\"").append(part).append("\"");
}

ConfigValue value_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return ConfigTable{};
    case toml::node_type::string:
      return node.as_string()->get();
    case toml::node_type::integer:
      return node.as_integer()->get();
    case toml::node_type::boolean:
      return node.as_boolean()->get();
    case toml::node_type::array:
      return ConfigOther{"an array"};
    case toml::node_type::floating_point:
      return ConfigOther{"a number with a fraction"};
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return ConfigOther{"a date or time"};
    case toml::node_type::none:
      break;
  }
  return ConfigOther{"nothing"};
}

void collect(const toml::table& table, const std::string& prefix, std::vector<ConfigEntry>& out) {
  for (const auto& [key, node] : table) {
    const toml::source_position at = key.source().begin;
    std::string name = joined(prefix, key.str());
    out.push_back({name, value_of(node), at.line, at.column});
    if (const toml::table* inner = node.as_table()) {
      collect(*inner, name, out);
    }
  }
}

// header_is_sound is false for a line that begins as a table header and goes on with what no key
// begins with: toml++ 3.3 asserts, or takes for granted, that there is none ("[=]").
bool header_is_sound(std::string_view line) {
  const auto skip = [&line](std::string_view characters) {
    line.remove_prefix(std::min(line.find_first_not_of(characters), line.size()));
  };
  skip(" \t");
  if (line.substr(0, 1) != "[") {
    return true;
  }
  skip("[ \t");
  return is_bare(line.substr(0, 1)) ||
         (!line.empty() && std::string_view("]\"'").find(line.front()) != std::string_view::npos);
}

base::Status check_lines(std::string_view text, std::string_view source) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (static_cast<std::size_t>(std::count(line.begin(), line.end(), '.')) > kConfigLineDotsMax) {
      return base::fail(config_error(source, number, 1, "too many dots in one line"));
    }
    if (!header_is_sound(line)) {
      return base::fail(config_error(source, number, 1, "a table header without a name"));
    }
  }
  return {};
}

}  // namespace

base::Error config_error(std::string_view source, std::uint32_t line, std::uint32_t column,
                         std::string_view what) {
  std::string context(source);
  context += ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  context += what;
  return {base::Code::kConfigInvalid, 0, std::move(context)};
}

base::Result<std::vector<ConfigEntry>> parse_config_entries(std::string_view text,
                                                            std::string_view source) {
  if (text.size() > kConfigFileMax) {
    return base::fail(base::Code::kTooLong,
                      std::string(source) + ": limit " + std::to_string(kConfigFileMax) + " bytes");
  }
  TRY_VOID(check_lines(text, source));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return base::fail(config_error(source, at.line, at.column, parsed.error().description()));
  }
  std::vector<ConfigEntry> entries;
  collect(parsed.table(), "", entries);
  std::stable_sort(entries.begin(), entries.end(), [](const ConfigEntry& a, const ConfigEntry& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return entries;
}

}  // namespace touchstone::agent
