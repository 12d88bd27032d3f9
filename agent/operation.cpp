// SPDX-License-Identifier: Apache-2.0
#include "agent/operation.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/text.h"

namespace touchstone::agent {

std::string describe_token(const tokens::TokenInfo& token) {
  std::string text = token.manufacturer;
  for (const std::string& part : {token.product, "(" + token.device + ")"}) {
    text += (text.empty() || part.empty() ? "" : " ") + part;
  }
  return text;
}

const tokens::TokenInfo* Operation::token_info() const {
  const auto& known = services_.driver.tokens();
  const auto found = std::find_if(known.begin(), known.end(),
                                  [this](const auto& info) { return info.id == token_; });
  return found == known.end() ? nullptr : &*found;
}

void Operation::start() {
  const auto self = shared_from_this();
  const tokens::TokenId chosen = chosen_token();
  const auto& known = services_.driver.tokens();
  found_ = !chosen.empty();
  // One token alone is the one to queue for, even if it may turn out not to hold the key.
  const tokens::TokenId guess = found_              ? chosen
                                : known.size() == 1 ? known.front().id
                                                    : tokens::TokenId{};
  const bool busy = !guess.empty() && services_.lanes.busy(guess);
  const std::string shown_on =
      services_.board.open(prompt_, busy ? PromptState::kQueued : PromptState::kPreparing);
  if (shown_on.empty() && needs_viewer()) {
    fail_with(base::Code::kNoPrompt);
    return;
  }
  const base::Status recorded = record_intent(shown_on);
  if (!recorded.has_value()) {
    finish(&recorded.error());
    return;
  }
  if (guess.empty()) {
    locate();
  } else {
    enter_lane(guess);
  }
}

void Operation::enter_lane(const tokens::TokenId& token) {
  token_ = token;
  phase_ = Phase::kQueued;
  const auto entered =
      services_.lanes.enter(token, number(), [self = shared_from_this()] { self->held(); });
  if (!entered.has_value()) {
    finish(&entered.error());
  } else if (*entered) {
    held();
  } else {
    services_.board.update(number(), PromptState::kQueued);
  }
}

// held: the token of this lane is ours until we leave.
void Operation::held() {
  if (!found_) {
    services_.board.update(number(), PromptState::kPreparing);
    locate();
    return;
  }
  const tokens::TokenInfo* info = token_info();
  if (info == nullptr) {
    fail_with(base::Code::kTokenRemoved);
    return;
  }
  if (info->busy) {
    // Its PIN and its abilities are not known yet: nothing can be asked of it, nor of a person.
    fail_with(base::Code::kTokenBusy, describe_token(*info));
    return;
  }
  prompt_.token = describe_token(*info);
  services_.board.set_token(number(), prompt_.token);
  services_.board.update(number(), PromptState::kPreparing);
  begin(tokens::TokenInfo(*info));
}

void Operation::locate() {
  const auto key = wanted_key();
  if (!key.has_value()) {
    fail_with(services_.driver.tokens().empty() ? base::Code::kNoToken : base::Code::kNotFound,
              "say which token");
    return;
  }
  send(tokens::Locate{0, *key}, [](Operation& self, base::Result<tokens::ReplyValue> value) {
    self.on_located(std::move(value));
  });
}

void Operation::on_located(base::Result<tokens::ReplyValue> value) {
  if (!value.has_value()) {
    explain_not_located(value.error());
    finish(&value.error());
    return;
  }
  const auto* location = std::get_if<tokens::Location>(&*value);
  if (location == nullptr) {
    fail_with(base::Code::kProtocol, "driver answered a locate with something else");
    return;
  }
  found_ = true;
  located(location->token);
  if (location->token == token_) {
    held();
    return;
  }
  services_.lanes.leave(number());
  enter_lane(location->token);
}

void Operation::ask_pin(std::int32_t tries_left, bool after_wrong_pin) {
  if (tries_left == 0) {
    fail_with(base::Code::kPinBlocked);
    return;
  }
  if (tries_left == 1 && last_try_ == tokens::LastTry::kRefuse) {
    fail_with(base::Code::kPinLastTry);
    return;
  }
  PinQuestion question;
  question.prompt = "PIN:";
  question.tries_left = tries_left;
  question.after_wrong_pin = after_wrong_pin;
  ask(std::move(question),
      [this](base::Secret pin) { pin_given(std::move(pin)); });  // ask() keeps us alive
}

void Operation::ask(PinQuestion question, std::function<void(base::Secret)> next) {
  phase_ = Phase::kAskingPin;
  services_.board.update(number(), PromptState::kWaitingPin);
  question.terminal = prompt_.client.terminal;
  question.description = base::escape_for_display(prompt_.subject.headline, kFactColumnsMax) +
                         "\ntoken: " + base::escape_for_display(prompt_.token, kFactColumnsMax);
  if (!prompt_.key_name.empty()) {
    question.description += "\nkey: " + base::escape_for_display(prompt_.key_name, kFactColumnsMax);
  }
  services_.pins.ask(
      number(), std::move(question),
      [self = shared_from_this(), next = std::move(next)](base::Result<base::Secret> pin) {
        if (self->cancelled_.has_value()) {
          const base::Error reason = *self->cancelled_;
          self->finish(&reason);
        } else if (!pin.has_value()) {
          self->finish(&pin.error());
        } else {
          next(std::move(*pin));
        }
      });
}

void Operation::attempt(std::optional<base::Secret> pin) {
  const bool pin_was_given = pin.has_value();
  if (token_info() == nullptr) {
    fail_with(base::Code::kTokenRemoved);
    return;
  }
  auto request = request_for(token_, std::move(pin));
  if (!request.has_value()) {
    finish(&request.error());
    return;
  }
  services_.board.update(number(), PromptState::kPreparing);
  send(std::move(*request),
       [pin_was_given](Operation& self, base::Result<tokens::ReplyValue> value) {
         self.on_reply(std::move(value), pin_was_given);
       });
}

void Operation::send(DriverRequest request,
                     std::function<void(Operation&, base::Result<tokens::ReplyValue>)> next) {
  phase_ = Phase::kAskingDriver;
  Driver::Handlers handlers;
  handlers.touch_needed = [self = shared_from_this()] {
    if (!self->cancelled_.has_value()) {
      self->services_.board.update(self->number(), PromptState::kWaitingTouch);
    }
  };
  handlers.reply = [self = shared_from_this(),
                    next = std::move(next)](base::Result<tokens::ReplyValue> value) {
    self->driver_request_ = 0;
    if (self->cancelled_.has_value()) {
      // Whatever it is, nobody wants it any more.
      const base::Error reason = *self->cancelled_;
      self->finish(&reason);
      return;
    }
    next(*self, std::move(value));
  };
  driver_request_ = services_.driver.request(std::move(request), prompt_.timeout + kDriverGrace,
                                             std::move(handlers));
}

void Operation::on_reply(base::Result<tokens::ReplyValue> value, bool pin_was_given) {
  if (value.has_value()) {
    const base::Status settled = settle(std::move(*value));
    finish(settled.has_value() ? nullptr : &settled.error());
    return;
  }
  const tokens::TokenInfo* info = token_info();
  if (value.error().code == base::Code::kPinRequired && !pin_was_given && info != nullptr &&
      info->pin_set) {
    ask_pin(info->pin_retries, /*after_wrong_pin=*/false);
    return;
  }
  if (value.error().code == base::Code::kPinWrong) {
    ask_pin(static_cast<std::int32_t>(value.error().native), /*after_wrong_pin=*/true);
    return;
  }
  finish(&value.error());
}

void Operation::cancel(base::Error reason) {
  if (finished() || cancelled_.has_value()) {
    return;
  }
  const auto self = shared_from_this();
  cancelled_ = std::move(reason);
  switch (phase_) {
    case Phase::kNew:
    case Phase::kQueued: {
      const base::Error error = *cancelled_;
      finish(&error);
      break;
    }
    case Phase::kAskingDriver:
      services_.driver.cancel(driver_request_);
      break;
    case Phase::kAskingPin:
      services_.pins.cancel(number());
      break;
    case Phase::kFinished:
      break;
  }
}

void Operation::fail_with(base::Code code, std::string context) {
  const base::Error error{code, 0, std::move(context)};
  finish(&error);
}

void Operation::finish(const base::Error* error) {
  if (finished()) {
    return;
  }
  const auto self = shared_from_this();
  // A copy: the error may live in what is about to go away.
  const std::optional<base::Error> outcome =
      error == nullptr ? std::nullopt : std::optional<base::Error>(*error);
  const base::Error* const kept = outcome.has_value() ? &*outcome : nullptr;
  phase_ = Phase::kFinished;
  services_.board.close(number(), kept);
  ended(kept);
  services_.lanes.leave(number());
}

}  // namespace touchstone::agent
