// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include "base/bytes.h"
#include "git-integration/revocation_list.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// RevokedKeys is a revocation file (ssh-keygen(1), -r): public keys, one a line, or a binary key
// revocation list. A line that is no key is refused with kMalformed, and a binary list that the
// stock ssh-keygen cannot read with kExternalProgram: a list that is not understood revokes
// nobody, so it must not pass for one. Copies share what has been found out. Thread-safe.
class RevokedKeys {
 public:
  static base::Result<RevokedKeys> parse(std::string_view text);
  // read fails when the file is not there: a missing list is not an empty one.
  static base::Result<RevokedKeys> read(const std::filesystem::path& path);

  // check fails with kRevokedKey for a key that is revoked, and for a certificate when it,
  // its key or its CA is; with kExternalProgram when a binary list gives no clear answer.
  base::Status check(const ssh::PublicKey& key) const;

 private:
  std::set<base::Bytes> blobs_;
  std::shared_ptr<RevocationList> list_;  // null for a file of lines
};

}  // namespace touchstone::git
