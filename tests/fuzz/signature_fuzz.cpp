// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"
#include "ssh/signature.h"
#include "tests/fuzz/fuzz.h"

using namespace touchstone;

namespace {

// Any key of the signature's type: verification must not crash, whatever it says.
base::Result<ssh::PublicKey> some_sk_key(const ssh::Signature& signature) {
  if (signature.name() == "sk-ssh-ed25519@openssh.com") {
    return ssh::PublicKey::from_token({base::KeyAlgorithm::kEd25519, base::Bytes(32, 1)}, "ssh:");
  }
  // The generator of P-256 (SEC 2 section 2.4.2).
  TRY(point, base::from_hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
  return ssh::PublicKey::from_token({base::KeyAlgorithm::kEcdsaP256, point}, "ssh:");
}

}  // namespace

void fuzz(base::ByteView bytes) {
  const auto signature = ssh::Signature::parse(bytes);
  if (!signature) {
    return;
  }
  FUZZ_CHECK(base::equal(signature->blob(), bytes));
  FUZZ_CHECK(!signature->raw().empty());
  FUZZ_CHECK(signature->sk().has_value() || !signature->webauthn().has_value());
  if (!signature->sk().has_value()) {
    return;
  }
  const auto key = some_sk_key(*signature);
  FUZZ_CHECK(key.has_value());
  static_cast<void>(ssh::verify(*key, *signature, bytes).has_value());
  if (!signature->webauthn().has_value()) {
    const base::TokenSignature of_token{base::to_bytes(signature->raw()), signature->sk()->flags,
                                        signature->sk()->counter};
    const auto again = ssh::Signature::from_token(*key, of_token);
    FUZZ_CHECK(again.has_value() && base::equal(again->blob(), bytes));
  }
}
