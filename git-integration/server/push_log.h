// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "git-integration/server/push_record.h"

namespace touchstone::git::server {

// PushLog is what a server's hooks wrote down of every push: when what came, by the server's
// clock, and who signed for it (docs/push-log.md). Immutable once read; thread-safe.
class PushLog final {
 public:
  // read takes refs/touchstone/pushes of a repository; a repository without it has an empty log.
  // A log that cannot be read whole is an error, not a shorter log.
  static base::Result<PushLog> read(const std::string& repository);

  // received gives the time at which the server first got a commit, or a tag, by its hex name.
  // Nothing for what came before the log began, and for what no record speaks of.
  std::optional<std::uint64_t> received(std::string_view id) const;

  // records are all of them, oldest first.
  const std::vector<PushRecord>& records() const { return records_; }

 private:
  PushLog() = default;
  base::Status read_times(const std::string& repository);

  std::vector<PushRecord> records_;
  std::unordered_map<std::string, std::uint64_t> times_;  // by hex name
};

// LogEntry is a record to be appended, with the certificate as it came (empty: none).
struct LogEntry {
  PushRecord record;
  base::ByteView certificate;
};

// append_to_log makes one commit for each entry and moves the ref to the last of them, only if it
// is where it was: another writer's records are never lost. Objects and ref are on the disk when
// it returns.
base::Status append_to_log(const std::string& repository, const std::vector<LogEntry>& entries);

}  // namespace touchstone::git::server
