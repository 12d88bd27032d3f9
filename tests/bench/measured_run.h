// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace touchstone::bench {

// Measured is what one run of a program took.
struct Measured {
  int status{-1};
  double seconds{0};      // by the clock
  double cpu_seconds{0};  // of the program and of those it waited for
  double peak_mib{0};     // resident, of the program alone, as seen last before it ended
  std::string out;
};

// run_measured runs argv[0] from PATH to its end with these variables in place of ours. Its output
// goes to /dev/null unless it is asked for; its errors go to ours.
base::Result<Measured> run_measured(const std::vector<std::string>& argv,
                                    const std::vector<std::string>& environment,
                                    bool keep_output = false);

}  // namespace touchstone::bench
