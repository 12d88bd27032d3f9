// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace touchstone::ssh {

// UserauthRequest is the data a client signs to log in (RFC 4252 section 7; with the host key in
// it, publickey-hostbound-v00@openssh.com, PROTOCOL 3.1).
struct UserauthRequest {
  base::Bytes session_id;
  std::string user;
  std::string service;  // "ssh-connection"
  std::string algorithm;
  PublicKey key;
  std::optional<PublicKey> host_key;  // hostbound only

  static base::Result<UserauthRequest> parse(base::ByteView data);
  base::Bytes encode() const;
};

// SessionBind is the body of session-bind@openssh.com (PROTOCOL.agent section 1).
struct SessionBind {
  PublicKey host_key;
  base::Bytes session_id;
  Signature signature;
  bool is_forwarding{false};

  static base::Result<SessionBind> parse(base::ByteView contents);
  base::Bytes encode() const;
};

// verify_session_bind checks the host key's signature over the session identifier (for a host
// certificate, that of the key in it).
base::Status verify_session_bind(const SessionBind& bind);

}  // namespace touchstone::ssh
