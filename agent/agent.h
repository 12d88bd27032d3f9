// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "agent/agent_lock.h"
#include "agent/broker.h"
#include "agent/classify.h"
#include "agent/config.h"
#include "agent/control.h"
#include "agent/key_store.h"
#include "agent/log.h"
#include "agent/session.h"
#include "agent/timers.h"

namespace touchstone::agent {

// Agent answers the SSH agent protocol (RFC 9987) and our extensions of it: what a request means
// is decided here, and what comes of it is the broker's and the control's.
class Agent final : public RequestHandler {
 public:
  struct Parts {
    KeyStore& keys;
    Broker& broker;
    Control& control;
    AgentLock& lock;
    Timers& timers;
    Log& log;
  };
  explicit Agent(const Parts& parts) : parts_(parts) {}

  Withdraw handle(Connection& connection, ssh::AgentRequest request, Reply reply) override;

 private:
  struct Dispatcher;

  ssh::IdentitiesAnswer list() const;
  Withdraw sign(Connection& connection, ssh::SignRequest request, const Reply& reply);
  Withdraw sign_object(Connection& connection, base::ByteView contents, const Reply& reply);
  Withdraw extension(Connection& connection, const ssh::ExtensionRequest& request,
                     const Reply& reply);
  Withdraw unlock(base::ByteView passphrase, const Reply& reply);
  base::Status admissible(const Connection& connection, const Classified& classified) const;
  Withdraw withdrawing(WaiterId waiter);

  const Parts parts_;
};

}  // namespace touchstone::agent
