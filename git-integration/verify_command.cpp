// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_command.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "git-integration/counters/counter_check.h"
#include "git-integration/counters/counters_before.h"
#include "git-integration/history_count.h"
#include "git-integration/introduction.h"
#include "git-integration/judge_pool.h"
#include "git-integration/limits.h"
#include "git-integration/object_stream.h"
#include "git-integration/policy_walk.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

// Verification is one run: what is walked, and what becomes of each verdict.
class Verification final {
 public:
  Verification(const VerifyOptions& options, const OnVerdict& on_verdict, Boundary boundary)
      : options_(options), on_verdict_(on_verdict), boundary_(std::move(boundary)) {}

  Status add_ranges();
  Status run_plainly();
  Status run_by_policy(const Introduction& introduction);
  // finish adds what only the whole shows.
  Result<VerifySummary> finish();

 private:
  struct Target {
    std::vector<Job> tags;
    std::string commit;
  };

  Status walk(const HistoryOptions& history, const Trust& trust, const PlainRules& rules);
  Result<std::vector<Job>> read_batch(ObjectStream& stream) const;
  Status deliver_tags(const Trust& trust, const PlainRules& rules);
  Status settle_tags();
  void excuse_by_receipt(ObjectVerdict& object) const;
  Status deliver(std::vector<Judged> judged);
  void note_cut(const ObjectVerdict& object);
  Status give(const ObjectVerdict& object);
  void count(const ObjectVerdict& object);
  // anybody is for where the policies say whose signatures count.
  // Which touches to believe is for them to say, too.
  Trust anybody() const { return Trust{nullptr, nullptr, options_.verified, every_touch()}; }
  unsigned workers() const {
    return options_.workers != 0 ? options_.workers
                                 : std::max(1U, std::thread::hardware_concurrency());
  }

  const VerifyOptions& options_;
  const OnVerdict& on_verdict_;
  const Boundary boundary_;
  std::set<std::string, std::less<>> without_history_;  // tags of what is no commit
  std::vector<Target> targets_;
  std::vector<std::string> ranges_;
  std::unique_ptr<PolicyWalk> policy_;           // null: plainly
  const ssh::AllowedSigners* allowed_{nullptr};  // plainly only
  CounterCheck counters_;
  VerifySummary summary_;
};

// add_ranges parts tags from the history behind them.
Status Verification::add_ranges() {
  const std::vector<std::string> head = {"HEAD"};
  for (const std::string& argument : options_.ranges.empty() ? head : options_.ranges) {
    TRY(walk, walk_tags(options_.repository, argument, options_.tag_depth_max));
    if (walk.has_history) {
      ranges_.push_back(argument);
    }
    if (walk.commit.empty()) {
      for (const Job& tag : walk.tags) {
        without_history_.insert(tag.object.id);
      }
    }
    targets_.push_back(Target{std::move(walk.tags), std::move(walk.commit)});
  }
  return {};
}

Status Verification::run_plainly() {
  TRY(allowed, read_signers(options_));
  TRY(revoked, read_revoked(options_));
  const Trust trust{&allowed, &revoked, options_.verified,
                    TouchRules{options_.allow_webauthn, std::nullopt}};
  allowed_ = &allowed;
  const PlainRules rules{options_.any_committer, options_.trust_dates ? 0 : now_of(options_)};
  if (!options_.oldest_first) {
    TRY_VOID(deliver_tags(trust, rules));
  }
  if (!ranges_.empty()) {
    TRY_VOID(walk(HistoryOptions{options_.repository, ranges_, options_.excluded, false,
                                 options_.oldest_first},
                  trust, rules));
  }
  return options_.oldest_first ? deliver_tags(trust, rules) : Status();
}

Status Verification::deliver_tags(const Trust& trust, const PlainRules& rules) {
  ssh::PublicKeyCache cache;
  for (const Target& target : targets_) {
    for (const Job& job : target.tags) {
      std::vector<Judged> judged;
      judged.push_back(judge_job(job, trust, rules, cache));
      TRY_VOID(deliver(std::move(judged)));
    }
  }
  return {};
}

Status Verification::run_by_policy(const Introduction& introduction) {
  summary_.by_policy = true;
  VerifyOptions options = options_;
  if (!options.ref) {
    TRY_ASSIGN(options.ref, ref_of_ranges(options.repository, options.ranges));
  }
  TRY_ASSIGN(policy_, PolicyWalk::start(options, introduction, boundary_));
  TRY(tips, tips_of(options.repository, ranges_));
  if (!options.newest.empty()) {
    tips.push_back(options.newest);
  }
  for (const std::string& tip : tips) {
    TRY_VOID(policy_->add_revocations(tip));
  }
  std::vector<std::string> ranges = ranges_;
  const std::vector<std::string> excluded = policy_->excluded();
  ranges.insert(ranges.end(), excluded.begin(), excluded.end());
  if (!ranges_.empty()) {
    TRY_VOID(
        walk(HistoryOptions{options.repository, std::move(ranges), options.excluded, true, true},
             anybody(), PlainRules{}));
  }
  TRY_VOID(settle_tags());
  summary_.ref_unknown = policy_->ref_unknown();
  policy_.reset();
  return {};
}

// settle_tags comes after the history, which knows the policies they are judged by.
Status Verification::settle_tags() {
  ssh::PublicKeyCache cache;
  for (const Target& target : targets_) {
    for (const Job& job : target.tags) {
      Judged judged = judge_job(job, anybody(), PlainRules{}, cache);
      TRY_VOID(policy_->settle_tag(judged.object, target.commit));
      TRY_VOID(give(judged.object));
    }
  }
  return {};
}

