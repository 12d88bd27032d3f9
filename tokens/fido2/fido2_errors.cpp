// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/fido2_errors.h"

#include <string>

#include <fido.h>

namespace touchstone::tokens::fido2 {

using base::Code;

namespace {

Code to_code(int status) {
  switch (status) {
    case FIDO_ERR_CHANNEL_BUSY:
      return Code::kTokenBusy;
    case FIDO_ERR_CREDENTIAL_EXCLUDED:
      return Code::kCredentialExists;
    case FIDO_ERR_KEY_STORE_FULL:
    case FIDO_ERR_LIMIT_EXCEEDED:
      return Code::kTokenFull;
    case FIDO_ERR_UNSUPPORTED_ALGORITHM:
    case FIDO_ERR_UNSUPPORTED_OPTION:
    case FIDO_ERR_INVALID_OPTION:
    case FIDO_ERR_UNSUPPORTED_EXTENSION:
    case FIDO_ERR_INVALID_COMMAND:
      return Code::kUnsupportedByToken;
    case FIDO_ERR_KEEPALIVE_CANCEL:
    case FIDO_ERR_OPERATION_DENIED:
      return Code::kCancelled;
    case FIDO_ERR_NO_CREDENTIALS:
    case FIDO_ERR_INVALID_CREDENTIAL:
      return Code::kWrongToken;
    case FIDO_ERR_USER_ACTION_TIMEOUT:
    case FIDO_ERR_ACTION_TIMEOUT:
    case FIDO_ERR_TIMEOUT:
      return Code::kTouchTimeout;
    case FIDO_ERR_PIN_INVALID:
    case FIDO_ERR_UV_INVALID:
      return Code::kPinWrong;
    case FIDO_ERR_PIN_BLOCKED:
      return Code::kPinBlocked;
    case FIDO_ERR_PIN_AUTH_BLOCKED:
    case FIDO_ERR_UV_BLOCKED:
      return Code::kPinAuthBlocked;
    case FIDO_ERR_PIN_NOT_SET:
      return Code::kPinNotSet;
    case FIDO_ERR_PIN_REQUIRED:
      return Code::kPinRequired;
    case FIDO_ERR_PIN_POLICY_VIOLATION:
      return Code::kPinPolicy;
    default:  // not an enum
      return Code::kTokenFailed;
  }
}

}  // namespace

base::Error from_fido(int status) {
  const Code code = to_code(status);
  // The library's name for it helps only where our own code says little.
  const std::string context =
      code == Code::kTokenFailed || code == Code::kUnsupportedByToken ? fido_strerr(status) : "";
  return base::Error{code, status, context};
}

bool denies_credential(int status) {
  switch (status) {
    case FIDO_ERR_NO_CREDENTIALS:
    case FIDO_ERR_INVALID_CREDENTIAL:
    case FIDO_ERR_CREDENTIAL_EXCLUDED:  // libfido2's word for a U2F token that does not know it
    case FIDO_ERR_LIMIT_EXCEEDED:
    case FIDO_ERR_REQUEST_TOO_LARGE:
    case FIDO_ERR_INVALID_LENGTH:
    case FIDO_ERR_INVALID_PARAMETER:
      return true;
    default:  // not an enum
      return false;
  }
}

}  // namespace touchstone::tokens::fido2
