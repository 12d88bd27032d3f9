// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "git-integration/limits.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/policy/policy_edit.h"
#include "git-integration/policy/policy_signers.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

namespace {

// A line by itself that parts policy.toml from signers in an input.
constexpr std::string_view kCut = "\n%\n";

void judge(const git::RepositoryPolicy& policy, const ssh::AllowedSigner& line) {
  const std::vector<std::string> paths{"a", "release/x"};
  git::Candidate candidate;
  candidate.ref = "refs/heads/main";
  candidate.committer_email = line.principals;
  candidate.parents = 1;
  candidate.key = &line.key;
  candidate.presence = git::PresenceClass::kTouchPin;
  candidate.claimed_seconds = 1'700'000'000;
  candidate.now_seconds = 1'800'000'000;
  candidate.changed_paths = &paths;
  // A revoked key is refused whatever else there is, and so is a bad signature.
  const std::vector<git::Revocation> revoked{{line.key.fingerprint(), 0, "fuzz"}};
  FUZZ_CHECK(!git::judge_by_policy(policy, candidate, revoked).problems.empty());
  const auto good = git::judge_by_policy(policy, candidate, {});
  candidate.presence = git::PresenceClass::kBad;
  FUZZ_CHECK(!git::judge_by_policy(policy, candidate, {}).problems.empty());
  // Less presence never helps.
  candidate.presence = git::PresenceClass::kNoTouch;
  const auto less = git::judge_by_policy(policy, candidate, {});
  FUZZ_CHECK(less.problems.size() >= good.problems.size());
  FUZZ_CHECK(
      !git::judge_policy_change(policy, "", candidate, {{"x", "junk"}}, revoked).problems.empty());
}

}  // namespace

// Whatever is accepted has people enough to change it, one person a line at most, and can be
// edited into something that is accepted too.
void fuzz(base::ByteView bytes) {
  const std::string_view text = base::as_text(bytes);
  const std::size_t cut = text.find(kCut);
  const std::string policy_toml(text.substr(0, cut));
  const std::string signers(cut == std::string_view::npos ? std::string_view()
                                                          : text.substr(cut + kCut.size()));
  static_cast<void>(git::parse_policy_change_statement(bytes).has_value());
  const git::PolicyReading reading = git::read_repository_policy(policy_toml, signers);
  FUZZ_CHECK(reading.problems.size() <= git::kPolicyProblemsMax);
  for (const base::Error& problem : reading.problems) {
    FUZZ_CHECK(!base::format_error(problem).empty());
  }
  const auto policy = git::parse_repository_policy(policy_toml, signers);
  FUZZ_CHECK(policy.has_value() == reading.problems.empty());
  if (!policy) {
    return;
  }
  FUZZ_CHECK(policy->people.size() == policy->signers.signers().size());
  FUZZ_CHECK(git::people_who_count(*policy) >= policy->change_signers);
  FUZZ_CHECK(policy->signers.problems().empty());
  for (const git::Revocation& revocation : policy->revocations) {
    FUZZ_CHECK(!revocation.reason.empty());
  }
  for (const ssh::AllowedSigner& line : policy->signers.signers()) {
    judge(*policy, line);
  }
  const auto stranger =
      ssh::PublicKey::from_token({base::KeyAlgorithm::kEd25519, base::Bytes(32, 0xfe)}, "ssh:fuzz");
  FUZZ_CHECK(stranger.has_value());
  const auto edited =
      git::add_policy_signer({policy_toml, signers}, "fuzz@example.com", *stranger, signers);
  if (edited) {
    const auto again = git::parse_repository_policy(edited->policy, edited->signers);
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(again->digest != policy->digest);
  }
}
