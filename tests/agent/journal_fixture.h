// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/journal.h"
#include "agent/journal_format.h"
#include "base/clock.h"
#include "tests/agent/temporary_folder.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {

constexpr std::uint8_t kTouched = base::kFlagUserPresence;
constexpr std::uint8_t kTouchedWithPin = base::kFlagUserPresence | base::kFlagUserVerification;

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// Lines without their newlines.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

// JournalTest owns a folder, a clock and a software key that signs as a token would.
class JournalTest : public testing::Test {
 protected:
  JournalTest() : key_(base::KeyAlgorithm::kEd25519), public_(key_.sk("ssh:touchstone-sign")) {}

  std::filesystem::path path() const { return folder_.path() / "state" / "journal.jsonl"; }
  std::filesystem::path head_path() const { return journal_head_path(path()); }

  std::unique_ptr<Journal> open() { return std::move(Journal::open(path(), clock_)).value(); }
  base::Error open_error() {
    auto journal = Journal::open(path(), clock_);
    return journal.has_value() ? base::Error{} : journal.error();
  }
  base::Error verify_error() const {
    const auto summary = verify_journal(path());
    return summary.has_value() ? base::Error{} : summary.error();
  }

  Journal::Intent intent(RequestNumber number, std::string presence = "touch") const {
    Journal::Intent intent;
    intent.prompt.number = number;
    intent.prompt.subject.purpose = Purpose::kCommit;
    intent.prompt.subject.headline = "sign commit: fix typo";
    intent.prompt.subject.facts = {{"author", "A <a@example.org>", FactSource::kVerified},
                                   {"repository", "/home/a/project", FactSource::kClaimed}};
    intent.prompt.client = {123, 1000, "/usr/bin/git", "/dev/pts/3", false};
    intent.prompt.key_name = "work";
    intent.prompt.key_fingerprint = public_.fingerprint();
    intent.prompt.digest = "1a2b 3c4d";
    intent.presence = std::move(presence);
    intent.key_blob = base::to_bytes(public_.blob());
    intent.data = base::to_bytes("data of request " + std::to_string(number));
    intent.shown_on = "terminal,watch";
    return intent;
  }
  base::Bytes signature(const Journal::Intent& intent, std::uint8_t flags,
                        std::uint32_t counter) const {
    return base::to_bytes(key_.sign_sk(public_, intent.data, flags, counter).blob());
  }
  // sign records an intent and a good signature.
  void sign(Journal& journal, RequestNumber number, std::uint32_t counter) const {
    const Journal::Intent begun = intent(number);
    ASSERT_TRUE(journal.intent(begun).has_value());
    ASSERT_TRUE(journal.success(number, signature(begun, kTouched, counter), counter).has_value());
  }
  // fill makes a journal with a line of every type.
  void fill() {
    const auto journal = open();
    ASSERT_TRUE(journal->event("agent-start", "version 0.1.0").has_value());
    sign(*journal, 1, 7);
    ASSERT_TRUE(journal->intent(intent(2)).has_value());
    ASSERT_TRUE(journal->failure(2, {base::Code::kTouchTimeout, 0, "work"}).has_value());
    ASSERT_TRUE(journal->refused(intent(3).prompt, {base::Code::kDenied, 0, ""}).has_value());
    sign(*journal, 4, 9);
  }

  TemporaryFolder folder_;
  base::MockClock clock_;
  ssh::SoftwareKey key_;
  ssh::PublicKey public_;
};

}  // namespace touchstone::agent
