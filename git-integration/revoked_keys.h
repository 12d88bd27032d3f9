// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// RevokedKeys is a revocation file in its plain form, one public key a line (ssh-keygen(1), -r).
// A binary key revocation list is refused with kUnsupported, and a line that is no key with
// kMalformed: a list that is not understood revokes nobody, so it must not pass for one.
class RevokedKeys {
 public:
  static base::Result<RevokedKeys> parse(std::string_view text);
  // read fails when the file is not there: a missing list is not an empty one.
  static base::Result<RevokedKeys> read(const std::filesystem::path& path);

  // contains is true for the key itself, and for a certificate when its key or its CA is listed.
  bool contains(const ssh::PublicKey& key) const;
  std::size_t size() const { return blobs_.size(); }

 private:
  std::set<base::Bytes> blobs_;
};

}  // namespace touchstone::git
