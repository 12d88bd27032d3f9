// SPDX-License-Identifier: Apache-2.0
#include "ssh/public_key.h"

#include <utility>

#include "base/digest.h"
#include "base/encoding.h"
#include "ssh/certificate.h"
#include "ssh/ed25519.h"
#include "ssh/limits.h"
#include "ssh/prepared_key.h"
#include "ssh/wire.h"

namespace touchstone::ssh {

using base::ByteView;
using base::Code;
using base::KeyAlgorithm;

// PublicKeyParser is what may fill a PublicKey.
struct PublicKeyParser {
  using Contents = PublicKey::Contents;

  static base::Result<PublicKey> parse(ByteView blob);
  static base::Result<PublicKey> from_token(const base::PublicKey& key,
                                            std::string_view application);
  static base::Status read_key_fields(base::Reader& reader, const KeyType& type, Contents& key);
  static base::Result<PublicKey> finish(Contents key);
};

namespace {

void write_key_fields(base::Writer& out, const KeyType& type, const base::PublicKey& key,
                      const std::optional<std::string>& application) {
  if (!type.curve.empty()) {
    out.string(type.curve);
  }
  if (type.algorithm == KeyAlgorithm::kRsa) {
    base::Reader reader(key.material);
    const auto e = reader.string(kKeyBlobMax);
    const auto n = reader.string(kKeyBlobMax);
    if (e.has_value() && n.has_value()) {
      out.mpint(*e).mpint(*n);
    }
  } else {
    out.string(key.material);
  }
  if (application.has_value()) {
    out.string(*application);
  }
}

}  // namespace

base::Status PublicKeyParser::read_key_fields(base::Reader& reader, const KeyType& type,
                                              Contents& key) {
  key.plain_name = type.name;
  key.key.algorithm = type.algorithm;
  if (!type.curve.empty()) {
    TRY(curve, reader.string(type.curve.size()));
    if (base::as_text(curve) != type.curve) {
      return base::fail(Code::kMalformed, "curve is not the type's");
    }
  }
  if (type.algorithm == KeyAlgorithm::kRsa) {
    TRY(e, read_mpint(reader, kRsaModulusBitsMax / 8));
    TRY(n, read_mpint(reader, kRsaModulusBitsMax / 8));
    base::Writer material;
    material.string(e).string(n);
    key.key.material = std::move(material).take();
  } else {
    const std::size_t size = type.curve.empty() ? kEd25519KeyBytes : 1 + 2 * type.scalar_bytes;
    TRY(material, reader.string(size, size));
    key.key.material = base::to_bytes(material);
  }
  if (type.is_sk) {
    TRY_ASSIGN(key.application, read_name(reader, kApplicationMax, 1));
    key.application_hash = base::sha256(base::as_bytes(*key.application));
  }
  TRY_ASSIGN(key.prepared, PreparedKey::make(key.key));
  return {};
}

base::Result<PublicKey> PublicKeyParser::parse(ByteView blob) {
  if (blob.size() > kKeyBlobMax) {
    return base::fail(Code::kTooLong, "key blob");
  }
  base::Reader reader(blob);
  TRY(name, reader.text(kKeyBlobMax));
  const KeyType* type = find_key_type(name);
  if (type == nullptr) {
    return base::fail(Code::kUnsupported, "key type " + name);
  }
  Contents key;
  key.blob = base::to_bytes(blob);
  key.name = std::move(name);
  if (key.name == type->name) {
    TRY_VOID(read_key_fields(reader, *type, key));
    TRY_VOID(reader.expect_end());
    return finish(std::move(key));
  }
  TRY_VOID(reader.string(kCertificateNonceMax));
  TRY_VOID(read_key_fields(reader, *type, key));
  TRY(certificate, read_certificate(reader, blob));
  key.certificate = std::make_shared<const Certificate>(std::move(certificate));
  return finish(std::move(key));
}

base::Result<PublicKey> PublicKeyParser::finish(Contents contents) {
  auto shared = std::make_shared<Contents>(std::move(contents));
  PublicKey key(shared);
  shared->fingerprint =
      "SHA256:" + base::to_base64(base::sha256(key.plain_blob()), base::Padding::kWithout);
  return key;
}

base::Result<PublicKey> PublicKeyParser::from_token(const base::PublicKey& key,
                                                    std::string_view application) {
  const KeyType* type = key_type_of(key.algorithm, true);
  if (type == nullptr) {
    return base::fail(Code::kUnsupported, "no sk key of this algorithm");
  }
  base::Writer out;
  out.string(type->name);
  write_key_fields(out, *type, key, std::string(application));
  return parse(out.bytes());
}

base::Result<PublicKey> PublicKey::parse(ByteView blob) {
  return PublicKeyParser::parse(blob).with_context("public key");
}

base::Result<PublicKey> PublicKey::from_token(const base::PublicKey& key,
                                              std::string_view application) {
  return PublicKeyParser::from_token(key, application).with_context("key of a token");
}

base::Result<PublicKey> PublicKey::parse_line(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  const std::size_t name_end = line.find_first_of(kBlank);
  if (name_end == std::string_view::npos || line.find('\n') != std::string_view::npos) {
    return base::fail(Code::kMalformed, "not a public key line");
  }
  const std::string_view name = line.substr(0, name_end);
  line.remove_prefix(name_end);
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view text = line.substr(0, line.find_first_of(kBlank));
  if (find_key_type(name) == nullptr) {
    return base::fail(Code::kUnsupported, "key type " + std::string(name.substr(0, 64)));
  }
  TRY(blob, base::from_base64(text, kKeyBlobMax).with_context("public key"));
  TRY(key, parse(blob));
  if (key.name() != name) {
    return base::fail(Code::kMalformed, "the line's key type is not the key's");
  }
  return key;
}

std::string_view PublicKey::short_name() const {
  const KeyType* type = find_key_type(plain_name());
  return is_certificate() ? type->short_certificate_name : type->short_name;
}

base::Bytes PublicKey::plain_blob() const {
  if (!is_certificate()) {
    return contents_->blob;
  }
  base::Writer out;
  out.string(plain_name());
  write_key_fields(out, *find_key_type(plain_name()), key(), application());
  return std::move(out).take();
}

std::string PublicKey::line() const {
  return contents_->name + " " + base::to_base64(contents_->blob);
}

unsigned PublicKey::bits() const { return prepared().bits(); }

base::Result<PublicKey> PublicKeyCache::parse(ByteView blob) {
  if (const auto found = keys_.find(base::as_text(blob)); found != keys_.end()) {
    return found->second;
  }
  TRY(key, PublicKey::parse(blob));
  if (keys_.size() < kKeyCacheMax) {
    keys_.emplace(base::as_text(blob), key);
  }
  return key;
}

}  // namespace touchstone::ssh
