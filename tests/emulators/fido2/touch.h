// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace touchstone::emulators::fido2 {

enum class Presence { kTouched, kCancelled, kTimedOut, kGone };

// UserPresence is how the authenticator asks for a touch.
class UserPresence {
 public:
  virtual ~UserPresence() = default;
  // wait blocks, sending keepalives, until there was a touch or there will be none.
  virtual Presence wait() = 0;
  // touched_now is for U2F, which never waits: true uses up a touch; false remembers that one is
  // wanted.
  virtual bool touched_now() = 0;
};

// TouchPolicy says who presses the button:
//   always            at once
//   never             nobody; the request times out
//   button            whoever sends "touch" to the control socket
//   enter             the person at the terminal, with Enter; also the control socket
//   late:N            after N keepalives (in U2F, after N refused attempts)
//   late:Nms          after N milliseconds
struct TouchPolicy {
  enum class Mode { kAlways, kNever, kButton, kEnter, kLateKeepalives, kLateTime };
  Mode mode = Mode::kAlways;
  std::uint32_t number = 0;
};

base::Result<TouchPolicy> parse_touch_policy(std::string_view text);
std::string to_string(const TouchPolicy& policy);

// TouchButton is the button of one token. The token asks from its own thread; anybody may press.
class TouchButton final {
 public:
  explicit TouchButton(TouchPolicy policy) : policy_(policy) {}

  // on_change is called, on the thread that caused it and without the lock, when the token starts
  // or stops waiting and when the button is pressed. Set it before the token runs.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

  void set_policy(TouchPolicy policy);
  TouchPolicy policy() const;
  // press counts: each press satisfies one request, the pending one or the next.
  void press();
  bool waiting() const;

  // For the token: begin, then try_take until true or it gives up, then end.
  void begin_waiting();
  bool try_take(std::chrono::milliseconds waited, std::uint32_t keepalives);
  void end_waiting();
  // refused is U2F's begin: a request was answered with "conditions not satisfied".
  std::uint32_t refused();
  void forget_presses();

 private:
  void changed() const;

  mutable std::mutex mutex_;
  TouchPolicy policy_;
  std::uint32_t presses_ = 0;
  std::uint32_t refusals_ = 0;
  bool waiting_ = false;
  std::function<void()> on_change_;
};

}  // namespace touchstone::emulators::fido2
