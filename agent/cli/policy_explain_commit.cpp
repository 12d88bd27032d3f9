// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "agent/cli/batches.h"
#include "agent/cli/format.h"
#include "agent/cli/policy_explain.h"
#include "base/clock.h"
#include "git-integration/introduction.h"
#include "git-integration/object_reader.h"
#include "git-integration/path_changes.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/policy_store.h"
#include "git-integration/presence.h"
#include "git-integration/verify_command.h"
#include "git-integration/verify_setup.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::fail;
using base::Result;

// ReadCommit is a commit with what its signature proves, whoever made it.
struct ReadCommit {
  std::string id;
  git::ObjectFacts facts;
  git::Verdict verdict;
};

Result<ReadCommit> read_commit(git::ObjectReader& reader, const std::string& id) {
  // Which touches to believe is for the policy to say.
  const git::Trust by_anybody{nullptr, nullptr, nullptr, git::every_touch()};
  TRY(object, reader.read(id));
  if (!object || object->type != "commit") {
    return fail(Code::kNotAGitObject, id + " is no commit that can be read");
  }
  ReadCommit commit;
  commit.id = object->id;
  commit.verdict = git::judge_object(git::ObjectKind::kCommit, git::algorithm_of(object->id),
                                     object->bytes, by_anybody, nullptr, &commit.facts);
  return commit;
}

// ByParent is what one parent's policy says to a commit.
struct ByParent {
  std::string digest;  // empty: that parent has no policy
  std::string signer;
  git::Presence presence;  // as far as the policy believes it
  bool changes_policy{false};
  std::vector<base::Error> problems;
};

// Explainer reads commits and policies as the verifier does.
class Explainer final {
 public:
  Explainer(git::ObjectReader& reader, git::PathChanges& changes)
      : store_(reader), changes_(changes) {}

  // use_newest takes the revocations at HEAD, which count beside each policy's own.
  base::Status use_newest() {
    TRY(newest, store_.of_commit("HEAD"));
    if (newest && newest->policy) {
      newest_ = newest->policy->revocations;
    }
    return {};
  }
  Result<ByParent> judge(const ReadCommit& commit, const std::string& parent,
                         const std::string& ref);

 private:
  base::Status judge_change(const ReadCommit& commit, const git::PolicyInTree& old,
                            const git::Candidate& candidate, ByParent& result);

  git::PolicyStore store_;
  git::PathChanges& changes_;
  std::vector<git::Revocation> newest_;
};

git::Candidate candidate_of(const ReadCommit& commit, const std::string& ref) {
  git::Candidate candidate;
  candidate.id = commit.id;
  candidate.ref = ref;
  candidate.committer_email =
      commit.facts.email ? std::string_view(*commit.facts.email) : std::string_view();
  candidate.author_email = commit.facts.author_email;
  candidate.parents = commit.facts.parents.size();
  candidate.key = commit.verdict.public_key.get();
  candidate.presence = commit.verdict.presence.presence;
  candidate.webauthn = commit.verdict.webauthn;
  candidate.claimed_seconds = commit.facts.seconds;
  candidate.now_seconds = base::unix_seconds(base::SystemClock());
  return candidate;
}

// judge_change looks at the policy the commit brings; one that is not understood is no change
// anybody can make.
base::Status Explainer::judge_change(const ReadCommit& commit, const git::PolicyInTree& old,
                                     const git::Candidate& candidate, ByParent& result) {
  TRY(own, store_.of_commit(commit.id));
  if (own == nullptr) {
    return fail(Code::kNotFound, "commit " + commit.id);
  }
  result.changes_policy = own->error || own->digest() != old.digest();
  if (own->error) {
    result.problems.push_back(base::Error(*own->error).with_context("the policy it brings"));
    return {};
  }
  if (!result.changes_policy) {
    return {};
  }
  TRY(approvals, store_.approvals_of(*own));
  auto change = git::judge_policy_change(*old.policy, own->digest(), candidate, approvals, newest_);
  std::move(change.problems.begin(), change.problems.end(), std::back_inserter(result.problems));
  return {};
}

Result<ByParent> Explainer::judge(const ReadCommit& commit, const std::string& parent,
                                  const std::string& ref) {
  ByParent result;
  result.presence = commit.verdict.presence;
  TRY(old, store_.of_commit(parent));
  if (old == nullptr) {
    return fail(Code::kNotFound, "commit " + parent);
  }
  if (old->is_none()) {
    return result;
  }
  if (!old->policy) {
    result.digest = "unreadable";
    result.problems.push_back(base::Error(*old->error).with_context("the policy of " + parent));
    return result;
  }
  result.digest = old->digest();
  git::Candidate candidate = candidate_of(commit, ref);
  std::vector<std::string> paths;
  if (old->needs_paths) {
    TRY_ASSIGN(paths, changes_.between(parent, commit.id));
    candidate.changed_paths = &paths;
  }
  auto judgement = git::judge_by_policy(*old->policy, candidate, newest_);
  result.signer = std::move(judgement.signer);
  if (judgement.disbelief) {
    result.presence = {git::PresenceClass::kNoTouch, 0, 0};
  }
  result.problems = std::move(judgement.problems);
  TRY_VOID(judge_change(commit, *old, candidate, result));
  return result;
}

