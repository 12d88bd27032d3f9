// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace touchstone::bench {

// kHoldWord in a user name makes the bench driver wait for a touch that does not come.
constexpr std::string_view kHoldWord = "touchstone-bench-hold";

}  // namespace touchstone::bench
