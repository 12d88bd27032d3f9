// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/git_object.h"

namespace touchstone::git {

// HistoryPlan is a history to be made for measuring and testing the verifier. The commits are
// signed by software keys that write what tokens write, and every tree has a policy.
struct HistoryPlan {
  enum class Keys : std::uint8_t { kEd25519, kEcdsa, kBoth };
  std::size_t commits{100000};  // reachable from main; at least kHistoryCommitsMin
  Keys keys{Keys::kBoth};
  HashAlgorithm algorithm{HashAlgorithm::kSha1};
  // Merges, octopus merges, merged tags, signed tags, a submodule, a graft and a replace ref, and
  // commits that are to be refused. Without it: one line of good commits.
  bool shapes{false};
};
constexpr std::size_t kHistoryCommitsMin = 50;

// PlantedCommit is one that is not to be accepted, and the class it is to get.
struct PlantedCommit {
  std::string id;
  std::string presence;
};

struct MadeHistory {
  std::string introduction;  // first commit, which has the policy
  std::string fingerprint;   // of the key that signed it
  std::string tip;
  std::size_t commits{0};
  std::size_t merges{0};       // with two parents
  std::size_t octopuses{0};    // with more
  std::size_t merged_tags{0};  // merges that carry a mergetag
  std::vector<std::string> tags;
  std::vector<PlantedCommit> planted;
};

// make_history makes FOLDER/repository.git, bare, with branch main, and FOLDER/signers.
base::Result<MadeHistory> make_history(const std::filesystem::path& folder,
                                       const HistoryPlan& plan);

}  // namespace touchstone::git
