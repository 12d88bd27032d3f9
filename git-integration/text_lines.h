// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace touchstone::git {

// Lines goes through text line by line. A line is given without its '\n'; the last one may lack
// it, which terminated() tells. It borrows the text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) {
      return std::nullopt;
    }
    const std::size_t end = rest_.find('\n');
    terminated_ = end != std::string_view::npos;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(terminated_ ? end + 1 : rest_.size());
    return line;
  }
  // peek gives the first byte of the next line, zero at the end of the text.
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  std::string_view rest() const { return rest_; }
  bool terminated() const { return terminated_; }

 private:
  std::string_view rest_;
  bool terminated_ = true;
};

// strip_prefix gives what follows `prefix`, or nothing when text does not begin with it.
inline std::optional<std::string_view> strip_prefix(std::string_view text,
                                                    std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return std::nullopt;
  }
  return text.substr(prefix.size());
}

}  // namespace touchstone::git
