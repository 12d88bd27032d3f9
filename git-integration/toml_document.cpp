// SPDX-License-Identifier: Apache-2.0
// The only file that includes toml++.
#include "git-integration/toml_document.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

// TomlAssertion is thrown where toml++ 3.3 takes for granted what a crafted file can break ("[=]",
// "2026-03-31T"): a file from outside must end neither in abort() nor, with NDEBUG, in undefined
// behaviour. Nothing but parse_toml sees it.
struct TomlAssertion {};

[[noreturn]] void throw_toml_assertion() { throw TomlAssertion(); }

}  // namespace
}  // namespace touchstone::git

// With NDEBUG toml++ tells the compiler that its assertions hold.
#undef NDEBUG
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::touchstone::git::throw_toml_assertion())
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

base::Status check_dots(std::string_view text, std::string_view source) {
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (static_cast<std::size_t>(std::count(line.begin(), line.end(), '.')) > kTomlLineDotsMax) {
      return base::fail(toml_error(source, number, 1, "too many dots in one line"));
    }
  }
  return {};
}

base::Result<TomlValue> parse_checked(std::string_view text, std::string_view source) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return base::fail(toml_error(source, at.line, at.column, parsed.error().description()));
  }
  return value_of(parsed.table(), toml::source_position{1, 1});
}

bool trips_an_assertion(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
    return false;
  } catch (const TomlAssertion&) {
    return true;
  }
}

// tripping_line gives the line an assertion of toml++ trips on: the first one with which the text
// up to there does. The parser reads forward only, so lines can be halved.
std::uint32_t tripping_line(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    ends.push_back(at + 1);
  }
  const auto tripping = std::partition_point(ends.begin(), ends.end(), [text](std::size_t end) {
    return !trips_an_assertion(text.substr(0, end));
  });
  return static_cast<std::uint32_t>(tripping - ends.begin()) + 1;
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
  TRY_VOID(check_dots(text, source));
  try {
    return parse_checked(text, source);
  } catch (const TomlAssertion&) {
    return base::fail(toml_error(source, tripping_line(text), 1, "a value that breaks off"));
  }
}

}  // namespace touchstone::git
