// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace touchstone::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

std::string at(milliseconds since_epoch) {
  return to_rfc3339(system_clock::time_point(since_epoch));
}

TEST(Clock, WritesTimesAsRfc3339) {
  EXPECT_EQ(at(milliseconds{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(milliseconds{1'795'421'758'042}), "2026-11-23T08:15:58.042Z");
  EXPECT_EQ(at(milliseconds{951'782'400'999}), "2000-02-29T00:00:00.999Z");
  // The last time that a system_clock of nanoseconds can hold.
  EXPECT_EQ(to_rfc3339(system_clock::time_point::max()), "2262-04-11T23:47:16.854Z");
}

TEST(Clock, WritesTimesBeforeTheEpoch) {
  EXPECT_EQ(at(milliseconds{-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(at(seconds{-1}), "1969-12-31T23:59:59.000Z");
}

TEST(Clock, CutsFractionsBelowAMillisecond) {
  const auto time = system_clock::time_point(std::chrono::microseconds{1999});
  EXPECT_EQ(to_rfc3339(time), "1970-01-01T00:00:00.001Z");
}

TEST(MockClock, StandsStillUntilAdvanced) {
  MockClock clock;
  const auto now = clock.now();
  const auto steady = clock.steady();
  EXPECT_EQ(clock.now(), now);
  clock.advance(milliseconds{1500});
  EXPECT_EQ(clock.now() - now, milliseconds{1500});
  EXPECT_EQ(clock.steady() - steady, milliseconds{1500});
}

TEST(SystemClock, NeverGoesBackWhereItMustNot) {
  const SystemClock clock;
  const auto before = clock.steady();
  EXPECT_GE(clock.steady(), before);
  EXPECT_GT(clock.now(), MockClock().now());
}

}  // namespace
}  // namespace touchstone::base
