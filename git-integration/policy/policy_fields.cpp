// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_fields.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

constexpr std::string_view kFingerprintPrefix = "SHA256:";
constexpr std::size_t kFingerprintBytes = 32;

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

bool is_fingerprint(std::string_view text) {
  if (!text.starts_with(kFingerprintPrefix)) {
    return false;
  }
  const std::string padded = std::string(text.substr(kFingerprintPrefix.size())) + "=";
  const auto bytes = base::from_base64(padded, kFingerprintBytes);
  return bytes.has_value() && bytes->size() == kFingerprintBytes;
}

void PolicyProblems::add(base::Error error) {
  if (list_.size() < kPolicyProblemsMax) {
    list_.push_back(std::move(error));
  }
}

void PolicyProblems::at(const TomlValue& where, std::string_view what) {
  add(toml_error(kPolicyFile, where.line, where.column, what));
}

void PolicyProblems::at_line(std::size_t line, std::string_view what) {
  std::string context(kSignersFile);
  context += ":" + std::to_string(line) + ": ";
  context += what;
  add({base::Code::kConfigInvalid, 0, std::move(context)});
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words) {
  const auto nearest =
      std::min_element(words.begin(), words.end(), [word](std::string_view a, std::string_view b) {
        return base::edit_distance(word, a) < base::edit_distance(word, b);
      });
  return nearest == words.end() ? std::string_view() : *nearest;
}

PolicyFields::PolicyFields(PolicyProblems& problems, const TomlValue& table, std::string name,
                           std::initializer_list<std::string_view> keys)
    : problems_(problems), table_(table), name_(std::move(name)) {
  const std::vector<std::string_view> known(keys);
  for (const TomlMember& member : table.members) {
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      problems_.at(member.value, "unknown key " + member.key + " in " + name_ + ", did you mean " +
                                     std::string(nearest_word(member.key, known)));
    }
  }
}

void PolicyFields::problem(std::string_view key, std::string_view what) {
  const TomlValue* value = table_.find(key);
  problems_.at(value == nullptr ? table_ : *value,
               name_ + " " + std::string(key) + ": " + std::string(what));
}

const TomlValue* PolicyFields::find(std::string_view key, TomlKind kind, std::string_view wanted) {
  const TomlValue* value = table_.find(key);
  if (value != nullptr && value->kind != kind) {
    problem(key, "takes " + std::string(wanted) + ", not " + std::string(describe(value->kind)));
    return nullptr;
  }
  return value;
}

const TomlValue* PolicyFields::need(std::string_view key, TomlKind kind, std::string_view wanted) {
  if (table_.find(key) == nullptr) {
    problems_.at(table_, name_ + " has no " + std::string(key));
    return nullptr;
  }
  return find(key, kind, wanted);
}

std::optional<std::string> PolicyFields::checked_text(const TomlValue& value, std::string_view key,
                                                      std::size_t max) {
  const std::string where = name_ + " " + std::string(key) + ": ";
  if (value.kind != TomlKind::kString) {
    problems_.at(value, where + "takes strings, not " + std::string(describe(value.kind)));
  } else if (value.text.find_first_not_of(' ') == std::string::npos) {
    problems_.at(value, where + "is empty");
  } else if (value.text.size() > max) {
    problems_.at(value, where + "takes at most " + std::to_string(max) + " bytes");
  } else if (!base::is_displayable(value.text)) {
    problems_.at(value, where + "holds what cannot be shown as it is");
  } else {
    return value.text;
  }
  return std::nullopt;
}

std::optional<std::string> PolicyFields::text(std::string_view key, std::size_t max) {
  const TomlValue* value = find(key, TomlKind::kString, "a string");
  return value == nullptr ? std::nullopt : checked_text(*value, key, max);
}

std::optional<std::string> PolicyFields::need_text(std::string_view key, std::size_t max) {
  const TomlValue* value = need(key, TomlKind::kString, "a string");
  return value == nullptr ? std::nullopt : checked_text(*value, key, max);
}

std::optional<bool> PolicyFields::boolean(std::string_view key) {
  const TomlValue* value = find(key, TomlKind::kBoolean, "true or false");
  return value == nullptr ? std::nullopt : std::optional(value->boolean);
}

std::optional<std::uint32_t> PolicyFields::number(std::string_view key, std::uint32_t min,
                                                  std::uint32_t max) {
  const TomlValue* value = find(key, TomlKind::kInteger, "a whole number");
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->integer < min || value->integer > max) {
    problem(key, "takes " + std::to_string(min) + " to " + std::to_string(max) + ", not " +
                     std::to_string(value->integer));
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(value->integer);
}

std::optional<std::uint64_t> PolicyFields::need_time(std::string_view key) {
  constexpr std::string_view kWanted = "a date and time with its offset, 2026-03-31T08:00:00Z";
  const TomlValue* value = need(key, TomlKind::kDateTime, kWanted);
  if (value != nullptr && !value->seconds.has_value()) {
    problem(key, "takes " + std::string(kWanted));
    return std::nullopt;
  }
  return value == nullptr ? std::nullopt : value->seconds;
}

std::optional<Requirement> PolicyFields::requirement(std::string_view key) {
  const TomlValue* value = find(key, TomlKind::kString, "a string");
  if (value == nullptr) {
    return std::nullopt;
  }
  const auto found = requirement_named(value->text);
  if (!found) {
    problem(key, found.error().context);
    return std::nullopt;
  }
  return *found;
}

std::optional<std::string> PolicyFields::need_fingerprint(std::string_view key) {
  auto value = need_text(key, kPolicyPatternMax);
  if (value.has_value() && !is_fingerprint(*value)) {
    problem(key,
            "takes a fingerprint as ssh-keygen -l prints it, SHA256:…, not " + in_quotes(*value));
    return std::nullopt;
  }
  return value;
}

bool PolicyFields::check_pattern(const TomlValue& value, std::string_view key) {
  if (!checked_text(value, key, kPolicyPatternMax).has_value()) {
    return false;
  }
  const std::string where = name_ + " " + std::string(key) + ": ";
  if (value.text.front() == '!' || value.text.front() == '/') {
    problems_.at(value, where + "a pattern begins with neither ! nor /");
    return false;
  }
  return true;
}

std::optional<std::string> PolicyFields::need_pattern(std::string_view key) {
  const TomlValue* value = need(key, TomlKind::kString, "a pattern in quotes");
  if (value == nullptr || !check_pattern(*value, key)) {
    return std::nullopt;
  }
  return value->text;
}

std::vector<std::string> PolicyFields::texts(std::string_view key, std::size_t max) {
  std::vector<std::string> all;
  const TomlValue* list = find(key, TomlKind::kArray, "an array of strings");
  if (list == nullptr) {
    return all;
  }
  if (list->elements.size() > kPolicyListMax) {
    problem(key, "takes at most " + std::to_string(kPolicyListMax) + " entries");
    return all;
  }
  if (list->elements.empty()) {
    problem(key, "is empty: leave it out, or name one");
  }
  for (const TomlValue& element : list->elements) {
    if (auto one = checked_text(element, key, max)) {
      all.push_back(std::move(*one));
    }
  }
  return all;
}

std::vector<std::string> PolicyFields::patterns(std::string_view key) {
  std::vector<std::string> all = texts(key, kPolicyPatternMax);
  if (const TomlValue* list = table_.find(key); list != nullptr) {
    for (const TomlValue& element : list->elements) {
      if (element.kind == TomlKind::kString && !element.text.empty()) {
        static_cast<void>(check_pattern(element, key));
      }
    }
  }
  return all;
}

}  // namespace touchstone::git
