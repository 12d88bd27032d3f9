// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_rules.h"

#include <utility>

#include "base/file.h"
#include "git-integration/revoked_keys.h"
#include "git-integration/verify_command.h"
#include "ssh/limits.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

Error reason_of(const Verdict& verdict) {
  return verdict.reason.value_or(Error{Code::kBadSignature, 0, to_word(verdict.presence)});
}

// SignersRules demands a touch of somebody in an allowed signers file, everywhere alike.
class SignersRules final : public PushRules {
 public:
  SignersRules(std::string repository, std::filesystem::path signers, ssh::AllowedSigners allowed,
               std::optional<std::filesystem::path> revoked_file, RevokedKeys revoked)
      : repository_(std::move(repository)),
        signers_(std::move(signers)),
        allowed_(std::move(allowed)),
        revoked_file_(std::move(revoked_file)),
        revoked_(std::move(revoked)) {}

  Trust trust() const override { return Trust{&allowed_, &revoked_}; }
  bool judges(std::string_view /*ref*/) const override { return true; }
  bool protects(std::string_view /*ref*/) const override { return false; }
  bool alike() const override { return true; }
  bool counts_for(std::string_view /*ref*/, const PushUpdate& /*update*/) const override {
    return true;
  }
  bool wants_signed_tag(std::string_view /*ref*/) const override { return true; }

  std::vector<Error> judge_tag(const Job& tag, const std::string& /*ref*/) const override {
    ssh::PublicKeyCache cache;
    const ObjectVerdict verdict = judge_job(tag, trust(), cache);
    if (is_touch(verdict.verdict.presence.presence)) {
      return {};
    }
    return {reason_of(verdict.verdict)};
  }

  Status judge_commits(const std::vector<std::string>& ranges, const std::string& /*ref*/,
                       const OnRefused& on_refused) const override {
    VerifyOptions options;
    options.repository = repository_;
    options.ranges = ranges;
    options.signers = signers_;
    options.revoked = revoked_file_;
    const auto summary = verify_range(options, [&](const ObjectVerdict& verdict) -> Status {
      if (!is_touch(verdict.verdict.presence.presence)) {
        on_refused(verdict.id, reason_of(verdict.verdict));
      }
      return {};
    });
    return summary ? Status() : fail(summary.error());
  }

 private:
  std::string repository_;
  std::filesystem::path signers_;
  ssh::AllowedSigners allowed_;
  std::optional<std::filesystem::path> revoked_file_;
  RevokedKeys revoked_;
};

}  // namespace

Result<std::unique_ptr<PushRules>> PushRules::make(const std::string& repository,
                                                   const ReceiveSettings& settings,
                                                   const std::string& /*head*/,
                                                   const base::Clock& /*clock*/) {
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
  return std::unique_ptr<PushRules>(std::make_unique<SignersRules>(
      repository, *settings.signers, std::move(allowed), settings.revoked, std::move(revoked)));
}

}  // namespace touchstone::git::server
