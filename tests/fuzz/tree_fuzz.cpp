// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "git-integration/tree.h"
#include "tests/fuzz/fuzz.h"

void fuzz(touchstone::base::ByteView bytes) {
  using touchstone::git::HashAlgorithm;
  for (const HashAlgorithm algorithm : {HashAlgorithm::kSha1, HashAlgorithm::kSha256}) {
    const auto entries = touchstone::git::parse_tree(algorithm, bytes);
    const auto found = touchstone::git::find_entry(algorithm, bytes, ".touchstone");
    if (!entries) {
      continue;
    }
    // What was read is all there is, and finding agrees with listing.
    std::size_t size = 0;
    std::size_t named = 0;
    for (const auto& entry : *entries) {
      size += entry.mode.size() + 1 + entry.name.size() + 1 + entry.id.size() / 2;
      named += entry.name == ".touchstone" ? 1U : 0U;
    }
    FUZZ_CHECK(size == bytes.size());
    FUZZ_CHECK(named > 1 ? !found : found && found->name.empty() == (named == 0));
  }
}
