// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/git_query.h"
#include "agent/cli/listing.h"
#include "agent/cli/policy_approve.h"
#include "agent/cli/policy_evidence.h"
#include "agent/cli/policy_explain.h"
#include "agent/cli/policy_files.h"
#include "agent/cli/verify_arguments.h"
#include "base/clock.h"
#include "base/file.h"
#include "git-integration/git_config.h"
#include "git-integration/limits.h"
#include "git-integration/policy/policy_signers.h"
#include "git-integration/verify_setup.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Code;
using base::Exit;
using base::fail;
using base::Result;

// signers_from_agent makes a line for every key of role sign that the agent holds.
Result<std::string> signers_from_agent(Context& context) {
  TRY(email, git_value("user.email"));
  if (!email.has_value()) {
    return fail(Code::kUsage, "git has no email address for you (git config user.email)");
  }
  TRY(status, context.ask({{"command", "status"}}));
  std::string lines;
  base::Status good;
  for_each_object(status, "keys", [&](const json::object& key) {
    if (text_of(key, "role") != "sign") {
      return;
    }
    const auto parsed = ssh::PublicKey::parse_line(text_of(key, "public_key"));
    const auto line = parsed ? git::policy_signer_line(*email, *parsed, text_of(key, "name"))
                             : Result<std::string>(fail(parsed.error()));
    if (line) {
      lines += *line;
    } else {
      good = fail(line.error());
    }
  });
  TRY_VOID(good);
  if (lines.empty()) {
    return fail(Code::kUsage,
                "nobody to begin with: name an allowed signers file, or make a key first "
                "(touchstone setup)");
  }
  return lines;
}

// first_signers gives the signers a new policy begins with: of the file named, of git's allowed
// signers, or the agent's keys.
Result<std::string> first_signers(Context& context, const Arguments& arguments) {
  std::optional<fs::path> file;
  if (const auto given = arguments.positional(0)) {
    file = *given;
  } else {
    TRY_ASSIGN(file, git::configured_path(".", std::string(git::kSignersKey)));
  }
  if (file.has_value()) {
    const auto bytes = base::read_file(*file, git::kPolicySignersFileMax);
    if (bytes && !bytes->empty()) {
      return std::string(base::as_text(*bytes));
    }
    if (!bytes && (arguments.positional(0) || bytes.error().code != Code::kNotFound)) {
      return fail(bytes.error());
    }
  }
  return signers_from_agent(context);
}

// introducer gives the fingerprint of the key the first commit will be signed with.
std::string introducer(const git::RepositoryPolicy& policy) {
  if (const auto key = configured_key(); key && key->has_value()) {
    return (*key)->fingerprint();
  }
  const auto& lines = policy.signers.signers();
  return lines.empty() ? "" : lines.front().key.fingerprint();
}

Result<Exit> run_init(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  std::error_code error;
  if (fs::exists(top / git::kPolicyFile, error) || fs::exists(top / git::kSignersFile, error)) {
    return fail(Code::kAlreadyExists, std::string(git::kPolicyFolder));
  }
  TRY(require, git::requirement_named(arguments.value_or("require", "touch")));
  TRY(people, parse_count(arguments.value_or("change-signers", "1"), git::kPolicyChangeSignersMax,
                          "--change-signers"));
  TRY(signers, first_signers(context, arguments));
  const git::PolicyText text{git::new_policy(require, static_cast<std::uint32_t>(people)), signers};
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  Console& console = context.console();
  TRY_VOID(make_edit(console, top, {}, text, arguments.has("dry-run")));
  if (!arguments.has("dry-run")) {
    console.err(
        "next: read both files, then commit them with a touch, and tell git where trust begins:\n"
        "  git add .touchstone && git commit -S -m \"introduce the policy\"\n"
        "  git config touchstone.introduction \"$(git rev-parse HEAD) " +
        introducer(policy) + "\"\n");
  }
  return Exit::kOk;
}

