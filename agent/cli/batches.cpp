// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/batches.h"

#include <memory>
#include <string_view>
#include <utility>

#include "agent/cli/format.h"
#include "git-integration/introduction.h"
#include "git-integration/rewrite/batch_index.h"

namespace touchstone::agent::cli {

base::Status use_batches(Console& console, git::VerifyOptions& options) {
  TRY(introduction, git::find_introduction(options));
  if (!introduction) {
    return {};
  }
  TRY(batches, git::read_batches(options.repository));
  for (const git::BatchIndex::Problem& problem : batches.problems()) {
    console.err("warning: " + shown(problem.ref) +
                " counts for nothing: " + base::message_of(problem.error) + "\n");
  }
  options.batches = [index = std::make_shared<const git::BatchIndex>(std::move(batches))](
                        std::string_view id) { return index->find(id); };
  return {};
}

}  // namespace touchstone::agent::cli
