// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/crypto.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace touchstone::emulators::fido2 {
namespace {

base::Bytes from_digits(std::string_view hex) { return base::from_hex(hex).value(); }

TEST(Crypto, HmacAgreesWithRfc4231) {
  // Test case 2.
  EXPECT_EQ(base::to_hex(hmac_sha256(base::as_bytes("Jefe"),
                                     base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, HkdfAgreesWithRfc5869) {
  // Test case 1; its info is not text, so it is passed as such.
  const base::Bytes info = from_digits("f0f1f2f3f4f5f6f7f8f9");
  EXPECT_EQ(
      base::to_hex(hkdf_sha256(base::Bytes(22, 0x0b), from_digits("000102030405060708090a0b0c"),
                               base::as_text(info), 42)),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Crypto, AesAgreesWithSp800_38a) {
  // F.2.5 CBC-AES256.Encrypt, first two blocks.
  const base::Bytes key =
      from_digits("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  const base::Bytes iv = from_digits("000102030405060708090a0b0c0d0e0f");
  const base::Bytes plain =
      from_digits("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
  const base::Bytes cipher =
      from_digits("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
  EXPECT_EQ(aes256_cbc(Direction::kEncrypt, key, iv, plain).value(), cipher);
  EXPECT_EQ(aes256_cbc(Direction::kDecrypt, key, iv, cipher).value(), plain);
}

TEST(Crypto, AesTakesWholeBlocksOnly) {
  const base::Bytes key(32, 0);
  const base::Bytes iv(16, 0);
  for (const std::size_t size : {0U, 1U, 15U, 17U}) {
    EXPECT_FALSE(aes256_cbc(Direction::kDecrypt, key, iv, base::Bytes(size, 0)).has_value());
  }
  EXPECT_FALSE(aes256_cbc(Direction::kDecrypt, base::Bytes(16, 0), iv, iv).has_value());
  EXPECT_FALSE(aes256_cbc(Direction::kDecrypt, key, key, iv).has_value());
}

TEST(Crypto, EcdhGivesBothSidesTheSame) {
  const Pkey a = generate_key(Algorithm::kEs256);
  const Pkey b = generate_key(Algorithm::kEs256);
  EXPECT_EQ(ecdh(a, p256_point(b)).value(), ecdh(b, p256_point(a)).value());
}

TEST(Crypto, EcdhRefusesPointsOffTheCurve) {
  const Pkey own = generate_key(Algorithm::kEs256);
  Point point = p256_point(own);
  point.y.back() ^= 1;
  EXPECT_FALSE(ecdh(own, point).has_value());
  EXPECT_FALSE(ecdh(own, Point{}).has_value());
}

TEST(Crypto, DerivedKeysDependOnTheLabelOnly) {
  EXPECT_EQ(private_key_der(derive_p256_key("a")), private_key_der(derive_p256_key("a")));
  EXPECT_NE(private_key_der(derive_p256_key("a")), private_key_der(derive_p256_key("b")));
}

TEST(Crypto, PrivateKeysSurviveDer) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEdDsa}) {
    const base::Bytes der = private_key_der(generate_key(algorithm));
    EXPECT_EQ(private_key_der(read_private_key_der(der).value()), der);
  }
  EXPECT_FALSE(read_private_key_der(base::Bytes{0x30, 0x00}).has_value());
  EXPECT_FALSE(read_private_key_der({}).has_value());
}

}  // namespace
}  // namespace touchstone::emulators::fido2
