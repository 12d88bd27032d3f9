// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_range.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "git-integration/agent_signature.h"
#include "git-integration/git_config.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/rewrite/commit_text.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/rewrite/sign_plan.h"
#include "git-integration/rewrite/stored_signatures.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr const char* kKeySetting = "user.signingkey";
constexpr std::string_view kLiteral = "key::";

// Rewrite is one run over the commits of a range.
class Rewrite final {
 public:
  Rewrite(const SignRangeOptions& options, const ssh::PublicKey& key, SignPlace place,
          std::vector<RangeCommit> commits, const OnSignProgress& on_progress)
      : options_(options),
        key_(key),
        place_(std::move(place)),
        commits_(std::move(commits)),
        anew_(anew_in(commits_)),
        on_progress_(on_progress) {}

  Status check(const CommitOwners& owners) const;
  Result<SignSummary> run(const CommitOwners& owners, const StoredSignatures& store);

 private:
  Status settle(std::size_t index, const CommitOwners& owners, const StoredSignatures& store);
  Result<ssh::SshSig> ask(const RangeCommit& commit, const base::Bytes& payload,
                          const CommitOwners& owners);
  Status write(const RangeCommit& commit, const base::Bytes& payload, const ssh::SshSig& signature,
               SignStep step);
  void tell(SignStep step, const RangeCommit& commit, const std::string& new_id) const;
  std::string now_called(const std::string& id) const;

  const SignRangeOptions& options_;
  const ssh::PublicKey& key_;
  const SignPlace place_;
  const std::vector<RangeCommit> commits_;
  const std::vector<bool> anew_;
  const OnSignProgress& on_progress_;

  HashAlgorithm algorithm_{HashAlgorithm::kSha1};
  std::optional<AgentClient> agent_;
  // Old name to new one, of what was written anew; empty in a dry run where there is none yet.
  std::unordered_map<std::string, std::string> names_;
  SignSummary summary_;
  std::uint32_t position_{0};
  std::uint32_t count_{0};
};

Status Rewrite::check(const CommitOwners& owners) const {
  TRY_VOID(check_owners(commits_, anew_, owners, key_));
  for (std::size_t i = 0; i < commits_.size(); ++i) {
    const RangeCommit& commit = commits_[i];
    if (!anew_[i]) {
      continue;
    }
    if (commit.payload.size() > ssh::kSignObjectMax) {
      return fail(Code::kTooLong, short_name(commit));
    }
    if (commit.pushed && !options_.force) {
      return fail(Code::kUsage, short_name(commit) +
                                    " is on a remote branch already, where others may have it, "
                                    "and would get another name (--force does it all the same)");
    }
    for (const std::string& tagged : commit.merged) {
      for (std::size_t j = 0; j < i; ++j) {
        if (anew_[j] && commits_[j].id == tagged) {
          return fail(Code::kUsage, short_name(commit) + " merges a signed tag of " +
                                        short_name(commits_[j]) +
                                        ", which would get another name: sign that one and tag "
                                        "it again first");
        }
      }
    }
  }
  return {};
}

std::string Rewrite::now_called(const std::string& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? id : found->second;
}

void Rewrite::tell(SignStep step, const RangeCommit& commit, const std::string& new_id) const {
  SignProgress progress{step, commit.id, new_id, commit.subject, 0, 0};
  if (step != SignStep::kKept) {
    progress.position = position_;
    progress.count = count_;
  }
  on_progress_(progress);
}

Result<ssh::SshSig> Rewrite::ask(const RangeCommit& commit, const base::Bytes& payload,
                                 const CommitOwners& owners) {
  if (!agent_) {
    TRY(agent, connect_holding(options_.agents, key_));
    agent_.emplace(std::move(agent));
  }
  tell(SignStep::kAsking, commit, {});
  std::error_code ignored;
  const std::string folder = std::filesystem::absolute(options_.repository, ignored).string();
  const ssh::SignObject request{base::to_bytes(key_.blob()),
                                std::string(kGitNamespace),
                                std::string(kSignatureHash),
                                payload,
                                folder.substr(0, ssh::kClientNoteMax),
                                position_,
                                count_};
  TRY(signature, sign_checked(*agent_, key_, request));
  const bool verified = signature.signature.sk()->user_verification();
  if (!owners.fulfils(verified ? PresenceClass::kTouchPin : PresenceClass::kTouch)) {
    return fail(Code::kBelowPolicy, std::string(to_word(owners.requirement())) +
                                        " is demanded for " + place_.ref +
                                        "; let the agent ask for the PIN: [policy.sign] commit = "
                                        "\"touch+pin\" in its configuration");
  }
  return signature;
}

