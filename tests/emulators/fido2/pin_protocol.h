// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "tests/emulators/fido2/crypto.h"
#include "tests/emulators/fido2/ctap.h"

namespace touchstone::emulators::fido2 {

// PinSecret is what platform and token agree on with ECDH.
struct PinSecret {
  base::Bytes hmac_key;
  base::Bytes aes_key;
};

// PinProtocol is PIN/UV auth protocol one or two (CTAP 2.1 sections 6.5.6 and 6.5.7) with its key
// agreement key and its pinUvAuthToken.
class PinProtocol final {
 public:
  explicit PinProtocol(int version);

  int version() const { return version_; }
  // regenerate makes a new key agreement key, reset_token a new token.
  void regenerate() { key_ = generate_key(Algorithm::kEs256); }
  void reset_token() { token_ = random_bytes(32); }
  const base::Bytes& token() const { return token_; }
  Point key_agreement() const { return p256_point(key_); }

  CtapExpected<PinSecret> decapsulate(const Point& peer) const;
  base::Bytes encrypt(const PinSecret& secret, base::ByteView plain) const;
  CtapExpected<base::Bytes> decrypt(const PinSecret& secret, base::ByteView cipher) const;
  // verify compares in constant time.
  bool verify(base::ByteView key, base::ByteView message, base::ByteView signature) const;
  bool verify_token(base::ByteView message, base::ByteView signature) const {
    return verify(token_, message, signature);
  }

 private:
  int version_;
  Pkey key_;
  base::Bytes token_;
};

}  // namespace touchstone::emulators::fido2
