// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy_walk.h"

#include <algorithm>

#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

std::string shortened(const std::string& id) { return short_id(id); }

// add_problem leaves out what another parent's policy said already.
void add_problem(ObjectVerdict& object, Error problem) {
  if (std::find(object.problems.begin(), object.problems.end(), problem) == object.problems.end()) {
    object.problems.push_back(std::move(problem));
  }
}

// finish turns what was found into the verdict: a key that is in no signers file of the parents
// makes a bad signature, as it does where there is no policy.
void finish(ObjectVerdict& object) {
  object.accepted = object.problems.empty();
  const auto untrusted =
      std::find_if(object.problems.begin(), object.problems.end(),
                   [](const Error& problem) { return problem.code == Code::kUntrustedSigner; });
  if (untrusted != object.problems.end() && object.verdict.public_key) {
    object.verdict.presence = {PresenceClass::kBad, 0, 0};
    object.verdict.reason = *untrusted;
  }
}

// in_batch gives a verdict as a manifest makes it.
Verdict in_batch(Verdict verdict, const BatchEntry& entry) {
  verdict.presence = {PresenceClass::kBatch, entry.part, entry.whole};
  verdict.key = entry.key->fingerprint();
  verdict.key_type = entry.key->name();
  verdict.public_key = entry.key;
  verdict.counter = entry.counter;
  verdict.webauthn = false;
  verdict.reason.reset();
  return verdict;
}

// is_fault_of_trees: what a commit brought cannot be gone through, which is no reason to stop.
bool is_fault_of_trees(Code code) {
  return code == Code::kTooLong || code == Code::kMalformed || code == Code::kTruncated ||
         code == Code::kHashMismatch;
}

// disbelieve makes no touch of one that a policy does not take for one.
void disbelieve(ObjectVerdict& object, std::optional<Error> disbelief) {
  if (disbelief) {
    object.verdict.presence = {PresenceClass::kNoTouch, 0, 0};
    object.verdict.reason = std::move(disbelief);
  }
}

void refuse(ObjectVerdict& object, Error problem) {
  object.problems.clear();
  if (object.verdict.presence.presence == PresenceClass::kBad && object.verdict.reason) {
    object.problems.push_back(*object.verdict.reason);
  }
  add_problem(object, std::move(problem));
  object.accepted = false;
}

}  // namespace

PolicyWalk::PolicyWalk(VerifyOptions options, Boundary boundary, ObjectReader reader)
    : options_(std::move(options)),
      boundary_(std::move(boundary)),
      now_(now_of(options_)),
      reader_(std::move(reader)),
      store_(reader_) {}

Result<std::unique_ptr<PolicyWalk>> PolicyWalk::start(VerifyOptions options,
                                                      const Introduction& introduction,
                                                      Boundary boundary) {
  TRY(reader, ObjectReader::start(options.repository));
  std::unique_ptr<PolicyWalk> walk(
      new PolicyWalk(std::move(options), std::move(boundary), std::move(reader)));
  TRY_ASSIGN(walk->introduction_, check_introduction(introduction, !walk->boundary_.empty(),
                                                     walk->reader_, walk->store_));
  walk->places_.add(walk->introduction_.id, Place{walk->introduction_.policy->number, true});
  return walk;
}

std::vector<std::string> PolicyWalk::excluded() const {
  std::vector<std::string> ranges;
  // Where a shallow clone was cut right here, git has no parents to leave out.
  if (!boundary_.contains(introduction_.id)) {
    for (const std::string& parent : introduction_.parents) {
      ranges.push_back("^" + parent);
    }
  }
  return ranges;
}

Status PolicyWalk::add_revocations(const std::string& commit) {
  TRY(policy, store_.of_commit(commit));
  if (policy != nullptr && policy->policy) {
    const std::vector<Revocation>& more = policy->policy->revocations;
    revocations_.insert(revocations_.end(), more.begin(), more.end());
  }
  return {};
}

// is_introduced asks git for a line of descent. To the introduction that is a walk through all
// history between, to a later commit through what is newer than that.
Result<bool> PolicyWalk::is_introduced(const std::string& id) const {
  if (id == options_.introduced) {
    return true;
  }
  if (!options_.introduced.empty()) {
    const auto newer = is_ancestor(options_.repository, options_.introduced, id);
    // Git fails where it has not got that commit.
    if (newer && *newer) {
      return true;
    }
  }
  return is_ancestor(options_.repository, introduction_.id, id);
}

