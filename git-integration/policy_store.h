// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "git-integration/object_reader.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/policy/repository_policy.h"
#include "git-integration/tree.h"

namespace touchstone::git {

// PolicyInTree is the .touchstone folder of one tree, read once however many commits have it.
struct PolicyInTree {
  // None when the folder holds no policy file, or one that is not understood: then `error` says
  // why, and it accepts nothing.
  std::optional<RepositoryPolicy> policy;
  std::optional<base::Error> error;
  bool needs_paths{false};
  std::string approvals_folder{};  // hex; empty when there is none

  // is_none says that there is no policy file at all.
  bool is_none() const { return !policy && !error; }
  // digest is the policy's; empty where there is none that is understood.
  std::string_view digest() const { return policy ? std::string_view(policy->digest) : ""; }
};

// PolicyStore reads policies from trees. Every object on the way, from the root tree down, is
// hashed again. Not thread-safe.
class PolicyStore final {
 public:
  explicit PolicyStore(ObjectReader& reader) : reader_(reader) {}

  // of_folder gives what the folder with this tree id holds; the empty id stands for no folder.
  // The answer lives as long as the store. Fails only when git does.
  base::Result<const PolicyInTree*> of_folder(const std::string& id);
  // of_commit gives the policy in a commit's tree; nothing when there is no such commit.
  base::Result<const PolicyInTree*> of_commit(const std::string& name);
  // approvals_of reads what may be approvals, at most one more than kPolicyApprovalsMax, anew each
  // time: they are asked for where a policy changes, and may be large wherever they lie. Fails with
  // kNotFound and kMalformed, and when git does.
  base::Result<std::vector<PolicyApproval>> approvals_of(const PolicyInTree& policy);
  // unreadable gives what a root tree holds in which no folder could be found.
  const PolicyInTree* unreadable(const std::string& tree, base::Error error);

 private:
  base::Result<PolicyInTree> read_folder(const std::string& id);
  base::Result<std::string> read_file(const std::vector<TreeEntry>& entries, std::string_view path,
                                      std::size_t max);

  ObjectReader& reader_;
  std::unordered_map<std::string, std::unique_ptr<PolicyInTree>> folders_;
};

// policy_folder_in gives the id of the policy's folder in a stored root tree, empty when there is
// none. Fails with kMalformed when what has its name is no folder.
base::Result<std::string> policy_folder_in(HashAlgorithm algorithm, base::ByteView root_tree);

}  // namespace touchstone::git
