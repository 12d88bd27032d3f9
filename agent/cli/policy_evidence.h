// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/cli/arguments.h"
#include "agent/cli/context.h"
#include "git-integration/policy/repository_policy.h"
#include "ssh/public_key.h"

namespace touchstone::agent::cli {

// evidence_options are --attestation and --root.
std::vector<Option> evidence_options();

// evidence_for reads and checks the attestation of a key, by those options, and says on standard
// error whose word it is and that it has to be kept.
base::Result<git::Evidence> evidence_for(Console& console, const ssh::PublicKey& key,
                                         const std::string& key_file, const Arguments& arguments);

// run_policy_add_evidence is `touchstone policy add-evidence`.
base::Result<base::Exit> run_policy_add_evidence(Context& context, const Arguments& arguments);

}  // namespace touchstone::agent::cli
