// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace touchstone::ssh {

constexpr std::size_t kEd25519KeyBytes = 32;        // RFC 8032 section 5.1.5
constexpr std::size_t kEd25519SignatureBytes = 64;  // section 5.1.6

// verify_ed25519 checks a signature (RFC 8032 section 5.1.7, without the cofactor, as OpenSSH
// does). The one place that meets libsodium, which takes half of OpenSSL's time for what is most
// of the work of verifying a history.
//
// Beyond RFC 8032 it refuses keys of small order, keys that are not encoded canonically, and
// signatures whose R is of small order: with such a key everybody can make signatures that hold
// for any message, with any flags of a token in it. No signer makes them by accident.
//
// Fails with kBadSignature; kSystem when the machine has no random numbers, which libsodium wants
// before anything else. Safe to call from several threads.
base::Status verify_ed25519(base::ByteView key, base::ByteView message, base::ByteView signature);

// ed25519_library names the library behind it, with its version.
std::string ed25519_library();

}  // namespace touchstone::ssh
