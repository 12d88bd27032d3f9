// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/process.h"
#include "ssh/public_key.h"

namespace touchstone::git {

// RevocationList is a binary key revocation list (OpenSSH's PROTOCOL.krl): keys, hashes of keys,
// and certificates by CA with serial or key identifier. What is in it the stock ssh-keygen found
// by PATH is asked (ssh-keygen(1), -Q), once for each key; the first answers_max answers are kept.
// The list is a copy in memory that nobody can change: all answers are of one list.
//
// Any answer but a clear yes or no is a failure. Thread-safe.
class RevocationList final {
 public:
  // is_one says whether a revocation file is in this form.
  static bool is_one(base::ByteView file);
  // open fails with kExternalProgram when ssh-keygen cannot read the list, and when there is no
  // ssh-keygen.
  static base::Result<RevocationList> open(base::ByteView file,
                                           std::size_t answers_max = kRevocationAnswersMax);
  RevocationList(RevocationList&& other) noexcept
      : list_(std::move(other.list_)), answers_max_(other.answers_max_) {}
  RevocationList& operator=(RevocationList&&) = delete;
  RevocationList(const RevocationList&) = delete;
  RevocationList& operator=(const RevocationList&) = delete;
  ~RevocationList() = default;

  // contains is true for a key in the list, and for a certificate that it revokes or whose key or
  // CA is in it. Fails with kExternalProgram.
  base::Result<bool> contains(const ssh::PublicKey& key);

 private:
  RevocationList(base::FileDescriptor list, std::size_t answers_max)
      : list_(std::move(list)), answers_max_(answers_max) {}
  base::Result<CommandOutput> query(const std::vector<std::string>& keys, int input) const;
  base::Result<bool> ask(const ssh::PublicKey& key) const;

  base::FileDescriptor list_;
  std::size_t answers_max_;
  std::mutex mutex_;  // held while ssh-keygen is asked, so that no two threads ask the same
  std::map<base::Bytes, bool> answers_;
};

}  // namespace touchstone::git
