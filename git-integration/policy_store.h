// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "git-integration/limits.h"
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
  bool needs_times{false};
  std::string approvals_folder{};  // hex; empty when there is none
  // The store's number for the folder, by which it gives it again: one folder, one number.
  std::uint32_t number{0};
  std::size_t bytes{0};  // of the files that were read

  // is_none says that there is no policy file at all.
  bool is_none() const { return !policy && !error; }
  // digest is the policy's; empty where there is none that is understood.
  std::string_view digest() const { return policy ? std::string_view(policy->digest) : ""; }
};

using SharedPolicy = std::shared_ptr<const PolicyInTree>;  // never null but where it says so

// PolicyStore reads policies from trees. Every object on the way, from the root tree down, is
// hashed again. Of what it has read it keeps the latest, up to bytes_max of files (about twice that
// in memory) and always one, and reads the others again when they are asked for; of each folder it
// keeps under 300 bytes. Not thread-safe.
class PolicyStore final {
 public:
  explicit PolicyStore(ObjectReader& reader, std::size_t bytes_max = kPoliciesKeptBytes)
      : reader_(reader), bytes_max_(bytes_max) {}

  // of_folder gives what the folder with this tree id holds; the empty id stands for no folder.
  // Fails only when git does.
  base::Result<SharedPolicy> of_folder(const std::string& id);
  // of_commit gives the policy in a commit's tree; null when there is no such commit.
  base::Result<SharedPolicy> of_commit(const std::string& name);
  // numbered gives one that was given before. Fails only when git does.
  base::Result<SharedPolicy> numbered(std::uint32_t number);
  // approvals_of reads what may be approvals, at most one file more than kPolicyApprovalsMax, anew
  // each time: they are asked for where a policy changes, and may be large wherever they lie. Fails
  // with kNotFound and kMalformed, and when git does.
  base::Result<std::vector<PolicyApproval>> approvals_of(const PolicyInTree& policy);
  // unreadable gives what a root tree holds in which no folder could be found.
  base::Result<SharedPolicy> unreadable(const std::string& tree, base::Error error);

 private:
  struct Known {
    std::string id;                              // of the folder; of no meaning with an error
    std::optional<base::Error> error;            // why no folder could be found in that
    SharedPolicy kept{};                         // null: has to be read again
    std::list<std::uint32_t>::iterator place{};  // in recent_, where it is kept
  };

  std::uint32_t number_of(const std::string& id, std::optional<base::Error> error);
  base::Result<PolicyInTree> read_known(const Known& known);
  void keep(std::uint32_t number, SharedPolicy policy);
  base::Result<PolicyInTree> read_folder(const std::string& id);
  base::Result<std::string> read_file(const std::vector<TreeEntry>& entries, std::string_view path,
                                      std::size_t max);

  ObjectReader& reader_;
  const std::size_t bytes_max_;
  std::size_t bytes_{0};  // of what is kept
  std::vector<Known> known_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::list<std::uint32_t> recent_;  // what is kept, the latest first
};

// policy_folder_in gives the id of the policy's folder in a stored root tree, empty when there is
// none. Fails with kMalformed when what has its name is no folder.
base::Result<std::string> policy_folder_in(HashAlgorithm algorithm, base::ByteView root_tree);

}  // namespace touchstone::git
