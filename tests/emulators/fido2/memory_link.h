// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "tests/emulators/fido2/ctap_hid.h"

namespace touchstone::emulators::fido2 {

// MemoryLink is a Link without a device, for tests in one process and one thread. Time is the
// mock clock's and passes only while the token waits: 30 s for a touch take no time at all.
class MemoryLink final : public Link {
 public:
  explicit MemoryLink(base::MockClock& clock) : clock_(clock) {}

  // The host's side: what arrives while the token waits, and what the token has sent.
  void arrive_later(const Report& report) { arriving_.push_back(report); }
  std::optional<Report> receive() {
    if (sent_.empty()) {
      return std::nullopt;
    }
    const Report report = sent_.front();
    sent_.pop_front();
    return report;
  }
  std::size_t pending() const { return sent_.size(); }
  // hang_up_after so many times that next() found nothing.
  void hang_up_after(int timeouts) { timeouts_left_ = timeouts; }

  Event next(Report& report, std::chrono::milliseconds timeout) override {
    if (!arriving_.empty()) {
      report = arriving_.front();
      arriving_.pop_front();
      return Event::kReport;
    }
    if (timeouts_left_.has_value() && (*timeouts_left_)-- == 0) {
      return Event::kGone;
    }
    clock_.advance(timeout);
    return Event::kTimeout;
  }
  void send(const Report& report) override { sent_.push_back(report); }

 private:
  base::MockClock& clock_;
  std::deque<Report> arriving_;
  std::deque<Report> sent_;
  std::optional<int> timeouts_left_;
};

// MemoryToken is a whole token in memory: state, authenticator, framing.
class MemoryToken final {
 public:
  explicit MemoryToken(const char* profile = "2_1", TouchPolicy touch = {})
      : store(Store::open({}).value()),
        authenticator(find_profile(profile).value(), *store, clock),
        button(touch),
        link(clock),
        hid(authenticator, button, clock, link) {
    power_up();
  }

  void power_up() {
    (void)authenticator.power_up();
    hid.power_up();
  }

  base::MockClock clock;
  std::unique_ptr<Store> store;
  Authenticator authenticator;
  TouchButton button;
  MemoryLink link;
  CtapHid hid;
};

}  // namespace touchstone::emulators::fido2
