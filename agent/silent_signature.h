// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "agent/journal.h"
#include "agent/key_store.h"
#include "ssh/public_key.h"
#include "tokens/token.h"

namespace touchstone::agent {

// silent_signer gives the public key of a credential that a driver names as having signed silently,
// when it is that of the key or that of its marker; nothing when it is neither's.
std::optional<ssh::PublicKey> silent_signer(const StoredKey& key,
                                            const tokens::KeyReference& credential);

// record_silent writes a silent signature into the journal, so that the token's counter can be
// accounted for. It believes nothing the driver says: kBadSignature when it is not the key's,
// kMalformed when it is over anything but kSilentDataBytes bytes, kCounterRegressed when the token
// does not count on from what the journal knows; nothing is written then.
base::Status record_silent(Journal& journal, const ssh::PublicKey& key,
                           const tokens::SilentSignature& silent);

}  // namespace touchstone::agent
