// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "agent/prompt.h"
#include "tokens/token.h"

namespace touchstone::agent {

// TokenLanes sees to it that each token serves one request at a time, in the order in which they
// came: a touch can then only be for the one request that says "touch now". Tokens do not wait
// for each other.
class TokenLanes {
 public:
  using Granted = std::function<void()>;

  // enter gives true when the token is free and now held; false when the request has to wait,
  // and `granted` is called when its turn comes. kQueueFull when kPendingPerTokenMax requests hold
  // or want the token already. A request is in one lane at a time.
  base::Result<bool> enter(const tokens::TokenId& token, RequestNumber number, Granted granted);
  // leave gives the token back, or gives up waiting for it; the next in line is granted at once.
  void leave(RequestNumber number);

  bool busy(const tokens::TokenId& token) const { return lanes_.contains(token); }
  bool full(const tokens::TokenId& token) const;

 private:
  struct Place {
    RequestNumber number;
    Granted granted;
  };
  // The first of each lane holds the token. Lanes without anybody are not kept.
  std::map<tokens::TokenId, std::deque<Place>> lanes_;
};

}  // namespace touchstone::agent
