// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "agent/cli/console.h"

namespace touchstone::agent::cli {

// progress_text gives "N of TOTAL objects, RATE/s, T s left" for a verification that goes on;
// without what is not known: a total of 0, or a rate below one.
std::string progress_text(std::uint64_t seen, std::uint64_t total,
                          std::chrono::steady_clock::duration elapsed);

// Progress counts on the person's terminal while the results go elsewhere, and takes its line away
// when it goes. The console must outlive it.
class Progress final {
 public:
  Progress(Console& console, bool on) : console_(console), on_(on) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  bool on() const { return on_; }
  void set_total(std::uint64_t total) { total_ = total; }
  void count();

 private:
  using Clock = std::chrono::steady_clock;

  Console& console_;
  bool on_;
  bool shown_{false};
  std::uint64_t seen_{0};
  std::uint64_t total_{0};  // 0: not known
  Clock::time_point begin_{Clock::now()};
  Clock::time_point last_{begin_};
};

}  // namespace touchstone::agent::cli
