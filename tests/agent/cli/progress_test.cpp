// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/progress.h"

#include <gtest/gtest.h>

namespace touchstone::agent::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Progress, SaysRateAndWhatIsLeft) {
  EXPECT_EQ(progress_text(500, 2000, seconds(2)), "500 of 2000 objects, 250/s, 6 s left");
  EXPECT_EQ(progress_text(500, 500, seconds(2)), "500 of 500 objects, 250/s, 0 s left");
}

TEST(Progress, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(progress_text(500, 0, milliseconds(250)), "500 objects, 2000/s");
  EXPECT_EQ(progress_text(1, 0, seconds(2)), "1 objects");
  EXPECT_EQ(progress_text(64, 10, seconds(0)), "64 objects");
}

}  // namespace
}  // namespace touchstone::agent::cli
