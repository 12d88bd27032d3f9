// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/policy_approve.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/cli/format.h"
#include "agent/cli/policy_files.h"
#include "base/file.h"
#include "git-integration/policy/policy_change.h"
#include "git-integration/policy/policy_signers.h"
#include "ssh/sshsig.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Exit;
using base::fail;
using base::Result;
using base::Status;

constexpr mode_t kApprovalMode = 0644;

// Change is what is to be approved.
struct Change {
  git::PolicyText before;
  git::PolicyText after;  // empty: the policy goes
  git::RepositoryPolicy old_policy;
  std::string new_digest;
};

Result<Change> read_change(const fs::path& top) {
  Change change;
  TRY(before, policy_text_at("HEAD"));
  if (!before.has_value()) {
    return fail(Code::kUsage, "HEAD has no policy: whoever commits the first one introduces it");
  }
  change.before = std::move(*before);
  TRY_ASSIGN(change.old_policy,
             git::parse_repository_policy(change.before.policy, change.before.signers)
                 .with_context("HEAD"));
  std::error_code error;
  if (fs::exists(top / git::kPolicyFile, error)) {
    TRY_ASSIGN(change.after, read_policy_text(top));
    TRY(new_policy, git::parse_repository_policy(change.after.policy, change.after.signers));
    change.new_digest = new_policy.digest;
  }
  if (change.new_digest == change.old_policy.digest) {
    return fail(Code::kUsage, "the policy in the working tree is that of HEAD: nothing to approve");
  }
  return change;
}

Result<ssh::PublicKey> choose_key(const Arguments& arguments, const git::RepositoryPolicy& policy) {
  const auto given = arguments.value("key");
  if (!given.has_value()) {
    TRY(configured, configured_key());
    if (!configured.has_value()) {
      return fail(Code::kUsage, "git has no user.signingkey here; name a key with --key");
    }
    return std::move(*configured);
  }
  if (!given->starts_with("SHA256:")) {
    return read_public_key(*given);
  }
  for (const ssh::AllowedSigner& line : policy.signers.signers()) {
    if (line.key.fingerprint() == *given) {
      return line.key;
    }
  }
  return fail(Code::kNotFound, std::string(git::kSignersFile) + " at HEAD: " + *given);
}

void show(Console& console, const Change& change) {
  const auto one = [&](std::string_view file, const std::string& from, const std::string& to) {
    if (from != to) {
      console.out(std::string(file) + "\n" + edit_lines(from, to));
    }
  };
  one(git::kPolicyFile, change.before.policy, change.after.policy);
  one(git::kSignersFile, change.before.signers, change.after.signers);
  console.out("from " + change.old_policy.digest + "\nto   " +
              (change.new_digest.empty() ? "none: the policy is removed" : change.new_digest) +
              "\n");
}

// sign asks the agent and holds its answer to what was asked.
Result<std::string> sign(Context& context, const ssh::PublicKey& key, const std::string& statement,
                         const fs::path& top) {
  const ssh::SignObject request{base::to_bytes(key.blob()),
                                std::string(git::kPolicyNamespace),
                                "sha512",
                                base::to_bytes(statement),
                                top.string().substr(0, ssh::kClientNoteMax),
                                0,
                                0};
  TRY(agent, context.control());
  TRY(blob, agent->sign_object(request));
  TRY(sig, ssh::SshSig::parse(blob).with_context("the agent's answer"));
  if (!(sig.key == key)) {
    return fail(Code::kBadSignature, "the agent's answer is by another key");
  }
  TRY_VOID(verify_message(sig, git::kPolicyNamespace, request.object));
  TRY_VOID(git::check_presence(sig));
  return sig.armored();
}

// file_name gives a fingerprint's base64 without what means something in a path.
std::string file_name(std::string fingerprint) {
  std::replace(fingerprint.begin(), fingerprint.end(), ':', '-');
  std::replace(fingerprint.begin(), fingerprint.end(), '/', '_');
  return fingerprint + ".sig";
}

}  // namespace

Result<Exit> run_policy_approve(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  TRY(change, read_change(top));
  TRY(key, choose_key(arguments, change.old_policy));
  if (git::person_of(change.old_policy, key) == git::kNobody) {
    return fail(Code::kNotPermitted, key.fingerprint() + " is nobody's in " +
                                         std::string(git::kSignersFile) + " at HEAD");
  }
  Console& console = context.console();
  show(console, change);
  const fs::path file = top / git::kPolicyApprovalsFolder / file_name(key.fingerprint());
  if (arguments.has("dry-run")) {
    console.err("nothing was signed\n");
    return Exit::kOk;
  }
  if (!arguments.has("yes")) {
    if (!console.has_person()) {
      return fail(Code::kUsage, "there is no terminal to ask on; add --yes");
    }
    TRY(sure, console.confirm("Approve this change?"));
    if (!sure) {
      return fail(Code::kCancelled, "the change");
    }
  }
  console.err("approving: touch the token when it blinks\n");
  TRY(armored,
      sign(context, key, git::policy_change_statement(change.old_policy.digest, change.new_digest),
           top));
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    return fail(base::from_errno(error.value(), file.parent_path().string()));
  }
  TRY_VOID(base::write_file_atomically(file, base::as_bytes(armored), kApprovalMode));
  console.out("approved in " + shown(file.lexically_relative(top).string()) + "\n");
  console.err(
      "next: give this file to whoever commits the change, or commit it yourself with a "
      "second person's approval\n");
  return Exit::kOk;
}

}  // namespace touchstone::agent::cli
