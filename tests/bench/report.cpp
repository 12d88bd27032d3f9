// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace touchstone::bench {
namespace {

std::string number(std::optional<double> value, const char* none) {
  if (!value) {
    return none;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), *value >= 100 ? "%.0f" : "%.3f", *value);
  return text.data();
}

std::optional<double> ratio_of(const Row& row) {
  if (!row.ours || !row.theirs || *row.theirs <= 0) {
    return std::nullopt;
  }
  return *row.ours / *row.theirs;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string fill(text.size() < width ? width - text.size() : 0, ' ');
  return right ? fill + text : text + fill;
}

}  // namespace

double Sample::milliseconds_at(double percentile) const {
  std::vector<Nanoseconds> sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty()) {
    return 0;
  }
  const auto last = static_cast<double>(sorted.size() - 1);
  const auto index = static_cast<std::size_t>(last * percentile / 100.0 + 0.5);
  return std::chrono::duration<double, std::milli>(sorted[index]).count();
}

std::string format_table(const std::vector<Row>& rows, const std::string& theirs) {
  constexpr std::size_t kWhatColumns = 52;
  constexpr std::size_t kNumberColumns = 14;
  const auto line = [](const std::string& what, const std::string& a, const std::string& b,
                       const std::string& c) {
    return padded(what, kWhatColumns, false) + padded(a, kNumberColumns, true) +
           padded(b, kNumberColumns, true) + padded(c, kNumberColumns, true) + "\n";
  };
  std::string out = line("", "touchstone", theirs, "ratio");
  for (const Row& row : rows) {
    out += line(row.what + " (" + row.unit + ")", number(row.ours, "-"), number(row.theirs, "-"),
                number(ratio_of(row), "-"));
  }
  return out;
}

std::string format_json(const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) {
    out += "{\"what\":\"" + row.what + "\",\"unit\":\"" + row.unit +
           "\",\"touchstone\":" + number(row.ours, "null") +
           ",\"other\":" + number(row.theirs, "null") +
           ",\"ratio\":" + number(ratio_of(row), "null") + "}\n";
  }
  return out;
}

}  // namespace touchstone::bench
