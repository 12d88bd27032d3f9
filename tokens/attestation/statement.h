// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "tokens/token.h"

namespace touchstone::tokens {

// check_statement checks that an attestation is about this very key: its authenticator data
// (WebAuthn Level 2 section 6.1) names the key's application, id and public key and says that there
// was a touch, and its signature over that and the challenge is good ("packed" section 8.2,
// "fido-u2f" section 8.6; "none" section 8.7 has none). The signature is the leaf certificate's or,
// without certificates, the key's own: what a certificate is worth is not judged here. Fails with
// kMalformed, kNoPresence, kUnsupported, and kBadSignature, also when it is about another key.
base::Status check_statement(const Attestation& attestation, base::ByteView challenge,
                             const KeyReference& key);

// aaguid_of gives the model that the authenticator data names, 16 bytes; nothing when it is too
// short to name one.
base::ByteView aaguid_of(const Attestation& attestation);

}  // namespace touchstone::tokens
