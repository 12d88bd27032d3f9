// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/counters/audit.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// SignaturesByKey has the fingerprint of each key.
using SignaturesByKey = std::map<std::string, std::vector<KnownSignature>>;

// signatures_in gives what these keys signed in a repository: every commit that any ref comes from
// and every tag that is one, where the signature verifies. Whose the committer is, whether the key
// was revoked meanwhile, and the repository's policy are not asked. Fails as verify_range does;
// nothing in a repository without commits.
base::Result<SignaturesByKey> signatures_in(const std::string& repository,
                                            std::span<const ssh::PublicKey> keys);

}  // namespace touchstone::git