// place_of looks up a commit that need not have come by: what a range leaves out.
Result<PolicyWalk::Place> PolicyWalk::place_of(const std::string& id) {
  if (const Place* known = places_.find(id)) {
    return *known;
  }
  Place place;
  TRY(policy, store_.of_commit(id));
  if (policy == nullptr) {
    return fail(boundary_.empty() ? Code::kNotFound : Code::kShallow, "commit " + id);
  }
  place.policy = policy->number;
  // What was verified before may also lie before the introduction, with a policy nobody trusts.
  TRY_ASSIGN(place.introduced, is_introduced(id));
  places_.add(id, place);
  return place;
}

// own_policy gives the policy in a commit's tree, which is for its children.
Result<SharedPolicy> PolicyWalk::own_policy(Judged& judged) {
  if (!judged.tree_error) {
    return store_.of_folder(judged.policy_folder);
  }
  return store_.unreadable(judged.tree, *judged.tree_error);
}

Result<std::vector<PolicyWalk::Parent>> PolicyWalk::introduced_parents(
    const std::vector<std::string>& parents) {
  std::vector<Parent> introduced;
  for (const std::string& parent : parents) {
    TRY(place, place_of(parent));
    if (place.introduced) {
      TRY(policy, store_.numbered(place.policy));
      introduced.push_back(Parent{parent, std::move(policy)});
    }
  }
  return introduced;
}

// candidate_of gives a commit or tag as policies see it.
Candidate PolicyWalk::candidate_of(const ObjectVerdict& object, bool needs_times) const {
  const Verdict& verdict = object.verdict;
  Candidate candidate;
  candidate.id = object.id;
  candidate.ref = options_.ref ? std::string_view(*options_.ref) : std::string_view();
  candidate.committer_email = object.committer_email;
  if (object.kind == ObjectKind::kCommit) {
    candidate.author_email = object.author_email;
  }
  candidate.parents = object.parents.size();
  candidate.key = verdict.public_key.get();
  candidate.presence = verdict.presence.presence;
  candidate.webauthn = verdict.webauthn;
  candidate.batch_size = verdict.presence.whole;
  candidate.claimed_seconds = object.seconds;
  candidate.now_seconds = now_;
  // Asking may mean to read a server's whole log.
  if (needs_times && options_.received) {
    candidate.received_seconds = options_.received(object.id);
  }
  return candidate;
}

Result<std::vector<std::string>> PolicyWalk::changed_paths(const std::string& parent,
                                                           const std::string& commit) {
  if (!changes_) {
    TRY(started, PathChanges::start(options_.repository, PathChanges::Limits{}));
    changes_.emplace(std::move(started));
  }
  return changes_->between(parent, commit);
}

// under_one_policy says whether all that another parent has and this one lacks was judged by this
// parent's policy: it was there when the two parted, and nobody has changed it since, not even to
// what it is again.
Result<bool> PolicyWalk::under_one_policy(const Parent& own, const Parent& other,
                                          const std::vector<std::string>& bases) {
  for (const std::string& base : bases) {
    TRY(policy, store_.of_commit(base));
    if (policy == nullptr || policy->digest() != own.policy->digest()) {
      return false;
    }
    TRY(changed, changes_path(options_.repository, base, other.id, kPolicyFolder));
    if (changed) {
      return false;
    }
  }
  return !bases.empty();
}

// leave_out_taken_over takes away the paths a merge has as another parent has them, where this one
// did not change them since the two parted: they were judged when they were changed, as long as
// that was by this parent's policy and not by one from before its rule.
Status PolicyWalk::leave_out_taken_over(const std::vector<Parent>& parents, std::size_t index,
                                        const std::string& commit,
                                        std::vector<std::string>& paths) {
  for (std::size_t other = 0; other < parents.size(); ++other) {
    if (other == index || parents[other].policy->digest() != parents[index].policy->digest()) {
      continue;
    }
    TRY(bases, merge_bases(options_.repository, parents[index].id, parents[other].id));
    TRY(settled, under_one_policy(parents[index], parents[other], bases));
    if (!settled) {
      continue;
    }
    TRY(kept_out, changed_paths(parents[other].id, commit));
    for (const std::string& base : bases) {
      TRY(own_changes, changed_paths(base, parents[index].id));
      kept_out.insert(kept_out.end(), own_changes.begin(), own_changes.end());
    }
    std::sort(kept_out.begin(), kept_out.end());
    std::erase_if(paths, [&](const std::string& path) {
      return !std::binary_search(kept_out.begin(), kept_out.end(), path);
    });
  }
  return {};
}

