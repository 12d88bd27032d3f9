// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "base/clock.h"

namespace touchstone::agent {

// Log writes the agent's messages to standard error, where the journal of the service manager or
// a terminal takes them: one escaped, bounded line each. Nobody can fill a disk with it: at most
// kLogLinesPerMinuteMax a minute, and then how many were left out.
class Log {
 public:
  explicit Log(const base::Clock& clock) : clock_(clock), minute_start_(clock.steady()) {}

  void line(std::string_view text);

 private:
  const base::Clock& clock_;
  std::chrono::steady_clock::time_point minute_start_;
  std::size_t lines_this_minute_{0};
};

}  // namespace touchstone::agent
