// SPDX-License-Identifier: Apache-2.0
#include "agent/broker.h"

#include <algorithm>
#include <utility>

#include "agent/describe.h"
#include "agent/limits.h"
#include "agent/policy.h"
#include "agent/silent_signature.h"
#include "tokens/limits.h"

namespace touchstone::agent {

Broker::Broker(const Context& context, const KeyStore& keys, const Config& config)
    : context_(context),
      keys_(keys),
      config_(config),
      next_number_(context.services.journal.next_number()),
      minute_start_(context.clock.steady()) {}

Broker::~Broker() = default;

Prompt Broker::new_prompt(Subject subject, Client client) {
  Prompt prompt;
  prompt.number = next_number_++;
  prompt.subject = std::move(subject);
  prompt.client = std::move(client);
  prompt.timeout = config_.touch_timeout;
  return prompt;
}

std::shared_ptr<SignOperation> Broker::find_same(const SignCall& call, Demand demand) const {
  for (const auto& [number, operation] : signs_) {
    if (operation->serves(call.key_blob, call.data, demand, call.client)) {
      return operation;
    }
  }
  return nullptr;
}

WaiterId Broker::sign(SignCall call, SignOperation::Answer answer) {
  const WaiterId waiter = ++last_waiter_;
  const auto key = keys_.find(call.key_blob);
  const auto demand = [&]() -> base::Result<Demand> {
    if (key == nullptr) {
      return base::fail(base::Code::kUnknownKey);
    }
    TRY_VOID(call.admissible);
    if (call.data.size() > tokens::kSignDataMax) {
      return base::fail(base::Code::kTooLong, "data to sign");
    }
    return demand_for(config_, key->role, call.subject.purpose, call.client.forwarded);
  }();
  if (demand.has_value()) {
    if (const auto same = find_same(call, *demand); same != nullptr) {
      same->add_waiter(waiter, std::move(answer));
      return waiter;
    }
  }
  Prompt prompt = new_prompt(std::move(call.subject), std::move(call.client));
  prompt.digest = short_digest(call.data);
  if (key != nullptr) {
    prompt.key_name = key->name;
    prompt.key_fingerprint = key->key.key.fingerprint();
  }
  base::Status admitted;
  if (!demand.has_value()) {
    admitted = base::fail(demand.error());
  } else if (operations_.size() >= kOperationsMax || context_.services.lanes.full(token_of(*key))) {
    admitted = base::fail(base::Code::kQueueFull);
  }
  if (!admitted.has_value()) {
    refuse(prompt, admitted.error());
    answer(base::fail(admitted.error()));
    return waiter;
  }
  SignOperation::Input input{key, std::move(call.data), *demand, token_of(*key)};
  const RequestNumber number = prompt.number;
  const auto operation = std::make_shared<SignOperation>(
      context_.services, std::move(prompt), std::move(input),
      [this](const SignOperation& ended, const base::Error* error) { sign_ended(ended, error); });
  operation->add_waiter(waiter, std::move(answer));
  operations_.emplace(number, operation);
  signs_.emplace(number, operation);
  operation->start();
  return waiter;
}

void Broker::withdraw(WaiterId waiter) {
  // A copy: withdrawing may end an operation and take it out of the map.
  const auto signs = signs_;
  for (const auto& [number, operation] : signs) {
    operation->withdraw(waiter);
  }
}

void Broker::sign_ended(const SignOperation& operation, const base::Error* error) {
  const auto blob = base::to_bytes(operation.key().key.key.blob());
  if (error == nullptr) {
    located_[blob] = operation.used_token();
  } else {
    located_.erase(blob);
    remember(operation.prompt(), *error);
  }
  forget(operation.number());
}

void Broker::forget(RequestNumber number) {
  operations_.erase(number);
  signs_.erase(number);
  if (operations_.empty() && on_idle_) {
    on_idle_();
  }
}

RequestNumber Broker::start(std::shared_ptr<TokenOperation> operation) {
  const RequestNumber number = operation->number();
  operation->on_end(
      [this](const Operation& ended, const base::Error* /*error*/) { forget(ended.number()); });
  operations_.emplace(number, operation);
  operation->start();
  return number;
}

void Broker::silent(const tokens::SilentSignature& signature) {
  for (const auto& key : keys_.keys()) {
    const auto signer = silent_signer(*key, signature.key);
    if (!signer.has_value()) {
      continue;
    }
    const base::Status recorded = record_silent(context_.services.journal, *signer, signature);
    if (!recorded.has_value()) {
      (void)context_.services.journal.event(
          "alarm", (signer->is_marker ? "marker of key " : "key ") + key->name +
                       ", asked silently: " + base::message_of(recorded.error()));
    }
    return;
  }
}

// token_of names the token a key was last proven to be on, as long as it stays plugged in: ids
// are new after every plugging in, so it cannot be another.
tokens::TokenId Broker::token_of(const StoredKey& key) const {
  const auto found = located_.find(base::to_bytes(key.key.key.blob()));
  if (found == located_.end()) {
    return {};
  }
  const auto& known = context_.services.driver.tokens();
  const bool present = std::any_of(known.begin(), known.end(),
                                   [&found](const auto& info) { return info.id == found->second; });
  return present ? found->second : tokens::TokenId{};
}

base::Status Broker::cancel(RequestNumber number, std::string why) {
  const auto found = operations_.find(number);
  if (found == operations_.end()) {
    return base::fail(base::Code::kRequestNotFound, std::to_string(number));
  }
  const auto operation = found->second;
  operation->cancel(base::Error{base::Code::kCancelled, 0, std::move(why)});
  return {};
}

void Broker::cancel_all(const std::string& why) {
  const auto operations = operations_;
  for (const auto& [number, operation] : operations) {
    operation->cancel(base::Error{base::Code::kCancelled, 0, why});
  }
}

// may_journal_refusal keeps a client that asks for nonsense in a loop from filling the disk:
// beyond so many a minute, refusals are kept in memory only.
bool Broker::may_journal_refusal() {
  constexpr std::chrono::minutes kWindow{1};
  const auto now = context_.clock.steady();
  if (now - minute_start_ >= kWindow) {
    if (refusals_this_minute_ > kRefusalsJournalledPerMinuteMax) {
      const std::size_t left_out = refusals_this_minute_ - kRefusalsJournalledPerMinuteMax;
      (void)context_.services.journal.event("refusals-left-out", std::to_string(left_out));
    }
    minute_start_ = now;
    refusals_this_minute_ = 0;
  }
  return ++refusals_this_minute_ <= kRefusalsJournalledPerMinuteMax;
}

void Broker::refuse(const Prompt& prompt, const base::Error& error) {
  if (may_journal_refusal()) {
    // Refusing needs no record to be safe; a journal that cannot be written refuses everything.
    (void)context_.services.journal.refused(prompt, error);
  }
  remember(prompt, error);
}

void Broker::remember(const Prompt& prompt, const base::Error& error) {
  refusals_.push_back(Refusal{context_.clock.now(), prompt.subject.purpose, prompt.subject.headline,
                              prompt.key_name, error});
  if (refusals_.size() > kRefusalsKept) {
    refusals_.pop_front();
  }
}

}  // namespace touchstone::agent
