// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/verify_arguments.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/cli/format.h"
#include "git-integration/server/push_log.h"

namespace touchstone::agent::cli {

std::vector<Option> history_options() {
  return {
      {"signers",
       '\0',
       "FILE",
       "the allowed signers file (git's gpg.ssh.allowedSignersFile when not given)",
       Completes::kFile,
       {}},
      {"introduction",
       '\0',
       "COMMIT",
       "judge by the repository's policy, which is trusted from this commit on (full name)",
       Completes::kNothing,
       {}},
      {"introduced-by",
       '\0',
       "FINGERPRINT",
       "the key that touched the introduction: SHA256:…",
       Completes::kNothing,
       {}},
      {"ref",
       '\0',
       "REF",
       "judge for this ref, by its full name (default: the branch WHAT names; when it names none, "
       "by all rules for refs)",
       Completes::kNothing,
       {}},
      {"push",
       '\0',
       "",
       "what a push of the current branch would publish",
       Completes::kNothing,
       {}},
      {"any-committer", '\0', "", "the committer need not be the signer", Completes::kNothing, {}},
      {"allow-webauthn",
       '\0',
       "",
       "a touch counts in signatures that a browser made, too",
       Completes::kNothing,
       {}},
      {"trust-dates",
       '\0',
       "",
       "let a commit's own date say whether its key was valid",
       Completes::kNothing,
       {}},
      {"push-log",
       '\0',
       "",
       "let the repository's push log (refs/touchstone/pushes, fetched from a server you trust) "
       "say "
       "when a commit was received",
       Completes::kNothing,
       {}},
      {"no-cache",
       '\0',
       "",
       "verify every signature, also what was verified before",
       Completes::kNothing,
       {}}};
}

namespace {

// received_by_log answers from the log; an empty one is an error, as nothing would count by it.
base::Result<std::function<std::optional<std::uint64_t>(std::string_view)>> received_by_log(
    const std::string& repository) {
  TRY(read, git::server::PushLog::read(repository));
  const auto log = std::make_shared<const git::server::PushLog>(std::move(read));
  if (log->records().empty()) {
    return base::fail(base::Code::kNotFound,
                      "refs/touchstone/pushes is not here: git fetch REMOTE "
                      "refs/touchstone/pushes:refs/touchstone/pushes");
  }
  return [log](std::string_view id) { return log->received(id); };
}

}  // namespace

base::Status check_whole_ref(const std::optional<std::string>& ref) {
  return !ref || ref->starts_with("refs/")
             ? base::Status()
             : base::fail(base::Code::kUsage,
                          "--ref takes a whole name: refs/heads/" + *ref + ", refs/tags/" + *ref);
}

base::Result<git::VerifyOptions> options_of(const Arguments& arguments) {
  git::VerifyOptions options;
  if (const auto signers = arguments.value("signers")) {
    options.signers = *signers;
  }
  options.any_committer = arguments.has("any-committer");
  options.allow_webauthn = arguments.has("allow-webauthn");
  options.trust_dates = arguments.has("trust-dates");
  options.ref = arguments.value("ref");
  TRY_VOID(check_whole_ref(options.ref));
  if (arguments.has("push-log")) {
    TRY_ASSIGN(options.received, received_by_log(options.repository));
  }
  if (arguments.has("introduction") != arguments.has("introduced-by")) {
    return base::fail(base::Code::kUsage,
                      "--introduction COMMIT and --introduced-by FINGERPRINT go together");
  }
  if (arguments.has("introduction")) {
    options.introduction = git::Introduction{arguments.value_or("introduction", ""),
                                             arguments.value_or("introduced-by", "")};
  }
  return options;
}

base::Result<git::TargetKind> add_target(const Arguments& arguments, git::VerifyOptions& options) {
  const std::vector<std::string>& targets = arguments.positionals();
  if (arguments.has("push")) {
    if (!targets.empty()) {
      return base::fail(base::Code::kUsage,
                        "--push says what to verify: leave out " + shown(targets.front()));
    }
    TRY(push, git::push_target(options.repository));
    options.ranges = std::move(push.ranges);
    options.excluded = push.excluded;
    options.ref = options.ref ? options.ref : std::optional(std::move(push.ref));
    return git::TargetKind::kRevision;
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    TRY(kind, git::target_kind(options.repository, targets[i], arguments.after_dashes(i)));
    if (kind == git::TargetKind::kRevision) {
      options.ranges.push_back(targets[i]);
    } else if (targets.size() == 1) {
      return kind;
    } else {
      return base::fail(base::Code::kUsage,
                        shown(targets[i]) + " is a file, which is verified by itself");
    }
  }
  return git::TargetKind::kRevision;
}

void say_ref_unknown(Console& console, const git::VerifySummary& summary) {
  if (summary.ref_unknown) {
    console.err(
        "warning: nothing says which ref this is for, so it was held to all of the policy's rules "
        "for refs\n"
        "hint: name the branch, or say --ref refs/heads/BRANCH\n");
  }
}

}  // namespace touchstone::agent::cli
