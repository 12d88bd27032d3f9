// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/sshsig.h"

namespace touchstone::git {

// StoredSignatures keeps the signatures `touchstone sign` was given for commits, so that a run that
// was interrupted goes on where it stopped: the same bytes signed again with the same key are the
// same statement. It holds signatures, which are as public as the commits they end up in, and no
// permission of any kind; each is verified again before it is used.
//
// They lie in touchstone/signatures of the repository's common folder, one file each, its name the
// SHA-256 of key blob (with its length) and payload. Only for commits: a tag or a push is a new
// statement each time it is made.
class StoredSignatures final {
 public:
  // open takes out what is older than kStoredSignatureSecondsMax, and the oldest above
  // kStoredSignaturesMax. Nothing is made on disk before there is something to keep.
  static base::Result<StoredSignatures> open(const std::string& repository,
                                             std::uint64_t now_seconds);

  // find gives the signature of this key over this payload in namespace git, if there is one and
  // it is good. A file that is not is passed over.
  std::optional<ssh::SshSig> find(const ssh::PublicKey& key, base::ByteView payload) const;
  base::Status keep(const ssh::SshSig& signature, base::ByteView payload) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  explicit StoredSignatures(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void prune(std::uint64_t now_seconds) const;

  std::filesystem::path folder_;
};

}  // namespace touchstone::git
