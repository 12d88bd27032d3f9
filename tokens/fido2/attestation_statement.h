// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace touchstone::tokens::fido2 {

// certificates_of takes the certificates out of an attestation statement (WebAuthn section 6.5.4),
// in its order, leaf first: its member "x5c", of which libfido2 itself gives the first only. None
// when there is no such member; everything else in the statement is passed over.
//
// The statement is CBOR in the canonical form of CTAP2 (CTAP 2.1 section 8): kMalformed and
// kTruncated when it is not, kTooLong above kAttestationStatementMax, kCertificatesMax and
// kCertificateMax.
base::Result<std::vector<base::Bytes>> certificates_of(base::ByteView statement);

}  // namespace touchstone::tokens::fido2