// verified_verdict is what the verifier says of the commit, which decides: it knows where the
// policy begins, and at a merge what came with the other parent. Nothing without an introduction.
Result<std::optional<git::ObjectVerdict>> verified_verdict(Console& console, const std::string& id,
                                                           const std::string& ref) {
  git::VerifyOptions options;
  options.ranges = {id + "^!"};
  options.ref = ref.empty() ? std::nullopt : std::optional(ref);
  options.newest = "HEAD";
  options.commits_before_max = 0;  // counters are a history's, not a commit's
  std::optional<git::ObjectVerdict> verdict;
  TRY_ASSIGN(options.introduction, git::find_introduction(options));
  if (!options.introduction) {
    return verdict;
  }
  TRY_VOID(use_batches(console, options));
  TRY(summary, git::verify_range(options, [&](const git::ObjectVerdict& object) -> base::Status {
        verdict = object;
        return {};
      }));
  if (summary.total == 0) {
    // The introduction itself is vouched for from outside; before it there is no policy.
    TRY(introduced, git::id_of(options.repository, options.introduction->commit));
    verdict.emplace();
    verdict->accepted = introduced == id;
    if (!verdict->accepted) {
      verdict->problems.push_back(base::Error{Code::kNotIntroduced, 0, "before the introduction"});
    }
  }
  return verdict;
}

void print_problems(Console& console, const std::vector<base::Error>& problems) {
  for (const base::Error& problem : problems) {
    console.out("  " + base::message_of(problem) + "\n    " +
                std::string(base::describe(problem.code).hint) + "\n");
  }
}

void print_text(Console& console, const std::string& parent, const ByParent& result) {
  console.out("by the policy of " + parent.substr(0, 12) + ": ");
  if (result.digest.empty()) {
    console.out("it has none\n");
    return;
  }
  console.out(result.problems.empty()
                  ? "accepted, signed by " + shown(result.signer.empty() ? "nobody" : result.signer)
                  : std::string("refused"));
  console.out(result.changes_policy ? "; it changes the policy\n" : "\n");
  print_problems(console, result.problems);
}

// print_json has no parent for what the commit falls short of whatever its parents say.
void print_json(Console& console, const ReadCommit& commit, const std::string& parent,
                const ByParent& result) {
  json::array problems;
  for (const base::Error& problem : result.problems) {
    problems.push_back(git::problem_object(problem));
  }
  console.out(json_line({{"commit", commit.id},
                         {"parent", parent.empty() ? json::value() : json::value(parent)},
                         {"policy", result.digest},
                         {"class", to_word(result.presence)},
                         {"signer", result.signer},
                         {"changes_policy", result.changes_policy},
                         {"accepted", result.problems.empty()},
                         {"problems", std::move(problems)}}));
}

// print_rest says what no parent's policy did: why the verifier refuses the commit all the same.
void print_rest(Console& console, const ReadCommit& commit, std::vector<base::Error> problems,
                bool as_json) {
  if (as_json) {
    ByParent rest;
    rest.presence = commit.verdict.presence;
    rest.problems = std::move(problems);
    print_json(console, commit, "", rest);
  } else {
    console.out("refused\n");
    print_problems(console, problems);
  }
}

// print_head says what the commit is by itself.
void print_head(Console& console, const ReadCommit& commit, const std::string& ref) {
  const git::Verdict& verdict = commit.verdict;
  console.out("commit " + commit.id + " for " +
              (ref.empty() ? "a ref that is not known" : shown(ref)) + " is " +
              to_word(verdict.presence) + (verdict.key.empty() ? "" : ", by " + verdict.key) +
              "\n");
  if (verdict.presence.presence == git::PresenceClass::kBad && verdict.reason) {
    console.out("  " + base::message_of(*verdict.reason) + "\n");
  }
  if (commit.facts.parents.empty()) {
    console.out("it has no parent: only an introduction can vouch for it\n");
  }
}

}  // namespace

Result<bool> explain_commit(Console& console, const std::string& id, const std::string& ref,
                            bool as_json) {
  TRY(reader, git::ObjectReader::start("."));
  TRY(changes, git::PathChanges::start(".", git::PathChanges::Limits{}));
  TRY(commit, read_commit(reader, id));
  TRY(verified, verified_verdict(console, commit.id, ref));
  if (!as_json) {
    print_head(console, commit, ref);
  }
  Explainer explainer(reader, changes);
  TRY_VOID(explainer.use_newest());
  bool every_parent = true;
  for (const std::string& parent : commit.facts.parents) {
    TRY(result, explainer.judge(commit, parent, ref));
    if (verified && verified->accepted) {
      result.problems.clear();
    }
    every_parent = every_parent && result.problems.empty();
    if (as_json) {
      print_json(console, commit, parent, result);
    } else {
      print_text(console, parent, result);
    }
  }
  const bool accepted =
      verified ? verified->accepted : every_parent && !commit.facts.parents.empty();
  if (!accepted && every_parent) {
    print_rest(console, commit,
               verified ? std::move(verified->problems)
                        : std::vector{base::Error{Code::kNotIntroduced, 0, "no parent"}},
               as_json);
  }
  return accepted;
}

}  // namespace touchstone::agent::cli
