// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/commit_owners.h"

#include <algorithm>
#include <utility>

#include "git-integration/git_config.h"
#include "git-integration/git_object.h"
#include "git-integration/introduction.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

}  // namespace

Result<CommitOwners> CommitOwners::read(const Sources& sources, const ssh::PublicKey& own_key) {
  CommitOwners owners(own_key);
  owners.now_seconds_ = sources.now_seconds;
  VerifyOptions options;
  options.repository = sources.repository;
  options.signers = sources.signers;
  TRY(introduction, find_introduction(options));
  if (introduction) {
    TRY_VOID(owners.read_policy(sources));
    return owners;
  }
  TRY_ASSIGN(owners.revoked_, read_revoked(options));
  TRY_VOID(owners.read_file(sources));
  return owners;
}

Status CommitOwners::read_policy(const Sources& sources) {
  TRY(reader, ObjectReader::start(sources.repository));
  PolicyStore store(reader);
  TRY(found, store.of_commit(sources.tip));
  if (found == nullptr || !found->policy) {
    return found != nullptr && found->error
               ? Status(fail(*found->error))
               : Status(fail(Code::kConfigInvalid,
                             "there is an introduction, and no policy at " + sources.ref));
  }
  policy_ = *found->policy;
  const RefRule* rule = policy_->rule_for(sources.ref);
  requirement_ = std::max(Requirement::kTouch, rule != nullptr ? rule->require : policy_->require);
  any_committer_ = rule != nullptr ? rule->any_committer : policy_->any_committer;
  return {};
}

Status CommitOwners::read_file(const Sources& sources) {
  TRY(configured, configured_path(sources.repository, kSignersKey));
  if (!sources.signers && !configured) {
    TRY_ASSIGN(own_email_, git_value(sources.repository, {"config", "--get", "user.email"}));
    return {};
  }
  VerifyOptions options;
  options.repository = sources.repository;
  options.signers = sources.signers;
  TRY_ASSIGN(allowed_, read_signers(options));
  return {};
}

Status CommitOwners::may_sign(const ssh::PublicKey& key, std::string_view committer_email) const {
  if (policy_) {
    const KeyTimes times{now_seconds_, now_seconds_, std::nullopt};
    TRY_VOID(check_not_revoked(*policy_, {}, key, times));
    const auto signer = find_signer(
        *policy_, key, any_committer_ ? std::nullopt : std::optional(committer_email), times);
    return signer ? Status() : fail(signer.error());
  }
  TRY_VOID(revoked_.check(key));
  if (!allowed_) {
    return key == own_key_ && committer_email == own_email_ ? Status()
                                                            : fail(Code::kCommitterMismatch);
  }
  if (allowed_->check(key, committer_email, kGitNamespace, now_seconds_)) {
    return {};
  }
  const std::vector<std::string> principals = allowed_->find_principals(key, now_seconds_);
  return fail(principals.empty() ? Code::kUntrustedSigner : Code::kCommitterMismatch);
}

bool CommitOwners::fulfils(PresenceClass presence) const {
  return is_touch(presence) && git::fulfils(presence, requirement_);
}

}  // namespace touchstone::git
