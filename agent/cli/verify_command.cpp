// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <utility>

#include "agent/cli/batches.h"
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"
#include "agent/cli/progress.h"
#include "agent/cli/verified_cache.h"
#include "agent/cli/verify_arguments.h"
#include "git-integration/introduction.h"
#include "git-integration/report/sarif.h"
#include "git-integration/verify_file.h"

namespace touchstone::agent::cli {
namespace {

Colour colour_of(git::PresenceClass presence) {
  if (git::is_touch(presence)) {
    return Colour::kGreen;
  }
  return presence == git::PresenceClass::kBad ? Colour::kRed : Colour::kYellow;
}

// print_classes counts the verdicts by class, best first, leaving out what was not seen.
void print_classes(Console& console, const git::VerifySummary& summary) {
  Table table({"CLASS", "COUNT"});
  for (std::size_t i = 0; i < summary.by_class.size(); ++i) {
    const auto presence = static_cast<git::PresenceClass>(i);
    if (summary.by_class.at(i) != 0) {
      const std::string word = git::to_word(git::Presence{presence, 0, 0});
      table.add({Cell(word.substr(0, word.find(' ')), colour_of(presence)),
                 std::to_string(summary.by_class.at(i))});
    }
  }
  if (!table.empty()) {
    console.out("\n");
  }
  table.print(console);
  console.out(git::to_text(summary));
}

// print_end says what was found wrong by kind, and the counts.
void print_end(Console& console, const git::VerifySummary& summary, git::ProblemTally tally) {
  for (const git::HistoryFinding& finding : summary.findings) {
    tally.add(finding);
    console.out(git::to_text_line(finding));
  }
  const std::string problems = tally.to_text();
  if (!problems.empty()) {
    console.out("\n" + problems);
  }
  print_classes(console, summary);
}

// write_sarif runs a verification whose results go into a SARIF log; one that is stopped leaves a
// whole log that says so.
base::Result<base::Exit> write_sarif(
    Console& console, bool by_policy,
    const std::function<base::Result<base::Exit>(git::SarifLog& log)>& run) {
  git::SarifLog log(by_policy);
  console.out(git::SarifLog::begin());
  auto exit = run(log);
  console.out(log.end(exit ? nullptr : &exit.error()));
  return exit;
}

base::Result<base::Exit> run_verify_file(Console& console, const Arguments& arguments,
                                         git::VerifyOptions verify) {
  if (verify.introduction || verify.ref) {
    return base::fail(base::Code::kUsage,
                      "a file has no history: --introduction and --ref are "
                      "for revisions");
  }
  git::FileOptions options;
  options.file = *arguments.positional(0);
  options.name_space = arguments.value_or("namespace", options.name_space);
  options.verify = std::move(verify);
  if (arguments.has("sarif")) {
    return write_sarif(console, false, [&](git::SarifLog& log) -> base::Result<base::Exit> {
      TRY(object, git::verify_file(options));
      console.out(log.add(object));
      return object.accepted ? base::Exit::kOk : base::Exit::kFailed;
    });
  }
  TRY(object, git::verify_file(options));
  if (arguments.has("json")) {
    console.out(git::to_json_line(object));
  } else {
    git::ProblemTally tally;
    tally.add(object);
    console.out(git::to_text_line(object) + tally.to_text());
  }
  return object.accepted ? base::Exit::kOk : base::Exit::kFailed;
}

base::Result<base::Exit> run_verify_sarif(Console& console, git::VerifyOptions options) {
  TRY(introduction, git::find_introduction(options));
  return write_sarif(
      console, introduction.has_value(), [&](git::SarifLog& log) -> base::Result<base::Exit> {
        TRY_VOID(use_batches(console, options));
        TRY(summary, git::verify_range(options, [&](const git::ObjectVerdict& object) {
              console.out(log.add(object));
              return base::Status();
            }));
        for (const git::HistoryFinding& finding : summary.findings) {
          console.out(log.add(finding));
        }
        say_ref_unknown(console, summary);
        return summary.passed() ? base::Exit::kOk : base::Exit::kFailed;
      });
}

base::Result<base::Exit> run_verify_history(Console& console, const Arguments& arguments,
                                            git::VerifyOptions options) {
  if (arguments.has("sarif")) {
    return run_verify_sarif(console, std::move(options));
  }
  TRY_VOID(use_batches(console, options));
  const bool as_json = arguments.has("json");
  const bool every = as_json || !arguments.has("summary");
  // A person reads from the top down, and finds the latest beside the counts.
  options.oldest_first = !as_json && every;
  // Lines on the same terminal show that it goes on.
  Progress progress(console, console.err_is_terminal() && !(console.out_is_terminal() && every));
  if (progress.on()) {
    options.on_total = [&](std::uint64_t total) { progress.set_total(total); };
  }
  git::ProblemTally tally;
  TRY(summary, git::verify_range(options, [&](const git::ObjectVerdict& object) -> base::Status {
        progress.count();
        if (as_json) {
          console.out(git::to_json_line(object));
          return {};
        }
        tally.add(object);
        if (every || !object.accepted) {
          console.out(git::to_text_line(object));
        }
        return {};
      }));
  if (!as_json) {
    print_end(console, summary, std::move(tally));
  } else {
    for (const git::HistoryFinding& finding : summary.findings) {
      console.out(git::to_json_line(finding));
    }
  }
  say_ref_unknown(console, summary);
  if (summary.total == 0) {
    console.err(summary.by_policy
                    ? "nothing to verify: the range is empty, or all before the introduction\n"
                    : "nothing to verify: the range is empty\n");
  }
  return summary.passed() ? base::Exit::kOk : base::Exit::kFailed;
}

base::Result<base::Exit> run_verify(Context& context, const Arguments& arguments) {
  TRY(options, options_of(arguments));
  if (arguments.has("sarif") && (arguments.has("json") || arguments.has("summary"))) {
    return base::fail(base::Code::kUsage, "--sarif, --json and --summary exclude each other");
  }
  TRY(kind, add_target(arguments, options));
  if (kind == git::TargetKind::kFile) {
    return run_verify_file(context.console(), arguments, std::move(options));
  }
  if (arguments.has("namespace")) {
    return base::fail(base::Code::kUsage, "--namespace is for files");
  }
  const auto verified = open_verified(context, arguments);
  options.verified = verified.get();
  auto exit = run_verify_history(context.console(), arguments, std::move(options));
  save_verified(verified.get());
  return exit;
}

std::vector<Option> verify_options() {
  std::vector<Option> options = history_options();
  options.push_back({"namespace",
                     '\0',
                     "NAME",
                     "of the signature beside a file (default: file)",
                     Completes::kNothing,
                     {}});
  options.push_back(
      {"summary", '\0', "", "print only what is refused, and the counts", Completes::kNothing, {}});
  options.push_back({"sarif",
                     '\0',
                     "",
                     "print what is refused as a SARIF 2.1.0 log, for viewers of findings",
                     Completes::kNothing,
                     {}});
  options.push_back(
      json_option("print one object of JSON a line: commit, class, signer, identity, key, counter, "
                  "accepted, problems"));
  return options;
}

}  // namespace

std::vector<Command> verify_commands() {
  return {
      {"verify",
       "say which commits were signed with a touch",
       "Gives every commit of a range a class: touch and touch+pin when a person touched a token "
       "for it; no-touch for a signature that proves no touch, which stock git takes for good; "
       "unsigned, or bad. A tag given by its name is judged too.\n\n"
       "A commit is accepted when it was signed with a touch by an allowed signer who is also its "
       "committer, with a key that is still valid. With an introduction it is judged by the "
       "repository's own policy instead, that of each of its parents, from the introduction on "
       "(git's setting touchstone.introduction, \"COMMIT FINGERPRINT\", when the options are not "
       "given; with --signers there is no policy). What a range leaves out is taken to have been "
       "verified before.\n\n"
       "A file is judged by the signature beside it, FILE.sig, or holds a commit, a tag or a push "
       "certificate as git stores it. What git takes for a revision is one, also when there is a "
       "file of that name; put -- before the file then.\n\n"
       "What is printed begins with the oldest and ends with the counts. With --json or --summary "
       "it comes as it is judged: by a policy the oldest first too, else the newest.\n\n"
       "Exits with 0 when all was accepted and 1 when something was refused or there was nothing "
       "to verify.",
       verify_options(),
       {{"WHAT",
         "ranges as for git rev-list (all of HEAD when not given), tags, or one file",
         Count::kAny,
         Completes::kFile,
         {}}},
       run_verify},
  };
}

}  // namespace touchstone::agent::cli
