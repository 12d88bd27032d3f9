// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "agent/cli/format.h"
#include "agent/cli/policy_explain.h"
#include "agent/cli/policy_files.h"
#include "base/clock.h"
#include "git-integration/git_object.h"
#include "git-integration/object_stream.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;
using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t kSha1Hex = 40;

// ReadCommit is a commit with what its signature proves, whoever made it.
struct ReadCommit {
  std::string id;
  std::vector<std::string> parents;
  std::string email;
  std::uint64_t seconds{0};
  std::optional<ssh::PublicKey> key;
  git::PresenceClass presence{git::PresenceClass::kUnsigned};
  std::optional<base::Error> problem;  // why the signature is of no use
};

Result<ssh::SshSig> verified(const git::SignedObject& object) {
  TRY(sig, git::read_signature(object.signature, git::kGitNamespace));
  TRY_VOID(verify_message(sig, git::kGitNamespace, object.payload));
  TRY_VOID(git::check_certificate(sig));
  return sig;
}

void judge_signature(const git::SignedObject& object, ReadCommit& commit) {
  if (object.format == git::SignatureFormat::kNone) {
    return;
  }
  if (object.format != git::SignatureFormat::kSsh) {
    commit.presence = git::PresenceClass::kNoTouch;
    return;
  }
  const auto sig = verified(object);
  if (!sig || !object.findings.empty()) {
    commit.presence = git::PresenceClass::kBad;
    commit.problem =
        sig ? base::Error{Code::kMalformed, 0, std::string(git::describe(object.findings.front()))}
            : sig.error();
    return;
  }
  commit.key = sig->key;
  if (!git::check_presence(*sig)) {
    commit.presence = git::PresenceClass::kNoTouch;
  } else {
    commit.presence = sig->signature.sk()->user_verification() ? git::PresenceClass::kTouchPin
                                                               : git::PresenceClass::kTouch;
  }
}

Result<ReadCommit> read_commit(const std::string& id) {
  TRY(stream, git::ObjectStream::of_ids(".", {id}));
  TRY(object, stream.next());
  if (!object.has_value() || object->type != "commit" || object->too_large) {
    return fail(Code::kNotAGitObject, id + " is no commit that can be read");
  }
  const auto algorithm =
      id.size() == kSha1Hex ? git::HashAlgorithm::kSha1 : git::HashAlgorithm::kSha256;
  if (git::object_id(algorithm, "commit", object->bytes) != id) {
    return fail(Code::kHashMismatch, "commit " + id);
  }
  TRY(split, git::split_signed_object(git::ObjectKind::kCommit, algorithm, object->bytes));
  TRY(parsed, git::parse_payload(split.payload));
  const git::Commit* header = parsed.commit();
  if (header == nullptr) {
    return fail(Code::kNotAGitObject, id);
  }
  ReadCommit commit;
  commit.id = id;
  commit.parents.assign(header->parents.begin(), header->parents.end());
  commit.email = header->committer.email;
  commit.seconds = header->committer.seconds;
  judge_signature(split, commit);
  return commit;
}

