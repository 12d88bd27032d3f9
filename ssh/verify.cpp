// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "base/digest.h"
#include "base/encoding.h"
#include "ssh/ed25519.h"
#include "ssh/prepared_key.h"
#include "ssh/signature.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::uint8_t kFlagAttestedData = 0x40;
constexpr std::uint8_t kFlagExtensions = 0x80;

std::string base64url(ByteView bytes) {
  std::string text = base::to_base64(bytes, base::Padding::kWithout);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// check_client_data demands that the browser's text says "this challenge, this origin". It
// compares the beginning that WebAuthn fixes (section 5.8.1.1, "limited verification algorithm")
// instead of parsing JSON, as OpenSSH does: one text per meaning.
base::Status check_client_data(const SkFields& sk, const WebauthnFields& webauthn, ByteView data) {
  if ((sk.flags & kFlagAttestedData) != 0) {
    return base::fail(Code::kMalformed, "attested credential data in an assertion");
  }
  if (((sk.flags & kFlagExtensions) != 0) == webauthn.extensions.empty()) {
    return base::fail(Code::kMalformed, "extension flag and extension data do not agree");
  }
  if (webauthn.origin.find_first_of("\"\\") != std::string::npos) {
    return base::fail(Code::kMalformed, "quote in the origin");
  }
  const std::string expected = R"({"type":"webauthn.get","challenge":")" + base64url(data) +
                               R"(","origin":")" + webauthn.origin + "\"";
  if (!std::string_view(webauthn.client_data).starts_with(expected)) {
    return base::fail(Code::kBadSignature, "client data is for another challenge or origin");
  }
  return {};
}

// verify_sk rebuilds what the token signed: SHA256(application) || flags || counter ||
// [extensions] || SHA256(message) (PROTOCOL.u2f, "SSH U2F signatures").
base::Status verify_sk(const PublicKey& key, const Signature& signature, ByteView data) {
  const SkFields& sk = *signature.sk();
  const auto& webauthn = signature.webauthn();
  base::Writer to_be_signed;
  to_be_signed.raw(key.application_hash()).u8(sk.flags).u32(sk.counter);
  if (webauthn.has_value()) {
    TRY_VOID(check_client_data(sk, *webauthn, data));
    to_be_signed.raw(webauthn->extensions).raw(base::sha256(base::as_bytes(webauthn->client_data)));
  } else {
    to_be_signed.raw(base::sha256(data));
  }
  return key.prepared().verify(to_be_signed.bytes(), signature.raw());
}

}  // namespace

base::Status verify(const PublicKey& key, const Signature& signature, ByteView data) {
  const std::string_view name = signature.name();
  const bool is_rsa = key.key().algorithm == base::KeyAlgorithm::kRsa;
  const bool is_sk_ecdsa = key.is_sk() && key.key().algorithm == base::KeyAlgorithm::kEcdsaP256;
  const bool fits =
      is_rsa ? name == "rsa-sha2-256" || name == "rsa-sha2-512"
             : name == key.plain_name() || (is_sk_ecdsa && signature.webauthn().has_value());
  if (!fits) {
    return base::fail(Code::kMalformed, "a " + std::string(name) + " signature cannot be by a " +
                                            std::string(key.plain_name()) + " key");
  }
  if (key.is_sk()) {
    return verify_sk(key, signature, data);
  }
  const RsaHash rsa_hash = name == "rsa-sha2-256" ? RsaHash::kSha256 : RsaHash::kSha512;
  return key.prepared().verify(data, signature.raw(), rsa_hash);
}

std::string verifying_libraries() { return base::crypto_library() + "; " + ed25519_library(); }

}  // namespace touchstone::ssh
