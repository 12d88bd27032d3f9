// SPDX-License-Identifier: Apache-2.0
#include "git-integration/judge_pool.h"

#include <algorithm>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/policy_store.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;

Verdict bad(Code code, std::string context) {
  Verdict verdict;
  verdict.presence.presence = PresenceClass::kBad;
  verdict.reason = Error{code, 0, std::move(context)};
  return verdict;
}

// check_tag_name compares the name in a tag with that of the ref it was found by: a good
// signature on v1.0 must not pass for one on v2.0.
void check_tag_name(const Job& job, ObjectFacts& facts, ObjectVerdict& result) {
  if (facts.name.empty()) {
    return;  // judged bad, or unsigned
  }
  result.name = std::move(facts.name);
  if (!job.name.empty() && result.name != job.name) {
    Verdict verdict = bad(Code::kMalformed, "tag " + job.name + " is named " + result.name);
    verdict.key = std::move(result.verdict.key);
    verdict.key_type = std::move(result.verdict.key_type);
    verdict.public_key = std::move(result.verdict.public_key);
    result.verdict = std::move(verdict);
  }
}

// check_rules holds an object whose signer is known to what else is asked of it.
void check_rules(const ObjectFacts& facts, const Trust& trust, const PlainRules& rules,
                 ObjectVerdict& result) {
  const Verdict& verdict = result.verdict;
  if (trust.allowed == nullptr || verdict.signer.empty() || !verdict.public_key) {
    return;
  }
  if (!rules.any_committer && facts.email && *facts.email != verdict.signer) {
    result.problems.push_back(Error{Code::kCommitterMismatch, 0, *facts.email});
  }
  if (rules.now_seconds != 0) {
    if (const base::Status now =
            trust.allowed->check(*verdict.public_key, verdict.signer, "git", rules.now_seconds);
        !now) {
      result.problems.push_back(Error{Code::kExpiredKey, 0, now.error().context});
    }
  }
}

// find_policy looks into a commit's root tree, which is hashed like everything else.
void find_policy(const Job& job, const std::string& tree, Judged& judged) {
  if (!job.tree) {
    return;
  }
  const HashAlgorithm algorithm = algorithm_of(job.tree->id);
  if (job.tree->too_large) {
    judged.tree_error = Error{Code::kTooLong, 0, "tree " + job.tree->id};
  } else if (job.tree->id != tree || job.tree->type != "tree" ||
             object_id(algorithm, job.tree->type, job.tree->bytes) != tree) {
    judged.tree_error = Error{Code::kHashMismatch, 0, "tree " + tree};
  } else if (auto folder = policy_folder_in(algorithm, job.tree->bytes)) {
    judged.policy_folder = std::move(*folder);
  } else {
    judged.tree_error = std::move(folder.error()).with_context("tree " + tree);
  }
}

}  // namespace

Judged judge_job(const Job& job, const Trust& trust, const PlainRules& rules,
                 ssh::PublicKeyCache& cache) {
  Judged judged;
  ObjectVerdict& result = judged.object;
  result.kind = job.kind;
  result.id = job.object.id;
  result.name = job.name;
  const std::string_view type = name_of(job.kind);
  const HashAlgorithm algorithm = algorithm_of(job.object.id);
  ObjectFacts facts;
  if (job.object.too_large) {
    result.verdict = bad(Code::kTooLong, "limit " + std::to_string(kObjectMax) + " bytes");
  } else if (job.object.type != type) {
    result.verdict = bad(Code::kMalformed, "a " + job.object.type + ", not a " + std::string(type));
  } else if (object_id(algorithm, type, job.object.bytes) != job.object.id) {
    result.verdict = bad(Code::kHashMismatch, "the repository gave other bytes for this name");
  } else {
    result.verdict = judge_object(job.kind, algorithm, job.object.bytes, trust, &cache, &facts);
    if (job.kind == ObjectKind::kTag) {
      check_tag_name(job, facts, result);
    }
    check_rules(facts, trust, rules, result);
    result.committer_email = std::move(facts.email).value_or(std::string());
    result.author_email = std::move(facts.author_email).value_or(std::string());
    result.seconds = facts.seconds;
    result.parents = std::move(facts.parents);
    if (!facts.target.empty()) {
      result.parents.push_back(std::move(facts.target));
    }
  }
  find_policy(job, facts.tree, judged);
  judged.tree = std::move(facts.tree);
  return judged;
}

JudgePool::JudgePool(const Trust& trust, const PlainRules& rules, unsigned workers)
    : trust_(trust), rules_(rules) {
  const unsigned count = std::clamp(workers, 1U, kWorkersMax);
  window_max_ = count * kBatchesPerWorkerMax;
  threads_.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

JudgePool::~JudgePool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  submitted_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void JudgePool::submit(std::vector<Job> jobs) {
  auto batch = std::make_shared<Batch>();
  batch->jobs = std::move(jobs);
  window_.push_back(batch);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(batch));
  }
  submitted_.notify_one();
}

std::vector<Judged> JudgePool::take() {
  const std::shared_ptr<Batch> oldest = std::move(window_.front());
  window_.pop_front();
  std::unique_lock<std::mutex> lock(mutex_);
  finished_.wait(lock, [&] { return oldest->done; });
  return std::move(oldest->verdicts);
}

void JudgePool::work() {
  ssh::PublicKeyCache cache;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    submitted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) {
      return;
    }
    const std::shared_ptr<Batch> batch = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    std::vector<Judged> verdicts;
    verdicts.reserve(batch->jobs.size());
    for (const Job& job : batch->jobs) {
      verdicts.push_back(judge_job(job, trust_, rules_, cache));
    }
    batch->jobs.clear();
    lock.lock();
    batch->verdicts = std::move(verdicts);
    batch->done = true;
    finished_.notify_one();
  }
}

}  // namespace touchstone::git
