// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tokens/fido2/handles.h"
#include "tokens/fido2/hid_device.h"
#include "tokens/fido2/hid_transport.h"
#include "tokens/token.h"

namespace touchstone::tokens::fido2 {

// For everything that needs no touch. Some tokens take seconds over a PIN or a long list.
constexpr std::chrono::milliseconds kExchangeTimeout{10'000};
constexpr std::chrono::milliseconds kOpenTimeout{3'000};
constexpr std::chrono::milliseconds kProbeTimeout{3'000};

// Fido2Token is a FIDO2 or U2F token on a HID device, through libfido2.
//
// Which token holds a key is found with a silent assertion (CTAP 2.1 section 6.2, up=false) over
// random bytes, whose signature must verify: a false token that copies another's name and AAGUID
// cannot pass, and so is never sent a PIN. Two kinds of credential cannot be found so:
//   - U2F tokens only say that they know a key handle. The proof comes with the signature; there
//     is no PIN to lose.
//   - Credentials with credProtect 3 answer nothing without a PIN. They are found by their marker.
//     One that has none is found only on the token that made it since it was plugged in; else it is
//     kWrongToken, since the PIN would have to go to a token that has proved nothing.
//
// Errors begin with the token's name and device, as it says itself: text from outside.
class Fido2Token final : public Token {
 public:
  // open talks to the device for at most kOpenTimeout. identity has id, driver, names, device and
  // vendor filled in; the rest comes from the token. To be called on the token's own thread.
  // clock must outlive the token.
  static base::Result<std::unique_ptr<Fido2Token>> open(std::unique_ptr<HidDevice> device,
                                                        TokenInfo identity,
                                                        const base::Clock& clock);

  TokenInfo info() override { return info_; }
  base::Result<bool> holds(const KeyReference& key, Asking asking) override;
  std::vector<SilentSignature> take_silent() override { return std::exchange(silent_, {}); }
  base::Result<base::TokenSignature> sign(const SignRequest& request,
                                          const OnTouchNeeded& touch_needed) override;
  base::Result<Enrollment> enroll(const EnrollRequest& request,
                                  const OnTouchNeeded& touch_needed) override;
  base::Status set_pin(const base::Secret* old_pin, const base::Secret& new_pin,
                       LastTry last_try) override;
  base::Result<std::vector<ResidentCredential>> list_resident(const base::Secret& pin,
                                                              LastTry last_try) override;
  base::Status delete_resident(const base::Secret& pin, LastTry last_try,
                               base::ByteView credential_id) override;
  void cancel() override { transport_.interrupt(); }
  void clear_cancel() override { transport_.clear_interrupt(); }

 private:
  Fido2Token(std::unique_ptr<HidDevice> device, TokenInfo identity, const base::Clock& clock);

  // exchange makes one libfido2 call under limits; call returns a FIDO_ERR_*.
  base::Status exchange(const HidTransport::Limits& limits,
                        const std::function<int(fido_dev_t*)>& call);
  base::Status exchange(const std::function<int(fido_dev_t*)>& call) {
    return exchange({kExchangeTimeout, nullptr}, call);
  }
  base::Status ensure_open();
  base::Status read_info();
  void take_info(const fido_cbor_info_t* info);
  base::Status read_pin_tries();
  // named puts the token's name before an error.
  base::Error named(base::Error error) const;
  template <class T>
  base::Result<T> named(base::Result<T> result) const {
    if (!result.has_value()) {
      result.error() = named(std::move(result.error()));
    }
    return result;
  }

  base::Result<bool> probe(const KeyReference& key);
  // prove probes the key, or its marker when it has one.
  base::Result<bool> prove(const KeyReference& key);
  void learn_counter(Enrollment& enrollment, CredProtect protection);
  base::Result<base::TokenSignature> sign_checked(const SignRequest& request,
                                                  const OnTouchNeeded& touch_needed);
  base::Result<Enrollment> enroll_checked(const EnrollRequest& request,
                                          const OnTouchNeeded& touch_needed);
  // Exchange is what an enrolment takes beside its request.
  struct Exchange {
    const char* pin;  // may be null
    std::chrono::milliseconds timeout;
    const OnTouchNeeded& touch_needed;
  };
  base::Result<Enrollment> enroll_any(const EnrollRequest& request, const Exchange& how);
  base::Result<Enrollment> enroll_as(base::KeyAlgorithm algorithm, const EnrollRequest& request,
                                     const Exchange& how);
  base::Result<Marker> make_marker(const EnrollRequest& request, const Exchange& how);
  base::Status set_pin_checked(const base::Secret* old_pin, const base::Secret& new_pin,
                               LastTry last_try);
  base::Result<std::vector<ResidentCredential>> list_checked(const base::Secret& pin,
                                                             LastTry last_try);
  base::Status list_application(const std::string& application, const char* pin,
                                std::vector<ResidentCredential>& residents);
  base::Status delete_checked(const base::Secret& pin, LastTry last_try,
                              base::ByteView credential_id);

  // check_verification says whether user verification can be had as asked, before anything is
  // sent.
  base::Status check_verification(bool wanted, const base::Secret* pin) const;
  base::Status check_pin_tries(LastTry last_try);
  // after_pin brings the tries up to date, and puts those left into kPinWrong.
  base::Status after_pin(base::Status status);
  base::Status check_credential_management() const;

  bool is_proven(const KeyReference& key) const;
  void remember(const KeyReference& key);
  void forget(const KeyReference& key);

  const base::Clock& clock_;
  HidTransport transport_;
  TokenInfo info_;
  DeviceHandle device_;    // null after a channel broke, until it is needed again
  bool pin_sent_ = false;  // since the tries were read
  std::vector<KeyReference> proven_;
  std::vector<SilentSignature> silent_;  // not taken yet
};

}  // namespace touchstone::tokens::fido2
