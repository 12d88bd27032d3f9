// SPDX-License-Identifier: Apache-2.0
#include "agent/sign_operation.h"

#include <algorithm>
#include <utility>

#include "ssh/signature.h"

namespace touchstone::agent {

bool is_alarm(base::Code code) {
  return code == base::Code::kNoPresence || code == base::Code::kNoVerification ||
         code == base::Code::kBadSignature || code == base::Code::kCounterRegressed ||
         code == base::Code::kWrongApplication;
}

SignOperation::SignOperation(const Services& services, Prompt prompt, Input input, OnEnd on_end)
    : Operation(services, std::move(prompt), tokens::LastTry::kRefuse),
      input_(std::move(input)),
      on_end_(std::move(on_end)) {}

void SignOperation::add_waiter(WaiterId waiter, Answer answer) {
  waiters_.push_back(Waiter{waiter, std::move(answer)});
}

void SignOperation::withdraw(WaiterId waiter) {
  std::erase_if(waiters_, [waiter](const Waiter& entry) { return entry.id == waiter; });
  if (waiters_.empty()) {
    cancel(base::Error{base::Code::kCancelled, 0, "the client hung up"});
  }
}

bool SignOperation::serves(base::ByteView key_blob, base::ByteView data, Demand demand,
                           const Client& client) const {
  return !finished() && !cancelled() && demand == input_.demand &&
         base::equal(input_.key->key.key.blob(), key_blob) && base::equal(input_.data, data) &&
         client.uid == prompt().client.uid && client.forwarded == prompt().client.forwarded;
}

base::Status SignOperation::record_intent(const std::string& shown_on) {
  // The key store has held the key to this when it read it: here it is what a touch is asked for.
  TRY_VOID(check_role(input_.key->role, input_.key->reference().application));
  Journal::Intent intent;
  intent.prompt = prompt();
  intent.presence = verification_wanted() ? "touch+pin" : "touch";
  intent.key_blob = base::to_bytes(input_.key->key.key.blob());
  intent.data = input_.data;
  intent.shown_on = shown_on;
  TRY_VOID(services().journal.intent(intent).with_context("journal"));
  intent_recorded_ = true;
  return {};
}

std::optional<tokens::KeyReference> SignOperation::wanted_key() const {
  return input_.key->reference();
}

void SignOperation::explain_not_located(base::Error& error) const {
  if (error.code == base::Code::kWrongToken && input_.key->verify_required() &&
      !input_.key->marker.has_value()) {
    error.context = "a token answers for " + input_.key->name +
                    " only to its PIN, which is given to no token that has not proved itself; "
                    "plug in the one it was made on and run: touchstone key mark " +
                    input_.key->name;
  }
}

bool SignOperation::verification_wanted() const {
  return input_.demand == Demand::kTouchPin || input_.key->verify_required();
}

void SignOperation::begin(const tokens::TokenInfo& token) {
  if (!verification_wanted() || (!token.pin_set && token.uv_supported)) {
    attempt(std::nullopt);
  } else if (!token.pin_set) {
    fail_with(base::Code::kPinNotSet);
  } else {
    ask_pin(token.pin_retries, /*after_wrong_pin=*/false);
  }
}

base::Result<DriverRequest> SignOperation::request_for(const tokens::TokenId& token,
                                                       std::optional<base::Secret> pin) {
  tokens::SignRequest request;
  request.token = token;
  request.key = input_.key->reference();
  request.data = input_.data;
  request.user_verification = verification_wanted() || pin.has_value();
  request.pin = std::move(pin);
  request.last_try = last_try();
  request.timeout = prompt().timeout;
  return DriverRequest(tokens::Sign{0, std::move(request)});
}

// check trusts nothing the driver says: the driver has checked the same, and is another process
// that talks to strange devices.
base::Status SignOperation::check(const base::TokenSignature& signature, base::Bytes& blob) const {
  const ssh::PublicKey& key = input_.key->key.key;
  TRY(encoded, ssh::Signature::from_token(key, signature));
  TRY(parsed, ssh::Signature::parse(encoded.blob()));
  TRY_VOID(ssh::verify(key, parsed, input_.data));
  if (!parsed.sk().has_value() || !parsed.sk()->user_presence()) {
    return base::fail(base::Code::kNoPresence);
  }
  if (verification_wanted() && !parsed.sk()->user_verification()) {
    return base::fail(base::Code::kNoVerification);
  }
  // Zero is what tokens without a counter say, always (WebAuthn section 6.1.1).
  const std::optional<std::uint32_t> last = services().journal.last_counter(key.blob());
  if (last.value_or(0) > 0 && parsed.sk()->counter <= *last) {
    return base::fail(base::Code::kCounterRegressed, "from " + std::to_string(*last) + " to " +
                                                         std::to_string(parsed.sk()->counter));
  }
  blob = base::to_bytes(parsed.blob());
  return {};
}

base::Status SignOperation::settle(tokens::ReplyValue value) {
  const auto* signature = std::get_if<base::TokenSignature>(&value);
  if (signature == nullptr) {
    return base::fail(base::Code::kProtocol, "driver answered a sign request with something else");
  }
  base::Bytes blob;
  TRY_VOID(check(*signature, blob));
  TRY_VOID(services().journal.success(number(), blob, signature->counter).with_context("journal"));
  signature_ = std::move(blob);
  return {};
}

void SignOperation::ended(const base::Error* error) {
  if (error != nullptr) {
    // What cannot be written now cannot be helped: the request fails either way.
    if (intent_recorded_) {
      (void)services().journal.failure(number(), *error);
    } else {
      (void)services().journal.refused(prompt(), *error);
    }
    if (is_alarm(error->code)) {
      (void)services().journal.event("alarm", base::message_of(*error));
      services().events.alarm(prompt(), *error);
    }
  }
  on_end_(*this, error);
  std::vector<Waiter> waiters;
  waiters.swap(waiters_);
  for (const Waiter& waiter : waiters) {
    if (error != nullptr) {
      waiter.answer(base::fail(*error));
    } else {
      waiter.answer(signature_);
    }
  }
}

}  // namespace touchstone::agent
