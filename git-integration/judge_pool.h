// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "git-integration/object_stream.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// Job is one stored object and what is expected of it.
struct Job {
  StoredObject object;
  ObjectKind kind{ObjectKind::kCommit};
  std::string name;  // tags: the name it must have; empty: any
  // The root tree of a commit, where a policy is looked for.
  std::optional<StoredObject> tree{};
};

// Judged is the verdict on an object, and where the policy in its tree is.
struct Judged {
  ObjectVerdict object;
  std::string tree{};                       // hex, of a commit
  std::string policy_folder{};              // hex; empty when the tree has none
  std::optional<base::Error> tree_error{};  // the tree is not the commit's, or cannot be read
};

// PlainRules are what else than its signature is asked of an object where no policy is.
struct PlainRules {
  bool any_committer{true};
  // Unix time at which a key must still be good, because an object's own date proves nothing;
  // 0: its own date does.
  std::uint64_t now_seconds{0};
};

// judge_job hashes the object again and judges it; what falls short of the rules is in problems,
// what its class says is not. The cache is the calling thread's.
Judged judge_job(const Job& job, const Trust& trust, const PlainRules& rules,
                 ssh::PublicKeyCache& cache);

// JudgePool judges batches of objects on several threads and gives them back in the order they
// came. submit() and take() are for one thread. Trust must outlive the pool.
class JudgePool final {
 public:
  JudgePool(const Trust& trust, const PlainRules& rules, unsigned workers);
  JudgePool(const JudgePool&) = delete;
  JudgePool& operator=(const JudgePool&) = delete;
  ~JudgePool();

  // full says that take() must come before submit(): so much may be under way.
  bool full() const { return window_.size() >= window_max_; }
  bool empty() const { return window_.empty(); }
  void submit(std::vector<Job> jobs);
  // take waits for the oldest batch.
  std::vector<Judged> take();

 private:
  struct Batch {
    std::vector<Job> jobs;
    std::vector<Judged> verdicts;
    bool done{false};
  };

  void work();

  const Trust& trust_;
  const PlainRules rules_;
  std::size_t window_max_;
  // Batches under way, oldest first; the submitting thread's own.
  std::deque<std::shared_ptr<Batch>> window_;

  std::mutex mutex_;
  std::condition_variable submitted_;
  std::condition_variable finished_;
  std::deque<std::shared_ptr<Batch>> queue_;  // guarded by mutex_
  bool stopping_ = false;                     // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace touchstone::git
