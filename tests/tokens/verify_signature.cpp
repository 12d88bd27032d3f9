// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/digest.h"
#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

struct OpensslFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using Key = std::unique_ptr<EVP_PKEY, OpensslFree>;

Key p256(base::Bytes point) {
  const std::unique_ptr<EVP_PKEY_CTX, OpensslFree> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  std::string group = "prime256v1";
  std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data());
  return Key(key);
}

base::Bytes der(base::ByteView raw) {
  const std::unique_ptr<ECDSA_SIG, OpensslFree> signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(raw.data(), 32, nullptr),
                 BN_bin2bn(raw.subspan(32).data(), 32, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &out);
  base::Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

}  // namespace

bool verifies(const KeyReference& key, base::ByteView data, const base::TokenSignature& signature) {
  if (signature.signature.size() != 64) {
    return false;
  }
  base::Writer message;
  message.raw(base::sha256(base::as_bytes(key.application)));
  message.u8(signature.flags).u32(signature.counter).raw(base::sha256(data));
  const bool ed25519 = key.public_key.algorithm == base::KeyAlgorithm::kEd25519;
  const base::Bytes& material = key.public_key.material;
  const Key public_key = ed25519 ? Key(EVP_PKEY_new_raw_public_key(
                                       EVP_PKEY_ED25519, nullptr, material.data(), material.size()))
                                 : p256(material);
  const base::Bytes encoded = ed25519 ? signature.signature : der(signature.signature);
  const std::unique_ptr<EVP_MD_CTX, OpensslFree> context(EVP_MD_CTX_new());
  return public_key &&
         EVP_DigestVerifyInit(context.get(), nullptr, ed25519 ? nullptr : EVP_sha256(), nullptr,
                              public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), encoded.data(), encoded.size(), message.bytes().data(),
                          message.size()) == 1;
}

}  // namespace touchstone::tokens
