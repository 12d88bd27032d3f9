// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/text.h"
#include "git-integration/git_object.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {
namespace {

constexpr std::size_t kSignerColumnsMax = 200;
constexpr std::size_t kNameColumnsMax = 200;
constexpr std::size_t kWordColumns = 10;

std::string padded(std::string text, std::size_t columns) {
  text.resize(std::max(columns, text.size()), ' ');
  return text;
}

boost::json::value text_or_null(std::string_view text, std::size_t columns_max) {
  if (text.empty()) {
    return nullptr;
  }
  return boost::json::string(base::escape_for_display(text, columns_max));
}

}  // namespace

boost::json::object problem_object(const base::Error& error) {
  const base::ErrorInfo& info = base::describe(error.code);
  return {{"error", boost::json::string(info.word)},
          {"message", base::message_of(error)},
          {"hint", boost::json::string(info.hint)}};
}

std::string to_json_line(const HistoryFinding& finding) {
  boost::json::object about = problem_object(finding.error);
  about["id"] = finding.id;
  about["other"] = text_or_null(finding.other, kNameColumnsMax);
  return boost::json::serialize(boost::json::object{{"finding", std::move(about)}}) + "\n";
}

std::string to_json_line(const ObjectVerdict& object) {
  const Verdict& verdict = object.verdict;
  boost::json::object line;
  if (!object.file.empty()) {
    line["file"] = text_or_null(object.file, kNameColumnsMax);
  } else if (object.kind == ObjectKind::kTag) {
    line["tag"] = object.id;
    line["name"] = text_or_null(object.name, kNameColumnsMax);
  } else {
    line["commit"] = object.id;
  }
  line["class"] = to_word(verdict.presence);
  line["signer"] = text_or_null(verdict.signer, kSignerColumnsMax);
  line["identity"] = text_or_null(object.identity, kSignerColumnsMax);
  line["key"] = text_or_null(verdict.key, kSignerColumnsMax);
  line["counter"] = nullptr;
  if (verdict.counter) {
    line["counter"] = *verdict.counter;
  }
  line["accepted"] = object.accepted;
  boost::json::array problems;
  for (const base::Error& problem : object.problems) {
    problems.emplace_back(problem_object(problem));
  }
  line["problems"] = std::move(problems);
  line["reason"] = nullptr;
  line["error"] = nullptr;
  if (verdict.reason) {
    line["reason"] = base::message_of(*verdict.reason);
    line["error"] = boost::json::string(base::describe(verdict.reason->code).word);
  }
  return boost::json::serialize(line) + "\n";
}

std::string to_text_line(const ObjectVerdict& object) {
  const Verdict& verdict = object.verdict;
  std::string line = object.kind == ObjectKind::kTag ? "tag    " : "commit ";
  line += short_id(object.id);
  if (!object.file.empty()) {
    line = "file   " + base::escape_for_display(object.file, kNameColumnsMax);
  }
  line += "  " + padded(to_word(verdict.presence), kWordColumns);
  if (object.kind == ObjectKind::kTag && !object.name.empty()) {
    line += "  " + base::escape_for_display(object.name, kNameColumnsMax);
  }
  if (!verdict.signer.empty()) {
    line += "  " + base::escape_for_display(verdict.signer, kSignerColumnsMax);
    line += object.identity.empty() ? "" : " (" + std::string(object.identity) + ")";
  }
  if (!verdict.key.empty()) {
    line += "  " + verdict.key;
  }
  if (verdict.counter) {
    line += "  counter " + std::to_string(*verdict.counter);
  }
  if (verdict.reason && object.problems.empty() &&
      verdict.presence.presence != PresenceClass::kUnsigned) {
    line += "  (" + base::message_of(*verdict.reason) + ")";
  }
  while (line.back() == ' ') {
    line.pop_back();
  }
  line += "\n";
  for (const base::Error& problem : object.problems) {
    line += "  " + std::string(base::describe(problem.code).word) + ": " +
            base::message_of(problem) + "\n";
  }
  return line;
}

std::string to_text_line(const HistoryFinding& finding) {
  std::string line = "history " + short_id(finding.id);
  if (!finding.other.empty()) {
    line += " and " + short_id(finding.other);
  }
  return line + "\n  " + std::string(base::describe(finding.error.code).word) + ": " +
         base::message_of(finding.error) + "\n";
}

void ProblemTally::add(const ObjectVerdict& object) {
  for (const base::Error& problem : object.problems) {
    ++counts_[problem.code];
  }
}

std::string ProblemTally::to_text() const {
  std::string text;
  for (const auto& [code, count] : counts_) {
    const base::ErrorInfo& info = base::describe(code);
    text += std::to_string(count) + " × " + std::string(info.word) + ": " +
            std::string(info.message) + "\n  hint: " + std::string(info.hint) + "\n";
  }
  return text;
}

std::string to_text(const VerifySummary& summary) {
  std::string text = std::to_string(summary.total) + (summary.total == 1 ? " object" : " objects");
  const char* separator = ": ";
  constexpr std::array kOrder = {
      PresenceClass::kTouchPin, PresenceClass::kTouch, PresenceClass::kDeviceTouch,
      PresenceClass::kQuorum,   PresenceClass::kBatch, PresenceClass::kNoTouch,
      PresenceClass::kUnsigned, PresenceClass::kBad,
  };
  for (const PresenceClass presence : kOrder) {
    const std::uint64_t number = summary.by_class.at(static_cast<std::size_t>(presence));
    if (number != 0) {
      const std::string word = to_word({presence, 0, 0});
      text += separator + std::to_string(number) + " " + word.substr(0, word.find(' '));
      separator = ", ";
    }
  }
  if (summary.by_identities != 0) {
    text += "; " + std::to_string(summary.by_identities) + " by bots or forges";
  }
  text += "\n";
  if (summary.refused != 0) {
    text += std::to_string(summary.refused) + " refused" +
            (summary.by_policy ? " by the repository's policy\n" : "\n");
  }
  return text;
}

}  // namespace touchstone::git
