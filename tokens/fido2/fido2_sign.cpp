// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>

#include "tokens/fido2/assertion.h"
#include "tokens/fido2/fido2_errors.h"
#include "tokens/fido2/fido2_token.h"
#include "tokens/fido2/pin_text.h"
#include "tokens/fido2/random.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

Result<bool> Fido2Token::probe(const KeyReference& key) {
  TRY(nonce, random32());
  TRY(assertion, new_assertion(key, nonce));
  fido_assert_set_up(assertion.get(), FIDO_OPT_FALSE);
  Status asked = exchange({kProbeTimeout, nullptr}, [&assertion](fido_dev_t* device) {
    return fido_dev_get_assert(device, assertion.get(), nullptr);
  });
  if (!asked.has_value()) {
    const auto status = static_cast<int>(asked.error().native);
    if (info_.u2f_only() && status == FIDO_ERR_USER_PRESENCE_REQUIRED) {
      return true;  // a check-only authentication that found the key handle
    }
    if (denies_credential(status)) {
      return false;
    }
    return base::fail(std::move(asked.error()));
  }
  if (fido_assert_count(assertion.get()) == 0) {
    return false;  // libfido2's other word for a U2F token that does not know it
  }
  Expected expected;
  expected.user_presence = false;
  TRY(signature, check_assertion(assertion.get(), key, expected));
  silent_.push_back(SilentSignature{key, base::to_bytes(nonce), std::move(signature)});
  remember(key);
  return true;
}

Result<bool> Fido2Token::prove(const KeyReference& key) {
  if (!key.marker.has_value()) {
    return probe(key);
  }
  TRY(held, probe(KeyReference{key.marker->public_key, key.marker->credential_id,
                               std::string(kMarkerApplication)}));
  if (held) {
    remember(key);
  }
  return held;
}

Result<base::TokenSignature> Fido2Token::sign_checked(const SignRequest& request,
                                                      const OnTouchNeeded& touch_needed) {
  const base::Secret* given = request.pin ? &*request.pin : nullptr;
  TRY_VOID(check_verification(request.user_verification, given));
  PinText pin;
  if (given != nullptr) {
    // Whoever asks has located the key. This makes sure of it where the PIN is at stake.
    if (!is_proven(request.key)) {
      TRY(held, prove(request.key));
      if (!held) {
        return base::fail(Code::kWrongToken);
      }
    }
    TRY_VOID(check_pin_tries(request.last_try));
    TRY_ASSIGN(pin, PinText::make(*given));
  }
  TRY(assertion, new_assertion(request.key, request.data));
  fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
  if (request.user_verification) {
    fido_assert_set_uv(assertion.get(), FIDO_OPT_TRUE);
  }
  Status asked = exchange({request.timeout, &touch_needed}, [&](fido_dev_t* device) {
    return fido_dev_get_assert(device, assertion.get(), pin.c_str());
  });
  if (!asked.has_value() && asked.error().code == Code::kWrongToken) {
    forget(request.key);
    return base::fail(Code::kWrongToken, "it does not know the key", asked.error().native);
  }
  TRY_VOID(after_pin(std::move(asked)));
  if (fido_assert_count(assertion.get()) == 0) {
    return base::fail(Code::kWrongToken, "it does not know the key");
  }
  Expected expected;
  expected.user_verification = request.user_verification;
  return check_assertion(assertion.get(), request.key, expected);
}

}  // namespace touchstone::tokens::fido2
