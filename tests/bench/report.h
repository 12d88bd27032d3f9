// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace touchstone::bench {

using Nanoseconds = std::chrono::nanoseconds;

// Sample is many times of one thing.
class Sample {
 public:
  void add(Nanoseconds time) { times_.push_back(time); }
  bool empty() const { return times_.empty(); }
  // percentile takes 0..100.
  double milliseconds_at(double percentile) const;

 private:
  std::vector<Nanoseconds> times_;
};

// Row compares ours with theirs; the ratio is what counts on a shared machine.
struct Row {
  std::string what;
  std::string unit;
  std::optional<double> ours;
  std::optional<double> theirs;
};

std::string format_table(const std::vector<Row>& rows, const std::string& theirs);
std::string format_json(const std::vector<Row>& rows);

}  // namespace touchstone::bench
