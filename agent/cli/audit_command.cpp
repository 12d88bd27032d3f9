// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

#include "agent/cli/audit_records.h"
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"
#include "base/text.h"
#include "git-integration/verify_command.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

// How many objects and ranges a person is shown; --json has all.
constexpr std::size_t kListedMax = 20;

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// Asked is what came of asking a key's token for its counter now.
using Asked = base::Status;

// ask_token has the agent ask the token, which leaves a line in its journal. Where the key has a
// marker it is that which answers; the key's own counter takes the PIN.
void ask_token(Context& context, const StoredKey& key, std::map<std::string, Asked>& asked) {
  const auto answer = context.ask({{"command", "counter"}, {"name", key.name}});
  Asked done = answer.has_value() ? Asked() : Asked(base::fail(answer.error()));
  const std::string fingerprint = key.key.key.fingerprint();
  if (const auto marker = marker_of(key)) {
    asked.insert_or_assign(marker->fingerprint(), std::move(done));
    done = base::fail(base::Code::kUnsupported, "it answers to its PIN only");
  }
  asked.insert_or_assign(fingerprint, std::move(done));
}

std::string habit_text(const git::AuditedKey& key) {
  std::string text;
  switch (key.habit.kind) {
    case git::CounterKind::kUnknown:
      text = "how it counts is not known";
      break;
    case git::CounterKind::kNone:
      text = "does not count";
      break;
    case git::CounterKind::kSteps:
      text = "counts by " + std::to_string(key.habit.step);
      break;
    case git::CounterKind::kVaries:
      text = "counts by more or less";
      break;
  }
  return text + (key.dedicated ? ", used for nothing else" : "");
}

// unknown_text is the answer to the question.
std::string unknown_text(const KeyRecord& record, const git::KeyAudit& audit) {
  if (audit.first == 0) {
    return "nothing can be said: no counter is known";
  }
  if (audit.exact) {
    return audit.unknown == 0 ? "every signature in between is known"
                              : counted(audit.unknown, "signature") +
                                    (audit.unknown == 1 ? " is" : " are") + " unknown";
  }
  std::string text = audit.unknown == 0 ? "no signature in between is unknown"
                                        : "at most " + counted(audit.unknown, "signature") +
                                              (audit.unknown == 1 ? " is" : " are") + " unknown";
  if (audit.unknown > 0 && !record.key.dedicated) {
    text += "; logins and whatever else the token is used for are among them";
  } else if (audit.unknown > 0) {
    text += "; the token may have counted so far without";
  }
  return text;
}

void print_list(Console& console, std::string_view what, const std::vector<std::string>& items) {
  for (std::size_t i = 0; i < items.size() && i < kListedMax; ++i) {
    console.out("  " + std::string(what) + " " + shown(items[i]) + "\n");
  }
  if (items.size() > kListedMax) {
    console.out("  and " + std::to_string(items.size() - kListedMax) + " more (--json)\n");
  }
}

void print_key(Console& console, const KeyRecord& record, const git::KeyAudit& audit,
               const Asked* asked) {
  const std::string name = record.key.name.empty() ? "(not a key of this agent)" : record.key.name;
  console.out(shown(name) + " " + record.key.fingerprint + ": " + habit_text(record.key) + "\n");
  if (audit.first != 0) {
    console.out("  counter " + std::to_string(audit.first) + " to " + std::to_string(audit.last) +
                ": " + counted(audit.signatures, "signature") + ", asked silently " +
                counted(audit.probes, "time") + "\n");
  }
  const Colour colour = !audit.findings.empty() ? Colour::kRed
                        : audit.exact           ? Colour::kGreen
                                                : Colour::kYellow;
  console.out("  " + console.paint(colour, unknown_text(record, audit)) + "\n");
  if (audit.unknown > 0 && record.without_signature > 0) {
    console.out("  " + counted(record.without_signature, "request") +
                " ended without a signature leaving the agent; the token may have made one for "
                "each\n");
  }
  if (asked != nullptr && !asked->has_value()) {
    console.out("  not asked now (" + base::message_of(asked->error()) +
                "): what the token signed since cannot be seen\n");
  }
  print_list(console, "made elsewhere:", audit.elsewhere);
  std::vector<std::string> findings;
  for (const git::HistoryFinding& finding : audit.findings) {
    findings.push_back(base::message_of(finding.error) +
                       (finding.id.empty() ? "" : ", in " + finding.id) +
                       (finding.other.empty() ? "" : " and " + finding.other));
  }
  print_list(console, "found:", findings);
}

