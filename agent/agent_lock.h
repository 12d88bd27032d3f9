// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "base/bytes.h"
#include "base/digest.h"

namespace touchstone::agent {

// AgentLock is the lock of RFC 9987 section 5.7. Of the passphrase a salted hash is kept.
class AgentLock {
 public:
  bool locked() const { return locked_; }
  // lock fails with kAlreadyExists when it is locked already.
  base::Status lock(base::ByteView passphrase);
  // unlock fails with kDenied when it is not locked, or with another passphrase.
  base::Status unlock(base::ByteView passphrase);
  // delay is how long the answer to the last failed unlock() has to wait.
  std::chrono::milliseconds delay() const;

 private:
  bool locked_{false};
  base::Bytes salt_;
  base::Sha256 hash_{};
  std::uint32_t failures_{0};
};

}  // namespace touchstone::agent
