// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/bytes.h"
#include "ssh/userauth.h"

namespace touchstone::agent {

// SessionBinds is what one connection has proven of where it leads, by session-bind@openssh.com
// (PROTOCOL.agent section 1): one entry per hop, in order. The rules are those of OpenSSH's
// ssh-agent.
class SessionBinds {
 public:
  struct Bind {
    ssh::PublicKey host_key;
    base::Bytes session_id;
    bool forwarding{false};
  };

  // add verifies the host key's signature and records the hop. Refused: anything after a hop that
  // was not for forwarding, a session identifier bound to another key before, more than
  // kSessionBindsMax hops, an identifier above ssh::kSessionIdMax. The same hop again is fine. A
  // bind that fails, malformed ones included, taints the connection.
  base::Status add(base::ByteView contents);

  // forwarded says whether requests may come from another host: a hop was bound for forwarding,
  // or a bind failed and nothing is known of where the connection leads.
  bool forwarded() const;
  bool tainted() const { return tainted_; }
  const std::vector<Bind>& binds() const { return binds_; }

  // check_login says whether a login request belongs to the session this connection was bound to
  // last: same session identifier, same host key where the request names one, and it must name
  // one when there is more than one hop. kDenied when not. Without any bind nothing is known and
  // the answer is kNotFound.
  base::Status check_login(const ssh::UserauthRequest& request) const;

 private:
  base::Status record(const ssh::SessionBind& bind);

  std::vector<Bind> binds_;
  bool tainted_{false};
};

}  // namespace touchstone::agent
