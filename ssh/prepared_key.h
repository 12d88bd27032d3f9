// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/key.h"

namespace touchstone::ssh {

// RsaHash is the hash of an RSASSA-PKCS1-v1_5 signature (RFC 8332). Other algorithms have theirs
// fixed by the key.
enum class RsaHash { kSha256, kSha512 };

// PreparedKey is a public key ready to verify with: the one place where ssh/ meets OpenSSL's
// public-key interface. Ed25519 is left to ssh/ed25519.h. Safe to use from several threads.
class PreparedKey final {
 public:
  // make fails with kMalformed for an ECDSA point that is not on its curve and for RSA numbers that
  // cannot be a key, with kUnsupported for RSA outside kRsaModulusBits*.
  static base::Result<std::shared_ptr<const PreparedKey>> make(const base::PublicKey& key);

  // verify takes the signature as base::TokenSignature has it. Fails with kBadSignature.
  base::Status verify(base::ByteView message, base::ByteView signature,
                      RsaHash rsa_hash = RsaHash::kSha512) const;
  unsigned bits() const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  using Handle = std::unique_ptr<EVP_PKEY, Free>;
  using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

  explicit PreparedKey(base::Bytes ed25519)
      : algorithm_(base::KeyAlgorithm::kEd25519), ed25519_(std::move(ed25519)) {}
  PreparedKey(base::KeyAlgorithm algorithm, Handle key, Context begun)
      : algorithm_(algorithm), key_(std::move(key)), begun_(std::move(begun)) {}

  static base::Result<std::shared_ptr<const PreparedKey>> make_ed25519(const base::PublicKey& key);
  static base::Result<Handle> make_ecdsa(const base::PublicKey& key);
  static base::Result<Handle> make_rsa(const base::PublicKey& key);
  static Context begin(EVP_PKEY* key, const EVP_MD* hash);
  Context context_for(RsaHash rsa_hash) const;

  base::KeyAlgorithm algorithm_;
  base::Bytes ed25519_;  // the point as it is encoded
  Handle key_;           // for all others
  // A verification that has begun, to be copied and never used itself: looking up everything that
  // one needs takes longer than the copy. For RSA with SHA-512.
  Context begun_;
};

}  // namespace touchstone::ssh
