// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "tokens/driver_protocol.h"

namespace touchstone::agent {

// DriverRequest is what can be asked of a token driver; its id is the driver client's to choose.
using DriverRequest = std::variant<tokens::Locate, tokens::Sign, tokens::Enroll, tokens::SetPin,
                                   tokens::ListResident, tokens::DeleteResident>;

// Driver is the agent's only way to a token. Everything happens on the reactor thread.
class Driver {
 public:
  struct Handlers {
    std::function<void()> touch_needed;  // may be empty
    std::function<void(base::Result<tokens::ReplyValue>)> reply;
  };

  virtual ~Driver() = default;
  // request answers through handlers.reply exactly once, later and never from within. `timeout` is
  // when the driver is taken for hung: it is killed, and the request fails with kDriverTimeout,
  // all others under way with kDriverDied.
  virtual tokens::RequestId request(DriverRequest request, std::chrono::milliseconds timeout,
                                    Handlers handlers) = 0;
  // cancel asks that a request end soon; its reply still comes. Unknown ids are passed over.
  virtual void cancel(tokens::RequestId id) = 0;
  // tokens is what is plugged in now.
  virtual const std::vector<tokens::TokenInfo>& tokens() const = 0;
};

}  // namespace touchstone::agent
