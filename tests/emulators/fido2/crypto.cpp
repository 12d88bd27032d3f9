// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/crypto.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::size_t kAesBlockBytes = 16;
constexpr std::size_t kAes256KeyBytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;
constexpr std::uint8_t kUncompressedPoint = 0x04;

// must is for calls that fail only when OpenSSL itself is broken or out of memory.
void must(bool good, const char* what) {
  if (!good) {
    throw std::runtime_error(std::string("OpenSSL: ") + what);
  }
}

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Freer<EC_GROUP_free>>;
using EcPoint = std::unique_ptr<EC_POINT, Freer<EC_POINT_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;

// p256_from makes a key from an encoded point and, when there is one, the private number.
// Null when the point is not on the curve.
Pkey p256_from(base::ByteView point, const BIGNUM* secret) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  must(builder != nullptr, "OSSL_PARAM_BLD_new");
  must(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1,
       "group name");
  must(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size()) == 1,
       "public key");
  if (secret != nullptr) {
    must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1,
         "private key");
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  must(params != nullptr, "OSSL_PARAM_BLD_to_param");
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  must(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1, "EVP_PKEY_fromdata_init");
  EVP_PKEY* key = nullptr;
  const int selection = secret != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

std::array<std::uint8_t, 65> encode_point(const Point& point) {
  std::array<std::uint8_t, 65> encoded{};
  encoded.front() = kUncompressedPoint;
  std::copy(point.x.begin(), point.x.end(), encoded.begin() + 1);
  std::copy(point.y.begin(), point.y.end(), encoded.begin() + 33);
  return encoded;
}

}  // namespace

Pkey generate_key(Algorithm algorithm) {
  EVP_PKEY* key = nullptr;
  switch (algorithm) {
    case Algorithm::kEs256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      break;
    case Algorithm::kEdDsa:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  must(key != nullptr, "EVP_PKEY_Q_keygen");
  return Pkey(key);
}

Pkey derive_p256_key(std::string_view label) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  must(group != nullptr, "EC_GROUP_new_by_curve_name");
  const base::Sha256 seed = base::sha256(base::as_bytes(label));
  const BigNumber secret(BN_bin2bn(seed.data(), static_cast<int>(seed.size()), nullptr));
  must(secret != nullptr && BN_cmp(secret.get(), EC_GROUP_get0_order(group.get())) < 0, "scalar");
  const EcPoint point(EC_POINT_new(group.get()));
  must(point != nullptr &&
           EC_POINT_mul(group.get(), point.get(), secret.get(), nullptr, nullptr, nullptr) == 1,
       "EC_POINT_mul");
  std::array<std::uint8_t, 65> encoded{};
  must(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                          encoded.size(), nullptr) == encoded.size(),
       "EC_POINT_point2oct");
  Pkey key = p256_from(encoded, secret.get());
  must(key != nullptr, "EVP_PKEY_fromdata");
  return key;
}

base::Bytes private_key_der(const Pkey& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key.get(), &der);
  must(size > 0, "i2d_PrivateKey");
  base::Bytes out = base::to_bytes(base::ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return out;
}

base::Result<Pkey> read_private_key_der(base::ByteView der) {
  const unsigned char* cursor = der.data();
  Pkey key(d2i_AutoPrivateKey(nullptr, &cursor, static_cast<long>(der.size())));
  if (key == nullptr) {
    return base::fail(base::Code::kMalformed, "private key");
  }
  return key;
}

Point p256_point(const Pkey& key) {
  std::array<std::uint8_t, 65> encoded{};
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                       encoded.size(), &size) == 1 &&
           size == encoded.size() && encoded.front() == kUncompressedPoint,
       "public point");
  Point point{};
  std::copy_n(encoded.begin() + 1, point.x.size(), point.x.begin());
  std::copy_n(encoded.begin() + 33, point.y.size(), point.y.begin());
  return point;
}

base::Bytes ed25519_public(const Pkey& key) {
  base::Bytes out(32);
  std::size_t size = out.size();
  must(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1, "raw public key");
  return out;
}

base::Bytes sign(const Pkey& key, base::ByteView message) {
  const DigestContext context(EVP_MD_CTX_new());
  const bool ed25519 = EVP_PKEY_is_a(key.get(), "ED25519") == 1;
  const EVP_MD* digest = ed25519 ? nullptr : EVP_sha256();
  must(context != nullptr &&
           EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) == 1,
       "EVP_DigestSignInit");
  std::size_t size =
      ed25519 ? kEd25519SignatureBytes : static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  base::Bytes out(size);
  must(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1,
       "EVP_DigestSign");
  out.resize(size);
  return out;
}

base::Result<base::Bytes> ecdh(const Pkey& own, const Point& peer) {
  const Pkey peer_key = p256_from(encode_point(peer), nullptr);
  if (peer_key == nullptr) {
    return base::fail(base::Code::kMalformed, "point not on P-256");
  }
  const KeyContext context(EVP_PKEY_CTX_new(own.get(), nullptr));
  must(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1, "EVP_PKEY_derive_init");
  base::Bytes secret(32);
  std::size_t size = secret.size();
  if (EVP_PKEY_derive_set_peer(context.get(), peer_key.get()) != 1 ||
      EVP_PKEY_derive(context.get(), secret.data(), &size) != 1) {
    return base::fail(base::Code::kMalformed, "ECDH");
  }
  return secret;
}

base::Bytes random_bytes(std::size_t count) {
  base::Bytes out(count);
  must(RAND_bytes(out.data(), static_cast<int>(count)) == 1, "RAND_bytes");
  return out;
}

base::Sha256 hmac_sha256(base::ByteView key, base::ByteView message) {
  base::Sha256 out{};
  unsigned int size = 0;
  must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
            out.data(), &size) != nullptr,
       "HMAC");
  return out;
}

base::Bytes hkdf_sha256(base::ByteView secret, base::ByteView salt, std::string_view info,
                        std::size_t size) {
  const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  const base::ByteView info_bytes = base::as_bytes(info);
  base::Bytes out(size);
  must(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set1_hkdf_salt(context.get(), salt.data(), static_cast<int>(salt.size())) ==
               1 &&
           EVP_PKEY_CTX_set1_hkdf_key(context.get(), secret.data(),
                                      static_cast<int>(secret.size())) == 1 &&
           EVP_PKEY_CTX_add1_hkdf_info(context.get(), info_bytes.data(),
                                       static_cast<int>(info_bytes.size())) == 1 &&
           EVP_PKEY_derive(context.get(), out.data(), &size) == 1,
       "HKDF");
  return out;
}

base::Result<base::Bytes> aes256_cbc(Direction direction, base::ByteView key, base::ByteView iv,
                                     base::ByteView input) {
  if (key.size() != kAes256KeyBytes || iv.size() != kAesBlockBytes || input.empty() ||
      input.size() % kAesBlockBytes != 0) {
    return base::fail(base::Code::kMalformed, "AES-256-CBC sizes");
  }
  const CipherContext context(EVP_CIPHER_CTX_new());
  const int encrypt = direction == Direction::kEncrypt ? 1 : 0;
  base::Bytes out(input.size());
  int written = 0;
  must(context != nullptr &&
           EVP_CipherInit_ex2(context.get(), EVP_aes_256_cbc(), key.data(), iv.data(), encrypt,
                              nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
           EVP_CipherUpdate(context.get(), out.data(), &written, input.data(),
                            static_cast<int>(input.size())) == 1 &&
           static_cast<std::size_t>(written) == input.size(),
       "AES-256-CBC");
  return out;
}

}  // namespace touchstone::emulators::fido2
