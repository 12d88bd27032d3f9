// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ctime>

#include "ssh/allowed_signers.h"
#include "ssh/limits.h"

namespace touchstone::ssh {

bool match_pattern(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  // Where to go on when the text after the last star does not fit: one more character is the
  // star's. Never more than text × pattern steps.
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool match_pattern_list(std::string_view text, std::string_view pattern_list) {
  bool matched = false;
  while (!pattern_list.empty()) {
    const std::size_t end = std::min(pattern_list.find(','), pattern_list.size());
    std::string_view pattern = pattern_list.substr(0, end);
    pattern_list.remove_prefix(std::min(end + 1, pattern_list.size()));
    const bool negated = pattern.starts_with('!');
    if (negated) {
      pattern.remove_prefix(1);
    }
    // As in OpenSSH: a pattern that long spoils the whole list.
    if (pattern.size() > kPatternMax) {
      return false;
    }
    if (match_pattern(text, pattern)) {
      if (negated) {
        return false;
      }
      matched = true;
    }
  }
  return matched;
}

namespace {

constexpr std::size_t kDateDigits = 8;
constexpr std::size_t kMinuteDigits = 12;
constexpr std::size_t kSecondDigits = 14;

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return text.size() >= suffix.size() &&
         std::equal(suffix.begin(), suffix.end(), text.end() - std::ssize(suffix), same);
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) {
    value = value * 10 + (digit - '0');
  }
  return value;
}

}  // namespace

base::Result<std::uint64_t> parse_verify_time(std::string_view text) {
  bool is_utc = false;
  for (const std::string_view suffix : {"Z", "UTC"}) {
    if (!is_utc && ends_with_ignoring_case(text, suffix)) {
      is_utc = true;
      text.remove_suffix(suffix.size());
    }
  }
  const bool digits_only = std::all_of(text.begin(), text.end(),
                                       [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!digits_only || (text.size() != kDateDigits && text.size() != kMinuteDigits &&
                       text.size() != kSecondDigits)) {
    return base::fail(base::Code::kMalformed, "time is not YYYYMMDD[HHMM[SS]][Z]");
  }
  std::tm parts{};
  const int month = number(text.substr(4, 2));
  parts.tm_year = number(text.substr(0, 4)) - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = number(text.substr(6, 2));
  parts.tm_hour = text.size() > kDateDigits ? number(text.substr(8, 2)) : 0;
  parts.tm_min = text.size() > kDateDigits ? number(text.substr(10, 2)) : 0;
  parts.tm_sec = text.size() > kMinuteDigits ? number(text.substr(12, 2)) : 0;
  // As strptime has it, so 31 February is a day early in March and a minute may have seconds 60
  // and 61.
  if (month < 1 || month > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour > 23 ||
      parts.tm_min > 59 || parts.tm_sec > 61) {
    return base::fail(base::Code::kMalformed, "no such time");
  }
  const std::time_t seconds = is_utc ? ::timegm(&parts) : std::mktime(&parts);
  if (seconds <= 0) {
    return base::fail(base::Code::kMalformed, "time before 1970");
  }
  return static_cast<std::uint64_t>(seconds);
}

}  // namespace touchstone::ssh