Status PolicyWalk::judge_by_parent(const std::vector<Parent>& parents, std::size_t index,
                                   ObjectVerdict& object, Candidate& candidate) {
  const PolicyInTree& parent = *parents[index].policy;
  if (!parent.policy) {
    const std::string where = "parent " + shortened(parents[index].id);
    add_problem(object, parent.error
                            ? Error(*parent.error).with_context(where)
                            : Error{Code::kNotPermitted, 0, where + " has no policy any more"});
    return {};
  }
  ref_unknown_ = ref_unknown_ || (candidate.ref.empty() && !parent.policy->refs.empty());
  std::vector<std::string> paths;
  candidate.changed_paths = nullptr;
  if (parent.needs_paths) {
    auto changed = changed_paths(parents[index].id, object.id);
    if (!changed && is_fault_of_trees(changed.error().code)) {
      add_problem(object, std::move(changed.error()));
      return {};
    }
    TRY_ASSIGN(paths, std::move(changed));
    candidate.changed_paths = &paths;
  }
  Judgement judgement = judge_by_policy(*parent.policy, candidate, revocations_);
  if (!judgement.problems.empty() && parent.needs_paths && parents.size() > 1) {
    if (Status left = leave_out_taken_over(parents, index, object.id, paths);
        !left && !is_fault_of_trees(left.error().code)) {
      return left;
    }
    judgement = judge_by_policy(*parent.policy, candidate, revocations_);
  }
  candidate.changed_paths = nullptr;
  if (object.verdict.signer.empty()) {
    object.verdict.signer = std::move(judgement.signer);
    object.identity = judgement.identity;
  }
  disbelieve(object, std::move(judgement.disbelief));
  for (Error& problem : judgement.problems) {
    add_problem(object, std::move(problem));
  }
  return {};
}

// policy_taken_over says whether a merge has the policy of another parent, which changed it while
// this one did not since the two parted: that change was judged where it was made.
Result<bool> PolicyWalk::policy_taken_over(const std::vector<Parent>& parents, std::size_t index,
                                           const PolicyInTree& own) {
  for (std::size_t other = 0; other < parents.size(); ++other) {
    if (other == index || parents[other].policy->digest() != own.digest()) {
      continue;
    }
    TRY(bases, merge_bases(options_.repository, parents[index].id, parents[other].id));
    bool unchanged = !bases.empty();
    for (const std::string& base : bases) {
      TRY(policy, store_.of_commit(base));
      unchanged = unchanged && policy != nullptr && policy->policy &&
                  policy->digest() == parents[index].policy->digest();
    }
    if (unchanged) {
      return true;
    }
  }
  return false;
}

Status PolicyWalk::judge_change(const std::vector<Parent>& parents, std::size_t index,
                                const PolicyInTree& own, ObjectVerdict& object,
                                const Candidate& candidate) {
  const PolicyInTree& old = *parents[index].policy;
  if (!old.policy || (own.policy && own.digest() == old.digest())) {
    return {};
  }
  if (own.error) {
    add_problem(object, *own.error);
    return {};
  }
  if (own.policy && parents.size() > 1) {
    TRY(taken_over, policy_taken_over(parents, index, own));
    if (taken_over) {
      return {};
    }
  }
  auto approvals = store_.approvals_of(own);
  if (!approvals && approvals.error().code == Code::kExternalProgram) {
    return fail(std::move(approvals.error()));
  }
  if (!approvals) {
    add_problem(object, std::move(approvals.error()));
    return {};
  }
  PolicyChangeJudgement judgement =
      judge_policy_change(*old.policy, own.digest(), candidate, *approvals, revocations_);
  for (Error& problem : judgement.problems) {
    add_problem(object, std::move(problem));
  }
  return {};
}

namespace {

// check_parents bounds what one commit costs, which is a question to git for each pair of parents.
// git itself names no parent twice.
Status check_parents(std::vector<std::string> parents) {
  if (parents.size() > kPolicyParentsMax) {
    return fail(Code::kTooLong, "limit " + std::to_string(kPolicyParentsMax) + " parents");
  }
  std::sort(parents.begin(), parents.end());
  if (std::adjacent_find(parents.begin(), parents.end()) != parents.end()) {
    return fail(Code::kMalformed, "a parent is named twice");
  }
  return {};
}

}  // namespace

// judge decides by the policies of all parents.
Status PolicyWalk::judge(const std::vector<Parent>& parents, const PolicyInTree& own,
                         ObjectVerdict& object) {
  const bool needs_times = !revocations_.empty() ||
                           std::any_of(parents.begin(), parents.end(), [](const Parent& parent) {
                             return parent.policy->needs_times;
                           });
  Candidate candidate = candidate_of(object, needs_times);
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const bool judged_already =
        std::any_of(parents.begin(), parents.begin() + static_cast<std::ptrdiff_t>(i),
                    [number = parents[i].policy->number](const Parent& parent) {
                      return parent.policy->number == number;
                    });
    if (!judged_already || parents[i].policy->needs_paths) {
      TRY_VOID(judge_by_parent(parents, i, object, candidate));
    }
    TRY_VOID(judge_change(parents, i, own, object, candidate));
  }
  finish(object);
  return {};
}

