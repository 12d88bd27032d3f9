// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/digest.h"

namespace touchstone::emulators::fido2 {

// The cryptography of an authenticator, on OpenSSL's EVP. Failures of OpenSSL itself (no memory)
// throw std::runtime_error: in a test program there is nothing else to be done about them.

struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyDeleter>;

enum class Algorithm : std::int8_t { kEs256 = -7, kEdDsa = -8 };  // COSE numbers

struct Point {
  std::array<std::uint8_t, 32> x;
  std::array<std::uint8_t, 32> y;
};

Pkey generate_key(Algorithm algorithm);
// derive_p256_key gives the same key for the same label, always. Whoever can read the label has
// the key, which is right for a test CA and for nothing else.
Pkey derive_p256_key(std::string_view label);
base::Bytes private_key_der(const Pkey& key);
base::Result<Pkey> read_private_key_der(base::ByteView der);

Point p256_point(const Pkey& key);
base::Bytes ed25519_public(const Pkey& key);
// sign gives a DER ECDSA-Sig-Value over SHA-256, or the 64 bytes of Ed25519.
base::Bytes sign(const Pkey& key, base::ByteView message);

// ecdh fails with kMalformed when the point is not on P-256. It gives the x coordinate.
base::Result<base::Bytes> ecdh(const Pkey& own, const Point& peer);
base::Bytes random_bytes(std::size_t count);
base::Sha256 hmac_sha256(base::ByteView key, base::ByteView message);
base::Bytes hkdf_sha256(base::ByteView secret, base::ByteView salt, std::string_view info,
                        std::size_t size);

enum class Direction { kEncrypt, kDecrypt };
// aes256_cbc has no padding: kMalformed unless the input is whole blocks.
base::Result<base::Bytes> aes256_cbc(Direction direction, base::ByteView key, base::ByteView iv,
                                     base::ByteView input);

}  // namespace touchstone::emulators::fido2
