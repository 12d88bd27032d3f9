// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "ssh/public_key.h"

namespace touchstone::ssh {

// read_certificate reads what follows the key fields of a certificate to the end of the blob
// (PROTOCOL.certkeys). blob is the whole of it: the signature covers it from its first byte.
// For PublicKey::parse.
base::Result<Certificate> read_certificate(base::Reader& reader, base::ByteView blob);

}  // namespace touchstone::ssh
