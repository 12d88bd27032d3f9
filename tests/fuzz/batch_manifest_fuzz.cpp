// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include "git-integration/limits.h"
#include "git-integration/rewrite/batch_manifest.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

namespace {

void check(const git::BatchManifest& manifest) {
  FUZZ_CHECK(!manifest.commits.empty() && manifest.commits.size() <= git::kBatchMax);
  std::set<std::string> names;
  for (const git::BatchCommit& commit : manifest.commits) {
    FUZZ_CHECK(names.insert(commit.id).second);
    FUZZ_CHECK(commit.id.size() == manifest.repository.size());
    FUZZ_CHECK(commit.subject.find('\n') == std::string::npos);
  }
}

}  // namespace

// A manifest has one spelling, and so has what is stored of it: whatever is accepted is written
// again as it came.
void fuzz(base::ByteView bytes) {
  const std::string_view text = base::as_text(bytes);
  if (const auto manifest = git::parse_batch_manifest(text)) {
    check(*manifest);
    FUZZ_CHECK(git::to_text(*manifest) == text);
  }
  if (const auto batch = git::parse_signed_batch(text)) {
    check(batch->manifest);
    FUZZ_CHECK(git::to_text(batch->manifest) == batch->text);
    FUZZ_CHECK(batch->text + batch->signature.armored() == text);
    static_cast<void>(git::check_batch_signature(*batch).has_value());
  }
}
