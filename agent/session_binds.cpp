// SPDX-License-Identifier: Apache-2.0
#include "agent/session_binds.h"

#include <algorithm>

#include "agent/limits.h"

namespace touchstone::agent {

base::Status SessionBinds::add(base::ByteView contents) {
  auto bind = ssh::SessionBind::parse(contents);
  if (!bind.has_value()) {
    tainted_ = true;
    return base::fail(std::move(bind.error()).with_context("session-bind"));
  }
  base::Status status = record(*bind);
  if (!status.has_value()) {
    tainted_ = true;
  }
  return status;
}

base::Status SessionBinds::record(const ssh::SessionBind& bind) {
  TRY_VOID(ssh::verify_session_bind(bind).with_context("session-bind"));
  for (const Bind& known : binds_) {
    if (!known.forwarding) {
      return base::fail(base::Code::kDenied,
                        "session-bind: the connection is bound to a login already");
    }
    if (known.session_id != bind.session_id) {
      continue;
    }
    if (known.host_key == bind.host_key) {
      return {};
    }
    return base::fail(base::Code::kDenied,
                      "session-bind: the session is bound to another host key already");
  }
  if (binds_.size() >= kSessionBindsMax) {
    return base::fail(base::Code::kTooLong, "session-bind: too many hops");
  }
  binds_.push_back(Bind{bind.host_key, bind.session_id, bind.is_forwarding});
  return {};
}

bool SessionBinds::forwarded() const {
  return tainted_ || std::any_of(binds_.begin(), binds_.end(),
                                 [](const Bind& bind) { return bind.forwarding; });
}

base::Status SessionBinds::check_login(const ssh::UserauthRequest& request) const {
  if (tainted_) {
    return base::fail(base::Code::kDenied, "a session-bind on this connection failed");
  }
  if (binds_.empty()) {
    return base::fail(base::Code::kNotFound, "the connection is not bound to a session");
  }
  const Bind& last = binds_.back();
  if (last.forwarding || last.session_id != request.session_id) {
    return base::fail(base::Code::kDenied,
                      "the login is for another session than the one of this connection");
  }
  if (!request.host_key.has_value() && binds_.size() > 1) {
    return base::fail(base::Code::kDenied,
                      "a login over a forwarded connection has to name its host key");
  }
  if (request.host_key.has_value() && !(*request.host_key == last.host_key)) {
    return base::fail(base::Code::kDenied, "the login is for another host than the one bound");
  }
  return {};
}

}  // namespace touchstone::agent