Status Rewrite::write(const RangeCommit& commit, const base::Bytes& payload,
                      const ssh::SshSig& signature, SignStep step) {
  const std::string text = with_signature(algorithm_, base::as_text(payload), signature.armored());
  TRY(id, options_.dry_run
              ? Result<std::string>(object_id(algorithm_, "commit", base::as_bytes(text)))
              : write_object(options_.repository, algorithm_, "commit", base::as_bytes(text)));
  names_[commit.id] = id;
  ++(step == SignStep::kTouched ? summary_.touched : summary_.reused);
  tell(step, commit, id);
  return {};
}

// settle decides about one commit whose parents are settled.
Status Rewrite::settle(std::size_t index, const CommitOwners& owners,
                       const StoredSignatures& store) {
  const RangeCommit& commit = commits_[index];
  if (!anew_[index]) {
    ++summary_.kept;
    tell(SignStep::kKept, commit, commit.id);
    return {};
  }
  ++position_;
  const bool parents_known =
      std::none_of(commit.parents.begin(), commit.parents.end(),
                   [&](const std::string& parent) { return now_called(parent).empty(); });
  base::Bytes payload;
  std::optional<ssh::SshSig> stored;
  if (parents_known) {
    payload = base::to_bytes(with_parents(base::as_text(commit.payload),
                                          [&](const auto& parent) { return now_called(parent); }));
    stored = store.find(key_, payload);
  }
  if (stored &&
      owners.fulfils(stored->signature.sk()->user_verification() ? PresenceClass::kTouchPin
                                                                 : PresenceClass::kTouch)) {
    return write(commit, payload, *stored, SignStep::kReused);
  }
  if (options_.dry_run) {
    names_[commit.id] = {};
    ++summary_.touched;
    tell(SignStep::kToSign, commit, {});
    return {};
  }
  TRY(signature,
      ask(commit, payload, owners)
          .with_context("commit " + std::to_string(position_) + " of " + std::to_string(count_)));
  TRY_VOID(store.keep(signature, payload));
  return write(commit, payload, signature, SignStep::kTouched);
}

Result<SignSummary> Rewrite::run(const CommitOwners& owners, const StoredSignatures& store) {
  TRY_ASSIGN(algorithm_, object_format_of(options_.repository));
  count_ = static_cast<std::uint32_t>(std::count(anew_.begin(), anew_.end(), true));
  summary_.ref = place_.ref;
  summary_.old_tip = place_.tip;
  summary_.new_tip = place_.tip;
  for (std::size_t i = 0; i < commits_.size(); ++i) {
    TRY_VOID(settle(i, owners, store));
  }
  if (options_.dry_run || count_ == 0) {
    return summary_;
  }
  summary_.new_tip = now_called(place_.tip);
  const std::string message =
      "touchstone sign: " + std::to_string(count_) + (count_ == 1 ? " commit" : " commits");
  TRY_VOID(move_refs(options_.repository,
                     {{"ORIG_HEAD", place_.tip, {}}, {place_.ref, summary_.new_tip, place_.tip}},
                     message));
  return summary_;
}

}  // namespace

std::string_view to_word(SignStep step) {
  switch (step) {
    case SignStep::kKept:
      return "kept";
    case SignStep::kToSign:
      return "to-sign";
    case SignStep::kAsking:
      return "asking";
    case SignStep::kTouched:
      return "touched";
    case SignStep::kReused:
      return "reused";
  }
  return {};
}

Result<ssh::PublicKey> signing_key_of(const std::string& repository,
                                      const std::optional<std::string>& asked) {
  if (asked) {
    return read_signing_key(*asked);
  }
  TRY(value, git_value(repository, {"config", "--get", kKeySetting}));
  if (value.empty()) {
    return fail(Code::kConfigInvalid,
                std::string("git has no ") + kKeySetting + ", and --key was not given");
  }
  // As git takes it: a literal key begins with key::, or with ssh- as it did once.
  if (value.starts_with(kLiteral) || value.starts_with("ssh-")) {
    return ssh::PublicKey::parse_line(value.starts_with(kLiteral) ? value.substr(kLiteral.size())
                                                                  : value)
        .with_context(kKeySetting);
  }
  TRY(path, configured_path(repository, kKeySetting));
  return read_signing_key(path.value_or(std::filesystem::path()).string());
}

Result<SignSummary> sign_range(const SignRangeOptions& options, const ssh::PublicKey& key,
                               const OnSignProgress& on_progress) {
  TRY(place, find_sign_place(options.repository));
  TRY(range, find_sign_range(options.repository, place, options.range));
  TRY(owners,
      CommitOwners::read(
          {options.repository, place.tip, place.ref, options.signers, options.now_seconds}, key));
  TRY(commits, read_range(options.repository, range, owners));
  TRY(store, StoredSignatures::open(options.repository, options.now_seconds));
  Rewrite rewrite(options, key, std::move(place), std::move(commits), on_progress);
  TRY_VOID(rewrite.check(owners));
  return rewrite.run(owners, store);
}

}  // namespace touchstone::git
