// SPDX-License-Identifier: Apache-2.0
// The only file that includes toml++.
#include "git-integration/toml_document.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "git-integration/limits.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace touchstone::git {
namespace {

bool is_bare(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// unix_seconds gives nothing for a date, a time, or a time without offset: nobody knows when they
// were.
std::optional<std::uint64_t> unix_seconds(const toml::date_time& value) {
  if (!value.offset.has_value()) {
    return std::nullopt;
  }
  const std::chrono::sys_days day = std::chrono::year_month_day{
      std::chrono::year(value.date.year), std::chrono::month(value.date.month),
      std::chrono::day(value.date.day)};
  const std::int64_t seconds = std::chrono::seconds(day.time_since_epoch()).count() +
                               value.time.hour * std::int64_t{3600} +
                               value.time.minute * std::int64_t{60} + value.time.second -
                               value.offset->minutes * std::int64_t{60};
  if (seconds < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(seconds);
}

void sort_by_place(std::vector<TomlMember>& members) {
  std::stable_sort(members.begin(), members.end(), [](const TomlMember& a, const TomlMember& b) {
    return std::pair(a.value.line, a.value.column) < std::pair(b.value.line, b.value.column);
  });
}

TomlValue value_of(const toml::node& node, const toml::source_position& at) {
  TomlValue value;
  value.line = at.line;
  value.column = at.column;
  switch (node.type()) {
    case toml::node_type::table:
      for (const auto& [key, member] : *node.as_table()) {
        value.members.push_back(
            {std::string(key.str()), is_bare(key.str()), value_of(member, key.source().begin)});
      }
      sort_by_place(value.members);
      break;
    case toml::node_type::array:
      value.kind = TomlKind::kArray;
      for (const toml::node& element : *node.as_array()) {
        value.elements.push_back(value_of(element, element.source().begin));
      }
      break;
    case toml::node_type::string:
      value.kind = TomlKind::kString;
      value.text = node.as_string()->get();
      break;
    case toml::node_type::integer:
      value.kind = TomlKind::kInteger;
      value.integer = node.as_integer()->get();
      break;
    case toml::node_type::boolean:
      value.kind = TomlKind::kBoolean;
      value.boolean = node.as_boolean()->get();
      break;
    case toml::node_type::date_time:
      value.kind = TomlKind::kDateTime;
      value.seconds = unix_seconds(node.as_date_time()->get());
      break;
    case toml::node_type::date:
    case toml::node_type::time:
      value.kind = TomlKind::kDateTime;
      break;
    case toml::node_type::floating_point:
    case toml::node_type::none:
      value.kind = TomlKind::kFraction;
      break;
  }
  return value;
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

// dates_are_sound is false for a line with a date and the begin of a time that does not go on as
// one: toml++ 3.3 asserts that it does ("2026-03-31T", "2026-03-31 0").
bool dates_are_sound(std::string_view line) {
  constexpr std::string_view kShape = "0000-00-00";
  const auto is_digit = [](std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  for (std::size_t at = 0; at + kShape.size() < line.size(); ++at) {
    const std::string_view rest = line.substr(at);
    bool is_date = true;
    for (std::size_t i = 0; i < kShape.size() && is_date; ++i) {
      is_date = kShape[i] == '0' ? is_digit(rest, i) : rest[i] == kShape[i];
    }
    const std::size_t hour = kShape.size() + 1;
    const char between = rest[kShape.size()];
    const bool half_with_t = (between == 'T' || between == 't') && !is_digit(rest, hour);
    const bool half_with_space =
        between == ' ' && is_digit(rest, hour) && !is_digit(rest, hour + 1);
    if (is_date && (half_with_t || half_with_space)) {
      return false;
    }
  }
  return true;
}

base::Status check_lines(std::string_view text, std::string_view source) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (static_cast<std::size_t>(std::count(line.begin(), line.end(), '.')) > kTomlLineDotsMax) {
      return base::fail(toml_error(source, number, 1, "too many dots in one line"));
    }
    if (!header_is_sound(line)) {
      return base::fail(toml_error(source, number, 1, "a table header without a name"));
    }
    if (!dates_are_sound(line)) {
      return base::fail(toml_error(source, number, 1, "a date with half a time behind it"));
    }
  }
  return {};
}

}  // namespace

std::string_view describe(TomlKind kind) {
  switch (kind) {
    case TomlKind::kTable:
      return "a table";
    case TomlKind::kArray:
      return "an array";
    case TomlKind::kString:
      return "a string";
    case TomlKind::kInteger:
      return "a number";
    case TomlKind::kBoolean:
      return "a boolean";
    case TomlKind::kFraction:
      return "a number with a fraction";
    case TomlKind::kDateTime:
      return "a date or time";
  }
  return "nothing";
}

const TomlValue* TomlValue::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const TomlMember& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

base::Error toml_error(std::string_view source, std::uint32_t line, std::uint32_t column,
                       std::string_view what) {
  std::string context(source);
  context += ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  context += what;
  return {base::Code::kConfigInvalid, 0, std::move(context)};
}

base::Result<TomlValue> parse_toml(std::string_view text, std::string_view source,
                                   std::size_t max) {
  if (text.size() > max) {
    return base::fail(base::Code::kTooLong,
                      std::string(source) + ": limit " + std::to_string(max) + " bytes");
  }
  TRY_VOID(check_lines(text, source));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return base::fail(toml_error(source, at.line, at.column, parsed.error().description()));
  }
  return value_of(parsed.table(), toml::source_position{1, 1});
}

}  // namespace touchstone::git
