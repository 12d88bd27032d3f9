// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/pin_protocol.h"

#include <openssl/crypto.h>

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::size_t kIvBytes = 16;
constexpr std::size_t kSignatureBytesOne = 16;
constexpr std::size_t kSignatureBytesTwo = 32;
constexpr std::size_t kKeyBytes = 32;

}  // namespace

PinProtocol::PinProtocol(int version) : version_(version) {
  regenerate();
  reset_token();
}

CtapExpected<PinSecret> PinProtocol::decapsulate(const Point& peer) const {
  const auto shared = ecdh(key_, peer);
  if (!shared.has_value()) {
    return refuse(CtapError::kInvalidParameter);
  }
  if (version_ == 1) {
    const base::Sha256 key = base::sha256(*shared);
    return PinSecret{base::to_bytes(key), base::to_bytes(key)};
  }
  const base::Bytes salt(kKeyBytes, 0);
  return PinSecret{hkdf_sha256(*shared, salt, "CTAP2 HMAC key", kKeyBytes),
                   hkdf_sha256(*shared, salt, "CTAP2 AES key", kKeyBytes)};
}

base::Bytes PinProtocol::encrypt(const PinSecret& secret, base::ByteView plain) const {
  const base::Bytes iv = version_ == 1 ? base::Bytes(kIvBytes, 0) : random_bytes(kIvBytes);
  const auto cipher = aes256_cbc(Direction::kEncrypt, secret.aes_key, iv, plain);
  base::Writer out;
  if (version_ != 1) {
    out.raw(iv);
  }
  return out.raw(cipher.value()).bytes();
}

CtapExpected<base::Bytes> PinProtocol::decrypt(const PinSecret& secret,
                                               base::ByteView cipher) const {
  base::Bytes iv(kIvBytes, 0);
  if (version_ != 1) {
    if (cipher.size() < kIvBytes) {
      return refuse(CtapError::kPinAuthInvalid);
    }
    iv = base::to_bytes(cipher.first(kIvBytes));
    cipher = cipher.subspan(kIvBytes);
  }
  auto plain = aes256_cbc(Direction::kDecrypt, secret.aes_key, iv, cipher);
  if (!plain.has_value()) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  return *std::move(plain);
}

bool PinProtocol::verify(base::ByteView key, base::ByteView message,
                         base::ByteView signature) const {
  const base::Sha256 mac = hmac_sha256(key, message);
  const std::size_t size = version_ == 1 ? kSignatureBytesOne : kSignatureBytesTwo;
  return signature.size() == size && CRYPTO_memcmp(mac.data(), signature.data(), size) == 0;
}

}  // namespace touchstone::emulators::fido2
