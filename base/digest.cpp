// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace touchstone::base {
namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// fetched looks an algorithm up once: what EVP_sha256() gives is looked up for every digest.
const EVP_MD* fetched(const char* name) { return EVP_MD_fetch(nullptr, name, nullptr); }

template <class Out>
Out digest(const EVP_MD* algorithm, std::initializer_list<ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  Out out{};
  // These fail only when memory does or when the library has no such hash: nothing to go on with.
  if (!context || algorithm == nullptr ||
      EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
    std::abort();
  }
  for (const ByteView part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) {
      std::abort();
    }
  }
  if (EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) {
    std::abort();
  }
  return out;
}

}  // namespace

Sha1 sha1(std::initializer_list<ByteView> parts) {
  static const EVP_MD* const algorithm = fetched("SHA1");
  return digest<Sha1>(algorithm, parts);
}

Sha256 sha256(std::initializer_list<ByteView> parts) {
  static const EVP_MD* const algorithm = fetched("SHA2-256");
  return digest<Sha256>(algorithm, parts);
}

Sha512 sha512(std::initializer_list<ByteView> parts) {
  static const EVP_MD* const algorithm = fetched("SHA2-512");
  return digest<Sha512>(algorithm, parts);
}

Sha256 hmac_sha256(ByteView key, ByteView message) {
  constexpr std::size_t kBlockBytes = 64;
  constexpr std::uint8_t kInner = 0x36;
  constexpr std::uint8_t kOuter = 0x5c;
  std::array<std::uint8_t, kBlockBytes> block{};
  if (key.size() <= block.size()) {
    std::copy(key.begin(), key.end(), block.begin());
  } else {
    const Sha256 shorter = sha256(key);
    std::copy(shorter.begin(), shorter.end(), block.begin());
  }
  const auto mask = [&block](std::uint8_t with) {
    for (std::uint8_t& byte : block) {
      byte ^= with;
    }
  };
  mask(kInner);
  const Sha256 inner = sha256({block, message});
  mask(kInner ^ kOuter);
  const Sha256 whole = sha256({block, inner});
  OPENSSL_cleanse(block.data(), block.size());
  return whole;
}

std::string crypto_library() {
  return std::string(OpenSSL_version(OPENSSL_VERSION)) + ", " + OpenSSL_version(OPENSSL_BUILT_ON);
}

}  // namespace touchstone::base
