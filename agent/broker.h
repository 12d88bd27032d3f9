// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/key_store.h"
#include "agent/operation.h"
#include "agent/sign_operation.h"
#include "agent/token_operations.h"
#include "base/clock.h"

namespace touchstone::agent {

// Refusal is why a request got no signature, kept for `touchstone status`: the agent protocol
// itself has no room for reasons.
struct Refusal {
  std::chrono::system_clock::time_point time;
  Purpose purpose{Purpose::kUnknown};
  std::string headline;
  std::string key_name;
  base::Error error;
};

// Broker takes requests through design section 5: it decides, and starts the operation that does
// the rest. It owns the operations under way.
class Broker {
 public:
  struct SignCall {
    base::Bytes key_blob;
    base::Bytes data;
    Subject subject;
    Client client;
    // What stands against the request before policy is asked: a bare hash where the object is
    // needed, a login for another session.
    base::Status admissible;
  };
  struct Context {
    Services services;
    const base::Clock& clock;
  };

  // keys outlives the broker; config is copied.
  Broker(const Context& context, const KeyStore& keys, const Config& config);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  // configure takes a new configuration for requests to come.
  void configure(const Config& config) { config_ = config; }

  // sign answers once, perhaps before it returns. A request that is refused has asked nobody for
  // anything and shown nothing.
  WaiterId sign(SignCall call, SignOperation::Answer answer);
  // withdraw is for a client that hung up: it is not answered, and its request ends unless others
  // wait for the same.
  void withdraw(WaiterId waiter);

  // start runs what the command line asks of a token. The number is what cancel()
  // takes.
  RequestNumber start(std::shared_ptr<TokenOperation> operation);
  Prompt new_prompt(Subject subject, Client client);

  // silent takes note of a silent signature by one of our keys or its marker (record_silent). What
  // is wrong with it raises an alarm; one by a key that is not ours is passed over.
  void silent(const tokens::SilentSignature& signature);

  // cancel ends a request; its clients are told kCancelled. kRequestNotFound when there is none.
  base::Status cancel(RequestNumber number, std::string why);
  void cancel_all(const std::string& why);

  const std::deque<Refusal>& refusals() const { return refusals_; }
  const Services& services() const { return context_.services; }
  // on_idle is told whenever the last operation under way has ended.
  void on_idle(std::function<void()> handler) { on_idle_ = std::move(handler); }
  std::size_t under_way() const { return operations_.size(); }

 private:
  void refuse(const Prompt& prompt, const base::Error& error);
  void remember(const Prompt& prompt, const base::Error& error);
  bool may_journal_refusal();
  void forget(RequestNumber number);
  void sign_ended(const SignOperation& operation, const base::Error* error);
  tokens::TokenId token_of(const StoredKey& key) const;
  std::shared_ptr<SignOperation> find_same(const SignCall& call, Demand demand) const;

  Context context_;
  const KeyStore& keys_;
  Config config_;
  RequestNumber next_number_;
  WaiterId last_waiter_{0};
  std::map<RequestNumber, std::shared_ptr<Operation>> operations_;
  std::map<RequestNumber, std::shared_ptr<SignOperation>> signs_;
  std::map<base::Bytes, tokens::TokenId> located_;  // by public key blob
  std::deque<Refusal> refusals_;                    // newest last, at most kRefusalsKept
  std::chrono::steady_clock::time_point minute_start_;
  std::size_t refusals_this_minute_{0};
  std::function<void()> on_idle_;
};

}  // namespace touchstone::agent
