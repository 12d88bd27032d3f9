// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/key.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"
#include "ssh/sshsig.h"

namespace touchstone::ssh {

// SoftwareKey is a private key in memory that signs what a token would sign: what the verifying
// side is tested with where there is no token.
class SoftwareKey final {
 public:
  explicit SoftwareKey(base::KeyAlgorithm algorithm, unsigned rsa_bits = 2048);

  const base::PublicKey& material() const { return public_key_; }
  PublicKey plain() const;
  PublicKey sk(std::string_view application = "ssh:") const;

  // sign gives the signature proper, in base::TokenSignature's form.
  base::Bytes sign(base::ByteView message, const EVP_MD* rsa_hash = EVP_sha512()) const;
  Signature sign_plain(base::ByteView message) const;
  Signature sign_sk(const PublicKey& key, base::ByteView message, std::uint8_t flags,
                    std::uint32_t counter = 7) const;
  // sign_webauthn signs as a browser does: client_data stands for the message.
  Signature sign_webauthn(const PublicKey& key, std::string_view origin,
                          std::string_view client_data, std::uint8_t flags,
                          base::ByteView extensions = {}) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };

  std::unique_ptr<EVP_PKEY, Free> key_;
  base::PublicKey public_key_;
};

// plain_key_of makes the ordinary SSH key of some material.
PublicKey plain_key_of(const base::PublicKey& material);

// make_sshsig signs message with any signer of the signed data.
template <class Signer>
SshSig make_sshsig(const PublicKey& key, std::string_view name_space, base::ByteView message,
                   Signer&& signer) {
  const auto data = SshSigData::of_message(name_space, SshSigHash::kSha512, message);
  return {key, data.name_space, data.hash, signer(data.encode())};
}

// must takes the value of a result that cannot fail in the test at hand.
template <class T>
T must(base::Result<T> result) {
  return std::move(result).value();
}

}  // namespace touchstone::ssh
