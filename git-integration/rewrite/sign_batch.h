// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/rewrite/batch_manifest.h"
#include "git-integration/rewrite/sign_range.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// BatchSummary is what became of a batch.
struct BatchSummary {
  BatchManifest manifest;    // without commits when there was nothing to sign
  std::string ref;           // where it is kept; empty when nothing was
  std::uint32_t touched{0};  // commits left out that have a touch of their own
  std::uint32_t batched{0};  // commits left out that are in a batch already
};

// OnBatch is told what will be asked for, before it is.
using OnBatch = std::function<void(const BatchManifest&)>;

// sign_batch lists the commits of a range that have no touch of their own in a manifest, has it
// signed with one touch and the PIN, and keeps it under refs/touchstone/batches/. No commit is
// changed. options.force is of no meaning here. Fails, before the touch and changing nothing, with
//
//   kBatchRefused        no policy at one of the parents, or one that accepts no batches or not so
//                        large ones; more than kBatchMax
//   kBadSignature        a commit has a signature that is bad: no batch mends that
//   kCommitterMismatch   somebody else's commit, as sign_range
base::Result<BatchSummary> sign_batch(const SignRangeOptions& options, const ssh::PublicKey& key,
                                      const OnBatch& on_batch);

}  // namespace touchstone::git
