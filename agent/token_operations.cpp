// SPDX-License-Identifier: Apache-2.0
#include "agent/token_operations.h"

#include <utility>

#include "agent/silent_signature.h"

namespace touchstone::agent {

TokenOperation::TokenOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                               tokens::LastTry last_try, Answer answer)
    : Operation(services, std::move(prompt), last_try),
      chosen_(std::move(token)),
      answer_(std::move(answer)) {}

base::Status TokenOperation::record_intent(const std::string& shown_on) {
  return services().journal.event(
      std::string(event_word()) + "-asked",
      prompt().subject.headline + " (shown on " + (shown_on.empty() ? "nothing" : shown_on) + ")");
}

base::Status TokenOperation::settle(tokens::ReplyValue value) {
  TRY_VOID(judge(value));
  TRY_VOID(services().journal.event(event_word(), prompt().subject.headline));
  value_ = std::move(value);
  return {};
}

void TokenOperation::ended(const base::Error* error) {
  if (error != nullptr) {
    // What cannot be written now cannot be helped: the request fails either way.
    (void)services().journal.event(std::string(event_word()) + "-failed", base::message_of(*error));
  }
  on_end_(*this, error);
  if (error != nullptr) {
    answer_(base::fail(*error));
  } else {
    answer_(std::move(value_));
  }
}

EnrollOperation::EnrollOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                                 Input input, Answer answer)
    : TokenOperation(services, std::move(prompt), std::move(token), tokens::LastTry::kRefuse,
                     std::move(answer)),
      input_(std::move(input)) {}

void EnrollOperation::begin(const tokens::TokenInfo& /*token*/) { look_elsewhere(); }

void EnrollOperation::look_elsewhere() {
  if (looked_ == input_.elsewhere.size()) {
    enroll();
    return;
  }
  // `this` is the operation that is handed back.
  send(tokens::Locate{0, input_.elsewhere[looked_++]},
       [this](Operation&, const base::Result<tokens::ReplyValue>& value) { on_found(value); });
}

// on_found goes on when the key is on another token, or on none that is plugged in.
void EnrollOperation::on_found(const base::Result<tokens::ReplyValue>& value) {
  if (!value.has_value()) {
    const base::Code code = value.error().code;
    if (code == base::Code::kWrongToken || code == base::Code::kNoToken) {
      look_elsewhere();
    } else {
      finish(&value.error());
    }
    return;
  }
  const auto* location = std::get_if<tokens::Location>(&*value);
  if (location == nullptr) {
    fail_with(base::Code::kProtocol, "driver answered a locate with something else");
  } else if (location->token == token()) {
    fail_with(base::Code::kSameToken);
  } else {
    look_elsewhere();
  }
}

void EnrollOperation::enroll() {
  const tokens::TokenInfo* info = token_info();
  if (info == nullptr) {
    fail_with(base::Code::kTokenRemoved);
    return;
  }
  const tokens::TokenInfo token = *info;
  // A key that always wants its PIN is made with it; for the others the token says if it must be
  // (kPinRequired), which most do for resident keys only.
  if (input_.verify_required && token.pin_set) {
    ask_pin(token.pin_retries, /*after_wrong_pin=*/false);
  } else if (input_.verify_required && !token.uv_supported) {
    fail_with(base::Code::kPinNotSet);
  } else {
    attempt(std::nullopt);
  }
}

base::Result<DriverRequest> EnrollOperation::request_for(const tokens::TokenId& token,
                                                         std::optional<base::Secret> pin) {
  tokens::EnrollRequest request;
  request.token = token;
  request.application = input_.application;
  request.user_name = input_.user_name;
  request.algorithms = input_.algorithms;
  request.resident = input_.resident;
  request.challenge = input_.challenge;
  request.user_verification = input_.verify_required || pin.has_value();
  request.pin = std::move(pin);
  request.timeout = prompt().timeout;
  const tokens::TokenInfo* info = token_info();
  if (input_.verify_required) {
    request.cred_protect = tokens::CredProtect::kUvRequired;
    request.marker = true;
  } else if (input_.resident && info != nullptr && info->cred_protect_supported) {
    // Nobody without the PIN or the credential's id learns that it is there.
    request.cred_protect = tokens::CredProtect::kUvOptionalWithCredentialId;
  }
  return DriverRequest(tokens::Enroll{0, std::move(request)});
}

base::Status EnrollOperation::judge(const tokens::ReplyValue& value) {
  const auto* enrollment = std::get_if<tokens::Enrollment>(&value);
  if (enrollment == nullptr) {
    return base::fail(base::Code::kProtocol, "driver answered an enrolment with something else");
  }
  if (enrollment->key.application != input_.application) {
    return base::fail(base::Code::kWrongApplication);
  }
  if ((enrollment->flags & base::kFlagUserPresence) == 0) {
    return base::fail(base::Code::kNoPresence);
  }
  if (input_.verify_required && (enrollment->flags & base::kFlagUserVerification) == 0) {
    return base::fail(base::Code::kNoVerification);
  }
  if (input_.verify_required && !enrollment->key.marker.has_value()) {
    return base::fail(base::Code::kProtocol, "driver made no marker");
  }
  return record_probes(*enrollment);
}

