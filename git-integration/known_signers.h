// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// KnownSigners is every key that a signers file of a history's policies names, at most
// kKnownSignersMax of them: a key that none of them has lets nothing in, whatever it signed. It
// says nothing of for whom, for what and when, which is the policy's to say.
class KnownSigners final {
 public:
  // of_history looks at the introduction and at every signers file from there to the tips, all of
  // them names of commits in hex. Files that cannot be understood name nobody. Fails when git does.
  static base::Result<KnownSigners> of_history(const std::string& repository,
                                               const std::string& introduction,
                                               const std::vector<std::string>& tips);

  bool knows(const ssh::PublicKey& key) const { return keys_.contains(key.fingerprint()); }

 private:
  std::unordered_set<std::string> keys_;
};

}  // namespace touchstone::git
