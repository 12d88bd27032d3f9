// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/emulators/fido2/pin_protocol.h"
#include "tests/emulators/fido2/profile.h"
#include "tests/emulators/fido2/state.h"

namespace touchstone::emulators::fido2 {

// Permissions of a pinUvAuthToken (CTAP 2.1 6.5.5.7).
enum class Permission : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kCredentialManagement = 0x04,
};

// PinAuth is a pinUvAuthParam with its protocol, as several commands carry them.
struct PinAuth {
  base::Bytes parameter;
  std::optional<std::int64_t> protocol;
};

// ClientPin is authenticatorClientPIN (CTAP 2.1 section 6.5) and what it guards. What it keeps
// without power is in the store; the caller holds the store's mutex.
class ClientPin final {
 public:
  ClientPin(const Profile& profile, Store& store);

  // power_up gives new keys and tokens and three more tries.
  void power_up();
  // reset also forgets tries in a row; the PIN itself is the caller's to forget.
  void reset() { power_up(); }

  // handle runs one subcommand. `verify_built_in` asks the fingerprint reader, for 0x06.
  using VerifyBuiltIn = std::function<CtapExpected<bool>()>;
  CtapResult handle(const Cbor& parameters, const VerifyBuiltIn& verify_built_in);

  // authorize checks a pinUvAuthParam over `message` and that the token has the permission, for
  // this application when it is bound to one. The application may be empty.
  CtapExpected<bool> authorize(const PinAuth& auth, base::ByteView message, Permission permission,
                               const std::string& rp_id);
  // consume is for after a touch: the token is good for one operation (6.1.2 step 14).
  void consume();

  bool is_set() const { return store_.state.pin_hash.has_value(); }
  // find gives null for a protocol the profile has not.
  PinProtocol* find(std::optional<std::int64_t> version);

 private:
  struct Request {
    PinProtocol* protocol = nullptr;
    PinSecret secret;
    base::Bytes pin_hash_enc;
    base::Bytes new_pin_enc;
    base::Bytes auth;
  };

  CtapExpected<Request> parse(const Cbor& parameters);
  CtapResult set_pin(const Cbor& parameters);
  CtapResult change_pin(const Cbor& parameters);
  CtapResult get_token(const Cbor& parameters, bool with_permissions);
  CtapResult get_token_by_uv(const Cbor& parameters, const VerifyBuiltIn& verify_built_in);
  CtapResult issue(PinProtocol& protocol, const PinSecret& secret, std::uint8_t permissions,
                   std::optional<std::string> rp_id);
  CtapExpected<bool> check_pin(const Request& request);
  CtapResult store_new_pin(const Request& request);
  CtapResult retries() const;

  const Profile& profile_;
  Store& store_;
  std::vector<PinProtocol> protocols_;
  std::uint8_t mismatches_ = 0;
  std::uint8_t permissions_ = 0;
  std::optional<std::string> bound_rp_id_;
};

}  // namespace touchstone::emulators::fido2
