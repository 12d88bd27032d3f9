// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace touchstone::agent::cli {

// progress_text gives "N of TOTAL objects, RATE/s, T s left" for a verification that goes on;
// without what is not known: a total of 0, or a rate below one.
std::string progress_text(std::uint64_t seen, std::uint64_t total,
                          std::chrono::steady_clock::duration elapsed);

}  // namespace touchstone::agent::cli
