// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/emulators/fido2/authenticator.h"

namespace touchstone::emulators::fido2 {

struct CredentialOptions {
  bool resident = false;
  bool verify = false;  // uv
};

struct CredentialExtensions {
  bool hmac_secret = false;
  std::optional<CredProtect> protect;
};

// CredentialRequest is what authenticatorMakeCredential was given, parsed.
struct Authenticator::CredentialRequest {
  base::Bytes client_data_hash;
  std::string rp_id;
  std::string rp_name;
  User user;
  Algorithm algorithm = Algorithm::kEs256;
  std::vector<base::Bytes> excluded;
  CredentialExtensions extensions;
  CredentialOptions options;
  std::optional<PinAuth> auth;
};

// AssertionRequest is what authenticatorGetAssertion was given, parsed.
struct Authenticator::AssertionRequest {
  std::string rp_id;
  base::Bytes client_data_hash;
  std::optional<std::vector<base::Bytes>> allowed;  // nothing: resident credentials
  Cbor hmac_secret;                                 // null: not asked for
  bool present = true;                              // up
  bool verify = false;                              // uv
  std::optional<PinAuth> auth;
};

}  // namespace touchstone::emulators::fido2
