// SPDX-License-Identifier: Apache-2.0
#include "ssh/certificate.h"

#include <utility>

#include "ssh/limits.h"
#include "ssh/signature.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

base::Result<std::vector<std::string>> read_principals(base::Reader& reader) {
  TRY(list, reader.string(kKeyBlobMax));
  std::vector<std::string> principals;
  base::Reader names(list);
  while (!names.at_end()) {
    if (principals.size() == kPrincipalsMax) {
      return base::fail(Code::kTooLong, "principals");
    }
    TRY(name, read_name(names, kPrincipalBytesMax));
    principals.push_back(std::move(name));
  }
  return principals;
}

// Options come in lexical order and each once (PROTOCOL.certkeys, "Critical options"): a second
// one of the same name would let two readers see two meanings.
base::Result<std::vector<CertificateOption>> read_options(base::Reader& reader) {
  TRY(list, reader.string(kKeyBlobMax));
  std::vector<CertificateOption> options;
  base::Reader fields(list);
  while (!fields.at_end()) {
    if (options.size() == kCertificateOptionsMax) {
      return base::fail(Code::kTooLong, "certificate options");
    }
    TRY(name, read_name(fields, kExtensionNameMax, 1));
    TRY(data, fields.string(kKeyBlobMax));
    if (!options.empty() && name <= options.back().name) {
      return base::fail(Code::kMalformed, "certificate options out of order");
    }
    options.push_back({std::move(name), base::to_bytes(data)});
  }
  return options;
}

base::Result<CertificateType> read_type(base::Reader& reader) {
  TRY(number, reader.u32());
  if (number == static_cast<std::uint32_t>(CertificateType::kUser)) {
    return CertificateType::kUser;
  }
  if (number == static_cast<std::uint32_t>(CertificateType::kHost)) {
    return CertificateType::kHost;
  }
  return base::fail(Code::kUnsupported, "certificate type " + std::to_string(number));
}

base::Result<base::Bytes> read_ca_key(base::Reader& reader) {
  TRY(blob, reader.string(kKeyBlobMax));
  base::Reader fields(blob);
  TRY(name, fields.text(kKeyBlobMax));
  const KeyType* type = find_key_type(name);
  if (type == nullptr) {
    return base::fail(Code::kUnsupported, "CA key type " + name);
  }
  // A certificate may not sign certificates: chains are not part of the format.
  if (name != type->name) {
    return base::fail(Code::kMalformed, "the CA key is a certificate");
  }
  return base::to_bytes(blob);
}

}  // namespace

base::Result<Certificate> read_certificate(base::Reader& reader, ByteView blob) {
  Certificate certificate;
  TRY_ASSIGN(certificate.serial, reader.u64());
  TRY_ASSIGN(certificate.type, read_type(reader));
  TRY_ASSIGN(certificate.key_id, read_name(reader, kPrincipalBytesMax));
  TRY_ASSIGN(certificate.principals, read_principals(reader));
  TRY_ASSIGN(certificate.valid_after, reader.u64());
  TRY_ASSIGN(certificate.valid_before, reader.u64());
  TRY_ASSIGN(certificate.critical_options, read_options(reader));
  TRY_ASSIGN(certificate.extensions, read_options(reader));
  TRY_VOID(reader.string(kKeyBlobMax));  // reserved, "currently unused and ignored"
  TRY_ASSIGN(certificate.ca_key, read_ca_key(reader));
  certificate.signed_part = base::to_bytes(blob.first(reader.offset()));
  TRY(signature, reader.string(kSignatureMax, 1));
  certificate.signature = base::to_bytes(signature);
  TRY_VOID(reader.expect_end());
  return certificate;
}

base::Status verify_certificate(const PublicKey& key) {
  const Certificate* certificate = key.certificate();
  if (certificate == nullptr) {
    return base::fail(Code::kMalformed, "not a certificate");
  }
  TRY(ca_key, PublicKey::parse(certificate->ca_key).with_context("CA key"));
  TRY(signature, Signature::parse(certificate->signature).with_context("CA signature"));
  TRY_VOID(verify(ca_key, signature, certificate->signed_part).with_context("CA signature"));
  if (signature.sk().has_value() && !signature.sk()->user_presence()) {
    return base::fail(Code::kNoPresence, "CA signature");
  }
  return {};
}

}  // namespace touchstone::ssh