// paths_between gives what differs in the trees of two commits.
Result<std::vector<std::string>> paths_between(const std::string& from, const std::string& to) {
  TRY(text, git_text({"diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to}));
  std::vector<std::string> paths;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    paths.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

// ByParent is what one parent's policy says to a commit.
struct ByParent {
  std::string digest;  // empty: that parent has no policy
  std::string signer;
  bool changes_policy{false};
  std::vector<base::Error> problems;
};

git::Candidate candidate_of(const ReadCommit& commit, const std::string& ref) {
  git::Candidate candidate;
  candidate.id = commit.id;
  candidate.ref = ref;
  candidate.committer_email = commit.email;
  candidate.parents = commit.parents.size();
  candidate.key = commit.key ? &*commit.key : nullptr;
  candidate.presence = commit.presence;
  candidate.claimed_seconds = commit.seconds;
  candidate.now_seconds = base::unix_seconds(base::SystemClock());
  return candidate;
}

// digest_at gives the digest of a commit's policy, empty when it has none; a policy that is not
// understood is no change anybody can make.
Result<std::string> digest_at(const std::string& commit) {
  TRY(text, policy_text_at(commit));
  if (!text.has_value()) {
    return std::string();
  }
  TRY(policy, git::parse_repository_policy(text->policy, text->signers));
  return policy.digest;
}

Result<ByParent> judge_by_parent(const ReadCommit& commit, const std::string& parent,
                                 const std::string& ref,
                                 const std::vector<git::Revocation>& newest) {
  ByParent result;
  TRY(text, policy_text_at(parent));
  if (!text.has_value()) {
    return result;
  }
  auto policy = git::parse_repository_policy(text->policy, text->signers);
  if (!policy) {
    result.digest = "unreadable";
    result.problems.push_back(std::move(policy.error()).with_context("the policy of " + parent));
    return result;
  }
  result.digest = policy->digest;
  git::Candidate candidate = candidate_of(commit, ref);
  std::vector<std::string> paths;
  if (git::needs_paths(*policy)) {
    TRY_ASSIGN(paths, paths_between(parent, commit.id));
    candidate.changed_paths = &paths;
  }
  auto judgement = git::judge_by_policy(*policy, candidate, newest);
  result.signer = std::move(judgement.signer);
  result.problems = std::move(judgement.problems);
  auto digest = digest_at(commit.id);
  if (!digest) {
    result.changes_policy = true;
    result.problems.push_back(std::move(digest.error()).with_context("the policy it brings"));
  } else if (*digest != policy->digest) {
    result.changes_policy = true;
    TRY(approvals, approvals_at(commit.id));
    auto change = git::judge_policy_change(*policy, *digest, candidate, approvals, newest);
    std::move(change.problems.begin(), change.problems.end(), std::back_inserter(result.problems));
  }
  return result;
}

std::vector<git::Revocation> newest_revocations() {
  const auto text = policy_text_at("HEAD");
  if (!text || !text->has_value()) {
    return {};
  }
  auto policy = git::parse_repository_policy((*text)->policy, (*text)->signers);
  return policy ? std::move(policy->revocations) : std::vector<git::Revocation>();
}

void print_text(Console& console, const std::string& parent, const ByParent& result) {
  console.out("by the policy of " + parent.substr(0, 12) + ": ");
  if (result.digest.empty()) {
    console.out("it has none, and nothing is asked\n");
    return;
  }
  console.out(result.problems.empty()
                  ? "accepted, signed by " + shown(result.signer.empty() ? "nobody" : result.signer)
                  : std::string("refused"));
  console.out(result.changes_policy ? "; it changes the policy\n" : "\n");
  for (const base::Error& problem : result.problems) {
    console.out("  " + base::message_of(problem) + "\n    " +
                std::string(base::describe(problem.code).hint) + "\n");
  }
}

void print_json(Console& console, const ReadCommit& commit, const std::string& parent,
                const ByParent& result) {
  json::array problems;
  for (const base::Error& problem : result.problems) {
    problems.push_back(json::object{{"error", base::describe(problem.code).word},
                                    {"message", base::message_of(problem)},
                                    {"hint", base::describe(problem.code).hint}});
  }
  console.out(json_line({{"commit", commit.id},
                         {"parent", parent},
                         {"policy", result.digest},
                         {"class", to_word(git::Presence{commit.presence, 0, 0})},
                         {"signer", result.signer},
                         {"changes_policy", result.changes_policy},
                         {"accepted", result.problems.empty()},
                         {"problems", std::move(problems)}}));
}

}  // namespace

Result<bool> explain_commit(Console& console, const std::string& id, const std::string& ref,
                            bool as_json) {
  TRY(commit, read_commit(id));
  if (!as_json) {
    console.out("commit " + id + (ref.empty() ? "" : " for " + shown(ref)) + " is " +
                to_word(git::Presence{commit.presence, 0, 0}) +
                (commit.key ? ", by " + commit.key->fingerprint() : "") + "\n");
    if (commit.problem) {
      console.out("  " + base::message_of(*commit.problem) + "\n");
    }
    if (commit.parents.empty()) {
      console.out("it has no parent: only an introduction can vouch for it\n");
    }
  }
  const auto newest = newest_revocations();
  bool accepted = true;
  for (const std::string& parent : commit.parents) {
    TRY(result, judge_by_parent(commit, parent, ref, newest));
    accepted = accepted && result.problems.empty();
    if (as_json) {
      print_json(console, commit, parent, result);
    } else {
      print_text(console, parent, result);
    }
  }
  return accepted;
}

}  // namespace touchstone::agent::cli
