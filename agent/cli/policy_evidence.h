// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/cli/arguments.h"
#include "agent/cli/context.h"

namespace touchstone::agent::cli {

// run_policy_add_evidence is `touchstone policy add-evidence`.
base::Result<base::Exit> run_policy_add_evidence(Context& context, const Arguments& arguments);

}  // namespace touchstone::agent::cli
