// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/prompt.h"
#include "agent/subject.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

namespace touchstone::agent {

// Journal is the append-only record of what was asked and what came of it: JSON lines, each with
// the SHA-256 of the line before (docs/journal.md). One writer: open() takes a lock on the file.
// Not thread-safe: the reactor's own.
class Journal {
 public:
  struct Intent {
    Prompt prompt;
    std::string presence;  // what is asked of the token: "touch", "touch+pin"
    base::Bytes key_blob;  // SSH public key blob
    base::Bytes data;      // exactly what the token will be given to sign
    std::string shown_on;  // "terminal,watch"
  };
  // Probe is a silent signature, over data that nobody could want signed.
  struct Probe {
    std::string key_name;   // the key that was looked for
    bool by_marker{false};  // its marker signed, with a key of its own
    base::Bytes key_blob;   // SSH public key blob of what signed
    base::Bytes data;
    base::Bytes signature;  // SSH signature blob
    std::uint32_t counter{0};
  };

  // open checks the whole chain and the head file beside it (not the signatures: verify_journal
  // does), and makes both when there are none. Half a line at the end, left by an agent that was
  // killed, is dropped and an event says so. Fails with kJournalBroken, kSocketInUse when another
  // agent writes it, kDiskFull, kPermission. The program has to ignore SIGXFSZ.
  static base::Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path,
                                                     const base::Clock& clock);
  virtual ~Journal() = default;

  // Every line is durable (fdatasync) when its call returns; when that fails the file is as it
  // was: kDiskFull, kSystem, kTooLong above kJournalLineMax, and kJournalBroken when somebody else
  // changed the file, or for a result without an intent.

  // intent comes first. Without it nothing may be signed.
  virtual base::Status intent(const Intent& intent) = 0;
  // success comes before the signature leaves.
  virtual base::Status success(RequestNumber number, base::ByteView ssh_signature,
                               std::optional<std::uint32_t> counter) = 0;
  virtual base::Status failure(RequestNumber number, const base::Error& error) = 0;
  // refused records a request that was denied before any token was asked.
  virtual base::Status refused(const Prompt& prompt, const base::Error& error) = 0;
  // probe records what moved the token's counter, and proves how far.
  virtual base::Status probe(const Probe& probe) = 0;
  // event records anything else worth keeping: agent start, key made, alarm.
  virtual base::Status event(std::string_view what, std::string_view detail) = 0;

  // last_counter gives the highest counter recorded for a key, in signatures and probes, from the
  // journal as it was opened and since.
  virtual std::optional<std::uint32_t> last_counter(base::ByteView key_blob) const = 0;
  // next_number is above every request number in the file.
  virtual RequestNumber next_number() const = 0;
};

// JournalSummary is what `touchstone log verify` prints.
struct JournalSummary {
  std::uint64_t lines{0};
  std::uint64_t signatures{0};
  std::uint64_t probes{0};      // silent signatures of the agent's own
  std::uint64_t unfinished{0};  // intents without a result: the agent was killed in between
  std::uint64_t torn_bytes{0};  // half a line at the end: the agent was killed while writing it
  bool head_checked{false};     // the head file was there: cut-off lines would have been noticed
  std::string head;             // hex SHA-256 of the last line
};

// verify_journal needs only the file: it checks the chain, each signature with the key recorded
// beside it, user presence in each (and user verification where it was asked for), each probe, and
// that counters rise. With the head file beside it, it also notices lines cut off at the end. It
// may run while the agent writes. Fails with kJournalBroken and the line number, kBadSignature,
// kNoPresence, kNoVerification, kCounterRegressed.
base::Result<JournalSummary> verify_journal(const std::filesystem::path& path);

// for_each_journal_line calls back with every whole line, parsed no further than JSON text, oldest
// first.
base::Status for_each_journal_line(const std::filesystem::path& path,
                                   const std::function<base::Status(std::string_view)>& on_line);

}  // namespace touchstone::agent
