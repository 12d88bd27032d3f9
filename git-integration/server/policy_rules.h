// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "git-integration/server/push_rules.h"
#include "git-integration/verify_command.h"

namespace touchstone::git::server {

// make_policy_rules takes the policy at `head`, the branch HEAD names, for what is asked of refs
// and certificates, and that at the introduction when there is none yet; commits and tags are
// judged by the policies of their own history. Fails with kNotIntroduced when neither is here, and
// with what is wrong with a policy that is not understood.
base::Result<std::unique_ptr<PushRules>> make_policy_rules(const std::string& repository,
                                                           const Introduction& introduction,
                                                           const std::string& head,
                                                           const std::vector<PushUpdate>& updates,
                                                           const base::Clock& clock);

// What both kinds of rules do with verdicts.

// report passes on every way in which an object falls short.
void report(const ObjectVerdict& object, const OnRefused& on_refused);
// verify passes on everything that verify_range finds. `newest`, when given, gets the last commit
// that was accepted.
base::Status verify(const VerifyOptions& options, const OnRefused& on_refused,
                    std::string* newest = nullptr);

}  // namespace touchstone::git::server