// count takes note of the counter where the object's own signature was found good. The others
// matter for what descends from what.
void Verification::count(const ObjectVerdict& object) {
  const Verdict& verdict = object.verdict;
  const std::uint32_t counter = own_counter(verdict).value_or(0);
  // Where a clone was cut, and behind a tag of something else, there is no commit to look for.
  const std::vector<std::string> none;
  const bool ends = boundary_.contains(object.id) || without_history_.contains(object.id);
  const auto& parents = ends ? none : object.parents;
  counters_.add(object.id, parents, counter != 0 ? verdict.key : std::string(), counter,
                verdict.signed_data);
}

Result<VerifySummary> Verification::finish() {
  TRY_VOID(add_counters_before(counters_, options_.repository, options_.commits_before_max)
               .with_context("looking for counters before the range"));
  TRY(counted, counters_.finish(counter_confirmer(options_.repository)));
  std::move(counted.begin(), counted.end(), std::back_inserter(summary_.findings));
  return std::move(summary_);
}

// note_cut says that a history does not end where it seems to. A policy begins at its introduction,
// and PolicyWalk knows what it needs of what came before.
void Verification::note_cut(const ObjectVerdict& object) {
  if (!policy_ && !summary_.shallow) {
    summary_.findings.push_back(HistoryFinding{
        Error{Code::kShallow, 0, "what came before it was not seen"}, object.id, {}});
  }
  summary_.shallow = true;
}

// give is where every verdict leaves.
Status Verification::give(const ObjectVerdict& object) {
  const PresenceClass presence = object.verdict.presence.presence;
  ++summary_.total;
  ++summary_.by_class.at(static_cast<std::size_t>(presence));
  if (!is_touch(presence)) {
    ++summary_.below_touch;
  }
  if (!object.accepted) {
    ++summary_.refused;
  }
  if (!object.identity.empty()) {
    ++summary_.by_identities;
  }
  // git also lists a root there that lies just as deep as it was told to go.
  if (boundary_.contains(object.id) && !object.parents.empty()) {
    note_cut(object);
  }
  count(object);
  return on_verdict_(object);
}

// excuse_by_receipt lets a key pass that was valid when a server received what it signed: that is
// more than the object's own word.
void Verification::excuse_by_receipt(ObjectVerdict& object) const {
  std::vector<Error>& problems = object.problems;
  const auto expired = std::find_if(problems.begin(), problems.end(), [](const Error& problem) {
    return problem.code == Code::kExpiredKey;
  });
  if (expired == problems.end() || !options_.received || !object.verdict.public_key) {
    return;
  }
  const auto received = options_.received(object.id);
  if (received &&
      allowed_->check(*object.verdict.public_key, object.verdict.signer, "git", *received)) {
    problems.erase(expired);
  }
}

Status Verification::deliver(std::vector<Judged> judged) {
  for (Judged& each : judged) {
    if (policy_) {
      TRY_VOID(policy_->settle(each));
    } else {
      excuse_by_receipt(each.object);
      settle_plainly(each.object);
    }
    TRY_VOID(give(each.object));
  }
  return {};
}

// read_batch takes objects until there are enough for one batch; none at the end.
Result<std::vector<Job>> Verification::read_batch(ObjectStream& stream) const {
  std::vector<Job> jobs;
  std::size_t bytes = 0;
  while (jobs.size() < kBatchObjectsMax && bytes < kBatchBytes) {
    TRY(object, stream.next());
    if (!object) {
      break;
    }
    bytes += object->bytes.size();
    jobs.push_back(Job{std::move(*object), ObjectKind::kCommit, {}, {}});
    if (policy_) {
      TRY(tree, stream.next());
      if (!tree) {
        return fail(Code::kProtocol, "git cat-file: a commit without its tree");
      }
      bytes += tree->bytes.size();
      jobs.back().tree = std::move(*tree);
    }
  }
  return jobs;
}

Status Verification::walk(const HistoryOptions& history, const Trust& trust,
                          const PlainRules& rules) {
  std::optional<HistoryCount> count;
  if (options_.on_total) {
    TRY(started, HistoryCount::start(history));
    count.emplace(std::move(started));
  }
  TRY(stream, ObjectStream::of_history(history));
  JudgePool pool(trust, rules, workers());
  while (true) {
    TRY(jobs, read_batch(stream));
    const bool at_end = jobs.empty();
    if (!at_end) {
      pool.submit(std::move(jobs));
    }
    if (count) {
      if (const auto total = count->poll()) {
        options_.on_total(*total);
        count.reset();
      }
    }
    while (!pool.empty() && (at_end || pool.full())) {
      TRY_VOID(deliver(pool.take()));
    }
    if (at_end) {
      return {};
    }
  }
}

}  // namespace

Result<VerifySummary> verify_range(const VerifyOptions& options, const OnVerdict& on_verdict) {
  TRY_VOID(check_repository(options.repository));
  TRY(introduction, find_introduction(options));
  if (introduction && (options.any_committer || options.trust_dates || options.allow_webauthn)) {
    return fail(
        Code::kUsage,
        "by a policy (touchstone.introduction) go without --any-committer, --trust-dates and "
        "--allow-webauthn, which it decides; or give --signers FILE");
  }
  TRY(boundary, read_boundary(options.repository));
  Verification run(options, on_verdict, std::move(boundary));
  TRY_VOID(run.add_ranges());
  TRY_VOID(introduction ? run.run_by_policy(*introduction) : run.run_plainly());
  return run.finish();
}

}  // namespace touchstone::git
