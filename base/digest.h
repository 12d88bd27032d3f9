// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/bytes.h"

namespace touchstone::base {

using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;
using Sha512 = std::array<std::uint8_t, 64>;

// One-shot digests over the concatenation of `parts`, so that nobody has to copy to hash.
// sha1 is here for git object names only; never for anything that must resist an attacker.
Sha1 sha1(std::initializer_list<ByteView> parts);
Sha256 sha256(std::initializer_list<ByteView> parts);
Sha512 sha512(std::initializer_list<ByteView> parts);
inline Sha256 sha256(ByteView bytes) { return sha256({bytes}); }
inline Sha512 sha512(ByteView bytes) { return sha512({bytes}); }

// hmac_sha256 is RFC 2104 with SHA-256.
Sha256 hmac_sha256(ByteView key, ByteView message);

// crypto_library names the library behind these, with its version.
std::string crypto_library();

}  // namespace touchstone::base
