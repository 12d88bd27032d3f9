// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "git-integration/commit_map.h"
#include "git-integration/introduction.h"
#include "git-integration/judge_pool.h"
#include "git-integration/path_changes.h"
#include "git-integration/policy_store.h"
#include "git-integration/verify_command.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {

// PolicyWalk decides about the commits of a history by the policies in it: each by that of each of
// its parents, all of which it has to satisfy. Of a parent that does not descend from the
// introduction nothing is learnt, and a commit without any other is refused. One thread.
//
// It keeps under 100 bytes a commit, and of policies what PolicyStore does.
class PolicyWalk final {
 public:
  // start checks the introduction. Fails as check_introduction does.
  static base::Result<std::unique_ptr<PolicyWalk>> start(VerifyOptions options,
                                                         const Introduction& introduction,
                                                         Boundary boundary);
  PolicyWalk(const PolicyWalk&) = delete;
  PolicyWalk& operator=(const PolicyWalk&) = delete;

  // excluded gives what a range leaves out beside its own: what is older than the introduction.
  std::vector<std::string> excluded() const;
  // add_revocations takes those of the policy in this commit, as the newest known.
  base::Status add_revocations(const std::string& commit);
  // settle decides about a commit whose signature was judged; parents come before their children.
  // Fails with kShallow where a shallow clone was cut, and when git does.
  base::Status settle(Judged& judged);
  // ref_unknown says whether a policy has rules for refs, and nothing said for which ref its
  // commits are, so that each of the rules had to let them.
  bool ref_unknown() const { return ref_unknown_; }
  // settle_tag decides about a tag by the policy of the commit it points to, empty for a tag of
  // something else.
  base::Status settle_tag(ObjectVerdict& tag, const std::string& commit);

 private:
  // Place is what is known of a commit: the policy for its children, and whether it counts.
  struct Place {
    std::uint32_t policy{0};  // the store's number
    bool introduced{false};
  };
  struct Parent {
    std::string id;
    SharedPolicy policy{};
  };

  PolicyWalk(VerifyOptions options, Boundary boundary, ObjectReader reader);

  base::Result<bool> is_introduced(const std::string& id) const;
  base::Result<Place> place_of(const std::string& id);
  base::Result<SharedPolicy> own_policy(Judged& judged);
  base::Result<std::vector<Parent>> introduced_parents(const std::vector<std::string>& parents);
  Candidate candidate_of(const ObjectVerdict& object, bool needs_times) const;
  base::Status judge(const std::vector<Parent>& parents, const PolicyInTree& own,
                     ObjectVerdict& object);
  bool may_be_in_batch(const ObjectVerdict& judged) const;
  base::Result<std::optional<ObjectVerdict>> judge_in_batches(const std::vector<Parent>& parents,
                                                              const PolicyInTree& own,
                                                              const ObjectVerdict& object);
  base::Result<bool> under_one_policy(const Parent& own, const Parent& other,
                                      const std::vector<std::string>& bases);
  base::Status judge_by_parent(const std::vector<Parent>& parents, std::size_t index,
                               ObjectVerdict& object, Candidate& candidate);
  base::Status judge_change(const std::vector<Parent>& parents, std::size_t index,
                            const PolicyInTree& own, ObjectVerdict& object,
                            const Candidate& candidate);
  base::Result<std::vector<std::string>> changed_paths(const std::string& parent,
                                                       const std::string& commit);
  base::Result<bool> policy_taken_over(const std::vector<Parent>& parents, std::size_t index,
                                       const PolicyInTree& own);
  base::Status leave_out_taken_over(const std::vector<Parent>& parents, std::size_t index,
                                    const std::string& commit, std::vector<std::string>& paths);

  const VerifyOptions options_;
  const Boundary boundary_;
  const std::uint64_t now_;
  ObjectReader reader_;
  PolicyStore store_;
  std::optional<PathChanges> changes_;
  CheckedIntroduction introduction_;
  std::vector<Revocation> revocations_;
  CommitMap<Place> places_;
  bool ref_unknown_{false};
};

}  // namespace touchstone::git
