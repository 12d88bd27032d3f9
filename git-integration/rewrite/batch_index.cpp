// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_index.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/process.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

// each_batch names what is stored. What is named otherwise is no batch, however much of it there
// is.
Status each_batch(const std::string& repository,
                  const std::function<Status(const StoredBatch& batch)>& on_batch) {
  std::string pattern(kBatchRefs);
  for (std::size_t digit = 0; digit < hex_size(HashAlgorithm::kSha256); ++digit) {
    pattern += "[0-9a-f]";
  }
  return each_git_line(repository, {"for-each-ref", "--format=%(objectname) %(refname)", pattern},
                       [&](std::string_view line) -> Status {
                         const std::size_t space = line.find(' ');
                         if (space == std::string_view::npos) {
                           return fail(Code::kProtocol, "git for-each-ref");
                         }
                         return on_batch(StoredBatch{std::string(line.substr(0, space)),
                                                     std::string(line.substr(space + 1))});
                       });
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
  if (known) {
    // Whose it is comes first: what anybody could have put here costs no more than that.
    TRY(key, key_of_signed_batch(base::as_text(object->bytes)));
    if (!known(key)) {
      return fail(Code::kUntrustedSigner, key.fingerprint());
    }
  }
  TRY(batch, parse_signed_batch(base::as_text(object->bytes)));
  if (batch_ref_of(batch.text) != stored.ref) {
    return fail(Code::kMalformed, "it is not named after its manifest");
  }
  TRY_VOID(check_batch_signature(batch));
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

// take adds a batch if it counts, and fails only when git does.
Status BatchIndex::take(ObjectReader& reader, const StoredBatch& stored, const KnownKey& known,
                        std::size_t batches_max) {
  auto batch = read_batch(reader, stored, known);
  if (batch && batches_.size() < batches_max) {
    add(*batch);
    return {};
  }
  if (!batch && batch.error().code == Code::kExternalProgram) {
    return fail(std::move(batch.error()));
  }
  Error why = batch ? Error{Code::kTooLong, 0,
                            "there are " + std::to_string(batches_max) + " batches before it"}
                    : std::move(batch.error());
  if (why.code == Code::kUntrustedSigner) {
    ++strangers_;
  } else if (problems_.size() < kBatchProblemsMax) {
    problems_.push_back({stored.ref, std::move(why)});
  } else {
    ++more_problems_;
  }
  return {};
}

Result<BatchIndex> read_batches(const std::string& repository, const KnownKey& known,
                                const std::vector<StoredBatch>& arriving,
                                const KnownKey& known_arriving, std::size_t batches_max) {
  BatchIndex index;
  std::optional<ObjectReader> reader;
  const auto take = [&](const StoredBatch& batch, const KnownKey& whose) -> Status {
    if (!reader) {
      TRY(started, ObjectReader::start(repository));
      reader.emplace(std::move(started));
    }
    return index.take(*reader, batch, whose, batches_max);
  };
  for (const StoredBatch& batch : arriving) {
    TRY_VOID(take(batch, known_arriving));
  }
  TRY_VOID(each_batch(repository, [&](const StoredBatch& batch) { return take(batch, known); }));
  return index;
}

}  // namespace touchstone::git
