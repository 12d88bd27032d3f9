// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/cli/console.h"
#include "base/result.h"
#include "git-integration/verify_command.h"

namespace touchstone::agent::cli {

// use_batches lets a verification by policy look up the batches of its repository, and says on
// standard error which of them count for nothing. Without an introduction nothing asks for them,
// and they are not read.
base::Status use_batches(Console& console, git::VerifyOptions& options);

}  // namespace touchstone::agent::cli
