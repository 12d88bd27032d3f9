// SPDX-License-Identifier: Apache-2.0
#include "agent/pin_desk.h"

#include <algorithm>
#include <utility>

namespace touchstone::agent {

void PinDesk::ask(RequestNumber number, PinQuestion question, PinEntry::Handler handler) {
  queue_.push_back(Waiting{number, std::move(question), std::move(handler)});
  if (!asking_) {
    ask_next();
  }
}

void PinDesk::ask_next() {
  asking_ = true;
  entry_.ask(queue_.front().question, [this](base::Result<base::Secret> pin) {
    const PinEntry::Handler handler = std::move(queue_.front().handler);
    queue_.pop_front();
    asking_ = false;
    // The answer may lead to the next question of the same request: those that waited go first.
    if (!queue_.empty()) {
      ask_next();
    }
    handler(std::move(pin));
  });
}

void PinDesk::cancel(RequestNumber number) {
  const auto found = std::find_if(queue_.begin(), queue_.end(), [number](const Waiting& waiting) {
    return waiting.number == number;
  });
  if (found == queue_.end()) {
    return;
  }
  if (asking_ && found == queue_.begin()) {
    entry_.cancel();
    return;
  }
  const PinEntry::Handler handler = std::move(found->handler);
  queue_.erase(found);
  handler(base::fail(base::Code::kCancelled));
}

}  // namespace touchstone::agent
