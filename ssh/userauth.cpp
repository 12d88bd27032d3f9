// SPDX-License-Identifier: Apache-2.0
#include "ssh/userauth.h"

#include <utility>

#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::uint8_t kUserauthRequestMessage = 50;  // RFC 4252 section 6
constexpr std::string_view kPublickey = "publickey";
constexpr std::string_view kHostbound = "publickey-hostbound-v00@openssh.com";
constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";

// algorithm_fits says whether a signature algorithm may be asked of this key. ssh-rsa (SHA-1) is
// not among them, for keys and certificates alike.
bool algorithm_fits(std::string_view algorithm, const PublicKey& key) {
  if (key.key().algorithm == base::KeyAlgorithm::kRsa) {
    const std::string suffix(key.is_certificate() ? kCertificateSuffix : "");
    return algorithm == "rsa-sha2-256" + suffix || algorithm == "rsa-sha2-512" + suffix;
  }
  return algorithm == key.name();
}

base::Result<UserauthRequest> parse_userauth(ByteView data) {
  base::Reader reader(data);
  TRY(session_id, reader.string(kSessionIdMax, 1));
  TRY_VOID(reader.expect(base::Bytes{kUserauthRequestMessage}));
  TRY(user, read_name(reader, kUserMax));
  TRY(service, read_name(reader, kUserMax));
  TRY(method, reader.text(kExtensionNameMax));
  if (service != "ssh-connection") {
    return base::fail(Code::kUnsupported, "service " + service);
  }
  if (method != kPublickey && method != kHostbound) {
    return base::fail(Code::kUnsupported, "method " + method);
  }
  TRY(has_signature, reader.boolean());
  if (!has_signature) {
    return base::fail(Code::kMalformed, "a query without a signature is never signed");
  }
  TRY(algorithm, reader.text(kExtensionNameMax));
  TRY(key_blob, reader.string(kKeyBlobMax));
  std::optional<PublicKey> host_key;
  if (method == kHostbound) {
    TRY(host_blob, reader.string(kKeyBlobMax));
    TRY_ASSIGN(host_key, PublicKey::parse(host_blob).with_context("host key"));
  }
  TRY_VOID(reader.expect_end());
  TRY(key, PublicKey::parse(key_blob));
  if (!algorithm_fits(algorithm, key)) {
    return base::fail(Code::kMalformed, "algorithm " + algorithm + " is not the key's");
  }
  return UserauthRequest{base::to_bytes(session_id), std::move(user), std::move(service),
                         std::move(algorithm),       std::move(key),  std::move(host_key)};
}

base::Result<SessionBind> parse_session_bind(ByteView contents) {
  base::Reader reader(contents);
  TRY(host_blob, reader.string(kKeyBlobMax));
  TRY(session_id, reader.string(kSessionIdMax, 1));
  TRY(signature_blob, reader.string(kSignatureMax));
  TRY(is_forwarding, reader.boolean());
  TRY_VOID(reader.expect_end());
  TRY(host_key, PublicKey::parse(host_blob).with_context("host key"));
  TRY(signature, Signature::parse(signature_blob));
  return SessionBind{std::move(host_key), base::to_bytes(session_id), std::move(signature),
                     is_forwarding};
}

}  // namespace

base::Result<UserauthRequest> UserauthRequest::parse(ByteView data) {
  return parse_userauth(data).with_context("userauth request");
}

base::Bytes UserauthRequest::encode() const {
  base::Writer out;
  out.string(session_id).u8(kUserauthRequestMessage).string(user).string(service);
  out.string(host_key.has_value() ? kHostbound : kPublickey).boolean(true);
  out.string(algorithm).string(key.blob());
  if (host_key.has_value()) {
    out.string(host_key->blob());
  }
  return std::move(out).take();
}

base::Result<SessionBind> SessionBind::parse(ByteView contents) {
  return parse_session_bind(contents).with_context("session-bind");
}

base::Bytes SessionBind::encode() const {
  base::Writer out;
  out.string(host_key.blob()).string(session_id).string(signature.blob()).boolean(is_forwarding);
  return std::move(out).take();
}

base::Status verify_session_bind(const SessionBind& bind) {
  return verify(bind.host_key, bind.signature, bind.session_id).with_context("session-bind");
}

}  // namespace touchstone::ssh
