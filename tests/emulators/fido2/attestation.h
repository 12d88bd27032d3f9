// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/bytes.h"
#include "tests/emulators/fido2/crypto.h"
#include "tests/emulators/fido2/profile.h"

namespace touchstone::emulators::fido2 {

// The test CA. Its private key is derived from a text in attestation.cpp, so everybody has it: a
// signature of it proves nothing, and no installed program may trust it. The root's subject and
// public key are always the same; its bytes are not, as ECDSA draws a random number.
std::string test_root_pem();
base::Bytes test_root_der();

// issue_attestation_certificate makes the leaf of a token, as WebAuthn 8.2.1 demands it of packed
// attestation: version 3, OU "Authenticator Attestation", the AAGUID extension
// (1.3.6.1.4.1.45724.1.1.4) when the model has one, basicConstraints CA:FALSE. DER.
base::Bytes issue_attestation_certificate(const Pkey& leaf, const Aaguid& aaguid);

}  // namespace touchstone::emulators::fido2
