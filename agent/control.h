// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "agent/agent_lock.h"
#include "agent/broker.h"
#include "agent/control_request.h"
#include "agent/event_log.h"
#include "agent/key_store.h"
#include "agent/prompt_board.h"
#include "base/clock.h"

namespace touchstone::agent {

// Control answers the control extension (docs/agent-extensions.md): what the command line needs.
class Control {
 public:
  using Answer = std::function<void(std::string)>;
  using Withdraw = std::function<void()>;
  // What `status` says of the agent itself.
  struct About {
    std::filesystem::path socket;
    std::filesystem::path journal;
    std::filesystem::path config;
    std::chrono::system_clock::time_point started;
  };
  struct Parts {
    KeyStore& keys;
    Broker& broker;
    EventLog& events;
    const PromptBoard& board;
    AgentLock& lock;
    const base::Clock& clock;
    std::function<base::Status()> reload;
  };

  Control(const Parts& parts, About about) : parts_(parts), about_(std::move(about)) {}

  // handle answers once, at once or later. Over a forwarded connection only status is answered;
  // while the agent is locked only what shows and what calls off.
  Withdraw handle(const Client& client, const std::weak_ptr<const void>& connection,
                  base::ByteView contents, const Answer& answer);

 private:
  struct Dispatcher;

  std::string status() const;
  base::Result<tokens::TokenId> choose_token(const tokens::TokenId& wanted) const;
  Withdraw run(std::shared_ptr<TokenOperation> operation);
  Withdraw make_key(const Client& client, const KeyNewCommand& command, const Answer& answer);
  Withdraw mark_key(const Client& client, const KeyMarkCommand& command, const Answer& answer);
  base::Result<std::string> enrolled(const KeyNewCommand& command, const base::Bytes& challenge,
                                     const tokens::TokenInfo& token,
                                     const tokens::Enrollment& enrollment);
  void ask_counter(const CounterCommand& command, const Answer& answer);
  base::Result<std::string> import(const KeyImportCommand& command);
  base::Result<std::string> remove(const KeyRemoveCommand& command);
  base::Result<std::string> export_key(const KeyExportCommand& command) const;
  Prompt token_prompt(const Client& client, std::string headline);

  const Parts parts_;
  const About about_;
};

}  // namespace touchstone::agent
