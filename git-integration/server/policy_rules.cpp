// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/policy_rules.h"

#include <algorithm>
#include <utility>

#include "git-integration/object_reader.h"
#include "git-integration/policy_store.h"
#include "git-integration/revoked_keys.h"
#include "git-integration/rewrite/batch_index.h"
#include "git-integration/server/introduced_tip.h"
#include "git-integration/server/push_log.h"
#include "git-integration/server/record_push.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

// revoked_by gives the keys of the policy's own signers that it revokes.
Result<RevokedKeys> revoked_by(const RepositoryPolicy& policy) {
  std::string lines;
  for (const ssh::AllowedSigner& signer : policy.signers.signers()) {
    if (policy.revocation_of(signer.key.fingerprint()) != nullptr) {
      lines += signer.key.line() + "\n";
    }
  }
  return RevokedKeys::parse(lines);
}

// ReceivedTimes reads the push log when it is first asked. A log that cannot be read tells no
// times, and then what needs one is refused.
class ReceivedTimes final {
 public:
  explicit ReceivedTimes(std::string repository) : repository_(std::move(repository)) {}

  std::optional<std::uint64_t> of(std::string_view id) {
    if (!asked_) {
      asked_ = true;
      if (auto log = PushLog::read(repository_)) {
        log_ = std::move(*log);
      }
    }
    return log_ ? log_->received(id) : std::nullopt;
  }

 private:
  std::string repository_;
  bool asked_{false};
  std::optional<PushLog> log_;
};

// Batches reads those of the repository and of the push when it is first asked. When they cannot be
// read there are none.
class Batches final {
 public:
  Batches(std::string repository, const std::vector<PushUpdate>& updates,
          ssh::AllowedSigners signers)
      : repository_(std::move(repository)), signers_(std::move(signers)) {
    for (const PushUpdate& update : updates) {
      if (update.ref.starts_with(kBatchRefs) && !update.deletes()) {
        arriving_.push_back(StoredBatch{update.new_id, update.ref});
      }
    }
  }

  std::vector<BatchEntry> of(std::string_view id) {
    if (!asked_) {
      asked_ = true;
      const auto known = [this](const ssh::PublicKey& key) { return signers_.knows(key); };
      if (auto index = read_batches(repository_, {}, arriving_, known)) {
        index_ = std::move(*index);
      }
    }
    return index_.find(id);
  }

 private:
  std::string repository_;
  ssh::AllowedSigners signers_;
  std::vector<StoredBatch> arriving_;
  bool asked_{false};
  BatchIndex index_;
};

class PolicyRules final : public PushRules {
 public:
  PolicyRules(VerifyOptions options, IntroducedTip tip, std::string head, RepositoryPolicy policy,
              RevokedKeys revoked)
      : options_(std::move(options)),
        tip_(std::move(tip)),
        head_(std::move(head)),
        policy_(std::move(policy)),
        revoked_(std::move(revoked)) {}

  Trust trust() const override {
    return Trust{&policy_.signers, &revoked_, nullptr, policy_.touch};
  }
  bool judges(std::string_view /*ref*/) const override { return true; }
  bool protects(std::string_view ref) const override {
    const RefRule* const rule = policy_.rule_for(ref);
    return rule != nullptr && rule->require != Requirement::kNothing;
  }
  // Each ref may have rules of its own.
  bool alike() const override { return false; }
  // What a ref was let have under other rules does not count; a new ref may begin at HEAD.
  bool counts_for(std::string_view ref, const PushUpdate& update) const override {
    return update.creates() && ref == head_;
  }
  bool wants_signed_tag(std::string_view ref) const override {
    const RefRule* const rule = policy_.rule_for(ref);
    return (rule == nullptr ? policy_.require : rule->require) != Requirement::kNothing;
  }

  Status judge_tags(const TagChain& chain, const OnRefused& on_refused) const override;
  Status judge_commits(const std::vector<std::string>& ranges, const std::string& ref,
                       const OnRefused& on_refused) const override;
  void keep() const override {
    if (!newest_.empty()) {
      tip_.write(newest_);
    }
  }

 private:
  VerifyOptions options_;
  IntroducedTip tip_;
  // The last commit that was accepted for `head_`, and so descends from the introduction.
  mutable std::string newest_;
  std::string head_;
  RepositoryPolicy policy_;
  RevokedKeys revoked_;
};

// The verifier takes a tag by its id, where it cannot know the ref's name: that is checked here.
Status PolicyRules::judge_tags(const TagChain& chain, const OnRefused& on_refused) const {
  const StoredObject& outermost = chain.tags->front();
  if (!chain.name.empty()) {
    ssh::PublicKeyCache cache;
    Job job;
    job.object = outermost;
    job.kind = ObjectKind::kTag;
    job.name = chain.name;
    const Judged judged = judge_job(job, trust(), PlainRules{true, 0}, cache);
    if (judged.object.name != chain.name) {
      on_refused(outermost.id, judged.object.verdict.reason.value_or(
                                   Error{Code::kMalformed, 0, "it bears another name"}));
    }
  }
  VerifyOptions options = options_;
  options.ref = chain.ref;
  options.ranges = {outermost.id};
  if (chain.of_commit) {
    options.ranges.push_back("^" + outermost.id);
  }
  return verify(options, on_refused);
}

Status PolicyRules::judge_commits(const std::vector<std::string>& ranges, const std::string& ref,
                                  const OnRefused& on_refused) const {
  VerifyOptions options = options_;
  options.ref = ref;
  options.ranges = ranges;
  return verify(options, on_refused, ref == head_ ? &newest_ : nullptr);
}

}  // namespace

Result<std::unique_ptr<PushRules>> make_policy_rules(const std::string& repository,
                                                     const Introduction& introduction,
                                                     const std::string& head,
                                                     const std::vector<PushUpdate>& updates,
                                                     const base::Clock& clock) {
  TRY(reader, ObjectReader::start(repository));
  PolicyStore store(reader);
  SharedPolicy found;
  if (!head.empty()) {
    TRY_ASSIGN(found, store.of_commit(head));
  }
  if (found == nullptr || found->is_none()) {
    TRY_ASSIGN(found, store.of_commit(introduction.commit));
  }
  if (found == nullptr || found->is_none()) {
    return fail(Code::kNotIntroduced, "commit " + introduction.commit +
                                          (found == nullptr ? " is not here" : " has no policy"));
  }
  if (found->error) {
    return fail(*found->error);
  }
  TRY(revoked, revoked_by(*found->policy));
  VerifyOptions options;
  options.repository = repository;
  options.introduction = introduction;
  options.newest = head;
  TRY(folder, git_folder_of(repository));
  IntroducedTip tip(folder, introduction.commit);
  options.introduced = tip.read();
  options.now_seconds = base::unix_seconds(clock);
  options.commits_before_max = kHookCommitsBeforeMax;
  auto times = std::make_shared<ReceivedTimes>(repository);
  options.received = [times](std::string_view id) { return times->of(id); };
  auto batches = std::make_shared<Batches>(repository, updates, found->policy->signers);
  options.batches = [batches](std::string_view id) { return batches->of(id); };
  return std::unique_ptr<PushRules>(std::make_unique<PolicyRules>(
      std::move(options), std::move(tip), head, *found->policy, std::move(revoked)));
}

}  // namespace touchstone::git::server
