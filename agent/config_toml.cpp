// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "agent/config_entry.h"
#include "agent/limits.h"
#include "git-integration/toml_document.h"

namespace touchstone::agent {
namespace {

std::string joined(const std::string& prefix, const git::TomlMember& member) {
  std::string name = prefix.empty() ? std::string() : prefix + ".";
  // In quotes it can be no known key: "touch.timeout" = 3 is not touch.timeout = 3.
  return member.bare ? name.append(member.key) : name.append("\"").append(member.key).append("\"");
}

ConfigValue value_of(const git::TomlValue& value) {
  switch (value.kind) {
    case git::TomlKind::kTable:
      return ConfigTable{};
    case git::TomlKind::kString:
      return value.text;
    case git::TomlKind::kInteger:
      return value.integer;
    case git::TomlKind::kBoolean:
      return value.boolean;
    case git::TomlKind::kArray:
    case git::TomlKind::kFraction:
    case git::TomlKind::kDateTime:
      break;
  }
  return ConfigOther{git::describe(value.kind)};
}

void collect(const git::TomlValue& table, const std::string& prefix,
             std::vector<ConfigEntry>& out) {
  for (const git::TomlMember& member : table.members) {
    std::string name = joined(prefix, member);
    out.push_back({name, value_of(member.value), member.value.line, member.value.column});
    collect(member.value, name, out);
  }
}

}  // namespace

base::Error config_error(std::string_view source, std::uint32_t line, std::uint32_t column,
                         std::string_view what) {
  return git::toml_error(source, line, column, what);
}

base::Result<std::vector<ConfigEntry>> parse_config_entries(std::string_view text,
                                                            std::string_view source) {
  TRY(document, git::parse_toml(text, source, kConfigFileMax));
  std::vector<ConfigEntry> entries;
  collect(document, "", entries);
  std::stable_sort(entries.begin(), entries.end(), [](const ConfigEntry& a, const ConfigEntry& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return entries;
}

}  // namespace touchstone::agent
