// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/secret.h"

namespace touchstone::ssh {

// bcrypt_pbkdf derives key_bytes from a passphrase as OpenSSH's encrypted key files do: PBKDF2
// (RFC 8018 section 5.2) over bcrypt, with the output bytes of the blocks interleaved so that a
// part of the key costs as much as all of it (bcrypt_pbkdf(3) of OpenBSD). Fails with kMalformed
// for an empty passphrase or salt, kTooLong for more than kBcryptRoundsMax rounds or kBcryptKeyMax
// bytes. Takes some milliseconds per round.
base::Result<base::Secret> bcrypt_pbkdf(base::ByteView passphrase, base::ByteView salt,
                                        unsigned rounds, std::size_t key_bytes);

}  // namespace touchstone::ssh
