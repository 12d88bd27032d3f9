// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "agent/journal.h"
#include "agent/key_store.h"
#include "ssh/public_key.h"
#include "tokens/token.h"

namespace touchstone::agent {

// SilentSigner is what signed silently: a key, or the marker that tells for it.
struct SilentSigner {
  std::string key_name;
  bool is_marker{false};
  ssh::PublicKey public_key;  // the marker's own when it is one
};

// silent_signer tells what a credential is that a driver names as having signed silently: the key
// or its marker; nothing when it is neither.
std::optional<SilentSigner> silent_signer(const StoredKey& key,
                                          const tokens::KeyReference& credential);

// record_silent writes a silent signature into the journal, so that the token's counter can be
// accounted for. It believes nothing the driver says: kBadSignature when it is not the signer's,
// kMalformed when it is over anything but kSilentDataBytes bytes, kCounterRegressed when the token
// does not count on from what the journal knows; nothing is written then.
base::Status record_silent(Journal& journal, const SilentSigner& signer,
                           const tokens::SilentSignature& silent);

}  // namespace touchstone::agent
