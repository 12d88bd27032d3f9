// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/journal.h"
#include "base/digest.h"

namespace touchstone::agent {

constexpr int kJournalVersion = 1;

enum class JournalLineType : std::uint8_t {
  kHeader,
  kIntent,
  kSuccess,
  kFailure,
  kRefused,
  kEvent,
};

// JournalPlace is what every line begins with: its number in the file, the SHA-256 of the line
// before (without its newline; zeros in the first) and the time.
struct JournalPlace {
  std::uint64_t sequence{0};
  base::Sha256 previous{};
  std::chrono::system_clock::time_point time;
};

// The lines of docs/journal.md, without their newline. Text from outside is escaped for display;
// what is not covered by a signature is bounded (base::escape_for_display).
std::string format_journal_header(const JournalPlace& place);
std::string format_journal_intent(const JournalPlace& place, const Journal::Intent& intent);
std::string format_journal_success(const JournalPlace& place, RequestNumber number,
                                   base::ByteView signature, std::optional<std::uint32_t> counter);
std::string format_journal_failure(const JournalPlace& place, RequestNumber number,
                                   const base::Error& error);
std::string format_journal_refused(const JournalPlace& place, const Prompt& prompt,
                                   const base::Error& error);
std::string format_journal_probe(const JournalPlace& place, const Journal::Probe& probe);
std::string format_journal_event(const JournalPlace& place, std::string_view what,
                                 std::string_view detail);

// JournalLine is what has to be read back of a line: its place and what proves something.
struct JournalLine {
  JournalLineType type{JournalLineType::kEvent};
  std::uint64_t sequence{0};
  base::Sha256 previous{};
  RequestNumber number{0};               // intent, success, failure, refused
  bool probe{false};                     // an event that is one
  std::string key_name;                  // probe: of the key that was looked for
  bool by_marker{false};                 // probe: its marker signed
  std::string presence;                  // intent
  base::Bytes key_blob;                  // intent, probe
  base::Bytes data;                      // intent, probe
  base::Bytes signature;                 // success, probe
  std::optional<std::uint32_t> counter;  // success, probe
};

// parse_journal_line takes one line without its newline. Refuses lines above kJournalLineMax,
// anything but one JSON object, other versions and types, and members of the wrong type. Members
// it has no use for are not looked at: the chain covers them. Fails with kMalformed, kTooLong or
// kUnsupported.
base::Result<JournalLine> parse_journal_line(std::string_view line);

// JournalHead is the journal.head file beside the journal: number and hash of the last line.
struct JournalHead {
  std::uint64_t sequence{0};
  base::Sha256 hash{};
  bool operator==(const JournalHead&) const = default;
};

// A head is always kJournalHeadBytes long, so that writing a new one over it never leaves a mix
// of sizes behind: 20 digits, a space, 64 hex digits, a newline.
constexpr std::size_t kJournalHeadBytes = 20 + 1 + 64 + 1;
std::string format_journal_head(const JournalHead& head);
base::Result<JournalHead> parse_journal_head(std::string_view text);
std::filesystem::path journal_head_path(const std::filesystem::path& journal);

base::Sha256 hash_of_line(std::string_view line);

}  // namespace touchstone::agent
