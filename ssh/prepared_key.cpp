// SPDX-License-Identifier: Apache-2.0
#include "ssh/prepared_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "ssh/ed25519.h"
#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;
using base::KeyAlgorithm;

constexpr std::uint8_t kUncompressedPoint = 0x04;
constexpr std::uint8_t kDerSequence = 0x30;
constexpr std::uint8_t kDerInteger = 0x02;
constexpr std::uint8_t kDerLongLength1 = 0x81;
constexpr std::size_t kDerShortLengthMax = 127;

struct KeyContextFree {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct BuilderFree {
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
};
struct ParamsFree {
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
};
struct NumberFree {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Builder = std::unique_ptr<OSSL_PARAM_BLD, BuilderFree>;
using Number = std::unique_ptr<BIGNUM, NumberFree>;

const char* group_name(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return "P-256";
    case KeyAlgorithm::kEcdsaP384:
      return "P-384";
    case KeyAlgorithm::kEcdsaP521:
      return "P-521";
    case KeyAlgorithm::kEd25519:
    case KeyAlgorithm::kRsa:
      break;
  }
  return "";
}

const EVP_MD* hash_of(KeyAlgorithm algorithm, RsaHash rsa_hash) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return EVP_sha256();
    case KeyAlgorithm::kEcdsaP384:
      return EVP_sha384();
    case KeyAlgorithm::kEcdsaP521:
      return EVP_sha512();
    case KeyAlgorithm::kRsa:
      return rsa_hash == RsaHash::kSha256 ? EVP_sha256() : EVP_sha512();
    case KeyAlgorithm::kEd25519:
      break;
  }
  return nullptr;
}

void append_der_integer(base::Writer& out, ByteView magnitude) {
  // A DER integer and an mpint are the same bytes after the length; only zero differs.
  base::Writer mpint;
  mpint.mpint(magnitude);
  const ByteView digits = ByteView(mpint.bytes()).subspan(sizeof(std::uint32_t));
  out.u8(kDerInteger).u8(static_cast<std::uint8_t>(std::max<std::size_t>(digits.size(), 1)));
  if (digits.empty()) {
    out.u8(0);
  }
  out.raw(digits);
}

// der_of gives r||s as OpenSSL takes it (SEC 1 section C.5).
base::Bytes der_of(ByteView r_and_s) {
  base::Writer body;
  append_der_integer(body, r_and_s.first(r_and_s.size() / 2));
  append_der_integer(body, r_and_s.subspan(r_and_s.size() / 2));
  base::Writer out;
  out.u8(kDerSequence);
  if (body.size() > kDerShortLengthMax) {
    out.u8(kDerLongLength1);
  }
  out.u8(static_cast<std::uint8_t>(body.size())).raw(body.bytes());
  return std::move(out).take();
}

base::Result<EVP_PKEY*> from_params(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, ParamsFree> params(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextFree> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    ERR_clear_error();
    return base::fail(Code::kMalformed, std::string(type) + " public key");
  }
  return key;
}

std::size_t bit_count(ByteView magnitude) {
  return magnitude.empty()
             ? 0
             : (magnitude.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(
                                                static_cast<unsigned>(magnitude.front())));
}

}  // namespace

base::Result<std::shared_ptr<const PreparedKey>> PreparedKey::make_ed25519(
    const base::PublicKey& key) {
  if (key.material.size() != kEd25519KeyBytes) {
    return base::fail(Code::kMalformed, "ed25519 public key");
  }
  return std::shared_ptr<const PreparedKey>(new PreparedKey(key.material));
}

base::Result<PreparedKey::Handle> PreparedKey::make_ecdsa(const base::PublicKey& key) {
  const KeyType* type = key_type_of(key.algorithm, false);
  // Compressed points and the point at infinity have other sizes and first bytes.
  if (type == nullptr || key.material.size() != 1 + 2 * type->scalar_bytes ||
      key.material.front() != kUncompressedPoint) {
    return base::fail(Code::kMalformed, "not an uncompressed point");
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      group_name(key.algorithm), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, key.material.data(),
                                       key.material.size()) != 1) {
    return base::fail(Code::kSystem, "out of memory");
  }
  TRY(handle, from_params("EC", builder.get()));
  return Handle(handle);
}

