// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/key.h"
#include "base/result.h"
#include "tokens/fido2/handles.h"
#include "tokens/token.h"

namespace touchstone::tokens::fido2 {

// new_credential prepares a request for one credential of one algorithm.
base::Result<CredHandle> new_credential(base::KeyAlgorithm algorithm, const EnrollRequest& request);

// public_key_of gives a credential's key; kTokenFailed unless it is ed25519 or P-256 and whole.
base::Result<base::PublicKey> public_key_of(const fido_cred_t* cred);

// check_credential takes a token's answer apart and believes nothing of it: the attestation
// verifies (its certificate's worth is for tokens/attestation to say), the application and the
// algorithm are those asked for, and presence and verification are flagged. kWrongApplication,
// kNoPresence, kNoVerification, kBadSignature, kTokenFailed, kTooLong.
base::Result<Enrollment> check_credential(const fido_cred_t* cred, base::KeyAlgorithm algorithm,
                                          const EnrollRequest& request);

}  // namespace touchstone::tokens::fido2
