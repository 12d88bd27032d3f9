// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/batches.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/cli/format.h"
#include "base/text.h"
#include "git-integration/introduction.h"
#include "git-integration/known_signers.h"
#include "git-integration/rewrite/batch_index.h"
#include "git-integration/verify_setup.h"

namespace touchstone::agent::cli {
namespace {

base::Result<git::KnownSigners> known_signers(const std::string& repository,
                                              const std::string& introduction,
                                              const std::vector<std::string>& ranges) {
  TRY(tips, git::tips_of(repository, ranges));
  return git::KnownSigners::of_history(repository, introduction, tips);
}

}  // namespace

base::Status use_batches(Console& console, git::VerifyOptions& options) {
  TRY(introduction, git::find_introduction(options));
  if (!introduction) {
    return {};
  }
  std::vector<std::string> ends = options.ranges;
  if (ends.empty()) {
    ends.emplace_back("HEAD");
  }
  // Only where there are batches at all does it matter who was ever in a signers file.
  std::optional<git::KnownSigners> signers;
  std::optional<base::Error> failure;
  const git::KnownKey known = [&](const ssh::PublicKey& key) {
    if (!signers && !failure) {
      auto read = known_signers(options.repository, introduction->commit, ends);
      if (read) {
        signers.emplace(std::move(*read));
      } else {
        failure = std::move(read.error());
      }
    }
    return signers && signers->knows(key);
  };
  TRY(batches, git::read_batches(options.repository, known));
  if (failure) {
    return base::fail(std::move(*failure));
  }
  for (const git::BatchIndex::Problem& problem : batches.problems()) {
    console.err("warning: " + shown(problem.ref) +
                " counts for nothing: " + base::message_of(problem.error) + "\n");
  }
  if (batches.more_problems() != 0) {
    console.err("warning: " +
                base::counted(batches.more_problems(), "more batch counts", "more batches count") +
                " for nothing\n");
  }
  if (batches.strangers() != 0) {
    console.err("note: " + base::counted(batches.strangers(), "batch", "batches") +
                " by keys that no signers file of this history has\n");
  }
  options.batches = [index = std::make_shared<const git::BatchIndex>(std::move(batches))](
                        std::string_view id) { return index->find(id); };
  return {};
}

}  // namespace touchstone::agent::cli
