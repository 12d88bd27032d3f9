// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config.h"
#include "agent/key_store.h"
#include "agent/operation.h"

namespace touchstone::agent {

using WaiterId = std::uint64_t;

// SignOperation is one signature: for one client, or for several that asked for the very same.
class SignOperation final : public Operation {
 public:
  // The answer is the SSH signature blob.
  using Answer = std::function<void(base::Result<base::Bytes>)>;
  struct Input {
    std::shared_ptr<const StoredKey> key;
    base::Bytes data;
    Demand demand{Demand::kTouch};
    tokens::TokenId token;  // where the key was last; empty when that is not known
  };
  // on_end is told once, before the waiters are answered: the token that signed, or empty.
  using OnEnd = std::function<void(const SignOperation&, const base::Error*)>;

  SignOperation(const Services& services, Prompt prompt, Input input, OnEnd on_end);

  void add_waiter(WaiterId waiter, Answer answer);
  // withdraw takes a waiter out without answering it, and cancels the operation with the last.
  void withdraw(WaiterId waiter);
  // serves says whether another request for these bytes may join this one.
  bool serves(base::ByteView key_blob, base::ByteView data, Demand demand,
              const Client& client) const;

  const StoredKey& key() const { return *input_.key; }
  const tokens::TokenId& used_token() const { return token(); }

 private:
  struct Waiter {
    WaiterId id;
    Answer answer;
  };

  base::Status record_intent(const std::string& shown_on) override;
  tokens::TokenId chosen_token() const override { return input_.token; }
  std::optional<tokens::KeyReference> wanted_key() const override;
  void explain_not_located(base::Error& error) const override;
  void begin(const tokens::TokenInfo& token) override;
  base::Result<DriverRequest> request_for(const tokens::TokenId& token,
                                          std::optional<base::Secret> pin) override;
  base::Status settle(tokens::ReplyValue value) override;
  void ended(const base::Error* error) override;

  bool verification_wanted() const;
  base::Status check(const base::TokenSignature& signature, base::Bytes& blob) const;

  const Input input_;
  const OnEnd on_end_;
  std::vector<Waiter> waiters_;
  base::Bytes signature_;
  bool intent_recorded_{false};
};

// is_alarm says whether an error means that a token did what no honest token does.
bool is_alarm(base::Code code);

}  // namespace touchstone::agent