json::object object_of_key(const KeyRecord& record, const git::KeyAudit& audit,
                           const Asked* asked) {
  json::array missing;
  for (const git::CounterRange& range : audit.missing) {
    missing.push_back(json::array{range.first, range.last});
  }
  json::array elsewhere;
  for (const std::string& id : audit.elsewhere) {
    elsewhere.emplace_back(id);
  }
  json::array findings;
  for (const git::HistoryFinding& finding : audit.findings) {
    json::object about = git::problem_object(finding.error);
    about["id"] = finding.id;
    about["other"] = finding.other;
    findings.push_back(std::move(about));
  }
  return {{"name", record.key.name},
          {"fingerprint", record.key.fingerprint},
          {"counter", git::name_of(record.key.habit.kind)},
          {"counter_step", record.key.habit.step},
          {"dedicated", record.key.dedicated},
          {"first", audit.first},
          {"last", audit.last},
          {"signatures", audit.signatures},
          {"probes", audit.probes},
          {"without_signature", record.without_signature},
          {"exact", audit.exact},
          {"unknown", audit.unknown},
          {"missing", std::move(missing)},
          {"elsewhere", std::move(elsewhere)},
          {"asked", asked != nullptr && asked->has_value()},
          {"findings", std::move(findings)}};
}

base::Result<base::Exit> run_audit(Context& context, const Arguments& arguments) {
  TRY(config, context.config());
  KeyStore store(config.keys);
  TRY_VOID(store.load());
  AuditRecords records;
  std::map<std::string, Asked> asked;
  for (const auto& key : store.keys()) {
    records.add_key(*key);
    if (!arguments.has("no-token")) {
      ask_token(context, *key, asked);
    }
  }
  for (const KeyStore::Problem& problem : store.problems()) {
    context.console().err("key not read: " + base::message_of(problem.error) + "\n");
  }
  std::vector<std::string> journals = arguments.values("journal");
  if (journals.empty()) {
    journals.push_back(config.journal.string());
  }
  for (const std::string& journal : journals) {
    TRY_VOID(records.add_journal(journal).with_context(journal));
  }
  for (const std::string& repository : arguments.values("repository")) {
    TRY_VOID(records.add_repository(repository).with_context(repository));
  }
  bool content = true;
  for (const auto& [fingerprint, record] : records.keys()) {
    const git::KeyAudit audit = git::audit_key(record.key, record.known);
    const auto found = asked.find(fingerprint);
    const Asked* const answer = found == asked.end() ? nullptr : &found->second;
    content = content && audit.findings.empty();
    if (arguments.has("json")) {
      context.console().out(json_line(object_of_key(record, audit, answer)));
    } else {
      print_key(context.console(), record, audit, answer);
    }
  }
  if (records.keys().empty()) {
    context.console().err("nothing to audit: no key, and none in the journal\n");
    return base::Exit::kFailed;
  }
  return content ? base::Exit::kOk : base::Exit::kFailed;
}

}  // namespace

std::vector<Command> audit_commands() {
  return {
      {"audit",
       "say whether a token made signatures that nobody knows of",
       "A token counts every signature it makes, also those that malware got without a touch. "
       "This compares, for each key, how far its counter went with the signatures that are in the "
       "journal and, with --repository, in the history of repositories.\n\n"
       "For a key made with --dedicated, on a token that counts by one, every value that is "
       "missing is a signature nobody knows of. For other tokens the result is a bound: most have "
       "one counter for everything, so that logins to websites are counted too, and some count by "
       "random steps.\n\n"
       "The agent asks the tokens that are plugged in for their counters first; that needs no "
       "touch. It does so by a signature over random bytes, which the journal keeps. What was "
       "signed before the first record of a key or after the last cannot be seen.\n\n"
       "Exits with 1 when a signature is missing on a token that allows to say so, when one value "
       "stands in two signatures, or when an object was signed without a touch.",
       {{"journal",
         '\0',
         "FILE",
         "a journal (the configured one when not given; may be given several times)",
         Completes::kFile,
         {},
         true},
        {"repository",
         '\0',
         "DIR",
         "count what all refs of this repository hold (may be given several times)",
         Completes::kFolder,
         {},
         true},
        {"no-token",
         '\0',
         "",
         "do not ask the tokens that are plugged in",
         Completes::kNothing,
         {}},
        json_option("print one object of JSON for each key")},
       {},
       run_audit},
  };
}

}  // namespace touchstone::agent::cli
