// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/software_token.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/digest.h"

namespace touchstone::bench {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })>;

void check(bool done) {
  if (!done) {
    std::abort();
  }
}

Key private_key(const SoftwareToken::Handle& handle) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, handle.data(), handle.size()));
  check(key != nullptr);
  return key;
}

}  // namespace

SoftwareToken::Handle SoftwareToken::new_handle() {
  Handle handle{};
  check(RAND_bytes(handle.data(), static_cast<int>(handle.size())) == 1);
  return handle;
}

base::PublicKey SoftwareToken::public_key(const Handle& handle) {
  base::PublicKey key{base::KeyAlgorithm::kEd25519, base::Bytes(32)};
  std::size_t size = key.material.size();
  check(EVP_PKEY_get_raw_public_key(private_key(handle).get(), key.material.data(), &size) == 1);
  return key;
}

base::TokenSignature SoftwareToken::sign(const Handle& handle, std::string_view application,
                                         base::ByteView data, std::uint32_t counter) {
  const base::Sha256 application_hash = base::sha256(base::as_bytes(application));
  const base::Sha256 data_hash = base::sha256(data);
  base::Writer message;
  message.raw(application_hash).u8(base::kFlagUserPresence).u32(counter).raw(data_hash);

  const Key key = private_key(handle);
  const Context context(EVP_MD_CTX_new());
  base::TokenSignature signature{base::Bytes(64), base::kFlagUserPresence, counter};
  std::size_t size = signature.signature.size();
  check(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  check(EVP_DigestSign(context.get(), signature.signature.data(), &size, message.bytes().data(),
                       message.size()) == 1);
  return signature;
}

}  // namespace touchstone::bench
