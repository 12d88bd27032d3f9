// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/key_store.h"
#include "git-integration/counters/audit.h"
#include "ssh/public_key.h"

namespace touchstone::agent::cli {

// KeyRecord is what is known of one key and its token's counter.
struct KeyRecord {
  ssh::PublicKey public_key;
  git::AuditedKey key;
  std::vector<git::KnownSignature> known;
  // Requests that ended without a signature leaving the agent. The token may have made one.
  std::uint64_t without_signature{0};
};

// marker_of gives the public key of a key's marker, when it has one.
std::optional<ssh::PublicKey> marker_of(const StoredKey& key);

// AuditRecords gathers them, by fingerprint.
class AuditRecords final {
 public:
  void add_key(const StoredKey& key);
  // add_journal takes what a journal says that verify_journal accepts. A key that is not ours is
  // taken in as well: how its token counts is then not known. A marker is a key of its own, named
  // "KEY (marker)": whether the token has one counter for both is not known.
  base::Status add_journal(const std::filesystem::path& path);
  // add_repository takes what the keys known so far signed there (git::signatures_in).
  base::Status add_repository(const std::string& repository);

  const std::map<std::string, KeyRecord>& keys() const { return keys_; }

 private:
  base::Result<KeyRecord*> record_of(const base::Bytes& key_blob, const std::string& marked);

  std::map<std::string, KeyRecord> keys_;
  std::map<std::string, std::string> marker_names_;  // by fingerprint
};

}  // namespace touchstone::agent::cli
