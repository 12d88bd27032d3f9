// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "git-integration/history_finding.h"

namespace touchstone::git {

// CounterKind is how a token was seen to count its signatures.
enum class CounterKind : std::uint8_t {
  kUnknown,
  kNone,    // stands still, or says 0 each time
  kSteps,   // by the same each time
  kVaries,  // by more or less
};
std::string_view name_of(CounterKind kind);  // "unknown", "none", "steps", "varies"

struct CounterHabit {
  CounterKind kind{CounterKind::kUnknown};
  std::uint32_t step{0};  // kSteps only
  bool operator==(const CounterHabit&) const = default;
};
// habit_of looks at the counters of signatures made one right after the other. With fewer than two
// of them, or when they fall, nothing is known.
CounterHabit habit_of(std::span<const std::uint32_t> counters);

// AuditedKey is a key and what is known of how its token counts.
struct AuditedKey {
  std::string name;         // ours for it
  std::string fingerprint;  // "SHA256:…"
  CounterHabit habit;
  bool dedicated{false};  // its person says that the token is used for nothing else
};

// KnownSignature is one signature that somebody can show.
struct KnownSignature {
  enum class From : std::uint8_t {
    kJournal,     // an agent's record of a request
    kProbe,       // an agent's record of having asked the token silently
    kRepository,  // a commit or tag whose signature verifies
  };
  From from{From::kJournal};
  std::uint32_t counter{0};
  std::string id{};    // kRepository: hex, of the object
  bool touched{true};  // kRepository: the signature proves a touch
  // kRepository: as Verdict::signed_data. Objects that agree in it and in the counter are one.
  std::optional<base::Sha256> signed_data{};
};

// CounterRange is counter values from first to last, both included.
struct CounterRange {
  std::uint32_t first{0};
  std::uint32_t last{0};
  bool operator==(const CounterRange&) const = default;
};

// KeyAudit is what the counter values of one key tell.
struct KeyAudit {
  std::uint32_t first{0};  // lowest and highest value known; 0 when there is none
  std::uint32_t last{0};
  std::uint64_t signatures{0};  // different ones, from journals and repositories
  std::uint64_t probes{0};
  // Every value in between has to be a signature: a token that counts by one and is used for
  // nothing else.
  bool exact{false};
  // How many signatures there are that nobody knows of; where it is not exact, at most so many.
  // Uses of the same token for other things are among them then.
  std::uint64_t unknown{0};
  std::vector<CounterRange> missing;   // where exact; at most kMissingRangesMax of them
  std::vector<std::string> elsewhere;  // objects whose signature is in no journal
  // kCounterGap (native: how many), kCounterRepeated for a value that stands in two signatures,
  // kNoPresence for an object signed without a touch.
  std::vector<HistoryFinding> findings;
};

constexpr std::size_t kMissingRangesMax = 1000;

// audit_key asks whether the token made signatures that nobody knows of. `known` are those of this
// key, in any order; all of them were verified. What the same object's signature gave in several
// repositories counts once, as does what is in a journal as well. What came before the first value
// or after the last cannot be seen.
KeyAudit audit_key(const AuditedKey& key, std::vector<KnownSignature> known);

// to_text gives "7, 9-12".
std::string to_text(std::span<const CounterRange> ranges);

}  // namespace touchstone::git
