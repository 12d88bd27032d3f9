// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace touchstone::base {

// KeyAlgorithm is a public-key algorithm apart from any protocol's name for it. The numbers are
// part of the driver protocol.
enum class KeyAlgorithm : std::uint8_t {
  kEd25519 = 1,
  kEcdsaP256 = 2,
  kEcdsaP384 = 3,
  kEcdsaP521 = 4,
  kRsa = 5,
};

// PublicKey is a public key as tokens and SSH both understand it.
struct PublicKey {
  KeyAlgorithm algorithm{KeyAlgorithm::kEd25519};
  // Ed25519: the 32 bytes of RFC 8032. ECDSA: the uncompressed point 04||X||Y of SEC 1.
  // RSA: two strings (RFC 4251), e and n, each an unsigned big-endian magnitude.
  Bytes material;

  bool operator==(const PublicKey&) const = default;
};

// Signature flags of a FIDO authenticator (CTAP 2.1 section 6.1, WebAuthn authenticator data).
constexpr std::uint8_t kFlagUserPresence = 0x01;
constexpr std::uint8_t kFlagUserVerification = 0x04;

// TokenSignature is what a token gave back for "key K, these bytes".
struct TokenSignature {
  // Ed25519: 64 bytes. ECDSA: r||s, each padded to the size of the curve's order. RSA: as is.
  Bytes signature;
  // FIDO only: authenticator data flags and the signature counter, both covered by the
  // signature. Zero for other tokens.
  std::uint8_t flags{0};
  std::uint32_t counter{0};

  bool operator==(const TokenSignature&) const = default;
};

}  // namespace touchstone::base
