// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/cli/context.h"
#include "base/error.h"

namespace touchstone::agent::cli {

// run_program is main() without the process: it finds the command among `words`, reads its
// options, runs it, and shows what went wrong as "error:" and "hint:" on err().
base::Exit run_program(Context& context, const std::vector<std::string>& words);

}  // namespace touchstone::agent::cli
