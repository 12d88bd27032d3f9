// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/process.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/text_lines.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

std::string commit_named(const std::string& id) { return "commit " + short_id(id); }

// ids_not_on_remotes gives those of a range that no remote-tracking branch has.
Result<std::set<std::string, std::less<>>> ids_not_on_remotes(const std::string& repository,
                                                              const SignRange& range) {
  std::vector<std::string> arguments = {"rev-list"};
  const std::vector<std::string> walk =
      walk_arguments(HistoryOptions{repository, range.ranges, Excluded::kOnRemotes, false, false});
  arguments.insert(arguments.end(), walk.begin(), walk.end());
  constexpr std::size_t kLinesMax = (kSignCommitsMax + 1) * (hex_size(HashAlgorithm::kSha256) + 1);
  TRY(output, run_git_with(repository, arguments, {}, kLinesMax));
  if (output.status != 0) {
    return fail(failure_of("git rev-list", output));
  }
  std::set<std::string, std::less<>> ids;
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    ids.emplace(*line);
  }
  return ids;
}

Result<RangeCommit> read_commit(const StoredObject& object, HashAlgorithm algorithm,
                                const CommitOwners& owners, ssh::PublicKeyCache& cache) {
  if (object.too_large) {
    return fail(Code::kTooLong);
  }
  if (object_id(algorithm, object.type, object.bytes) != object.id) {
    return fail(Code::kHashMismatch);
  }
  RangeCommit commit;
  commit.id = object.id;
  TRY(split, split_signed_object(ObjectKind::kCommit, algorithm, object.bytes));
  commit.payload = std::move(split.payload);
  TRY(parsed, parse_payload(commit.payload));
  const Commit* content = parsed.commit();
  if (content == nullptr) {
    return fail(Code::kMalformed, "not a commit");
  }
  commit.tree = content->tree;
  commit.parents.assign(content->parents.begin(), content->parents.end());
  commit.subject = content->subject;
  commit.committer_email = content->committer.email;
  for (const MergeTag& tag : content->merge_tags) {
    commit.merged.push_back(tag.object);
  }
  const Verdict verdict =
      judge_object(ObjectKind::kCommit, algorithm, object.bytes, Trust{}, &cache);
  commit.presence = verdict.presence.presence;
  commit.good = owners.fulfils(commit.presence) && verdict.public_key &&
                owners.may_sign(*verdict.public_key, commit.committer_email).has_value();
  return commit;
}

}  // namespace

std::string short_name(const RangeCommit& commit) {
  return commit_named(commit.id) + " \"" + commit.subject + "\"";
}

Result<std::vector<RangeCommit>> read_range(const std::string& repository, const SignRange& range,
                                            const CommitOwners& owners) {
  TRY(both, git_value(repository, {"config", "--get", "extensions.compatObjectFormat"}));
  if (!both.empty()) {
    return fail(Code::kUnsupported, "a repository with extensions.compatObjectFormat");
  }
  TRY(algorithm, object_format_of(repository));
  TRY(boundary, read_boundary(repository));
  TRY(stream, ObjectStream::of_history(
                  HistoryOptions{repository, range.ranges, range.excluded, true, true}));
  ssh::PublicKeyCache cache;
  std::vector<RangeCommit> commits;
  while (true) {
    TRY(object, stream.next());
    if (!object) {
      break;
    }
    if (commits.size() == kSignCommitsMax) {
      return fail(Code::kTooLong, "more than " + std::to_string(kSignCommitsMax) +
                                      " commits; name a shorter range");
    }
    if (boundary.contains(object->id)) {
      return fail(Code::kShallow, commit_named(object->id) + " is where it was cut");
    }
    TRY(commit,
        read_commit(*object, algorithm, owners, cache).with_context(commit_named(object->id)));
    commits.push_back(std::move(commit));
    TRY(tree, stream.next());  // of no interest
    if (!tree) {
      return fail(Code::kProtocol, "git cat-file: a commit without its tree");
    }
  }
  TRY(unpushed, ids_not_on_remotes(repository, range));
  for (RangeCommit& commit : commits) {
    commit.pushed = !unpushed.contains(commit.id);
  }
  return commits;
}

std::vector<bool> anew_in(const std::vector<RangeCommit>& commits) {
  std::vector<bool> anew;
  std::set<std::string, std::less<>> changed;
  anew.reserve(commits.size());
  for (const RangeCommit& commit : commits) {
    anew.push_back(!commit.good || std::any_of(commit.parents.begin(), commit.parents.end(),
                                               [&](const std::string& parent) {
                                                 return changed.contains(parent);
                                               }));
    if (anew.back()) {
      changed.insert(commit.id);
    }
  }
  return anew;
}

Status check_owners(const std::vector<RangeCommit>& commits, const std::vector<bool>& chosen,
                    const CommitOwners& owners, const ssh::PublicKey& key) {
  std::optional<base::Error> first;
  std::size_t more = 0;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (!chosen[i]) {
      continue;
    }
    Status owned = owners.may_sign(key, commits[i].committer_email);
    if (owned) {
      continue;
    }
    if (first) {
      ++more;
    } else {
      first = std::move(owned.error())
                  .with_context(short_name(commits[i]) + " is by " + commits[i].committer_email);
    }
  }
  if (!first) {
    return {};
  }
  if (more > 0) {
    first->context += ", and " + std::to_string(more) + (more == 1 ? " more is" : " more are") +
                      " not yours either";
  }
  return fail(std::move(*first));
}

}  // namespace touchstone::git
