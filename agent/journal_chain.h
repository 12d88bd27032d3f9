// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/journal_format.h"

namespace touchstone::agent {

// JournalScan is where a reading of the file ended.
struct JournalScan {
  std::uint64_t end{0};         // offset behind the last whole line
  std::uint64_t torn_bytes{0};  // what comes after it
};

// scan_journal calls back with each whole line of an open file from its start, without the
// newline; it holds one line at a time. Fails with kTooLong on a line above kJournalLineMax.
base::Result<JournalScan> scan_journal(
    int fd, const std::function<base::Status(std::string_view)>& on_line);

// read_journal_head reads the head file; nothing when it is not there. Fails with kJournalBroken
// when it is not one.
base::Result<std::optional<JournalHead>> read_journal_head(const std::filesystem::path& journal);

// JournalChain follows a journal line by line and keeps what the next one has to fit.
class JournalChain {
 public:
  // expect_head makes finish() fail unless the line of that number has that hash.
  void expect_head(const JournalHead& head) { expected_ = head; }

  // accept takes the next line, parsed and as it stands. Fails with kJournalBroken, naming the
  // line: wrong number or hash, no header at the start or a second one, a result without its
  // intent, an intent whose number waits for a result already.
  base::Status accept(std::string_view line);
  base::Status finish() const;

  struct Open {
    std::string presence;
    base::Bytes key_blob;
    base::Bytes data;
  };
  // finished is called with each success and its intent.
  using OnSuccess = std::function<base::Status(const Open&, const JournalLine&)>;
  void on_success(OnSuccess callback) { on_success_ = std::move(callback); }
  using OnProbe = std::function<base::Status(const JournalLine&)>;
  void on_probe(OnProbe callback) { on_probe_ = std::move(callback); }

  std::uint64_t lines() const { return lines_; }
  std::uint64_t signatures() const { return signatures_; }
  std::uint64_t probes() const { return probes_; }
  std::uint64_t unfinished() const { return open_.size(); }
  JournalHead head() const { return {lines_ - 1, last_hash_}; }  // lines() > 0
  const base::Sha256& last_hash() const { return last_hash_; }
  RequestNumber highest_number() const { return highest_number_; }
  bool is_open(RequestNumber number) const { return open_.count(number) != 0; }
  std::optional<std::uint32_t> last_counter(base::ByteView key_blob) const;

 private:
  base::Status fit(const JournalLine& line);
  base::Status fit_result(const JournalLine& line);
  base::Status fit_probe(const JournalLine& line);
  void count(const base::Bytes& key_blob, const JournalLine& line);

  std::uint64_t lines_{0};
  std::uint64_t signatures_{0};
  std::uint64_t probes_{0};
  base::Sha256 last_hash_{};
  RequestNumber highest_number_{0};
  std::map<RequestNumber, Open> open_;
  std::map<base::Bytes, std::uint32_t> counters_;
  std::optional<JournalHead> expected_;
  bool head_seen_{false};
  OnSuccess on_success_;
  OnProbe on_probe_;
};

}  // namespace touchstone::agent
