// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "tests/emulators/fido2/client_pin.h"
#include "tests/emulators/fido2/credential_management.h"
#include "tests/emulators/fido2/ctap.h"
#include "tests/emulators/fido2/profile.h"
#include "tests/emulators/fido2/quirks.h"
#include "tests/emulators/fido2/state.h"
#include "tests/emulators/fido2/touch.h"

namespace touchstone::emulators::fido2 {

// Authenticator is a token without its USB plug: CTAP2 and U2F messages in, replies out.
//
// One thread may call ctap2() and u2f() at a time; set_quirk() and quirks() may come from any.
// It works under the store's mutex and lets go of it while it waits for a touch. The store and
// the clock must outlive it.
class Authenticator final {
 public:
  Authenticator(Profile profile, Store& store, const base::Clock& clock);

  // power_up forgets what a token forgets without power: the PIN token and its tries in a row,
  // an unfinished getNextAssertion. It also makes the attestation certificate at first start.
  base::Status power_up();

  // ctap2 takes a command byte and its CBOR, and gives a status byte and its CBOR (CTAP 2.1 6).
  base::Bytes ctap2(base::ByteView message, UserPresence& presence);
  // u2f takes a raw APDU and gives the reply with its status word (FIDO U2F raw messages 1.2).
  base::Bytes u2f(base::ByteView apdu, UserPresence& presence);

  const Profile& profile() const { return profile_; }
  Quirks quirks() const;
  base::Status set_quirk(std::string_view assignment);

 private:
  using Lock = std::unique_lock<std::mutex>;

  // Assertions waits for getNextAssertion.
  struct Assertions {
    std::string rp_id;
    base::Bytes client_data_hash;
    Cbor extensions;
    std::uint8_t flags = 0;
    std::vector<base::Bytes> remaining;  // credential ids
    std::chrono::steady_clock::time_point since;
  };
  // Verification is what is known about the person at the token.
  struct Verification {
    bool verified = false;  // UV
    bool present = false;   // UP: the fingerprint was a touch too
  };
  struct AssertionRequest;
  struct CredentialRequest;

  CtapResult dispatch(CtapCommand command, base::ByteView body, UserPresence& presence, Lock& lock);
  CtapResult get_info() const;
  Cbor options_info() const;
  CtapResult make_credential(const Cbor& parameters, UserPresence& presence, Lock& lock);
  CtapResult get_assertion(const Cbor& parameters, UserPresence& presence, Lock& lock);
  CtapResult get_next_assertion();
  CtapResult reset(UserPresence& presence, Lock& lock);

  CtapExpected<CredentialRequest> parse_credential_request(const Cbor& parameters) const;
  CtapResult create(const CredentialRequest& request, std::uint8_t flags);
  CtapResult attest(const Credential& credential, const base::Bytes& authenticator_data,
                    const base::Bytes& client_data_hash) const;
  CtapExpected<AssertionRequest> parse_assertion_request(const Cbor& parameters) const;
  std::vector<Credential*> applicable(const AssertionRequest& request, bool verified);
  CtapExpected<Cbor> assertion_extensions(const Credential& credential,
                                          const AssertionRequest& request, std::uint8_t flags);
  CtapResult assert_with(Credential& credential, const AssertionRequest& request,
                         std::uint8_t flags, std::size_t count);

  // touch waits for the button without the lock; an error when there was no touch.
  CtapExpected<bool> touch(UserPresence& presence, Lock& lock) const;
  CtapExpected<bool> verify_built_in(UserPresence& presence, Lock& lock) const;
  CtapExpected<Verification> verify_user(const std::optional<PinAuth>& auth, bool uv_option,
                                         Permission permission, const std::string& rp_id,
                                         const base::Bytes& client_data_hash,
                                         UserPresence& presence, Lock& lock);
  std::uint32_t next_counter(Credential& credential);
  base::Bytes authenticator_data(const base::Sha256& rp_id_hash, std::uint8_t flags,
                                 std::uint32_t counter) const;
  base::Bytes sign_assertion(const Credential& credential, base::ByteView message) const;
  Aaguid aaguid() const { return active_.aaguid.value_or(profile_.aaguid); }

  base::Bytes u2f_register(base::ByteView data, UserPresence& presence);
  base::Bytes u2f_authenticate(std::uint8_t control, base::ByteView data, UserPresence& presence);

  Profile profile_;
  Store& store_;
  const base::Clock& clock_;
  ClientPin pin_;
  CredentialManagement credential_management_;
  std::chrono::steady_clock::time_point powered_up_;
  std::optional<Assertions> assertions_;

  mutable std::mutex quirks_mutex_;
  Quirks quirks_;
  Quirks active_;  // as they were when the running command began
};

}  // namespace touchstone::emulators::fido2
