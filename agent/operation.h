// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/driver.h"
#include "agent/event_log.h"
#include "agent/journal.h"
#include "agent/pin_desk.h"
#include "agent/prompt_board.h"
#include "agent/token_lanes.h"

namespace touchstone::agent {

// Services is what operations work with; all of it outlives them.
struct Services {
  Driver& driver;
  PromptBoard& board;
  TokenLanes& lanes;
  PinDesk& pins;
  Journal& journal;
  EventLog& events;
};

// Operation is one request for a token on its way: shown, recorded, the token found and free, the
// PIN given where it is wanted, the driver asked, its answer judged. It is a state machine on the
// reactor thread; every step ends in the next or in finish(), and finish() happens once.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  // start shows the prompt and goes on from there. It may end before it returns.
  void start();
  // cancel ends it with `reason` as soon as the token lets go: the token stays taken until the
  // driver has answered, and what it answers is thrown away.
  void cancel(base::Error reason);

  RequestNumber number() const { return prompt_.number; }
  const Prompt& prompt() const { return prompt_; }
  bool finished() const { return phase_ == Phase::kFinished; }
  bool cancelled() const { return cancelled_.has_value(); }

 protected:
  Operation(const Services& services, Prompt prompt, tokens::LastTry last_try)
      : services_(services), prompt_(std::move(prompt)), last_try_(last_try) {}

  // needs_viewer: nothing happens unless somebody can see the prompt. A question for a PIN shows
  // itself and does without.
  virtual bool needs_viewer() const { return true; }
  // record_intent comes after the prompt is shown and before any token is asked.
  virtual base::Status record_intent(const std::string& shown_on) = 0;
  // chosen_token names the token when it is known without asking around: empty when not.
  virtual tokens::TokenId chosen_token() const = 0;
  // wanted_key is what tokens are asked for when none is chosen.
  virtual std::optional<tokens::KeyReference> wanted_key() const { return std::nullopt; }
  virtual void located(const tokens::TokenId& /*token*/) {}
  // explain_not_located may say more of why no token was found for wanted_key.
  virtual void explain_not_located(base::Error& /*error*/) const {}
  // begin is called when the token is held; it goes on with ask_pin() or attempt().
  virtual void begin(const tokens::TokenInfo& token) = 0;
  virtual void pin_given(base::Secret pin) { attempt(std::move(pin)); }
  virtual base::Result<DriverRequest> request_for(const tokens::TokenId& token,
                                                  std::optional<base::Secret> pin) = 0;
  // settle judges and records a good answer. Its error ends the operation as if the driver had
  // given it.
  virtual base::Status settle(tokens::ReplyValue value) = 0;
  // ended answers whoever waits. error is null after a settle() without one.
  virtual void ended(const base::Error* error) = 0;

  // ask_pin asks for the PIN in use, unless the tries left forbid it.
  void ask_pin(std::int32_t tries_left, bool after_wrong_pin);
  void ask(PinQuestion question, std::function<void(base::Secret)> next);
  void attempt(std::optional<base::Secret> pin);
  void finish(const base::Error* error);
  void fail_with(base::Code code, std::string context = {});

  // send asks the driver; next gets this operation back, unless it is finished by then.
  void send(DriverRequest request,
            std::function<void(Operation&, base::Result<tokens::ReplyValue>)> next);

  const Services& services() const { return services_; }
  const tokens::TokenId& token() const { return token_; }
  tokens::LastTry last_try() const { return last_try_; }
  const tokens::TokenInfo* token_info() const;

 private:
  enum class Phase : std::uint8_t { kNew, kQueued, kAskingDriver, kAskingPin, kFinished };

  void enter_lane(const tokens::TokenId& token);
  void held();
  void locate();
  void on_located(base::Result<tokens::ReplyValue> value);
  void on_reply(base::Result<tokens::ReplyValue> value, bool pin_was_given);

  const Services services_;
  Prompt prompt_;
  const tokens::LastTry last_try_;
  Phase phase_{Phase::kNew};
  tokens::TokenId token_;  // whose lane we are in
  bool found_{false};      // token_ is the right one, not a guess
  tokens::RequestId driver_request_{0};
  std::optional<base::Error> cancelled_;
};

// describe_token is how prompts name a token: "Yubico YubiKey 5 (/dev/hidraw0)".
std::string describe_token(const tokens::TokenInfo& token);

}  // namespace touchstone::agent
