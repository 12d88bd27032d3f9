// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/operation.h"

namespace touchstone::agent {

// TokenOperation is what the command line asks of one token: no signature of a client's data, so
// it is recorded as an event when it is done and needs no intent.
class TokenOperation : public Operation {
 public:
  using Answer = std::function<void(base::Result<tokens::ReplyValue>)>;

  // on_end is the broker's, told before the answer.
  void on_end(std::function<void(const Operation&, const base::Error*)> handler) {
    on_end_ = std::move(handler);
  }

 protected:
  TokenOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                 tokens::LastTry last_try, Answer answer);

  // event_word is what the journal calls it: "key-new".
  virtual std::string_view event_word() const = 0;
  virtual base::Status judge(const tokens::ReplyValue& /*value*/) { return {}; }

 private:
  base::Status record_intent(const std::string& shown_on) override;
  tokens::TokenId chosen_token() const override { return chosen_; }
  base::Status settle(tokens::ReplyValue value) override;
  void ended(const base::Error* error) override;

  const tokens::TokenId chosen_;
  const Answer answer_;
  std::function<void(const Operation&, const base::Error*)> on_end_;
  tokens::ReplyValue value_{tokens::Done{}};
};

// EnrollOperation makes a credential; a marker too when it is verify_required. Answer:
// tokens::Enrollment, with user presence set.
class EnrollOperation final : public TokenOperation {
 public:
  struct Input {
    std::string application;
    std::string user_name;
    std::vector<base::KeyAlgorithm> algorithms;
    bool resident{false};
    bool verify_required{false};
    base::Bytes challenge;
    std::string_view event{"key-new"};  // what the journal calls it
    // Keys whose token this must not be (kSameToken); it is asked for each without a touch.
    std::vector<tokens::KeyReference> elsewhere{};
  };
  EnrollOperation(const Services& services, Prompt prompt, tokens::TokenId token, Input input,
                  Answer answer);

 private:
  std::string_view event_word() const override { return input_.event; }
  void begin(const tokens::TokenInfo& token) override;
  void look_elsewhere();
  void on_found(const base::Result<tokens::ReplyValue>& value);
  void enroll();
  base::Result<DriverRequest> request_for(const tokens::TokenId& token,
                                          std::optional<base::Secret> pin) override;
  base::Status judge(const tokens::ReplyValue& value) override;
  base::Status record_probes(const tokens::Enrollment& enrollment);

  const Input input_;
  std::size_t looked_{0};  // at so many of input_.elsewhere
};

// SetPinOperation sets the first PIN or changes it; both are asked for.
class SetPinOperation final : public TokenOperation {
 public:
  SetPinOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                  tokens::LastTry last_try, Answer answer);

 private:
  std::string_view event_word() const override { return "pin-set"; }
  bool needs_viewer() const override { return false; }
  void begin(const tokens::TokenInfo& token) override;
  void pin_given(base::Secret pin) override;
  base::Result<DriverRequest> request_for(const tokens::TokenId& token,
                                          std::optional<base::Secret> pin) override;
  void ask_new_pin();

  std::optional<base::Secret> old_pin_;
  std::optional<base::Secret> new_pin_;
};

// ResidentOperation lists the resident credentials, or deletes one when its id is given, or only
// proves the PIN. Tokens without credential management prove it by changing the PIN to itself.
class ResidentOperation final : public TokenOperation {
 public:
  enum class Kind : std::uint8_t { kList, kDelete, kVerifyPin };
  ResidentOperation(const Services& services, Prompt prompt, tokens::TokenId token,
                    tokens::LastTry last_try, Kind kind, base::Bytes credential_id, Answer answer);

 private:
  std::string_view event_word() const override;
  bool needs_viewer() const override { return false; }
  void begin(const tokens::TokenInfo& token) override;
  base::Result<DriverRequest> request_for(const tokens::TokenId& token,
                                          std::optional<base::Secret> pin) override;

  const Kind kind_;
  const base::Bytes credential_id_;
};

}  // namespace touchstone::agent
