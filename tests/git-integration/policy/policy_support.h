// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/policy/repository_policy.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {

constexpr std::uint64_t kDay = 86400;
constexpr std::uint64_t kCommitTime = 1'700'000'000;  // 2023-11-14
constexpr std::uint64_t kNow = kCommitTime + 100 * kDay;

inline const std::string kAlice = "alice@example.com";
inline const std::string kBob = "bob@example.com";

// must_parse fails the test when the policy is refused. "version = 1" is put before it.
RepositoryPolicy must_parse(const std::string& toml, const std::string& signers);

// all_problems gives every problem's context, one a line.
std::string all_problems(const std::string& toml, const std::string& signers);

// candidate_of is a commit by the key with a touch, committed as email, for refs/heads/main.
Candidate candidate_of(const SoftKey& key, std::string_view email);

std::vector<base::Code> codes_of(const std::vector<base::Error>& problems);
std::string contexts_of(const std::vector<base::Error>& problems);

}  // namespace touchstone::git