base::Result<PreparedKey::Handle> PreparedKey::make_rsa(const base::PublicKey& key) {
  base::Reader reader(key.material);
  TRY(e, reader.string(kRsaModulusBitsMax / 8, 1));
  TRY(n, reader.string(kRsaModulusBitsMax / 8, 1));
  TRY_VOID(reader.expect_end());
  const std::size_t modulus_bits = bit_count(n);
  if (modulus_bits < kRsaModulusBitsMin || modulus_bits > kRsaModulusBitsMax) {
    return base::fail(Code::kUnsupported, "rsa key of " + std::to_string(modulus_bits) + " bits");
  }
  const bool exponent_is_one = e.size() == 1 && e.front() == 1;
  if ((n.back() & 1U) == 0 || (e.back() & 1U) == 0 || exponent_is_one || e.size() > n.size()) {
    return base::fail(Code::kMalformed, "rsa modulus or exponent");
  }
  const Number modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(e.data(), static_cast<int>(e.size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || !modulus || !exponent ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return base::fail(Code::kSystem, "out of memory");
  }
  TRY(handle, from_params("RSA", builder.get()));
  return Handle(handle);
}

base::Result<std::shared_ptr<const PreparedKey>> PreparedKey::make(const base::PublicKey& key) {
  Handle handle;
  switch (key.algorithm) {
    case KeyAlgorithm::kEd25519:
      return make_ed25519(key);
    case KeyAlgorithm::kEcdsaP256:
    case KeyAlgorithm::kEcdsaP384:
    case KeyAlgorithm::kEcdsaP521:
      TRY_ASSIGN(handle, make_ecdsa(key));
      break;
    case KeyAlgorithm::kRsa:
      TRY_ASSIGN(handle, make_rsa(key));
      break;
  }
  if (!handle) {
    return base::fail(Code::kUnsupported, "key algorithm");
  }
  Context begun = begin(handle.get(), hash_of(key.algorithm, RsaHash::kSha512));
  return std::shared_ptr<const PreparedKey>(
      new PreparedKey(key.algorithm, std::move(handle), std::move(begun)));
}

// begin gives null when OpenSSL cannot verify with this key.
PreparedKey::Context PreparedKey::begin(EVP_PKEY* key, const EVP_MD* hash) {
  Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return context;
}

PreparedKey::Context PreparedKey::context_for(RsaHash rsa_hash) const {
  if (algorithm_ == KeyAlgorithm::kRsa && rsa_hash != RsaHash::kSha512) {
    return begin(key_.get(), hash_of(algorithm_, rsa_hash));
  }
  Context context(EVP_MD_CTX_new());
  if (!begun_ || !context || EVP_MD_CTX_copy_ex(context.get(), begun_.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return context;
}

base::Status PreparedKey::verify(ByteView message, ByteView signature, RsaHash rsa_hash) const {
  if (algorithm_ == KeyAlgorithm::kEd25519) {
    return verify_ed25519(ed25519_, message, signature);
  }
  base::Bytes der;
  if (algorithm_ != KeyAlgorithm::kRsa) {
    if (signature.size() != 2 * key_type_of(algorithm_, false)->scalar_bytes) {
      return base::fail(Code::kBadSignature, "wrong size");
    }
    der = der_of(signature);
    signature = der;
  }
  const Context context = context_for(rsa_hash);
  if (!context) {
    return base::fail(Code::kSystem, "OpenSSL cannot verify with this key");
  }
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                       message.size()) != 1) {
    ERR_clear_error();
    return base::fail(Code::kBadSignature);
  }
  return {};
}

unsigned PreparedKey::bits() const {
  return algorithm_ == KeyAlgorithm::kEd25519
             ? 256U
             : static_cast<unsigned>(EVP_PKEY_get_bits(key_.get()));
}

}  // namespace touchstone::ssh
