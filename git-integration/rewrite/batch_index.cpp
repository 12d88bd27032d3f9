// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_index.h"

#include <memory>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/object_reader.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

struct StoredBatch {
  std::string id;
  std::string ref;
};

Result<std::vector<StoredBatch>> list_batches(const std::string& repository) {
  TRY(output,
      run_git_with(repository,
                   {"for-each-ref", "--format=%(objectname) %(refname)", std::string(kBatchRefs)},
                   {}, kBatchListMax));
  if (output.status != 0) {
    return fail(Code::kExternalProgram, "git for-each-ref: " + output.error, output.status);
  }
  std::vector<StoredBatch> batches;
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    if (batches.size() == kBatchesMax) {
      return fail(Code::kTooLong, "batches");
    }
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

Result<SignedBatch> read_batch(ObjectReader& reader, const StoredBatch& stored) {
  TRY(object, reader.read(stored.id));
  if (!object || object->type != "blob") {
    return fail(Code::kMalformed, "it is no blob");
  }
  TRY(batch, parse_signed_batch(base::as_text(object->bytes)));
  if (batch_ref_of(batch.text) != stored.ref) {
    return fail(Code::kMalformed, "it is not named after its manifest");
  }
  TRY_VOID(check_batch_signature(batch));
  for (const BatchCommit& line : batch.manifest.commits) {
    TRY_VOID(check_commit(reader, line));
  }
  return batch;
}

}  // namespace

std::optional<BatchEntry> BatchIndex::find(std::string_view id) const {
  const Place* place = places_.find(id);
  if (place == nullptr) {
    return std::nullopt;
  }
  const Batch& batch = batches_.at(place->batch);
  return BatchEntry{place->part, batch.whole, batch.key, batch.counter};
}

void BatchIndex::add(const SignedBatch& batch) {
  const auto whole = static_cast<std::uint32_t>(batch.manifest.commits.size());
  const auto index = static_cast<std::uint32_t>(batches_.size());
  batches_.push_back({whole, std::make_shared<const ssh::PublicKey>(batch.signature.key),
                      batch.signature.signature.sk()->counter});
  for (std::uint32_t i = 0; i < whole; ++i) {
    const std::string& id = batch.manifest.commits[i].id;
    const Place* known = places_.find(id);
    if (known == nullptr || batches_[known->batch].whole > whole) {
      places_.add(id, Place{index, i + 1});
    }
  }
}

Result<BatchIndex> read_batches(const std::string& repository) {
  BatchIndex index;
  TRY(stored, list_batches(repository));
  if (stored.empty()) {
    return index;
  }
  TRY(reader, ObjectReader::start(repository));
  for (const StoredBatch& each : stored) {
    auto batch = read_batch(reader, each);
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
