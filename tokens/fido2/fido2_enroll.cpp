// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "tokens/fido2/credential.h"
#include "tokens/fido2/fido2_token.h"
#include "tokens/fido2/pin_text.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

Result<Enrollment> Fido2Token::enroll_checked(const EnrollRequest& request,
                                              const OnTouchNeeded& touch_needed) {
  if (request.application.empty() || request.application.find('\0') != std::string::npos) {
    return base::fail(Code::kMalformed, "application");
  }
  if (request.resident && !info_.resident_supported) {
    return base::fail(Code::kUnsupportedByToken, "no resident credentials");
  }
  if (request.cred_protect != CredProtect::kNone && !info_.cred_protect_supported) {
    return base::fail(Code::kUnsupportedByToken, "no credProtect");
  }
  const base::Secret* given = request.pin ? &*request.pin : nullptr;
  TRY_VOID(check_verification(request.user_verification, given));
  PinText pin;
  if (given != nullptr) {
    TRY_VOID(check_pin_tries(request.last_try));
    TRY_ASSIGN(pin, PinText::make(*given));
  }
  // Both touches have to come in the one time that was given.
  const auto end = clock_.steady() + request.timeout;
  std::optional<Marker> marker;
  if (request.marker) {
    TRY_ASSIGN(marker, make_marker(request, {pin.c_str(), request.timeout, touch_needed}));
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_.steady());
  if (left <= std::chrono::milliseconds::zero()) {
    return base::fail(Code::kTouchTimeout);
  }
  TRY(made, enroll_any(request, {pin.c_str(), left, touch_needed}));
  made.key.marker = std::move(marker);
  remember(made.key);
  learn_counter(made, request.cred_protect);
  return made;
}

Result<Marker> Fido2Token::make_marker(const EnrollRequest& request, const Exchange& how) {
  EnrollRequest marker;
  marker.application = kMarkerApplication;
  marker.user_name = request.user_name;
  marker.algorithms = request.algorithms;
  marker.user_verification = request.user_verification;
  marker.challenge = request.challenge;
  TRY(made, enroll_any(marker, how));
  return Marker{made.key.public_key, made.key.credential_id};
}

// enroll_any makes a key of the first algorithm that the token knows.
Result<Enrollment> Fido2Token::enroll_any(const EnrollRequest& request, const Exchange& how) {
  for (const base::KeyAlgorithm algorithm : request.algorithms) {
    const bool known = algorithm == base::KeyAlgorithm::kEcdsaP256 ||
                       (algorithm == base::KeyAlgorithm::kEd25519 && !info_.u2f_only());
    if (!known) {
      continue;
    }
    Result<Enrollment> made = enroll_as(algorithm, request, how);
    if (made.has_value() || made.error().native != FIDO_ERR_UNSUPPORTED_ALGORITHM ||
        made.error().code != Code::kUnsupportedByToken) {
      return made;
    }
  }
  return base::fail(Code::kUnsupportedByToken, "none of the key algorithms",
                    FIDO_ERR_UNSUPPORTED_ALGORITHM);
}

// learn_counter asks for a few silent signatures in a row. The credential is there whatever comes
// of it: a token that gives none is one of which it is not known how it counts.
void Fido2Token::learn_counter(Enrollment& enrollment, CredProtect protection) {
  if (info_.u2f_only() || protection == CredProtect::kUvRequired) {
    return;
  }
  for (std::size_t i = 0; i < kCounterProbes; ++i) {
    const Result<bool> held = probe(enrollment.key);
    if (!held.has_value() || !*held) {
      break;
    }
  }
  enrollment.silent = take_silent();
}

Result<Enrollment> Fido2Token::enroll_as(base::KeyAlgorithm algorithm, const EnrollRequest& request,
                                         const Exchange& how) {
  TRY(credential, new_credential(algorithm, request));
  Status made = exchange({how.timeout, &how.touch_needed}, [&](fido_dev_t* device) {
    return fido_dev_make_cred(device, credential.get(), how.pin);
  });
  TRY_VOID(after_pin(std::move(made)));
  return check_credential(credential.get(), algorithm, request);
}

}  // namespace touchstone::tokens::fido2
