// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "agent/cli/context.h"
#include "git-integration/policy/repository_policy.h"

namespace touchstone::agent::cli {

// What `touchstone policy explain` says, on standard output: text for people, or one object of
// JSON a line.

// explain_policy lists every rule and every signer.
void explain_policy(Console& console, const git::RepositoryPolicy& policy, bool as_json);
// explain_ref says which rule decides about a full ref name, and who may commit to it.
void explain_ref(Console& console, const git::RepositoryPolicy& policy, const std::string& ref,
                 bool as_json);
// explain_path says which rules a change of a path has to fulfil besides.
void explain_path(Console& console, const git::RepositoryPolicy& policy, const std::string& path,
                  bool as_json);
// explain_commit judges a commit by the policy of each of its parents, for a ref. With git's
// setting touchstone.introduction the verifier decides, whose words come where no parent has any;
// without, true when all parents accept it. What only a server knows, the times of receipt, is not
// looked up.
base::Result<bool> explain_commit(Console& console, const std::string& id, const std::string& ref,
                                  bool as_json);

}  // namespace touchstone::agent::cli
