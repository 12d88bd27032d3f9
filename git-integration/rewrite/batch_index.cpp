// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_index.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

Result<std::vector<StoredBatch>> list_batches(const std::string& repository,
                                              std::vector<StoredBatch> batches) {
  // What is named otherwise is no batch, however much of it there is.
  std::string pattern(kBatchRefs);
  for (std::size_t digit = 0; digit < hex_size(HashAlgorithm::kSha256); ++digit) {
    pattern += "[0-9a-f]";
  }
  TRY(output, run_git_with(repository,
                           {"for-each-ref", "--count=" + std::to_string(kBatchesMax + 1),
                            "--format=%(objectname) %(refname)", pattern},
                           {}, kBatchListMax));
  if (output.status != 0) {
    return fail(Code::kExternalProgram, "git for-each-ref: " + output.error, output.status);
  }
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    const std::size_t space = line->find(' ');
    if (space != std::string_view::npos) {
      batches.push_back(
          {std::string(line->substr(0, space)), std::string(line->substr(space + 1))});
    }
  }
  return batches;
}

// check_commit holds one line of a manifest to the commit it names, if that is there.
Status check_commit(ObjectReader& reader, const BatchCommit& line) {
  TRY(object, reader.read(line.id));
  if (!object) {
    return {};
  }
  if (object->type != "commit") {
    return fail(Code::kMalformed, line.id + " is no commit");
  }
  TRY(split, split_signed_object(ObjectKind::kCommit, algorithm_of(line.id), object->bytes));
  TRY(parsed, parse_payload(split.payload));
  const Commit* commit = parsed.commit();
  if (commit == nullptr || commit->tree != line.tree ||
      subject_for_batch(commit->subject) != line.subject) {
    return fail(Code::kHashMismatch, "commit " + line.id + " is not as the manifest shows it");
  }
  return {};
}

}  // namespace

Result<SignedBatch> read_batch(ObjectReader& reader, const StoredBatch& stored,
                               const KnownKey& known) {
  TRY(object, reader.read(stored.id));
  if (!object || object->type != "blob") {
    return fail(Code::kMalformed, "it is no blob");
  }
  TRY(batch, parse_signed_batch(base::as_text(object->bytes)));
  if (batch_ref_of(batch.text) != stored.ref) {
    return fail(Code::kMalformed, "it is not named after its manifest");
  }
  TRY_VOID(check_batch_signature(batch));
  if (known && !known(batch.signature.key)) {
    return fail(Code::kUntrustedSigner, batch.manifest.signer);
  }
  for (const BatchCommit& line : batch.manifest.commits) {
    // A name of the other kind is never here, and so would never be looked at.
    if (line.id.size() != stored.id.size() || line.tree.size() != stored.id.size()) {
      return fail(Code::kMalformed, "its names are not of this repository's kind");
    }
    TRY_VOID(check_commit(reader, line));
  }
  return batch;
}

std::vector<BatchEntry> BatchIndex::find(std::string_view id) const {
  std::vector<BatchEntry> entries;
  const std::uint32_t* first = first_.find(id);
  for (std::uint32_t at = first == nullptr ? 0 : *first; at != 0; at = places_.at(at - 1).next) {
    const Place& place = places_.at(at - 1);
    const Batch& batch = batches_.at(place.batch);
    entries.push_back(BatchEntry{place.part, batch.whole, batch.key, batch.counter});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const BatchEntry& a, const BatchEntry& b) { return a.whole < b.whole; });
  return entries;
}

void BatchIndex::add(const SignedBatch& batch) {
  const auto whole = static_cast<std::uint32_t>(batch.manifest.commits.size());
  const auto index = static_cast<std::uint32_t>(batches_.size());
  batches_.push_back({whole, std::make_shared<const ssh::PublicKey>(batch.signature.key),
                      batch.signature.signature.sk()->counter});
  for (std::uint32_t i = 0; i < whole; ++i) {
    const std::string& id = batch.manifest.commits[i].id;
    const std::uint32_t* known = first_.find(id);
    places_.push_back(Place{index, i + 1, known == nullptr ? 0 : *known});
    first_.add(id, static_cast<std::uint32_t>(places_.size()));
  }
}

Result<BatchIndex> read_batches(const std::string& repository,
                                const std::vector<StoredBatch>& arriving, const KnownKey& known) {
  BatchIndex index;
  TRY(stored, list_batches(repository, arriving));
  if (stored.empty()) {
    return index;
  }
  TRY(reader, ObjectReader::start(repository));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const StoredBatch& each = stored[i];
    if (index.batches_.size() + index.problems_.size() == kBatchesMax) {
      index.problems_.push_back(
          {std::string(kBatchRefs),
           Error{Code::kTooLong, 0, "more than " + std::to_string(kBatchesMax) + " batches"}});
      break;
    }
    auto batch = read_batch(reader, each, i < arriving.size() ? known : KnownKey());
    if (batch) {
      index.add(*batch);
    } else if (batch.error().code == Code::kExternalProgram) {
      return fail(std::move(batch.error()));
    } else {
      index.problems_.push_back({each.ref, std::move(batch.error())});
    }
  }
  return index;
}

}  // namespace touchstone::git
