// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/policy/policy_support.h"

#include <gtest/gtest.h>

namespace touchstone::git {

RepositoryPolicy must_parse(const std::string& toml, const std::string& signers) {
  auto policy = parse_repository_policy("version = 1\n" + toml, signers);
  if (!policy) {
    ADD_FAILURE() << policy.error().context;
    return {};
  }
  return std::move(*policy);
}

std::string all_problems(const std::string& toml, const std::string& signers) {
  return contexts_of(read_repository_policy(toml, signers).problems);
}

Candidate candidate_of(const SoftKey& key, std::string_view email) {
  Candidate candidate;
  candidate.id = "1111111111111111111111111111111111111111";
  candidate.ref = "refs/heads/main";
  candidate.committer_email = email;
  candidate.parents = 1;
  candidate.key = &key.public_key();
  candidate.presence = PresenceClass::kTouch;
  candidate.claimed_seconds = kCommitTime;
  candidate.now_seconds = kNow;
  return candidate;
}

std::vector<base::Code> codes_of(const std::vector<base::Error>& problems) {
  std::vector<base::Code> codes;
  codes.reserve(problems.size());
  for (const base::Error& problem : problems) {
    codes.push_back(problem.code);
  }
  return codes;
}

std::string contexts_of(const std::vector<base::Error>& problems) {
  std::string text;
  for (const base::Error& problem : problems) {
    text += problem.context + "\n";
  }
  return text;
}

}  // namespace touchstone::git
