// SPDX-License-Identifier: Apache-2.0
#include "tokens/attestation/statement.h"

#include <array>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "base/key.h"
#include "tokens/limits.h"

namespace touchstone::tokens {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Result;
using base::Status;

constexpr std::uint8_t kFlagAttestedCredential = 0x40;
constexpr std::uint8_t kFlagExtensions = 0x80;
constexpr std::size_t kFlagsAndCounterBytes = 5;
constexpr std::size_t kAaguidOffset = sizeof(base::Sha256) + kFlagsAndCounterBytes;
constexpr std::size_t kAaguidBytes = 16;
constexpr std::size_t kPointBytes = 65;
constexpr std::size_t kCoordinateBytes = 32;

// SubjectPublicKeyInfo of a P-256 key up to its point (RFC 5480 section 2).
constexpr std::array<std::uint8_t, 26> kP256Prefix = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

// cose_key gives the one encoding that CTAP2 allows for a public key (WebAuthn section 6.5.1.1,
// CTAP 2.1 section 8, canonical CBOR): comparing with it needs no reading of CBOR.
Result<Bytes> cose_key(const base::PublicKey& key) {
  const ByteView material(key.material);
  if (key.algorithm == base::KeyAlgorithm::kEd25519 && material.size() == kEd25519KeyBytes) {
    constexpr std::array<std::uint8_t, 10> kBefore = {0xa4, 0x01, 0x01, 0x03, 0x27,
                                                      0x20, 0x06, 0x21, 0x58, 0x20};
    return base::Writer().raw(kBefore).raw(material).bytes();
  }
  if (key.algorithm == base::KeyAlgorithm::kEcdsaP256 && material.size() == kPointBytes) {
    constexpr std::array<std::uint8_t, 10> kBefore = {0xa5, 0x01, 0x02, 0x03, 0x26,
                                                      0x20, 0x01, 0x21, 0x58, 0x20};
    constexpr std::array<std::uint8_t, 3> kBetween = {0x22, 0x58, 0x20};
    return base::Writer()
        .raw(kBefore)
        .raw(material.subspan(1, kCoordinateBytes))
        .raw(kBetween)
        .raw(material.subspan(1 + kCoordinateBytes))
        .bytes();
  }
  return base::fail(Code::kUnsupported, "a key that no FIDO token attests");
}

Status check_auth_data(ByteView auth_data, const KeyReference& key) {
  TRY(cose, cose_key(key.public_key));
  base::Reader reader(auth_data);
  TRY(application, reader.take(sizeof(base::Sha256)));
  TRY(flags, reader.u8());
  TRY_VOID(reader.u32());
  TRY_VOID(reader.take(kAaguidBytes));
  TRY(id_size, reader.u16());
  TRY(id, reader.take(id_size));
  TRY(public_key, reader.take(cose.size()));
  if ((flags & kFlagAttestedCredential) == 0 ||
      ((flags & kFlagExtensions) == 0) != reader.at_end()) {
    return base::fail(Code::kMalformed, "authenticator data");
  }
  if (!base::equal(application, base::sha256(base::as_bytes(key.application))) ||
      !base::equal(id, key.credential_id) || !base::equal(public_key, cose)) {
    return base::fail(Code::kBadSignature, "it is about another key");
  }
  if ((flags & base::kFlagUserPresence) == 0) {
    return base::fail(Code::kNoPresence);
  }
  return {};
}

Key key_of(const base::PublicKey& key) {
  if (key.algorithm == base::KeyAlgorithm::kEd25519) {
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.material.data(),
                                           key.material.size()));
  }
  const Bytes info = base::Writer().raw(kP256Prefix).raw(key.material).bytes();
  const std::uint8_t* from = info.data();
  return Key(d2i_PUBKEY(nullptr, &from, static_cast<long>(info.size())));
}

Key key_of_certificate(ByteView der) {
  const std::uint8_t* from = der.data();
  const std::unique_ptr<X509, Free> certificate(
      d2i_X509(nullptr, &from, static_cast<long>(der.size())));
  return Key(certificate && from == der.data() + der.size() ? X509_get_pubkey(certificate.get())
                                                            : nullptr);
}

Status verify(const Key& key, ByteView message, ByteView signature) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  // Ed25519 hashes by itself; everything else that FIDO tokens sign with goes with SHA-256.
  const bool own_hash = key && EVP_PKEY_is_a(key.get(), "ED25519") == 1;
  const bool good = key && context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, own_hash ? nullptr : EVP_sha256(),
                                         nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                     message.data(), message.size()) == 1;
  ERR_clear_error();
  return good ? Status() : Status(base::fail(Code::kBadSignature));
}

Status check_signature(const Attestation& attestation, ByteView challenge,
                       const KeyReference& key) {
  const base::Sha256 hash = base::sha256(challenge);
  const Key signer = attestation.certificates.empty()
                         ? key_of(key.public_key)
                         : key_of_certificate(attestation.certificates.front());
  if (attestation.format == "packed") {
    return verify(signer, base::Writer().raw(attestation.auth_data).raw(hash).bytes(),
                  attestation.signature);
  }
  if (attestation.format == "fido-u2f" && !attestation.certificates.empty()) {
    return verify(signer,
                  base::Writer()
                      .u8(0)
                      .raw(ByteView(attestation.auth_data).first(sizeof(base::Sha256)))
                      .raw(hash)
                      .raw(key.credential_id)
                      .raw(key.public_key.material)
                      .bytes(),
                  attestation.signature);
  }
  const bool none = attestation.format == "none" && attestation.signature.empty() &&
                    attestation.certificates.empty();
  return none ? Status() : Status(base::fail(Code::kUnsupported, "format " + attestation.format));
}

}  // namespace

Status check_statement(const Attestation& attestation, ByteView challenge,
                       const KeyReference& key) {
  TRY_VOID(check_auth_data(attestation.auth_data, key).with_context("attestation"));
  return check_signature(attestation, challenge, key).with_context("attestation");
}

ByteView aaguid_of(const Attestation& attestation) {
  const ByteView auth_data(attestation.auth_data);
  return auth_data.size() < kAaguidOffset + kAaguidBytes
             ? ByteView()
             : auth_data.subspan(kAaguidOffset, kAaguidBytes);
}

}  // namespace touchstone::tokens
