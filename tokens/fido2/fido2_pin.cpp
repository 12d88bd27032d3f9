// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "tokens/fido2/fido2_errors.h"
#include "tokens/fido2/fido2_token.h"
#include "tokens/fido2/pin_text.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Status;

Status Fido2Token::read_pin_tries() {
  int tries = 0;
  TRY_VOID(
      exchange([&tries](fido_dev_t* device) { return fido_dev_get_retry_count(device, &tries); }));
  info_.pin_retries = tries;
  return {};
}

Status Fido2Token::check_verification(bool wanted, const base::Secret* pin) const {
  if (!wanted && pin == nullptr) {
    return {};
  }
  if (info_.u2f_only() || !(info_.pin_supported || info_.uv_supported)) {
    return base::fail(Code::kUnsupportedByToken, "no user verification");
  }
  if (pin != nullptr) {
    return info_.pin_set ? Status{} : Status(base::fail(Code::kPinNotSet));
  }
  if (info_.uv_supported) {
    return {};
  }
  return base::fail(info_.pin_set ? Code::kPinRequired : Code::kPinNotSet);
}

// check_pin_tries asks the token itself each time: another program may have used up tries. The PIN
// is sent next.
Status Fido2Token::check_pin_tries(LastTry last_try) {
  TRY_VOID(read_pin_tries());
  if (info_.pin_retries == 0) {
    return base::fail(Code::kPinBlocked);
  }
  if (info_.pin_retries == 1 && last_try == LastTry::kRefuse) {
    return base::fail(Code::kPinLastTry, {}, info_.pin_retries);
  }
  pin_sent_ = true;
  return {};
}

Status Fido2Token::after_pin(Status status) {
  const bool sent = std::exchange(pin_sent_, false);
  if (status.has_value()) {
    if (sent) {
      // The right PIN gives the tries back. Not to know it does not undo what was done.
      (void)read_pin_tries();
    }
    return status;
  }
  base::Error error = std::move(status.error());
  const bool about_pin = error.code == Code::kPinWrong || error.code == Code::kPinBlocked ||
                         error.code == Code::kPinAuthBlocked;
  // A status of the token's own, that it has no credentials say, comes after the PIN was judged.
  const bool judged = sent && error.native > 0;
  if (!info_.pin_set || !(about_pin || judged)) {
    return base::fail(std::move(error));
  }
  const Status read = read_pin_tries();
  if (error.code == Code::kPinWrong) {
    error.native = read.has_value() ? info_.pin_retries : -1;
  }
  return base::fail(std::move(error));
}

Status Fido2Token::set_pin_checked(const base::Secret* old_pin, const base::Secret& new_pin,
                                   LastTry last_try) {
  if (!info_.pin_supported) {
    return base::fail(Code::kUnsupportedByToken, "no PIN");
  }
  if (old_pin == nullptr && info_.pin_set) {
    return base::fail(Code::kPinRequired, "it has a PIN already");
  }
  if (old_pin != nullptr && !info_.pin_set) {
    return base::fail(Code::kPinNotSet);
  }
  if (pin_length(new_pin) < info_.pin_length_min) {
    return base::fail(Code::kPinPolicy,
                      "at least " + std::to_string(info_.pin_length_min) + " characters",
                      info_.pin_length_min);
  }
  TRY(new_text, PinText::make(new_pin));
  PinText old_text;
  if (old_pin != nullptr) {
    TRY_ASSIGN(old_text, PinText::make(*old_pin));
    TRY_VOID(check_pin_tries(last_try));
  }
  TRY_VOID(after_pin(exchange([&](fido_dev_t* device) {
    return fido_dev_set_pin(device, new_text.c_str(), old_text.c_str());
  })));
  return read_info();
}

}  // namespace touchstone::tokens::fido2
