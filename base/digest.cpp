// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

namespace touchstone::base {
namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

template <class Out>
Out digest(const EVP_MD* algorithm, std::initializer_list<ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  Out out{};
  // These fail only when memory does or when the library has no such hash: nothing to go on with.
  if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
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

Sha1 sha1(std::initializer_list<ByteView> parts) { return digest<Sha1>(EVP_sha1(), parts); }
Sha256 sha256(std::initializer_list<ByteView> parts) { return digest<Sha256>(EVP_sha256(), parts); }
Sha512 sha512(std::initializer_list<ByteView> parts) { return digest<Sha512>(EVP_sha512(), parts); }

}  // namespace touchstone::base
