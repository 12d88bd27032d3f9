// SPDX-License-Identifier: Apache-2.0
#include "ssh/signature.h"

#include <utility>

#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {

using base::ByteView;
using base::Code;
using base::KeyAlgorithm;

// SignatureParser is what may fill a Signature.
struct SignatureParser {
  static base::Result<Signature> parse(ByteView blob);
  static base::Status read_body(base::Reader& reader, const KeyType& type, Signature& out);
  static base::Status read_sk_fields(base::Reader& reader, bool is_webauthn, Signature& out);
};

namespace {

constexpr std::string_view kWebauthnName = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view kRsaSha256Name = "rsa-sha2-256";
constexpr std::string_view kRsaSha512Name = "rsa-sha2-512";

// signature_type finds the key type whose signatures carry this name. "ssh-rsa" names keys, and
// signatures with SHA-1 that nobody should believe any more.
const KeyType* signature_type(std::string_view name) {
  if (name == kWebauthnName) {
    return key_type_of(KeyAlgorithm::kEcdsaP256, true);
  }
  if (name == kRsaSha256Name || name == kRsaSha512Name) {
    return key_type_of(KeyAlgorithm::kRsa, false);
  }
  const KeyType* type = find_key_type(name);
  const bool names_signatures =
      type != nullptr && type->name == name && type->algorithm != KeyAlgorithm::kRsa;
  return names_signatures ? type : nullptr;
}

}  // namespace

base::Status SignatureParser::read_body(base::Reader& reader, const KeyType& type, Signature& out) {
  if (type.algorithm == KeyAlgorithm::kRsa) {
    TRY(integer, reader.string(kRsaModulusBitsMax / 8, kRsaModulusBitsMin / 8));
    out.raw_ = base::to_bytes(integer);
    return {};
  }
  if (type.algorithm == KeyAlgorithm::kEd25519) {
    TRY(body, reader.string(2 * type.scalar_bytes, 2 * type.scalar_bytes));
    out.raw_ = base::to_bytes(body);
    return {};
  }
  TRY(body, reader.string(kSignatureMax));
  base::Reader numbers(body);
  TRY(r, read_mpint(numbers, type.scalar_bytes));
  TRY(s, read_mpint(numbers, type.scalar_bytes));
  TRY_VOID(numbers.expect_end());
  base::Writer raw;
  raw.raw(left_pad(r, type.scalar_bytes)).raw(left_pad(s, type.scalar_bytes));
  out.raw_ = std::move(raw).take();
  return {};
}

base::Status SignatureParser::read_sk_fields(base::Reader& reader, bool is_webauthn,
                                             Signature& out) {
  SkFields sk;
  TRY_ASSIGN(sk.flags, reader.u8());
  TRY_ASSIGN(sk.counter, reader.u32());
  out.sk_ = sk;
  if (is_webauthn) {
    WebauthnFields webauthn;
    TRY_ASSIGN(webauthn.origin, read_name(reader, kWebauthnFieldMax));
    TRY_ASSIGN(webauthn.client_data, reader.text(kWebauthnFieldMax));
    TRY(extensions, reader.string(kWebauthnFieldMax));
    webauthn.extensions = base::to_bytes(extensions);
    out.webauthn_ = std::move(webauthn);
  }
  return {};
}

base::Result<Signature> SignatureParser::parse(ByteView blob) {
  if (blob.size() > kSignatureMax) {
    return base::fail(Code::kTooLong, "signature blob");
  }
  base::Reader reader(blob);
  TRY(name, reader.text(kSignatureMax));
  const KeyType* type = signature_type(name);
  if (type == nullptr) {
    return base::fail(Code::kUnsupported, "signature type " + name);
  }
  Signature signature;
  TRY_VOID(read_body(reader, *type, signature));
  if (type->is_sk) {
    TRY_VOID(read_sk_fields(reader, name == kWebauthnName, signature));
  }
  TRY_VOID(reader.expect_end());
  signature.blob_ = base::to_bytes(blob);
  signature.name_ = std::move(name);
  return signature;
}

base::Result<Signature> Signature::parse(ByteView blob) {
  return SignatureParser::parse(blob).with_context("signature");
}

base::Result<Signature> Signature::from_token(const PublicKey& key,
                                              const base::TokenSignature& signature,
                                              std::string_view rsa_name) {
  const KeyType* type = find_key_type(key.plain_name());
  const bool is_rsa = type->algorithm == KeyAlgorithm::kRsa;
  base::Writer out;
  out.string(is_rsa ? rsa_name : type->name);
  if (!is_rsa && signature.signature.size() != 2 * type->scalar_bytes) {
    return base::fail(Code::kMalformed, "signature of a token: wrong size");
  }
  if (type->curve.empty()) {
    out.string(signature.signature);
  } else {
    const ByteView raw(signature.signature);
    base::Writer numbers;
    numbers.mpint(raw.first(type->scalar_bytes)).mpint(raw.subspan(type->scalar_bytes));
    out.string(numbers.bytes());
  }
  if (type->is_sk) {
    out.u8(signature.flags).u32(signature.counter);
  }
  return SignatureParser::parse(out.bytes()).with_context("signature of a token");
}

}  // namespace touchstone::ssh
