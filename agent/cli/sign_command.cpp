// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"
#include "base/clock.h"
#include "base/text.h"
#include "git-integration/git_object.h"
#include "git-integration/rewrite/sign_batch.h"
#include "git-integration/rewrite/sign_range.h"

namespace touchstone::agent::cli {
namespace {

using git::short_id;

// branch_name leaves out what a person leaves out.
std::string branch_name(const std::string& ref) {
  constexpr std::string_view kHeads = "refs/heads/";
  return shown(ref.starts_with(kHeads) ? ref.substr(kHeads.size()) : ref);
}

git::AgentPlaces places_of(const Context& context) {
  if (context.socket()) {
    return {*context.socket(), {}};
  }
  const auto runtime = context.environment("XDG_RUNTIME_DIR");
  const auto other = context.environment("SSH_AUTH_SOCK");
  git::AgentPlaces places =
      git::agent_places(runtime ? runtime->c_str() : nullptr, other ? other->c_str() : nullptr);
  // As connect_control does: a configuration that cannot be read is the agent's to report.
  if (const auto config = context.config()) {
    places.own = config->socket;
  }
  return places;
}

void print_progress(Console& console, const git::SignProgress& progress, bool as_json) {
  const std::string which =
      std::to_string(progress.position) + " of " + std::to_string(progress.count);
  if (progress.step == git::SignStep::kAsking) {
    console.err(which + ": touch the token for " + short_id(progress.id) + " " +
                shown(progress.subject) + "\n");
    return;
  }
  if (as_json) {
    console.out(json_line({{"commit", progress.id},
                           {"new", progress.new_id},
                           {"step", std::string(git::to_word(progress.step))},
                           {"position", progress.position},
                           {"count", progress.count},
                           {"subject", progress.subject}}));
    return;
  }
  constexpr std::size_t kWordColumns = 9;
  std::string word(git::to_word(progress.step));
  word.resize(kWordColumns, ' ');
  const bool renamed = !progress.new_id.empty() && progress.new_id != progress.id;
  console.out(word + short_id(progress.id) + (renamed ? " -> " + short_id(progress.new_id) : "") +
              " " + shown(progress.subject) + "\n");
}

void print_summary(Console& console, const git::SignSummary& summary, bool as_json, bool dry_run) {
  if (as_json) {
    console.out(json_line({{"ref", summary.ref},
                           {"old", summary.old_tip},
                           {"new", summary.new_tip},
                           {"kept", summary.kept},
                           {"touched", summary.touched},
                           {"reused", summary.reused},
                           {"dry_run", dry_run}}));
    return;
  }
  const std::string branch = branch_name(summary.ref);
  if (summary.touched == 0 && summary.reused == 0) {
    console.out(branch + ": nothing to sign\n");
    return;
  }
  const std::string reused =
      summary.reused == 0 ? "" : ", " + base::counted(summary.reused, "signature") + " from before";
  if (dry_run) {
    console.out(branch + ": " + std::to_string(summary.touched) +
                (summary.touched == 1 ? " touch" : " touches") + " needed" + reused + "\n");
    return;
  }
  console.out(branch + ": signed " + base::counted(summary.touched + summary.reused, "commit") +
              reused + "; " + short_id(summary.old_tip) + " -> " + short_id(summary.new_tip) +
              "\nTo undo: git reset --soft ORIG_HEAD\n");
}

// print_batch shows what the one touch is for, as the agent will.
void print_batch(Console& console, const git::BatchManifest& manifest) {
  console.err("one touch with the PIN for " + base::counted(manifest.commits.size(), "commit") +
              ":\n");
  for (const git::BatchCommit& commit : manifest.commits) {
    console.err("  " + short_id(commit.id) + " " + shown(commit.subject) + "\n");
  }
}

void print_batch_summary(Console& console, const git::BatchSummary& summary, bool as_json,
                         bool dry_run) {
  const auto count = static_cast<std::uint32_t>(summary.manifest.commits.size());
  if (as_json) {
    boost::json::array ids;
    for (const git::BatchCommit& commit : summary.manifest.commits) {
      ids.emplace_back(commit.id);
    }
    console.out(json_line({{"batch", summary.ref},
                           {"count", count},
                           {"commits", std::move(ids)},
                           {"touched", summary.touched},
                           {"batched", summary.batched},
                           {"dry_run", dry_run}}));
    return;
  }
  if (count == 0) {
    console.out("nothing to sign: " + std::to_string(summary.touched) + " with a touch, " +
                std::to_string(summary.batched) + " in a batch\n");
    return;
  }
  if (!dry_run) {
    console.out("a batch of " + base::counted(count, "commit") + ": " + summary.ref +
                "\nPush it with the branch: git push REMOTE 'refs/touchstone/batches/*'\n");
  }
}

base::Result<base::Exit> run_sign_batch(Console& console, const git::SignRangeOptions& options,
                                        const ssh::PublicKey& key, bool as_json) {
  if (options.force) {
    return base::fail(base::Code::kUsage, "--force is not for batches: they change no commit");
  }
  TRY(summary, git::sign_batch(options, key, [&](const git::BatchManifest& manifest) {
        print_batch(console, manifest);
      }));
  print_batch_summary(console, summary, as_json, options.dry_run);
  return base::Exit::kOk;
}

base::Result<base::Exit> run_sign(Context& context, const Arguments& arguments) {
  git::SignRangeOptions options;
  options.range = arguments.positional(0);
  if (const auto signers = arguments.value("signers")) {
    options.signers = *signers;
  }
  options.agents = places_of(context);
  options.force = arguments.has("force");
  options.dry_run = arguments.has("dry-run");
  options.now_seconds = base::unix_seconds(base::SystemClock());
  TRY(key, git::signing_key_of(options.repository, arguments.value("key")));
  const bool as_json = arguments.has("json");
  if (arguments.has("batch")) {
    return run_sign_batch(context.console(), options, key, as_json);
  }
  std::uint32_t touched = 0;
  auto summary = git::sign_range(options, key, [&](const git::SignProgress& progress) {
    touched += progress.step == git::SignStep::kTouched ? 1 : 0;
    print_progress(context.console(), progress, as_json);
  });
  if (!summary) {
    if (touched > 0) {
      context.console().err("the branch is as it was, and " + base::counted(touched, "signature") +
                            (touched == 1 ? " is" : " are") +
                            " kept: run the command again to go on\n");
    }
    return base::fail(std::move(summary.error()));
  }
  print_summary(context.console(), *summary, as_json, options.dry_run);
  return base::Exit::kOk;
}

std::vector<Option> sign_options() {
  return {
      {"batch",
       '\0',
       "",
       "sign a list of the commits instead, with one touch and the PIN",
       Completes::kNothing,
       {}},
      {"dry-run",
       '\0',
       "",
       "say what would be signed and how many touches it takes",
       Completes::kNothing,
       {}},
      {"force",
       '\0',
       "",
       "also sign anew what is on a remote branch already",
       Completes::kNothing,
       {}},
      {"key",
       '\0',
       "FILE",
       "the key to sign with (git's user.signingkey when not given)",
       Completes::kFile,
       {}},
      {"signers",
       '\0',
       "FILE",
       "whose commits a key may sign (git's gpg.ssh.allowedSignersFile when not given)",
       Completes::kFile,
       {}},
      json_option("print one object of JSON a line: a commit and what became of it, then the sum"),
  };
}

}  // namespace

std::vector<Command> sign_commands() {
  return {
      {"sign",
       "sign what lacks a touch, just before a push",
       "Signs the commits of a range that lack a touch by their committer's own key, one touch for "
       "each, from the oldest on. So commits can be written and rebased without touches, and get "
       "one when they are published. A commit that has its touch keeps its name unless one before "
       "it gets another; the others keep tree, author, committer, dates, message and every other "
       "header. The branch moves once, at the end; the index and the files stay as they are. To "
       "undo it: git reset --soft ORIG_HEAD.\n\n"
       "When a touch is refused or the command is stopped, the branch is as it was. The signatures "
       "given so far are kept in the repository's .git/touchstone/signatures for 30 days, and are "
       "used when the same bytes are to be signed again: a second run goes on where the first "
       "stopped.\n\n"
       "Commits that somebody else committed are refused, and so are commits that a remote branch "
       "has already, unless --force is given.\n\n"
       "With --batch one touch and the PIN stand for all of them: what is signed is a list of the "
       "commits, which stay unsigned and keep their names. That is less than a touch for each, and "
       "touchstone verify says so (batch n/N). It is refused unless the repository's policy, as it "
       "is committed in the parents of these commits, accepts batches ([batch] max): what the "
       "working tree says does not count before it is committed. For more than 50 commits it is "
       "refused as well. The list is kept under "
       "refs/touchstone/batches and has to be pushed: git push REMOTE "
       "'refs/touchstone/batches/*'.",
       sign_options(),
       {{"RANGE",
         "as for git rev-list, ending at HEAD: main..HEAD (what a push would publish when not "
         "given)",
         Count::kOptional,
         Completes::kNothing,
         {}}},
       run_sign},
  };
}

}  // namespace touchstone::agent::cli
