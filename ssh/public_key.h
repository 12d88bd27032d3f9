// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/key.h"

namespace touchstone::ssh {

struct Certificate;
class PreparedKey;

// PublicKey is an SSH public key blob, plain or certificate (RFC 4253 6.6, RFC 5656 3.1, RFC 8709,
// PROTOCOL.u2f, PROTOCOL.certkeys). Immutable, and shared by its copies with all that can be known
// of it beforehand (the prepared OpenSSL key, the fingerprint), so that verifying with a key parsed
// once costs no more than the curve arithmetic. Reading one object from several threads is safe.
class PublicKey {
 public:
  // parse refuses trailing bytes, points not on the curve, RSA outside kRsaModulusBits*, and
  // every type not named in ssh/wire.cpp's table (kUnsupported). Whether 32 bytes decode to an
  // Ed25519 point shows only when something is verified: OpenSSL offers no check, and a key
  // that does not decode verifies nothing.
  static base::Result<PublicKey> parse(base::ByteView blob);
  // parse_line takes one line of an id_*.pub file: "TYPE BASE64 [COMMENT]". The type must match
  // the blob.
  static base::Result<PublicKey> parse_line(std::string_view line);
  // from_token makes the sk- key of a FIDO credential; algorithm Ed25519 or ECDSA P-256.
  static base::Result<PublicKey> from_token(const base::PublicKey& key,
                                            std::string_view application);

  // name is the type as in the blob: "sk-ssh-ed25519@openssh.com", "…-cert-v01@openssh.com".
  std::string_view name() const { return contents_->name; }
  // plain_name is the type without "-cert-v01": what signatures are named after.
  std::string_view plain_name() const { return contents_->plain_name; }
  // short_name is what ssh-keygen prints: ED25519-SK, ECDSA-SK, RSA, ….
  std::string_view short_name() const;
  const base::PublicKey& key() const { return contents_->key; }
  bool is_sk() const { return contents_->application.has_value(); }
  bool is_certificate() const { return contents_->certificate != nullptr; }
  // application is set for sk- keys only.
  const std::optional<std::string>& application() const { return contents_->application; }
  // application_hash is what a token signs of it; zeros for other keys.
  const base::Sha256& application_hash() const { return contents_->application_hash; }
  // certificate is null for plain keys.
  const Certificate* certificate() const { return contents_->certificate.get(); }

  base::ByteView blob() const { return contents_->blob; }
  // plain_blob is the blob of the key itself; for a plain key the same as blob().
  base::Bytes plain_blob() const;
  // fingerprint is "SHA256:" and unpadded base64 of the plain blob's hash, as ssh-keygen -l
  // prints it for key and certificate alike.
  const std::string& fingerprint() const { return contents_->fingerprint; }
  // line is "TYPE BASE64" for .pub files and allowed_signers.
  std::string line() const;
  // bits is the key size ssh-keygen -l prints.
  unsigned bits() const;

  // prepared is for ssh/ itself: what signatures are verified with.
  const PreparedKey& prepared() const { return *contents_->prepared; }

  bool operator==(const PublicKey& other) const {
    return contents_ == other.contents_ || contents_->blob == other.contents_->blob;
  }

 private:
  friend struct PublicKeyParser;

  struct Contents {
    base::Bytes blob;
    std::string name;
    std::string plain_name;
    base::PublicKey key;
    std::optional<std::string> application;
    base::Sha256 application_hash{};
    std::string fingerprint;
    std::shared_ptr<const Certificate> certificate;
    std::shared_ptr<const PreparedKey> prepared;
  };

  explicit PublicKey(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}

  std::shared_ptr<const Contents> contents_;  // null only in what was moved from
};

// PublicKeyCache parses each blob once: preparing a P-256 key costs a third of a verification, and
// a history is signed by few keys. It keeps at most kKeyCacheMax keys; others are parsed each time.
// One thread at a time.
class PublicKeyCache {
 public:
  base::Result<PublicKey> parse(base::ByteView blob);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view blob) const {
      return std::hash<std::string_view>()(blob);
    }
  };

  std::unordered_map<std::string, PublicKey, Hash, std::equal_to<>> keys_;
};

enum class CertificateType : std::uint32_t { kUser = 1, kHost = 2 };

struct CertificateOption {
  std::string name;
  base::Bytes data;
};

// Certificate is what a CA says of the key (PROTOCOL.certkeys). Its own signature has not been
// checked: verify_certificate does that.
struct Certificate {
  std::uint64_t serial{0};
  CertificateType type{CertificateType::kUser};
  std::string key_id;
  std::vector<std::string> principals;
  std::uint64_t valid_after{0};   // Unix seconds
  std::uint64_t valid_before{0};  // Unix seconds, exclusive
  std::vector<CertificateOption> critical_options;
  std::vector<CertificateOption> extensions;
  base::Bytes ca_key;     // blob, never a certificate
  base::Bytes signature;  // SSH signature over `signed_part`
  base::Bytes signed_part;
};

// verify_certificate checks the CA's signature (user presence included when the CA key is an sk
// key). Validity times, principals and options are the caller's to judge.
base::Status verify_certificate(const PublicKey& key);

}  // namespace touchstone::ssh
