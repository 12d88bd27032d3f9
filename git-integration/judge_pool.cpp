// SPDX-License-Identifier: Apache-2.0
#include "git-integration/judge_pool.h"

#include <algorithm>
#include <utility>

#include "git-integration/limits.h"

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
void check_tag_name(const Job& job, HashAlgorithm algorithm, ObjectVerdict& result) {
  const auto object = split_signed_object(ObjectKind::kTag, algorithm, job.object.bytes);
  const auto parsed =
      object ? parse_payload(object->payload) : base::Result<ParsedObject>(base::fail(Error{}));
  if (!parsed || parsed->tag() == nullptr) {
    result.name = job.name;
    return;  // judged bad, or unsigned
  }
  result.name = parsed->tag()->name;
  if (!job.name.empty() && result.name != job.name) {
    Verdict verdict = bad(Code::kMalformed, "tag " + job.name + " is named " + result.name);
    verdict.key = result.verdict.key;
    verdict.key_type = result.verdict.key_type;
    result.verdict = std::move(verdict);
  }
}

}  // namespace

ObjectVerdict judge_job(const Job& job, const Trust& trust, ssh::PublicKeyCache& cache) {
  ObjectVerdict result;
  result.kind = job.kind;
  result.id = job.object.id;
  result.name = job.name;
  const std::string_view type = name_of(job.kind);
  const HashAlgorithm algorithm = job.object.id.size() == hex_size(HashAlgorithm::kSha256)
                                      ? HashAlgorithm::kSha256
                                      : HashAlgorithm::kSha1;
  if (job.object.too_large) {
    result.verdict = bad(Code::kTooLong, "limit " + std::to_string(kObjectMax) + " bytes");
  } else if (job.object.type != type) {
    result.verdict = bad(Code::kMalformed, "a " + job.object.type + ", not a " + std::string(type));
  } else if (object_id(algorithm, type, job.object.bytes) != job.object.id) {
    result.verdict = bad(Code::kHashMismatch, "the repository gave other bytes for this name");
  } else {
    result.verdict = judge_object(job.kind, algorithm, job.object.bytes, trust, &cache);
    if (job.kind == ObjectKind::kTag) {
      check_tag_name(job, algorithm, result);
    }
  }
  return result;
}

JudgePool::JudgePool(const Trust& trust, unsigned workers) : trust_(trust) {
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

std::vector<ObjectVerdict> JudgePool::take() {
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
    std::vector<ObjectVerdict> verdicts;
    verdicts.reserve(batch->jobs.size());
    for (const Job& job : batch->jobs) {
      verdicts.push_back(judge_job(job, trust_, cache));
    }
    batch->jobs.clear();
    lock.lock();
    batch->verdicts = std::move(verdicts);
    batch->done = true;
    finished_.notify_one();
  }
}

}  // namespace touchstone::git
