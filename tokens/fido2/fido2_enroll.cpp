// SPDX-License-Identifier: Apache-2.0
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
  for (const base::KeyAlgorithm algorithm : request.algorithms) {
    const bool known = algorithm == base::KeyAlgorithm::kEcdsaP256 ||
                       (algorithm == base::KeyAlgorithm::kEd25519 && !info_.u2f_only());
    if (!known) {
      continue;
    }
    Result<Enrollment> made = enroll_as(algorithm, request, pin.c_str(), touch_needed);
    if (made.has_value()) {
      remember(made->key);
      return made;
    }
    if (made.error().native != FIDO_ERR_UNSUPPORTED_ALGORITHM ||
        made.error().code != Code::kUnsupportedByToken) {
      return made;
    }
  }
  return base::fail(Code::kUnsupportedByToken, "none of the key algorithms",
                    FIDO_ERR_UNSUPPORTED_ALGORITHM);
}

Result<Enrollment> Fido2Token::enroll_as(base::KeyAlgorithm algorithm, const EnrollRequest& request,
                                         const char* pin, const OnTouchNeeded& touch_needed) {
  TRY(credential, new_credential(algorithm, request));
  Status made = exchange({request.timeout, &touch_needed}, [&](fido_dev_t* device) {
    return fido_dev_make_cred(device, credential.get(), pin);
  });
  TRY_VOID(after_pin(std::move(made)));
  return check_credential(credential.get(), algorithm, request);
}

}  // namespace touchstone::tokens::fido2
