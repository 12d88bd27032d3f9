// SPDX-License-Identifier: Apache-2.0
#include "tests/ssh/software_key.h"

#include <cstdlib>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::KeyAlgorithm;

void check(bool ok) {
  if (!ok) {
    std::abort();
  }
}

EVP_PKEY* generate(KeyAlgorithm algorithm, unsigned rsa_bits) {
  switch (algorithm) {
    case KeyAlgorithm::kEd25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KeyAlgorithm::kEcdsaP256:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyAlgorithm::kEcdsaP384:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case KeyAlgorithm::kEcdsaP521:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521");
    case KeyAlgorithm::kRsa:
      return EVP_RSA_gen(rsa_bits);
  }
  return nullptr;
}

base::Bytes number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  check(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  base::Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  BN_free(value);
  return bytes;
}

base::Bytes material_of(const EVP_PKEY* key, KeyAlgorithm algorithm) {
  if (algorithm == KeyAlgorithm::kRsa) {
    base::Writer out;
    out.string(number(key, OSSL_PKEY_PARAM_RSA_E)).string(number(key, OSSL_PKEY_PARAM_RSA_N));
    return std::move(out).take();
  }
  if (algorithm == KeyAlgorithm::kEd25519) {
    base::Bytes bytes(32);
    std::size_t size = bytes.size();
    check(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1);
    return bytes;
  }
  const std::size_t size = key_type_of(algorithm, false)->scalar_bytes;
  base::Bytes point{0x04};
  for (const char* name : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
    const base::Bytes coordinate = left_pad(number(key, name), size);
    point.insert(point.end(), coordinate.begin(), coordinate.end());
  }
  return point;
}

base::Bytes fixed_size(const base::Bytes& der, std::size_t scalar_bytes) {
  const unsigned char* cursor = der.data();
  ECDSA_SIG* numbers = d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size()));
  check(numbers != nullptr);
  base::Bytes out(2 * scalar_bytes);
  const auto width = static_cast<int>(scalar_bytes);
  const std::span<std::uint8_t> halves(out);
  check(BN_bn2binpad(ECDSA_SIG_get0_r(numbers), halves.data(), width) == width);
  check(BN_bn2binpad(ECDSA_SIG_get0_s(numbers), halves.subspan(scalar_bytes).data(), width) ==
        width);
  ECDSA_SIG_free(numbers);
  return out;
}

const EVP_MD* hash_of(KeyAlgorithm algorithm, const EVP_MD* rsa_hash) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaP256:
      return EVP_sha256();
    case KeyAlgorithm::kEcdsaP384:
      return EVP_sha384();
    case KeyAlgorithm::kEcdsaP521:
      return EVP_sha512();
    case KeyAlgorithm::kRsa:
      return rsa_hash;
    case KeyAlgorithm::kEd25519:
      break;
  }
  return nullptr;
}

base::Bytes sk_message(const PublicKey& key, std::uint8_t flags, std::uint32_t counter,
                       base::ByteView extensions, base::ByteView message) {
  base::Writer out;
  out.raw(base::sha256(base::as_bytes(*key.application()))).u8(flags).u32(counter);
  out.raw(extensions).raw(base::sha256(message));
  return std::move(out).take();
}

}  // namespace

SoftwareKey::SoftwareKey(KeyAlgorithm algorithm, unsigned rsa_bits)
    : key_(generate(algorithm, rsa_bits)) {
  check(key_ != nullptr);
  public_key_ = {algorithm, material_of(key_.get(), algorithm)};
}

PublicKey plain_key_of(const base::PublicKey& material) {
  const KeyType& type = *key_type_of(material.algorithm, false);
  base::Writer out;
  out.string(type.name);
  if (material.algorithm == KeyAlgorithm::kRsa) {
    base::Reader reader(material.material);
    out.mpint(must(reader.string(4096)));
    out.mpint(must(reader.string(4096)));
  } else {
    if (!type.curve.empty()) {
      out.string(type.curve);
    }
    out.string(material.material);
  }
  return must(PublicKey::parse(out.bytes()));
}

PublicKey SoftwareKey::plain() const { return plain_key_of(public_key_); }

PublicKey SoftwareKey::sk(std::string_view application) const {
  return must(PublicKey::from_token(public_key_, application));
}

base::Bytes SoftwareKey::sign(base::ByteView message, const EVP_MD* rsa_hash) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  check(EVP_DigestSignInit(context, nullptr, hash_of(public_key_.algorithm, rsa_hash), nullptr,
                           key_.get()) == 1);
  std::size_t size = 0;
  check(EVP_DigestSign(context, nullptr, &size, message.data(), message.size()) == 1);
  base::Bytes out(size);
  check(EVP_DigestSign(context, out.data(), &size, message.data(), message.size()) == 1);
  EVP_MD_CTX_free(context);
  out.resize(size);
  const bool is_ecdsa = !key_type_of(public_key_.algorithm, false)->curve.empty();
  return is_ecdsa ? fixed_size(out, key_type_of(public_key_.algorithm, false)->scalar_bytes) : out;
}

Signature SoftwareKey::sign_plain(base::ByteView message) const {
  return must(Signature::from_token(plain(), {sign(message), 0, 0}));
}

Signature SoftwareKey::sign_sk(const PublicKey& key, base::ByteView message, std::uint8_t flags,
                               std::uint32_t counter) const {
  const base::Bytes signature = sign(sk_message(key, flags, counter, {}, message));
  return must(Signature::from_token(key, {signature, flags, counter}));
}

Signature SoftwareKey::sign_webauthn(const PublicKey& key, std::string_view origin,
                                     std::string_view client_data, std::uint8_t flags,
                                     base::ByteView extensions) const {
  constexpr std::uint32_t kCounter = 9;
  const base::Bytes raw =
      sign(sk_message(key, flags, kCounter, extensions, base::as_bytes(client_data)));
  base::Writer numbers;
  numbers.mpint(base::ByteView(raw).first(32)).mpint(base::ByteView(raw).subspan(32));
  base::Writer out;
  out.string("webauthn-sk-ecdsa-sha2-nistp256@openssh.com").string(numbers.bytes());
  out.u8(flags).u32(kCounter).string(origin).string(client_data).string(extensions);
  return must(Signature::parse(out.bytes()));
}

}  // namespace touchstone::ssh
