// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/audit_records.h"

#include <utility>

#include "agent/journal.h"
#include "agent/journal_format.h"
#include "git-integration/counters/repository_counters.h"

namespace touchstone::agent::cli {

using From = git::KnownSignature::From;

namespace {

std::string marker_name(const std::string& key_name) { return key_name + " (marker)"; }

}  // namespace

std::optional<ssh::PublicKey> marker_of(const StoredKey& key) {
  if (!key.marker.has_value()) {
    return std::nullopt;
  }
  auto marker = marker_key(*key.marker);
  return marker.has_value() ? std::optional(std::move(*marker)) : std::nullopt;
}

void AuditRecords::add_key(const StoredKey& key) {
  const std::string fingerprint = key.key.key.fingerprint();
  keys_.try_emplace(
      fingerprint,
      KeyRecord{key.key.key,
                git::AuditedKey{key.name, fingerprint, git::habit_of(key.counters), key.dedicated},
                {},
                0});
  if (const auto marker = marker_of(key)) {
    marker_names_.try_emplace(marker->fingerprint(), marker_name(key.name));
  }
}

// record_of finds or makes the record of a key. `marked` names the key whose marker it is by
// what the journal says, for one that is the marker of none of ours, or no longer.
base::Result<KeyRecord*> AuditRecords::record_of(const base::Bytes& key_blob,
                                                 const std::string& marked) {
  TRY(key, ssh::PublicKey::parse(key_blob));
  const std::string fingerprint = key.fingerprint();
  const auto marker = marker_names_.find(fingerprint);
  std::string name = marked.empty() ? "" : marker_name(marked);
  if (marker != marker_names_.end()) {
    name = marker->second;
  }
  const auto [found, added] = keys_.try_emplace(
      fingerprint, KeyRecord{std::move(key), git::AuditedKey{name, fingerprint, {}, false}, {}, 0});
  return &found->second;
}

base::Status AuditRecords::add_journal(const std::filesystem::path& path) {
  TRY_VOID(verify_journal(path));
  std::map<RequestNumber, KeyRecord*> open;
  TRY_VOID(for_each_journal_line(path, [&](std::string_view text) -> base::Status {
    TRY(line, parse_journal_line(text));
    if (line.probe) {
      TRY(record, record_of(line.key_blob, line.by_marker ? line.key_name : ""));
      record->known.push_back({From::kProbe, line.counter.value_or(0), {}, true});
      return {};
    }
    if (line.type == JournalLineType::kIntent) {
      TRY(record, record_of(line.key_blob, ""));
      open[line.number] = record;
      return {};
    }
    const auto asked = open.find(line.number);
    if (asked == open.end()) {
      return {};
    }
    if (line.type == JournalLineType::kSuccess) {
      asked->second->known.push_back({From::kJournal, line.counter.value_or(0), {}, true});
    } else if (line.type == JournalLineType::kFailure) {
      ++asked->second->without_signature;
    } else {
      return {};
    }
    open.erase(asked);
    return {};
  }));
  for (const auto& [number, record] : open) {
    ++record->without_signature;
  }
  return {};
}

base::Status AuditRecords::add_repository(const std::string& repository) {
  std::vector<ssh::PublicKey> keys;
  for (const auto& [fingerprint, record] : keys_) {
    keys.push_back(record.public_key);
  }
  TRY(found, git::signatures_in(repository, keys));
  for (auto& [fingerprint, signatures] : found) {
    const auto record = keys_.find(fingerprint);
    if (record != keys_.end()) {
      record->second.known.insert(record->second.known.end(), signatures.begin(), signatures.end());
    }
  }
  return {};
}

}  // namespace touchstone::agent::cli
