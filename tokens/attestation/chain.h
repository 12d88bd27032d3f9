// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "tokens/token.h"

namespace touchstone::tokens {

// What an attestation's certificates are worth, which check_statement leaves open.

// check_chain checks that the leaf is a certificate for attesting FIDO keys (WebAuthn Level 2
// section 8.2.1; for "fido-u2f" one with the extensions of the FIDO Alliance) and that it leads to
// one of `roots`, certificates in PEM (RFC 7468) that its maker published: makers have other keys
// below the same roots, which sign whatever their owner likes. When the certificates were valid is
// not asked: a key in a token outlives them, and makers let them lie for decades. Fails with
// kMalformed when there is no certificate in roots, with kNoEvidence when the attestation has none
// (the new key then vouches for itself, as anything can), when its leaf is for something else or
// for another model, or when they lead to none of the roots.
base::Status check_chain(const Attestation& attestation, base::ByteView roots);

// issuer_of gives the name of who issued the leaf certificate, one line (RFC 2253), as it stands
// there: text from outside. Fails with kNoEvidence as above, kMalformed when it is no certificate.
base::Result<std::string> issuer_of(const Attestation& attestation);

// credential_id_of gives the id of the credential that the authenticator data is about (WebAuthn
// Level 2 section 6.5.1); empty when it names none. Whether it is signed is check_statement's to
// say.
base::Bytes credential_id_of(const Attestation& attestation);

}  // namespace touchstone::tokens
