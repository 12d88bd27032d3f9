// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/policy_store.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// git's setting with the introduction, "COMMIT FINGERPRINT".
constexpr const char* kIntroductionKey = "touchstone.introduction";

// parse_introduction takes "COMMIT FINGERPRINT": the full name of a commit, because any other name
// can be moved by who may write to the repository, and "SHA256:…". kConfigInvalid otherwise.
base::Result<Introduction> parse_introduction(std::string_view text);

// find_introduction gives the one in the options, checked, or else git's setting; nothing when
// there is none or when `signers` asks for another way to judge. kUsage when both were given.
base::Result<std::optional<Introduction>> find_introduction(const VerifyOptions& options);

// CheckedIntroduction is an introduction that holds.
struct CheckedIntroduction {
  std::string id;                    // hex
  std::string signer;                // by its own policy, else the fingerprint
  std::vector<std::string> parents;  // hex
  SharedPolicy policy{};
};

// check_introduction demands that the commit is there (kShallow, kNotFound), that it was signed
// with a touch by that key and carries a policy that is understood (kNotIntroduced, or what is
// wrong with the policy).
base::Result<CheckedIntroduction> check_introduction(const Introduction& introduction, bool shallow,
                                                     ObjectReader& reader, PolicyStore& store);

}  // namespace touchstone::git
