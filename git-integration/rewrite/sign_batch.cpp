// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_batch.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "git-integration/agent_signature.h"
#include "git-integration/git_object.h"
#include "git-integration/introduction.h"
#include "git-integration/limits.h"
#include "git-integration/policy_store.h"
#include "git-integration/rewrite/batch_index.h"
#include "git-integration/rewrite/commit_owners.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/rewrite/sign_plan.h"
#include "git-integration/text_lines.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// repository_id gives the introduction where git is told one, else the first commit without
// parents that the tip comes from.
Result<std::string> repository_id(const std::string& repository, const std::string& tip) {
  VerifyOptions options;
  options.repository = repository;
  TRY(introduction, find_introduction(options));
  if (introduction) {
    return id_of(repository, introduction->commit + "^{commit}");
  }
  return git_value(repository, {"rev-list", "--max-parents=0", "--max-count=1", tip});
}

// is_in_batch_of says whether this key touched a manifest with the commit already.
bool is_in_batch_of(const BatchIndex& index, const std::string& id, const ssh::PublicKey& key) {
  const std::vector<BatchEntry> entries = index.find(id);
  return std::any_of(entries.begin(), entries.end(), [&key](const BatchEntry& entry) {
    return entry.key->fingerprint() == key.fingerprint();
  });
}

// choose says which commits go into the batch.
Result<std::vector<bool>> choose(const std::vector<RangeCommit>& commits, const BatchIndex& index,
                                 const ssh::PublicKey& key, BatchSummary& summary) {
  std::vector<bool> chosen(commits.size(), false);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    const RangeCommit& commit = commits[i];
    if (commit.good) {
      ++summary.touched;
    } else if (commit.presence == PresenceClass::kBad || is_touch(commit.presence)) {
      return fail(Code::kBadSignature,
                  short_name(commit) + ": a batch is for commits without a signature");
    } else if (is_in_batch_of(index, commit.id, key)) {
      ++summary.batched;
    } else {
      chosen[i] = true;
    }
  }
  return chosen;
}

// refuse_by says why a policy takes no batch; the committed one, which a person who has just
// changed it in the working tree may not think of.
Status refuse_by(const std::string& repository, std::string why) {
  TRY(status, run_git(repository, {"status", "--porcelain", "--", std::string(kPolicyFolder)}));
  if (status.status == 0 && !status.out.empty()) {
    why += "; the working tree has another policy, which does not count before it is committed";
  }
  return fail(Code::kBatchRefused, std::move(why));
}

// check_policies demands that the policy of every parent accepts a batch of this size: by those
// the commits will be judged.
Status check_policies(const std::string& repository, const std::vector<RangeCommit>& commits,
                      const std::vector<bool>& chosen, std::size_t size) {
  TRY(reader, ObjectReader::start(repository));
  PolicyStore store(reader);
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (!chosen[i]) {
      continue;
    }
    if (commits[i].parents.empty()) {
      return fail(Code::kBatchRefused, short_name(commits[i]) + " has no parent with a policy");
    }
    for (const std::string& parent : commits[i].parents) {
      TRY(policy, store.of_commit(parent));
      if (policy == nullptr || !policy->policy) {
        return refuse_by(repository, "there is no policy in a parent of " + short_name(commits[i]));
      }
      const std::uint32_t max = policy->policy->batch_max;
      if (size > max) {
        return refuse_by(repository, "a batch of " + std::to_string(size) + ", [batch] max is " +
                                         std::to_string(max) + " in the parent of " +
                                         short_name(commits[i]));
      }
    }
  }
  return {};
}

Result<BatchManifest> make_manifest(const SignRangeOptions& options, const SignPlace& place,
                                    const SignRange& range, const ssh::PublicKey& key,
                                    const std::vector<RangeCommit>& commits,
                                    const std::vector<bool>& chosen) {
  BatchManifest manifest;
  TRY_ASSIGN(manifest.repository, repository_id(options.repository, place.tip));
  TRY_ASSIGN(manifest.old_tip, old_tip_of(options.repository, range));
  manifest.ref = place.ref;
  manifest.seconds = options.now_seconds;
  manifest.signer = key.fingerprint();
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (chosen[i]) {
      manifest.commits.push_back(
          {commits[i].id, commits[i].tree, std::string(subject_for_batch(commits[i].subject))});
    }
  }
  return manifest;
}

Result<std::string> keep(const std::string& repository, const SignedBatch& batch) {
  TRY(algorithm, object_format_of(repository));
  TRY(blob, write_object(repository, algorithm, "blob",
                         base::as_bytes(batch.text + batch.signature.armored())));
  const std::string ref = batch_ref_of(batch.text);
  TRY_VOID(move_refs(repository, {{ref, blob, no_id(algorithm)}}, "touchstone sign --batch"));
  return ref;
}

Result<SignedBatch> ask(const SignRangeOptions& options, const ssh::PublicKey& key,
                        const BatchManifest& manifest) {
  const std::string text = to_text(manifest);
  // What the agent is asked to sign is what a verifier will read.
  TRY(parsed, parse_batch_manifest(text));
  TRY(agent, connect_holding(options.agents, key));
  std::error_code ignored;
  const std::string folder = std::filesystem::absolute(options.repository, ignored).string();
  const ssh::SignObject request{base::to_bytes(key.blob()),
                                std::string(kBatchNamespace),
                                std::string(kSignatureHash),
                                base::to_bytes(text),
                                folder.substr(0, ssh::kClientNoteMax),
                                0,
                                0};
  TRY(signature, sign_checked(agent, key, request));
  SignedBatch batch{std::move(parsed), text, std::move(signature)};
  TRY_VOID(check_batch_signature(batch).with_context("the agent's answer"));
  return batch;
}

}  // namespace

Result<BatchSummary> sign_batch(const SignRangeOptions& options, const ssh::PublicKey& key,
                                const OnBatch& on_batch) {
  TRY(place, find_sign_place(options.repository));
  TRY(range, find_sign_range(options.repository, place, options.range));
  TRY(owners,
      CommitOwners::read(
          {options.repository, place.tip, place.ref, options.signers, options.now_seconds}, key));
  TRY(commits, read_range(options.repository, range, owners));
  TRY(index, read_batches(options.repository));
  BatchSummary summary;
  TRY(chosen, choose(commits, index, key, summary));
  const auto size = static_cast<std::size_t>(std::count(chosen.begin(), chosen.end(), true));
  if (size == 0) {
    return summary;
  }
  if (size > kBatchMax) {
    return fail(Code::kBatchRefused, "a batch of " + std::to_string(size) + ", at most " +
                                         std::to_string(kBatchMax) + " may be in one");
  }
  TRY_VOID(check_policies(options.repository, commits, chosen, size));
  TRY_VOID(check_owners(commits, chosen, owners, key));
  TRY_ASSIGN(summary.manifest, make_manifest(options, place, range, key, commits, chosen));
  on_batch(summary.manifest);
  if (options.dry_run) {
    return summary;
  }
  TRY(batch, ask(options, key, summary.manifest));
  TRY_ASSIGN(summary.ref, keep(options.repository, batch));
  return summary;
}

}  // namespace touchstone::git