Result<Exit> run_check(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  TRY(text, read_policy_text(top));
  const git::PolicyReading reading = git::read_repository_policy(text.policy, text.signers);
  Console& console = context.console();
  for (const base::Error& problem : reading.problems) {
    if (arguments.has("json")) {
      console.out(json_line(
          {{"error", base::describe(problem.code).word}, {"message", base::message_of(problem)}}));
    } else {
      console.err("error: " + base::message_of(problem) + "\n");
    }
  }
  if (!reading.problems.empty()) {
    if (!arguments.has("json")) {
      console.err("hint: until that is mended, the policy accepts nothing\n");
    }
    return Exit::kFailed;
  }
  if (!arguments.has("json")) {
    console.out("no errors: " + std::to_string(git::people_who_count(reading.policy)) +
                (git::people_who_count(reading.policy) == 1 ? " person, " : " people, ") +
                std::to_string(reading.policy.identities.size()) + " identities, digest " +
                reading.policy.digest + "\n");
  }
  return Exit::kOk;
}

Result<Exit> run_explain(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  Console& console = context.console();
  const bool as_json = arguments.has("json");
  const auto what = arguments.positional(0);
  if (what.has_value() && !what->starts_with("refs/")) {
    const auto id =
        git_text({"rev-parse", "--verify", "--quiet", "--end-of-options", *what + "^{commit}"});
    if (id) {
      TRY(named, git::ref_of(".", *what));
      TRY_VOID(check_whole_ref(arguments.value("ref")));
      const std::string ref = arguments.value_or("ref", named);
      TRY(accepted, explain_commit(console, id->substr(0, id->find('\n')), ref, as_json));
      return accepted ? Exit::kOk : Exit::kFailed;
    }
  }
  TRY(text, read_policy_text(top));
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  if (!what.has_value()) {
    explain_policy(console, policy, as_json);
  } else if (what->starts_with("refs/")) {
    explain_ref(console, policy, *what, as_json);
  } else {
    explain_path(console, policy, *what, as_json);
  }
  return Exit::kOk;
}

// warn_of_software says what a key outside of tokens is good for; identities may well have one.
void warn_of_software(Console& console, const git::RepositoryPolicy& policy,
                      const ssh::PublicKey& key) {
  if (!key.is_sk() && policy.require >= git::Requirement::kBatch) {
    console.err(
        "warning: the key is on no token: what it signs is no-touch, and the policy asks for " +
        std::string(git::to_word(policy.require)) + "\n");
  }
}

Result<Exit> run_add_signer(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  TRY(text, read_policy_text(top));
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  TRY(key, read_public_key(arguments.positional(1).value_or("")));
  TRY(edited, git::add_policy_signer(text, arguments.positional(0).value_or(""), key,
                                     arguments.value_or("comment", "")));
  warn_of_software(context.console(), policy, key);
  TRY_VOID(make_edit(context.console(), top, text, edited, arguments.has("dry-run")));
  if (!arguments.has("dry-run")) {
    say_next(context.console(), policy);
  }
  return Exit::kOk;
}

// reason_of demands one: a revocation nobody can explain is one nobody can judge later.
Result<std::string> reason_of(const Arguments& arguments) {
  const auto reason = arguments.value("reason");
  if (!reason.has_value()) {
    return fail(Code::kUsage, "say why: --reason TEXT");
  }
  return *reason;
}

Result<std::uint64_t> since_of(const Arguments& arguments) {
  const auto since = arguments.value("since");
  return since.has_value() ? git::parse_policy_time(*since)
                           : Result<std::uint64_t>(base::unix_seconds(base::SystemClock()));
}

Result<Exit> run_revoke(Context& context, const Arguments& arguments) {
  TRY(reason, reason_of(arguments));
  TRY(since, since_of(arguments));
  TRY(top, working_tree());
  TRY(text, read_policy_text(top));
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  TRY(fingerprint, named_fingerprint(policy, arguments.positional(0).value_or("")));
  TRY(edited, git::add_policy_revocation(text, {fingerprint, since, reason}));
  TRY_VOID(make_edit(context.console(), top, text, edited, arguments.has("dry-run")));
  if (!arguments.has("dry-run")) {
    context.console().err(
        "commits by this key are accepted from now on only where a server's push log says that it "
        "had them before " +
        git::policy_time(since) + "\n");
    say_next(context.console(), policy);
  }
  return Exit::kOk;
}