// may_be_in_batch: a manifest counts where the commit's own signature proves no touch, or none that
// the policy believes.
bool PolicyWalk::may_be_in_batch(const ObjectVerdict& judged) const {
  const PresenceClass alone = judged.verdict.presence.presence;
  return options_.batches && !judged.accepted &&
         (alone == PresenceClass::kUnsigned || alone == PresenceClass::kNoTouch);
}

// judge_in_batches gives the verdict on a commit by the manifests it is named in: the first that is
// accepted, else the first by somebody a parent knows.
// Manifests of anybody else count for nothing: who may write there could put any commit in one.
Result<std::optional<ObjectVerdict>> PolicyWalk::judge_in_batches(
    const std::vector<Parent>& parents, const PolicyInTree& own, const ObjectVerdict& object) {
  std::optional<ObjectVerdict> first;
  for (const BatchEntry& entry : options_.batches(object.id)) {
    const bool known = std::any_of(parents.begin(), parents.end(), [&entry](const Parent& parent) {
      return parent.policy->policy && parent.policy->policy->signers.knows(*entry.key);
    });
    if (!known) {
      continue;
    }
    ObjectVerdict attempt = object;
    attempt.verdict = in_batch(object.verdict, entry);
    TRY_VOID(judge(parents, own, attempt));
    if (attempt.accepted) {
      return std::optional(std::move(attempt));
    }
    first = first ? std::move(first) : std::optional(std::move(attempt));
  }
  return first;
}

Status PolicyWalk::settle(Judged& judged) {
  ObjectVerdict& object = judged.object;
  if (object.id == introduction_.id) {
    object.verdict.signer = introduction_.signer;
    object.accepted = true;
    return {};
  }
  if (boundary_.contains(object.id)) {
    return fail(Code::kShallow, "commit " + shortened(object.id) + " is where it was cut");
  }
  TRY(own, own_policy(judged));
  if (auto sound = check_parents(object.parents); !sound) {
    places_.add(object.id, Place{own->number, false});
    refuse(object, std::move(sound.error()));
    return {};
  }
  TRY(parents, introduced_parents(object.parents));
  places_.add(object.id, Place{own->number, !parents.empty()});
  if (parents.empty()) {
    refuse(object, Error{Code::kNotIntroduced, 0, {}});
    return {};
  }
  if (object.verdict.presence.presence == PresenceClass::kBad) {
    refuse(object, object.verdict.reason.value_or(Error{Code::kBadSignature}));
    return {};
  }
  if (!options_.batches) {
    return judge(parents, *own, object);
  }
  ObjectVerdict by_itself = object;
  TRY_VOID(judge(parents, *own, by_itself));
  std::optional<ObjectVerdict> by_batch;
  if (may_be_in_batch(by_itself)) {
    TRY_ASSIGN(by_batch, judge_in_batches(parents, *own, object));
  }
  object = std::move(by_batch ? *by_batch : by_itself);
  return {};
}

Status PolicyWalk::settle_tag(ObjectVerdict& tag, const std::string& commit) {
  Place place;
  if (!commit.empty()) {
    TRY_ASSIGN(place, place_of(commit));
  }
  if (!place.introduced) {
    refuse(tag, Error{Code::kNotIntroduced, 0, commit.empty() ? "it tags no commit" : ""});
    return {};
  }
  if (tag.verdict.presence.presence == PresenceClass::kBad) {
    refuse(tag, tag.verdict.reason.value_or(Error{Code::kBadSignature}));
    return {};
  }
  TRY(policy, store_.numbered(place.policy));
  if (!policy->policy) {
    refuse(tag, policy->error.value_or(Error{Code::kNotPermitted, 0, "there is no policy"}));
    return {};
  }
  // A tag changes no files.
  const std::vector<std::string> nothing;
  const std::string ref = "refs/tags/" + tag.name;
  Candidate candidate = candidate_of(tag, policy->needs_times || !revocations_.empty());
  candidate.ref = ref;
  candidate.parents = 1;
  candidate.changed_paths = &nothing;
  Judgement judgement = judge_by_policy(*policy->policy, candidate, revocations_);
  tag.verdict.signer = std::move(judgement.signer);
  tag.identity = judgement.identity;
  disbelieve(tag, std::move(judgement.disbelief));
  tag.problems = std::move(judgement.problems);
  finish(tag);
  return {};
}

}  // namespace touchstone::git
