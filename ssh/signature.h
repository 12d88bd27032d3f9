// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/key.h"
#include "ssh/public_key.h"

namespace touchstone::ssh {

// SkFields follow the signature proper in every sk- signature (PROTOCOL.u2f).
struct SkFields {
  std::uint8_t flags{0};
  std::uint32_t counter{0};
  bool user_presence() const { return (flags & base::kFlagUserPresence) != 0; }
  bool user_verification() const { return (flags & base::kFlagUserVerification) != 0; }
  bool operator==(const SkFields&) const = default;
};

// WebauthnFields follow SkFields in webauthn-sk-ecdsa-sha2-nistp256@openssh.com signatures.
struct WebauthnFields {
  std::string origin;
  std::string client_data;
  base::Bytes extensions;
};

// Signature is an SSH signature blob: string type, then fields by type (RFC 4253 6.6, RFC 5656
// 3.1.2, RFC 8332, RFC 8709, PROTOCOL.u2f). The flags are found by type, never by position from
// the end: a webauthn signature ends with text of the browser's.
class Signature {
 public:
  // parse refuses trailing bytes, unknown types, ssh-rsa (SHA-1), negative or padded mpints.
  static base::Result<Signature> parse(base::ByteView blob);
  // from_token encodes what a token gave for this key; sk keys get flags and counter. rsa_name
  // says which hash the token used and is looked at for RSA keys only.
  static base::Result<Signature> from_token(const PublicKey& key,
                                            const base::TokenSignature& signature,
                                            std::string_view rsa_name = "rsa-sha2-512");

  std::string_view name() const { return name_; }
  base::ByteView blob() const { return blob_; }
  const std::optional<SkFields>& sk() const { return sk_; }
  const std::optional<WebauthnFields>& webauthn() const { return webauthn_; }
  // raw is 64 bytes for Ed25519, r||s of fixed size for ECDSA, the integer for RSA.
  base::ByteView raw() const { return raw_; }

 private:
  friend struct SignatureParser;
  Signature() = default;

  base::Bytes blob_;
  std::string name_;
  base::Bytes raw_;
  std::optional<SkFields> sk_;
  std::optional<WebauthnFields> webauthn_;
};

// verify checks the signature over data (the message, not its hash). The signature type must be
// the key's own (RSA: rsa-sha2-256 or -512; sk-ecdsa: also webauthn). Fails with kBadSignature,
// and with kMalformed where type and key do not go together. It does NOT ask for user presence:
// what the flags say is in signature.sk(), and the caller judges it. For webauthn the challenge in
// client_data must be the base64url of data and its type "webauthn.get".
base::Status verify(const PublicKey& key, const Signature& signature, base::ByteView data);
// verifying_libraries names what verify relies on, with versions: a result that is kept is good for
// these alone.
std::string verifying_libraries();

}  // namespace touchstone::ssh