Result<Exit> run_rotate(Context& context, const Arguments& arguments) {
  TRY(top, working_tree());
  TRY(text, read_policy_text(top));
  TRY(policy, git::parse_repository_policy(text.policy, text.signers));
  const std::string principal = arguments.positional(0).value_or("");
  TRY(old_key, named_fingerprint(policy, arguments.positional(1).value_or("")));
  TRY(new_key, read_public_key(arguments.positional(2).value_or("")));
  if (new_key.fingerprint() == old_key) {
    return fail(Code::kUsage, "the new key is the old one");
  }
  const std::string comment = arguments.value_or("comment", "");
  std::optional<git::Evidence> evidence;
  if (policy.touch.attested || arguments.has("attestation")) {
    TRY_ASSIGN(evidence, evidence_for(context.console(), new_key,
                                      arguments.positional(2).value_or(""), arguments));
  }
  TRY(edited, git::replace_policy_signer(text, principal, old_key, new_key, comment, evidence));
  if (const auto reason = arguments.value("reason")) {
    TRY(since, since_of(arguments));
    TRY_ASSIGN(edited, git::add_policy_revocation(edited, {old_key, since, *reason}));
  } else if (arguments.has("since")) {
    return fail(Code::kUsage, "--since is for a revocation, which takes --reason too");
  }
  warn_of_software(context.console(), policy, new_key);
  TRY_VOID(make_edit(context.console(), top, text, edited, arguments.has("dry-run")));
  if (!arguments.has("dry-run")) {
    if (!arguments.has("reason")) {
      context.console().err(
          "the old key stays good for what it signed; if it may be in other hands, undo this and "
          "add --reason\n");
    }
    say_next(context.console(), policy);
  }
  return Exit::kOk;
}

Option dry_run_option() {
  return {"dry-run",           '\0', "", "show what would change, and change nothing",
          Completes::kNothing, {}};
}

Option comment_option() {
  return {"comment",           '\0', "TEXT", "what stands behind the key in the file",
          Completes::kNothing, {}};
}

Option reason_option(std::string help) {
  return {"reason", '\0', "TEXT", std::move(help), Completes::kNothing, {}};
}

Option since_option() {
  return {"since",
          '\0',
          "TIME",
          "when the key was lost, 2026-03-31T08:00:00Z (now when not given)",
          Completes::kNothing,
          {}};
}

Command init_command() {
  return {
      "policy init",
      "begin a policy for this repository",
      "Writes .touchstone/policy.toml and .touchstone/signers in the working tree and says how to "
      "commit them and how to tell git where trust begins. The signers are those of FILE, of git's "
      "gpg.ssh.allowedSignersFile, or the agent's keys for signing, in this order.\n\n"
      "Nothing is committed.",
      {{"require",
        '\0',
        "WHAT",
        "what a commit has to prove (touch when not given)",
        Completes::kWords,
        {"nothing", "signature", "touch", "touch+pin"}},
       {"change-signers",
        '\0',
        "COUNT",
        "how many people a change of the policy takes (1 when not given)",
        Completes::kNothing,
        {}},
       dry_run_option()},
      {{"FILE", "an allowed signers file", Count::kOptional, Completes::kFile, {}}},
      run_init};
}

Command explain_command() {
  return {
      "policy explain",
      "say what the policy means",
      "Without an argument, lists what every ref and path takes, who may sign, and what a "
      "change of the policy takes. For a ref (refs/heads/main) or a path, says which rules "
      "decide. For a commit, judges it by the policy of each of its parents and says what it "
      "falls short of, and exits with 1 when it does: with git's setting touchstone.introduction "
      "as touchstone verify does, without it as far as the policies say. What only a server knows, "
      "the times at which it received commits, is not looked up.",
      {{"ref",
        '\0',
        "REF",
        "the ref a commit is for (default: the branch WHAT names; when it names none, all rules "
        "for refs)",
        Completes::kNothing,
        {}},
       json_option("print one object of JSON a line")},
      {{"WHAT", "a commit, a full ref name or a path", Count::kOptional, Completes::kNothing, {}}},
      run_explain};
}

