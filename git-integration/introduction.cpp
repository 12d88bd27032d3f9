// SPDX-License-Identifier: Apache-2.0
#include "git-integration/introduction.h"

#include <algorithm>
#include <utility>

#include "git-integration/policy/policy_fields.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/process.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_full_name(std::string_view text) {
  return (text.size() == hex_size(HashAlgorithm::kSha1) ||
          text.size() == hex_size(HashAlgorithm::kSha256)) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::Status check_form(const Introduction& introduction) {
  if (!is_full_name(introduction.commit)) {
    return fail(Code::kConfigInvalid,
                "introduction: want the full name of a commit, not " + introduction.commit);
  }
  if (!is_fingerprint(introduction.fingerprint)) {
    return fail(Code::kConfigInvalid, "introduction: want a key's fingerprint, SHA256:…, not " +
                                          introduction.fingerprint);
  }
  return {};
}

std::string signer_of(const PolicyInTree& first, const Verdict& verdict, std::uint64_t seconds) {
  auto signer = find_signer(*first.policy, *verdict.public_key, std::nullopt,
                            KeyTimes{seconds, seconds, seconds});
  return signer ? *signer : verdict.key;
}

}  // namespace

Result<Introduction> parse_introduction(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    return fail(Code::kConfigInvalid,
                std::string("git's ") + kIntroductionKey + ": want \"COMMIT FINGERPRINT\"");
  }
  const std::size_t second = std::min(text.find_first_not_of(' ', space), text.size());
  Introduction introduction{std::string(text.substr(0, space)), std::string(text.substr(second))};
  TRY_VOID(check_form(introduction));
  return introduction;
}

Result<std::optional<Introduction>> find_introduction(const VerifyOptions& options) {
  if (options.introduction) {
    if (options.signers) {
      return fail(Code::kUsage,
                  "an introduction brings its own signers: give it or a signers file");
    }
    TRY_VOID(check_form(*options.introduction));
    return options.introduction;
  }
  if (options.signers) {
    return std::nullopt;
  }
  TRY(output, run_git(options.repository, {"config", "--get", kIntroductionKey}));
  if (output.status == 1) {
    return std::nullopt;  // not set
  }
  if (output.status != 0) {
    return fail(failure_of("git config", output));
  }
  TRY(introduction, parse_introduction(output.out.substr(0, output.out.find('\n'))));
  return std::optional(std::move(introduction));
}

Result<CheckedIntroduction> check_introduction(const Introduction& introduction, bool shallow,
                                               ObjectReader& reader, PolicyStore& store) {
  const std::string what = "introduction " + introduction.commit;
  TRY(object, reader.read(introduction.commit));
  if (!object) {
    return fail(shallow ? Code::kShallow : Code::kNotFound, what);
  }
  if (object->type != "commit") {
    return fail(Code::kNotIntroduced, what + ": it is a " + object->type);
  }
  ObjectFacts facts;
  const Verdict verdict = judge_object(ObjectKind::kCommit, algorithm_of(object->id), object->bytes,
                                       Trust{}, nullptr, &facts);
  if (!is_touch(verdict.presence.presence)) {
    return fail(Code::kNotIntroduced, what + ": " + to_word(verdict.presence) +
                                          ", want a touch by " + introduction.fingerprint);
  }
  if (verdict.key != introduction.fingerprint) {
    return fail(Code::kNotIntroduced,
                what + ": signed by " + verdict.key + ", want " + introduction.fingerprint);
  }
  TRY(policy, store.of_commit(object->id));
  if (policy == nullptr || !policy->policy) {
    if (policy != nullptr && policy->error) {
      return fail(base::Error(*policy->error).with_context(what));
    }
    return fail(Code::kNotIntroduced,
                what + ": there is no " + std::string(kPolicyFile) + " in it");
  }
  return CheckedIntroduction{object->id, signer_of(*policy, verdict, facts.seconds),
                             std::move(facts.parents), std::move(policy)};
}

}  // namespace touchstone::git
