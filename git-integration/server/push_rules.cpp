// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_rules.h"

#include <utility>

#include "base/file.h"
#include "git-integration/git_config.h"
#include "git-integration/revoked_keys.h"
#include "git-integration/server/policy_rules.h"
#include "git-integration/verify_command.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

// SignersRules demands a touch of somebody in an allowed signers file, everywhere alike.
class SignersRules final : public PushRules {
 public:
  SignersRules(VerifyOptions options, ssh::AllowedSigners allowed, RevokedKeys revoked)
      : options_(std::move(options)), allowed_(std::move(allowed)), revoked_(std::move(revoked)) {}

  Trust trust() const override { return Trust{&allowed_, &revoked_}; }
  bool judges(std::string_view /*ref*/) const override { return true; }
  bool protects(std::string_view /*ref*/) const override { return false; }
  bool alike() const override { return true; }
  bool counts_for(std::string_view /*ref*/, const PushUpdate& /*update*/) const override {
    return true;
  }
  bool wants_signed_tag(std::string_view /*ref*/) const override { return true; }

  Status judge_tags(const TagChain& chain, const OnRefused& on_refused) const override {
    ssh::PublicKeyCache cache;
    for (std::size_t i = 0; i < chain.tags->size(); ++i) {
      Job job;
      job.object = chain.tags->at(i);
      job.kind = ObjectKind::kTag;
      job.name = i == 0 ? chain.name : std::string();
      Judged judged = judge_job(job, trust(), PlainRules{false, options_.now_seconds}, cache);
      settle_plainly(judged.object);
      report(judged.object, on_refused);
    }
    return {};
  }

  Status judge_commits(const std::vector<std::string>& ranges, const std::string& /*ref*/,
                       const OnRefused& on_refused) const override {
    VerifyOptions options = options_;
    options.ranges = ranges;
    return verify(options, on_refused);
  }

 private:
  VerifyOptions options_;
  ssh::AllowedSigners allowed_;
  RevokedKeys revoked_;
};

Result<std::unique_ptr<PushRules>> make_signers_rules(const std::string& repository,
                                                      const ReceiveSettings& settings,
                                                      const base::Clock& clock) {
  if (!settings.signers) {
    return fail(Code::kConfigInvalid,
                std::string("this repository's hooks have no signers: neither ") +
                    kIntroductionKey + " nor " + kSignersKey + " is set");
  }
  TRY(bytes, base::read_file(*settings.signers, ssh::kAllowedSignersFileMax)
                 .with_context("allowed signers"));
  TRY(allowed,
      ssh::AllowedSigners::parse(base::as_text(bytes)).with_context(settings.signers->string()));
  RevokedKeys revoked;
  if (settings.revoked) {
    TRY_ASSIGN(revoked, RevokedKeys::read(*settings.revoked));
  }
  VerifyOptions options;
  options.repository = repository;
  options.signers = settings.signers;
  options.revoked = settings.revoked;
  options.now_seconds = base::unix_seconds(clock);
  options.commits_before_max = kHookCommitsBeforeMax;
  return std::unique_ptr<PushRules>(
      std::make_unique<SignersRules>(std::move(options), std::move(allowed), std::move(revoked)));
}

}  // namespace

void report(const ObjectVerdict& object, const OnRefused& on_refused) {
  if (object.accepted) {
    return;
  }
  if (object.problems.empty()) {
    on_refused(object.id, Error{Code::kBelowPolicy, 0, {}});
  }
  for (const Error& problem : object.problems) {
    on_refused(object.id, problem);
  }
}

Status verify(const VerifyOptions& options, const OnRefused& on_refused, std::string* newest) {
  TRY(summary, verify_range(options, [&](const ObjectVerdict& object) -> Status {
        if (newest != nullptr && object.accepted && object.kind == ObjectKind::kCommit) {
          *newest = object.id;
        }
        report(object, on_refused);
        return {};
      }));
  for (const HistoryFinding& finding : summary.findings) {
    on_refused(finding.id, finding.error);
  }
  return {};
}

Result<std::unique_ptr<PushRules>> PushRules::make(const std::string& repository,
                                                   const ReceiveSettings& settings,
                                                   const std::string& head,
                                                   const std::vector<PushUpdate>& updates,
                                                   const base::Clock& clock) {
  return settings.introduction
             ? make_policy_rules(repository, *settings.introduction, head, updates, clock)
             : make_signers_rules(repository, settings, clock);
}

}  // namespace touchstone::git::server
