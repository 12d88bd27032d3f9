// SPDX-License-Identifier: Apache-2.0
#include "ssh/ed25519.h"

#include <sodium.h>

namespace touchstone::ssh {

base::Status verify_ed25519(base::ByteView key, base::ByteView message, base::ByteView signature) {
  if (::sodium_init() < 0) {
    return base::fail(base::Code::kSystem, "libsodium does not start");
  }
  static_assert(kEd25519KeyBytes == crypto_sign_PUBLICKEYBYTES);
  static_assert(kEd25519SignatureBytes == crypto_sign_BYTES);
  if (key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return base::fail(base::Code::kBadSignature, "wrong size");
  }
  if (::crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) !=
      0) {
    return base::fail(base::Code::kBadSignature);
  }
  return {};
}

std::string ed25519_library() { return std::string("libsodium ") + ::sodium_version_string(); }

}  // namespace touchstone::ssh
