// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "base/key.h"
#include "tokens/fido2/handles.h"
#include "tokens/token.h"

namespace touchstone::tokens::fido2 {

// What an assertion must show besides a signature by the key.
struct Expected {
  bool user_presence{true};
  bool user_verification{false};
};

// new_assertion prepares a request for exactly this key over data (SHA-256 of which becomes the
// clientDataHash, PROTOCOL.u2f "SSH U2F signatures").
base::Result<AssertHandle> new_assertion(const KeyReference& key, base::ByteView data);

// check_assertion takes a token's answer apart and believes nothing of it: one assertion, by this
// credential, for this application, with the flags expected, without extensions, with a signature
// that verifies. kWrongToken, kWrongApplication, kNoPresence, kNoVerification, kBadSignature,
// kTokenFailed.
base::Result<base::TokenSignature> check_assertion(const fido_assert_t* assertion,
                                                   const KeyReference& key,
                                                   const Expected& expected);

// signature_from_der turns ECDSA-Sig-Value (RFC 3279 section 2.2.3) on P-256 into r||s of 64
// bytes. Strict DER only.
base::Result<base::Bytes> signature_from_der(base::ByteView der);

// raw_auth_data takes the CBOR byte string off authenticator data, as libfido2 gives it.
base::Result<base::ByteView> raw_auth_data(base::ByteView cbor);

}  // namespace touchstone::tokens::fido2
