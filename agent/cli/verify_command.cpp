// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_command.h"

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

// How many verdicts pass between two changes of the counter on a terminal.
constexpr std::uint64_t kProgressEvery = 500;

// Progress counts on the person's terminal while the results go to a pipe or a file.
class Progress final {
 public:
  explicit Progress(Console& console)
      : console_(console), on_(console.err_is_terminal() && !console.out_is_terminal()) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_) {
      console_.err("\r\x1b[K");
    }
  }
  void count() {
    if (on_ && ++seen_ % kProgressEvery == 0) {
      console_.err("\r" + std::to_string(seen_) + " objects");
      shown_ = true;
    }
  }

 private:
  Console& console_;
  bool on_;
  bool shown_{false};
  std::uint64_t seen_{0};
};

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

base::Result<base::Exit> run_verify(Context& context, const Arguments& arguments) {
  Console& console = context.console();
  git::VerifyOptions options;
  if (const auto range = arguments.positional(0)) {
    options.ranges.push_back(*range);
  }
  if (const auto signers = arguments.value("signers")) {
    options.signers = *signers;
  }
  const bool as_json = arguments.has("json");
  const bool every = as_json || !arguments.has("summary");
  Progress progress(console);
  TRY(summary, git::verify_range(options, [&](const git::ObjectVerdict& verdict) -> base::Status {
        progress.count();
        if (as_json) {
          console.out(git::to_json_line(verdict));
        } else if (every || !git::is_touch(verdict.verdict.presence.presence)) {
          console.out(git::to_text_line(verdict));
        }
        return {};
      }));
  if (!as_json) {
    print_classes(console, summary);
  }
  if (summary.total == 0) {
    console.err("nothing to verify: the range is empty\n");
  }
  return summary.passed() ? base::Exit::kOk : base::Exit::kFailed;
}

}  // namespace

std::vector<Command> verify_commands() {
  return {
      {"verify",
       "say which commits were signed with a touch",
       "Gives every commit of a range a class: touch and touch+pin when a person touched a token "
       "for it; no-touch for a signature that proves no touch, which stock git takes for good; "
       "unsigned, or bad. A tag given by its name is judged too.\n\n"
       "Exits with 1 when any of them is below touch, or when there is none.",
       {{"signers",
         '\0',
         "FILE",
         "the allowed signers file (git's gpg.ssh.allowedSignersFile when not given)",
         Completes::kFile,
         {}},
        {"summary",
         '\0',
         "",
         "print only what is below touch, and the counts",
         Completes::kNothing,
         {}},
        json_option("print one object of JSON a line: commit, class, signer, key, counter")},
       {{"RANGE",
         "as for git rev-list: main, v1.0..HEAD (all of HEAD when not given)",
         Count::kOptional,
         Completes::kNothing,
         {}}},
       run_verify},
  };
}

}  // namespace touchstone::agent::cli
