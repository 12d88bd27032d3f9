// SPDX-License-Identifier: Apache-2.0
#include "agent/agent_lock.h"

#include <algorithm>

#include "agent/limits.h"
#include "agent/random.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kSaltBytes = 16;

// Both are hashes with a salt nobody else knows, but the time a comparison takes should not be
// something to reason about.
bool same(const base::Sha256& a, const base::Sha256& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(a.at(i) ^ b.at(i));
  }
  return difference == 0;
}

}  // namespace

base::Status AgentLock::lock(base::ByteView passphrase) {
  if (locked_) {
    return base::fail(base::Code::kAlreadyExists, "the agent is locked already");
  }
  TRY_ASSIGN(salt_, random_bytes(kSaltBytes));
  hash_ = base::sha256({salt_, passphrase});
  locked_ = true;
  return {};
}

base::Status AgentLock::unlock(base::ByteView passphrase) {
  if (!locked_) {
    return base::fail(base::Code::kDenied, "the agent is not locked");
  }
  if (!same(hash_, base::sha256({salt_, passphrase}))) {
    ++failures_;
    return base::fail(base::Code::kDenied, "wrong passphrase");
  }
  locked_ = false;
  failures_ = 0;
  hash_ = {};
  return {};
}

std::chrono::milliseconds AgentLock::delay() const {
  const auto steps = std::min<std::uint32_t>(
      failures_, static_cast<std::uint32_t>(kUnlockDelayMax / kUnlockDelayStep));
  return kUnlockDelayStep * steps;
}

}  // namespace touchstone::agent
