// SPDX-License-Identifier: Apache-2.0
#include "agent/journal_chain.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

#include "agent/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kLineChunkBytes = 64 * 1024;

tl::unexpected<base::Error> broken(std::uint64_t line, std::string_view what) {
  return base::fail(base::Code::kJournalBroken,
                    "line " + std::to_string(line) + ": " + std::string(what));
}

}  // namespace

base::Result<JournalScan> scan_journal(
    int fd, const std::function<base::Status(std::string_view)>& on_line) {
  JournalScan scan;
  std::string pending;
  std::string chunk(kLineChunkBytes, '\0');
  std::uint64_t offset = 0;
  while (true) {
    const ssize_t count = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::fail(base::from_errno(errno, "reading the journal"));
    }
    if (count == 0) {
      break;
    }
    offset += static_cast<std::uint64_t>(count);
    std::string_view rest = std::string_view(chunk).substr(0, static_cast<std::size_t>(count));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      pending += rest.substr(0, end);
      rest.remove_prefix(end + 1);
      TRY_VOID(on_line(pending));
      scan.end += pending.size() + 1;
      pending.clear();
    }
    pending += rest;
    if (pending.size() > kJournalLineMax) {
      return base::fail(base::Code::kTooLong,
                        "a line above " + std::to_string(kJournalLineMax) + " bytes");
    }
  }
  scan.torn_bytes = pending.size();
  return scan;
}

base::Result<std::optional<JournalHead>> read_journal_head(const std::filesystem::path& journal) {
  const std::filesystem::path path = journal_head_path(journal);
  auto text = base::read_file(path, kJournalHeadBytes);
  if (!text && text.error().code == base::Code::kNotFound) {
    return std::optional<JournalHead>();
  }
  if (!text && text.error().code != base::Code::kTooLong) {
    return base::fail(std::move(text.error()));
  }
  auto head = text ? parse_journal_head(base::as_text(*text))
                   : base::Result<JournalHead>(base::fail(base::Code::kTooLong));
  if (!head) {
    return base::fail(base::Code::kJournalBroken, path.string() + " is no journal head");
  }
  return std::optional<JournalHead>(*head);
}

base::Status JournalChain::accept(std::string_view line) {
  const std::uint64_t number = lines_ + 1;  // as an editor counts
  auto parsed = parse_journal_line(line);
  if (!parsed) {
    return broken(number, base::message_of(parsed.error()));
  }
  if (parsed->sequence != lines_) {
    return broken(number, "has number " + std::to_string(parsed->sequence));
  }
  if (parsed->previous != last_hash_) {
    return broken(number, "does not follow from the line before");
  }
  if ((parsed->type == JournalLineType::kHeader) != (lines_ == 0)) {
    return broken(number, "header out of place");
  }
  TRY_VOID(fit(*parsed));
  last_hash_ = hash_of_line(line);
  if (expected_ && expected_->sequence == lines_) {
    if (expected_->hash != last_hash_) {
      return broken(number, "is not the line that the head file names");
    }
    head_seen_ = true;
  }
  ++lines_;
  return {};
}

base::Status JournalChain::fit(const JournalLine& line) {
  switch (line.type) {
    case JournalLineType::kHeader:
      return {};
    case JournalLineType::kEvent:
      return line.probe ? fit_probe(line) : base::Status();
    case JournalLineType::kRefused:
      highest_number_ = std::max(highest_number_, line.number);
      return {};
    case JournalLineType::kIntent:
      highest_number_ = std::max(highest_number_, line.number);
      if (!open_.try_emplace(line.number, Open{line.presence, line.key_blob, line.data}).second) {
        return broken(lines_ + 1, "request " + std::to_string(line.number) + " begins twice");
      }
      return {};
    case JournalLineType::kSuccess:
    case JournalLineType::kFailure:
      return fit_result(line);
  }
  return {};
}

base::Status JournalChain::fit_result(const JournalLine& line) {
  const auto found = open_.find(line.number);
  if (found == open_.end()) {
    return broken(lines_ + 1, "request " + std::to_string(line.number) + " was never begun");
  }
  const Open intent = std::move(found->second);
  open_.erase(found);
  if (line.type == JournalLineType::kFailure) {
    return {};
  }
  ++signatures_;
  if (on_success_) {
    TRY_VOID(on_success_(intent, line));
  }
  count(intent.key_blob, line);
  return {};
}

base::Status JournalChain::fit_probe(const JournalLine& line) {
  ++probes_;
  if (on_probe_) {
    TRY_VOID(on_probe_(line));
  }
  count(line.key_blob, line);
  return {};
}

void JournalChain::count(const base::Bytes& key_blob, const JournalLine& line) {
  if (line.counter) {
    std::uint32_t& highest = counters_[key_blob];
    highest = std::max(highest, *line.counter);
  }
}

base::Status JournalChain::finish() const {
  if (expected_ && !head_seen_) {
    return base::fail(base::Code::kJournalBroken,
                      "the last " + std::to_string(expected_->sequence + 1 - lines_) + " of " +
                          std::to_string(expected_->sequence + 1) + " lines are missing");
  }
  return {};
}

std::optional<std::uint32_t> JournalChain::last_counter(base::ByteView key_blob) const {
  const auto found = counters_.find(base::to_bytes(key_blob));
  return found == counters_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace touchstone::agent
