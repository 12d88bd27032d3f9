// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"
#include "agent/journal.h"
#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kLinesMax = 1'000'000;

// journal_path is the file named, or the one the configuration names. The agent is not asked:
// the log must be readable when nothing else works.
base::Result<std::filesystem::path> journal_path(const Context& context,
                                                 const Arguments& arguments) {
  if (const auto file = arguments.value("file")) {
    return std::filesystem::path(*file);
  }
  TRY(config, context.config());
  return config.journal;
}

Cell outcome_of(const std::string& type) {
  if (type == "success") {
    return {type, Colour::kGreen};
  }
  if (type == "failure" || type == "refused") {
    return {type, Colour::kRed};
  }
  return {type};
}

// details says what a line of the journal is about (docs/journal.md).
std::string details(const json::object& line) {
  const std::string type = text_of(line, "type");
  std::string text = type == "event" ? text_of(line, "what") + " " + text_of(line, "detail")
                                     : text_of(line, "headline");
  const std::string error = text_of(line, "error");
  if (!error.empty()) {
    text += (text.empty() ? "" : ": ") + error;
    const std::string context = text_of(line, "context");
    text += context.empty() ? "" : " (" + context + ")";
  }
  const std::int64_t counter = number_of(line, "counter", -1);
  if (counter >= 0) {
    text += (text.empty() ? "counter " : ", counter ") + std::to_string(counter);
  }
  return text;
}

void print_lines(Console& console, const std::deque<std::string>& lines) {
  Table table({"TIME", "REQUEST", "WHAT", "KEY", "DETAILS"});
  for (const std::string& text : lines) {
    const auto line = parse_object(text, "journal line");
    if (!line.has_value()) {
      table.add({"?", "", Cell("unreadable", Colour::kRed), "", shown(text)});
      continue;
    }
    const std::int64_t number = number_of(*line, "number");
    table.add({shown(text_of(*line, "time")), number == 0 ? "" : "#" + std::to_string(number),
               outcome_of(shown(text_of(*line, "type"))), shown(text_of(*line, "key_name")),
               shown(details(*line))});
  }
  table.print(console);
}

base::Result<base::Exit> run_log(Context& context, const Arguments& arguments) {
  std::uint64_t count = kLinesMax;
  if (const auto text = arguments.value("lines")) {
    TRY_ASSIGN(count, parse_count(*text, kLinesMax, "--lines"));
  }
  TRY(path, journal_path(context, arguments));
  std::deque<std::string> last;
  TRY_VOID(for_each_journal_line(path, [&](std::string_view line) -> base::Status {
    if (last.size() == count) {
      last.pop_front();
    }
    last.emplace_back(line);
    return {};
  }));
  if (!arguments.has("json")) {
    print_lines(context.console(), last);
    return base::Exit::kOk;
  }
  for (const std::string& line : last) {
    TRY(object, parse_object(line, "journal line"));
    context.console().out(json_line(object));
  }
  return base::Exit::kOk;
}

base::Result<base::Exit> run_log_verify(Context& context, const Arguments& arguments) {
  TRY(path, journal_path(context, arguments));
  const auto verified = verify_journal(path).with_context(path.string());
  if (!verified.has_value()) {
    if (arguments.has("json")) {
      context.console().out(
          json_line({{"file", path.string()}, {"error", error_object(verified.error())}}));
    }
    return base::fail(verified.error());
  }
  const JournalSummary& summary = *verified;
  if (arguments.has("json")) {
    context.console().out(json_line({{"file", path.string()},
                                     {"lines", summary.lines},
                                     {"signatures", summary.signatures},
                                     {"probes", summary.probes},
                                     {"unfinished", summary.unfinished},
                                     {"head", summary.head},
                                     {"error", nullptr}}));
    return base::Exit::kOk;
  }
  Console& console = context.console();
  console.out(shown(path.string()) + ": " + console.paint(Colour::kGreen, "holds together") + "\n" +
              base::counted(summary.lines, "line") + ", " +
              base::counted(summary.signatures, "signature") + ", each with a touch, " +
              base::counted(summary.probes, "probe") + " without one, " +
              base::counted(summary.unfinished, "request") + " without an end\nhead " +
              summary.head + "\n");
  return base::Exit::kOk;
}

Option file_option() {
  return {"file",           '\0', "FILE", "the journal (the configured one when not given)",
          Completes::kFile, {}};
}

}  // namespace

std::vector<Command> log_commands() {
  return {
      {"log",
       "print the journal of what was asked and signed",
       "Prints what the agent was asked, what it showed, and what came of it, oldest first. The "
       "journal is read from its file: no agent has to run.",
       {{"lines", 'n', "N", "only the last N lines", Completes::kNothing, {}},
        json_option("print the lines as they are, one object of JSON each"),
        file_option()},
       {},
       run_log},
      {"log verify",
       "check that the journal is whole and its signatures good",
       "Checks the chain of hashes, every signature with the key recorded beside it, that each was "
       "made with a touch, and that the token's counter rose. It needs the file and nothing else. "
       "Keep the head it prints somewhere else to notice a journal that was cut short.",
       {json_option("print one object of JSON; error in it is null when the journal is good"),
        file_option()},
       {},
       run_log_verify},
  };
}

}  // namespace touchstone::agent::cli
