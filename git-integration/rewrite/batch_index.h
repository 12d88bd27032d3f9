// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git-integration/commit_map.h"
#include "git-integration/rewrite/batch_manifest.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// BatchIndex says in which touched manifest a commit is named. It keeps under 100 bytes a commit.
class BatchIndex final {
 public:
  // Problem is a batch that counts for nothing, and why.
  struct Problem {
    std::string ref;
    base::Error error;
  };

  // find gives the smallest of the batches a commit is in, nothing when it is in none.
  std::optional<BatchEntry> find(std::string_view id) const;
  const std::vector<Problem>& problems() const { return problems_; }
  std::size_t size() const { return places_.size(); }

 private:
  friend base::Result<BatchIndex> read_batches(const std::string& repository);

  struct Batch {
    std::uint32_t whole{0};
    std::shared_ptr<const ssh::PublicKey> key;
    std::optional<std::uint32_t> counter;
  };
  struct Place {
    std::uint32_t batch{0};
    std::uint32_t part{0};
  };

  void add(const SignedBatch& batch);

  std::vector<Batch> batches_;
  CommitMap<Place> places_;
  std::vector<Problem> problems_;
};

// read_batches reads what is under refs/touchstone/batches/. A batch counts when its ref is named
// after its manifest, its signature is as check_batch_signature demands, and every commit it lists
// that is in the repository has the tree and the subject it lists: what was touched is what was
// shown. What is listed and not there is passed over: a branch may have lost it since. A batch that
// does not count is a problem, and no failure: anybody who may push there could make one. Whose key
// a batch is by, and whether batches are accepted at all, is for the policy to say.
//
// Fails with kTooLong above kBatchesMax, and when git does.
base::Result<BatchIndex> read_batches(const std::string& repository);

}  // namespace touchstone::git
