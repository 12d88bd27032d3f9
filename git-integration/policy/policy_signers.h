// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/policy/repository_policy.h"

namespace touchstone::git {

// What judging commits and judging changes of the policy both ask of the signers file.

// KeyTimes are the times at which a key has to be valid: when a server received what it signed, or
// else both when that claims to be made and now.
struct KeyTimes {
  std::uint64_t claimed{0};
  std::uint64_t now{0};
  std::optional<std::uint64_t> received;
};
KeyTimes times_of(const Candidate& candidate);

// find_signer gives the principal that signs with this key: email itself, or when it is nothing the
// first principal of the key's line. Fails with kUntrustedSigner, kCommitterMismatch, kExpiredKey.
base::Result<std::string> find_signer(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                                      std::optional<std::string_view> email, const KeyTimes& times);

// The same for who asks often of one key: `lines` is lines_of(policy.signers, key).
base::Result<std::string> find_signer(const RepositoryPolicy& policy, const ssh::PublicKey& key,
                                      const std::vector<std::size_t>& lines,
                                      std::optional<std::string_view> email, const KeyTimes& times);

// check_not_revoked fails with kRevokedKey when the key, or the CA of a certificate, is revoked in
// the policy or in `newest` and was not received before.
base::Status check_not_revoked(const RepositoryPolicy& policy,
                               const std::vector<Revocation>& newest, const ssh::PublicKey& key,
                               const KeyTimes& times);

// lines_of gives the indices of the lines of signers that speak of this key, or of its CA.
std::vector<std::size_t> lines_of(const ssh::AllowedSigners& signers, const ssh::PublicKey& key);
// person_of gives the person who holds the key, or kNobody.
std::uint32_t person_of(const RepositoryPolicy& policy, const ssh::PublicKey& key);

// group_people fills policy.people, identities being set already.
void group_people(RepositoryPolicy& policy);
// people_who_count gives how many people have a key that can change the policy: it is not revoked,
// is for namespace git, and where a touch is asked for can give one that counts. Times are not
// looked at: a policy has to mean the same tomorrow.
std::size_t people_who_count(const RepositoryPolicy& policy);

// principals_in takes a line's pattern list apart.
std::vector<std::string_view> principals_in(std::string_view list);
bool is_pattern(std::string_view principal);

}  // namespace touchstone::git
