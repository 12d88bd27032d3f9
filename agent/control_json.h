// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/broker.h"
#include "agent/event_log.h"
#include "agent/key_store.h"
#include "agent/prompt_board.h"

namespace touchstone::agent {

// The objects of docs/agent-extensions.md. Text from outside stands in them as it came.
boost::json::object token_object(const tokens::TokenInfo& token, bool busy);
boost::json::object key_object(const StoredKey& key);
boost::json::object prompt_object(const Prompt& prompt, PromptState state,
                                  std::chrono::seconds left);
boost::json::object error_object(const base::Error& error);
boost::json::object refusal_object(const Refusal& refusal);
boost::json::object event_object(const Event& event);
boost::json::object credential_object(const tokens::ResidentCredential& credential);

// ok_answer and error_answer make the whole answer; members are moved into it. An answer above
// ssh::kControlMax becomes the error kTooLong.
std::string ok_answer(boost::json::object members);
std::string error_answer(const base::Error& error);

// events_answer holds as many events as an answer has room for, oldest first: the watcher asks
// again for the rest.
std::string events_answer(const std::vector<Event>& events);

}  // namespace touchstone::agent
