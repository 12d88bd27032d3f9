// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "git-integration/object_reader.h"
#include "git-integration/policy/repository_policy.h"
#include "git-integration/policy_store.h"
#include "git-integration/presence.h"
#include "ssh/allowed_signers.h"

namespace touchstone::git {

// CommitOwners says whose commits a key may sign, as far as the repository will be judged so: by
// the policy at the tip when git has touchstone.introduction, else by an allowed signers file, else
// the one key by the one address of git's own configuration. It decides what is signed anew, never
// what is accepted.
class CommitOwners final {
 public:
  struct Sources {
    std::string repository;
    std::string tip;                               // hex
    std::string ref;                               // full name, whose rule applies
    std::optional<std::filesystem::path> signers;  // instead of git's own setting
    std::uint64_t now_seconds{0};
  };

  // read fails as verify_range does where a file that is set is missing or cannot be understood.
  static base::Result<CommitOwners> read(const Sources& sources, const ssh::PublicKey& own_key);

  // may_sign fails with kCommitterMismatch, kUntrustedSigner, kExpiredKey or kRevokedKey.
  base::Status may_sign(const ssh::PublicKey& key, std::string_view committer_email) const;
  // fulfils says whether a class is as much as the rule of the ref asks for, and a touch.
  bool fulfils(PresenceClass presence) const;
  Requirement requirement() const { return requirement_; }

 private:
  explicit CommitOwners(ssh::PublicKey own_key) : own_key_(std::move(own_key)) {}
  base::Status read_policy(const Sources& sources);
  base::Status read_file(const Sources& sources);

  ssh::PublicKey own_key_;
  std::string own_email_;  // where there is no list of signers
  std::optional<ssh::AllowedSigners> allowed_;
  std::optional<RepositoryPolicy> policy_;
  RevokedKeys revoked_;
  Requirement requirement_{Requirement::kTouch};
  bool any_committer_{false};
  std::uint64_t now_seconds_{0};
};

}  // namespace touchstone::git