// record_probes leaves out those that do not rise: a token that stands still is one that does not
// count, which the key's own file says.
base::Status EnrollOperation::record_probes(const tokens::Enrollment& enrollment) {
  if (enrollment.silent.empty()) {
    return {};
  }
  TRY(key, ssh::PublicKey::from_token(enrollment.key.public_key, enrollment.key.application));
  const SilentSigner signer{prompt().key_name, input_.application == tokens::kMarkerApplication,
                            std::move(key)};
  for (const tokens::SilentSignature& silent : enrollment.silent) {
    if (!(silent.key == enrollment.key)) {
      return base::fail(base::Code::kProtocol, "driver gave a signature by another key");
    }
    const base::Status recorded = record_silent(services().journal, signer, silent);
    if (!recorded.has_value() && recorded.error().code != base::Code::kCounterRegressed) {
      return recorded;
    }
  }
  return {};
}

SetPinOperation::SetPinOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                                 tokens::LastTry last_try, Answer answer)
    : TokenOperation(services, std::move(prompt), std::move(token), last_try, std::move(answer)) {}

void SetPinOperation::begin(const tokens::TokenInfo& token) {
  if (!token.pin_supported) {
    fail_with(base::Code::kUnsupportedByToken);
  } else if (token.pin_set) {
    ask_pin(token.pin_retries, /*after_wrong_pin=*/false);
  } else {
    ask_new_pin();
  }
}

void SetPinOperation::pin_given(base::Secret pin) {
  if (new_pin_.has_value()) {
    attempt(std::move(pin));
    return;
  }
  old_pin_ = std::move(pin);
  ask_new_pin();
}

void SetPinOperation::ask_new_pin() {
  PinQuestion question;
  question.prompt = "New PIN:";
  question.new_pin = true;
  ask(std::move(question), [this](base::Secret pin) {
    new_pin_ = std::move(pin);
    attempt(std::exchange(old_pin_, std::nullopt));
  });
}

base::Result<DriverRequest> SetPinOperation::request_for(const tokens::TokenId& token,
                                                         std::optional<base::Secret> pin) {
  tokens::SetPin request;
  request.token = token;
  request.old_pin = std::move(pin);
  TRY_ASSIGN(request.new_pin, new_pin_->clone());
  request.last_try = last_try();
  return DriverRequest(std::move(request));
}

ResidentOperation::ResidentOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                                     tokens::LastTry last_try, Kind kind, base::Bytes credential_id,
                                     Answer answer)
    : TokenOperation(services, std::move(prompt), std::move(token), last_try, std::move(answer)),
      kind_(kind),
      credential_id_(std::move(credential_id)) {}

std::string_view ResidentOperation::event_word() const {
  switch (kind_) {
    case Kind::kList:
      return "resident-list";
    case Kind::kDelete:
      return "resident-delete";
    case Kind::kVerifyPin:
      return "pin-verify";
  }
  return "";
}

void ResidentOperation::begin(const tokens::TokenInfo& token) {
  if (!token.pin_supported ||
      (kind_ != Kind::kVerifyPin && !token.credential_management_supported)) {
    fail_with(base::Code::kUnsupportedByToken);
  } else if (!token.pin_set) {
    fail_with(base::Code::kPinNotSet);
  } else {
    ask_pin(token.pin_retries, /*after_wrong_pin=*/false);
  }
}

base::Result<DriverRequest> ResidentOperation::request_for(const tokens::TokenId& token,
                                                           std::optional<base::Secret> pin) {
  if (!pin.has_value()) {
    return base::fail(base::Code::kPinRequired);
  }
  const tokens::TokenInfo* info = token_info();
  if (kind_ == Kind::kDelete) {
    tokens::DeleteResident request;
    request.token = token;
    request.pin = std::move(*pin);
    request.last_try = last_try();
    request.credential_id = credential_id_;
    return DriverRequest(std::move(request));
  }
  if (kind_ == Kind::kVerifyPin && info != nullptr && !info->credential_management_supported) {
    tokens::SetPin request;
    request.token = token;
    TRY_ASSIGN(request.new_pin, pin->clone());
    request.old_pin = std::move(pin);
    request.last_try = last_try();
    return DriverRequest(std::move(request));
  }
  tokens::ListResident request;
  request.token = token;
  request.pin = std::move(*pin);
  request.last_try = last_try();
  return DriverRequest(std::move(request));
}

}  // namespace touchstone::agent
