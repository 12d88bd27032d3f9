// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/touch.h"

#include <charconv>
#include <utility>

namespace touchstone::emulators::fido2 {

base::Result<TouchPolicy> parse_touch_policy(std::string_view text) {
  using Mode = TouchPolicy::Mode;
  constexpr std::pair<std::string_view, Mode> kWords[] = {{"always", Mode::kAlways},
                                                          {"never", Mode::kNever},
                                                          {"button", Mode::kButton},
                                                          {"enter", Mode::kEnter}};
  for (const auto& [word, mode] : kWords) {
    if (text == word) {
      return TouchPolicy{mode, 0};
    }
  }
  const auto unknown = [text] {
    return base::fail(base::Code::kUsage, "touch policy " + std::string(text));
  };
  constexpr std::string_view kLate = "late:";
  constexpr std::string_view kMilliseconds = "ms";
  if (!text.starts_with(kLate)) {
    return unknown();
  }
  std::string_view digits = text.substr(kLate.size());
  const bool timed = digits.ends_with(kMilliseconds);
  digits.remove_suffix(timed ? kMilliseconds.size() : 0);
  TouchPolicy policy{timed ? Mode::kLateTime : Mode::kLateKeepalives, 0};
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, policy.number);
  if (error != std::errc{} || rest != end) {
    return unknown();
  }
  return policy;
}

std::string to_string(const TouchPolicy& policy) {
  switch (policy.mode) {
    case TouchPolicy::Mode::kAlways:
      return "always";
    case TouchPolicy::Mode::kNever:
      return "never";
    case TouchPolicy::Mode::kButton:
      return "button";
    case TouchPolicy::Mode::kEnter:
      return "enter";
    case TouchPolicy::Mode::kLateKeepalives:
      return "late:" + std::to_string(policy.number);
    case TouchPolicy::Mode::kLateTime:
      return "late:" + std::to_string(policy.number) + "ms";
  }
  return {};
}

void TouchButton::set_policy(TouchPolicy policy) {
  {
    const std::lock_guard lock(mutex_);
    policy_ = policy;
    presses_ = 0;
  }
  changed();
}

TouchPolicy TouchButton::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

void TouchButton::press() {
  {
    const std::lock_guard lock(mutex_);
    ++presses_;
  }
  changed();
}

bool TouchButton::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void TouchButton::begin_waiting() {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = true;
  }
  changed();
}

bool TouchButton::try_take(std::chrono::milliseconds waited, std::uint32_t keepalives) {
  const std::lock_guard lock(mutex_);
  if (presses_ > 0) {
    --presses_;
    return true;
  }
  switch (policy_.mode) {
    case TouchPolicy::Mode::kAlways:
      return true;
    case TouchPolicy::Mode::kNever:
    case TouchPolicy::Mode::kButton:
    case TouchPolicy::Mode::kEnter:
      return false;
    case TouchPolicy::Mode::kLateKeepalives:
      return keepalives >= policy_.number;
    case TouchPolicy::Mode::kLateTime:
      return waited.count() >= std::int64_t{policy_.number};
  }
  return false;
}

void TouchButton::end_waiting() {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    refusals_ = 0;
  }
  changed();
}

std::uint32_t TouchButton::refused() {
  std::uint32_t refusals = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting_ = true;
    refusals = ++refusals_;
  }
  changed();
  return refusals;
}

void TouchButton::forget_presses() {
  const std::lock_guard lock(mutex_);
  presses_ = 0;
  refusals_ = 0;
  waiting_ = false;
}

void TouchButton::changed() const {
  if (on_change_) {
    on_change_();
  }
}

}  // namespace touchstone::emulators::fido2
