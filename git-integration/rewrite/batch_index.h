// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git-integration/commit_map.h"
#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/rewrite/batch_manifest.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// StoredBatch is where a batch is, or will be once a push is through.
struct StoredBatch {
  std::string id;   // of a blob, hex
  std::string ref;  // full name
};

// KnownKey says whether batches of this key could let anything in; others are put aside before
// anything else of them is looked at. Empty: any could.
using KnownKey = std::function<bool(const ssh::PublicKey& key)>;

// BatchIndex says in which touched manifests a commit is named. It keeps about 100 bytes a commit,
// and 12 for each further manifest that names it.
class BatchIndex final {
 public:
  // Problem is a batch by a known key that counts for nothing, and why.
  struct Problem {
    std::string ref;
    base::Error error;
  };

  // find gives every batch a commit is in, the smallest first.
  std::vector<BatchEntry> find(std::string_view id) const;
  // problems gives at most kBatchProblemsMax; more_problems says how many there are beside them.
  const std::vector<Problem>& problems() const { return problems_; }
  std::size_t more_problems() const { return more_problems_; }
  // strangers says how many batches are by keys that are not known.
  std::size_t strangers() const { return strangers_; }
  std::size_t size() const { return first_.size(); }

 private:
  friend base::Result<BatchIndex> read_batches(const std::string& repository, const KnownKey& known,
                                               const std::vector<StoredBatch>& arriving,
                                               const KnownKey& known_arriving,
                                               std::size_t batches_max);

  struct Batch {
    std::uint32_t whole{0};
    std::shared_ptr<const ssh::PublicKey> key;
    std::optional<std::uint32_t> counter;
  };
  // Place is where a commit is named; the places of one commit make a chain.
  struct Place {
    std::uint32_t batch{0};
    std::uint32_t part{0};
    std::uint32_t next{0};  // one more than its index in places_; 0: none
  };

  base::Status take(ObjectReader& reader, const StoredBatch& stored, const KnownKey& known,
                    std::size_t batches_max);
  void add(const SignedBatch& batch);

  std::vector<Batch> batches_;
  std::vector<Place> places_;
  CommitMap<std::uint32_t> first_;  // as Place::next
  std::vector<Problem> problems_;
  std::size_t more_problems_{0};
  std::size_t strangers_{0};
};

// read_batches reads what is under refs/touchstone/batches/. A batch counts when its ref is named
// after its manifest, its signature is as check_batch_signature demands, and every commit it lists
// that is in the repository has the tree and the subject it lists: what was touched is what was
// shown. What is listed and not there is passed over: a branch may have lost it since. A batch that
// does not count is a problem, and no failure: anybody who may push there could make one. Whose key
// a batch is by, and whether batches are accepted at all, is for the policy to say.
//
// Every name has to be of this repository's kind. `arriving` are read first, as if they were there
// already, where `known_arriving` lets them; of those that are there `known` says which to look at.
// Of more than batches_max that count the rest is a problem too: what does not count crowds out
// nothing. Fails when git does.
base::Result<BatchIndex> read_batches(const std::string& repository, const KnownKey& known = {},
                                      const std::vector<StoredBatch>& arriving = {},
                                      const KnownKey& known_arriving = {},
                                      std::size_t batches_max = kBatchesMax);

// read_batch gives one of them, and fails with what makes it count for nothing.
base::Result<SignedBatch> read_batch(ObjectReader& reader, const StoredBatch& stored,
                                     const KnownKey& known = {});

}  // namespace touchstone::git
