// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"
#include "ssh/sshsig.h"

namespace touchstone::git {

// VerifiedSignatures remembers, from one verification of a history to the next, which signatures
// were found to verify, so that nobody waits for the same curve arithmetic twice.
//
// An entry says one thing: this signature verified for this public key and these signed data. That
// is true for ever, whatever becomes of policies, signers, revocations, times, counters and the
// names of objects; so entries are keyed by nothing else, are never out of date, and all the rest
// is judged anew on every run. Keying by object and policy would have been faster still, but every
// change in how a verdict is reached would have had to be part of the key, and whoever writes the
// file would write verdicts. What did not verify is not kept.
//
// An entry is HMAC-SHA-256 (RFC 2104) cut to 128 bits, over the three with their lengths (key blob,
// signed data with namespace and hash, signature blob), under 32 random bytes that lie elsewhere
// and never travel with the file: a cache from another machine, or one that somebody who got at
// the file alone has written, has no entry that counts. The file starts with the MAC of a text
// that names its version, ours and the crypto libraries': with another of these it is empty, so
// that a mended verifier does not go on believing what the one before found.
//
// File: that MAC and entries in order, 16 bytes each; at most kVerifiedSignaturesMax of them, then
// some leave by chance. Nothing in it is needed: what cannot be read, or is torn, makes a cold run.
class VerifiedSignatures final {
 public:
  // Places are the two files. Their folders are made when they are missing.
  struct Places {
    std::filesystem::path key;
    std::filesystem::path cache;
  };
  static constexpr std::size_t kEntryBytes = 16;
  using Entry = std::array<std::uint8_t, kEntryBytes>;

  // open fails with kPermission when a file or its folder is somebody else's, a symbolic link, or
  // open to others (folder of the key: to their writing), with kSystem, and as Secret::make does.
  static base::Result<std::unique_ptr<VerifiedSignatures>> open(const Places& places);
  VerifiedSignatures(const VerifiedSignatures&) = delete;
  VerifiedSignatures& operator=(const VerifiedSignatures&) = delete;

  // verify is ssh::verify for the signature over these data, but for what is known of it already.
  // Safe to use from several threads.
  base::Status verify(const ssh::SshSig& signature, base::ByteView signed_data);
  // save writes what is new, with what other processes have written meanwhile; one that is writing
  // at this moment goes first, and ours is left out. Never while verify() runs.
  base::Status save();

  // How many were in the file, and how many are new.
  std::size_t known() const { return known_.size(); }
  std::size_t added() const { return added_.size(); }

 private:
  VerifiedSignatures(base::Secret key, base::FileDescriptor folder, std::string name)
      : key_(std::move(key)), folder_(std::move(folder)), name_(std::move(name)) {}

  Entry entry_of(std::initializer_list<base::ByteView> parts) const;
  Entry header() const;
  base::Result<std::vector<Entry>> load() const;

  const base::Secret key_;
  const base::FileDescriptor folder_;
  const std::string name_;
  std::vector<Entry> known_;  // in order
  std::mutex mutex_;
  std::vector<Entry> added_;  // guarded by mutex_
};

}  // namespace touchstone::git