std::vector<Option> with_evidence_options(std::vector<Option> others) {
  std::vector<Option> options = evidence_options();
  options.insert(options.end(), std::make_move_iterator(others.begin()),
                 std::make_move_iterator(others.end()));
  return options;
}

Command evidence_command() {
  return {
      "policy add-evidence",
      "say that a key is in a token",
      "Checks the attestation the token gave when the key was made: that it is about this very "
      "key, and with --root that its certificates come from that maker. Then adds its digest to "
      ".touchstone/policy.toml in the working tree. With require_evidence in the policy, touches "
      "count by keys with evidence only. touchstone key export writes the attestation.",
      with_evidence_options({dry_run_option()}),
      {{"KEYFILE", "the public key", Count::kOne, Completes::kFile, {}}},
      run_policy_add_evidence};
}

Command rotate_command() {
  return {
      "policy rotate",
      "put a new key in the place of an old one",
      "Changes the key in a principal's line of .touchstone/signers. What the old key signed "
      "stays good, because a commit is judged by the policy before it. With --reason the old "
      "key is revoked as well: do so when it may be in other hands. Evidence of the old key goes; "
      "where the policy requires evidence, or --attestation is given, the new key's is added.",
      with_evidence_options({reason_option("revoke the old key too, and say why"), since_option(),
                             comment_option(), dry_run_option()}),
      {{"PRINCIPAL", "whose key it is, as in the file", Count::kOne, Completes::kNothing, {}},
       {"OLDKEY", "fingerprint, key file or principal", Count::kOne, Completes::kFile, {}},
       {"NEWKEYFILE", "the new public key", Count::kOne, Completes::kFile, {}}},
      run_rotate};
}

Command approve_command() {
  return {"policy approve",
          "sign a change of the policy that somebody commits",
          "Shows how the files in the working tree differ from those of HEAD, and signs exactly "
          "that change with a touch. The signature is written to .touchstone/approvals, to be "
          "committed with the change. The person who commits needs none: the commit is theirs.",
          {{"key",
            '\0',
            "KEY",
            "fingerprint or file of the key to sign with (git's user.signingkey when not given)",
            Completes::kFile,
            {}},
           {"yes", 'y', "", "do not ask", Completes::kNothing, {}},
           dry_run_option()},
          {},
          run_policy_approve};
}

}  // namespace

std::vector<Command> policy_commands() {
  return {
      init_command(),
      {"policy check",
       "look for errors in the policy",
       "Reads .touchstone/policy.toml and .touchstone/signers in the working tree and tells every "
       "problem with its line: unknown keys, rules that never decide, keys and people that are not "
       "there. Exits with 1 when there is any: such a policy accepts nothing.",
       {json_option("print one object of JSON for each problem")},
       {},
       run_check},
      explain_command(),
      {"policy add-signer",
       "let somebody sign",
       "Adds a line to .touchstone/signers in the working tree.",
       {comment_option(), dry_run_option()},
       {{"PRINCIPAL", "the address the person commits with", Count::kOne, Completes::kNothing, {}},
        {"KEYFILE", "the public key", Count::kOne, Completes::kFile, {}}},
       run_add_signer},
      evidence_command(),
      {"policy revoke",
       "revoke a key",
       "Adds a revocation to .touchstone/policy.toml in the working tree. Commits by the key are "
       "refused then, unless a server's push log says that it received them before the time of the "
       "revocation: the date in a commit is its maker's to choose.",
       {reason_option("why; has to be given"), since_option(), dry_run_option()},
       {{"KEY", "fingerprint, key file or principal", Count::kOne, Completes::kFile, {}}},
       run_revoke},
      rotate_command(),
      approve_command(),
  };
}

}  // namespace touchstone::agent::cli
