// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace touchstone::base {

// Clock is where all time comes from, so that tests own it. now() is wall-clock time for records;
// steady() is for timeouts and never goes back.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

// MockClock stands still until it is advanced.
class MockClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override { return steady_; }
  void advance(std::chrono::milliseconds by) {
    now_ += by;
    steady_ += by;
  }

 private:
  std::chrono::system_clock::time_point now_{std::chrono::seconds{1'700'000'000}};
  std::chrono::steady_clock::time_point steady_{std::chrono::seconds{1000}};
};

// unix_seconds is the clock's wall-clock time in whole seconds since 1970.
std::uint64_t unix_seconds(const Clock& clock);

// to_rfc3339 gives UTC with milliseconds: 2026-11-23T08:15:58.042Z.
std::string to_rfc3339(std::chrono::system_clock::time_point time);

}  // namespace touchstone::base
