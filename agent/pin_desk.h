// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "agent/pin_entry.h"
#include "agent/prompt.h"

namespace touchstone::agent {

// PinDesk puts the questions of several tokens to the one person in front of PinEntry, one after
// another.
class PinDesk {
 public:
  explicit PinDesk(PinEntry& entry) : entry_(entry) {}

  // ask calls the handler once, later: with the PIN, or why there is none.
  void ask(RequestNumber number, PinQuestion question, PinEntry::Handler handler);
  // cancel ends that request's question, waiting or asked, with kCancelled. The handler of one
  // that was waiting is called from within.
  void cancel(RequestNumber number);

 private:
  struct Waiting {
    RequestNumber number;
    PinQuestion question;
    PinEntry::Handler handler;
  };
  void ask_next();

  PinEntry& entry_;
  std::deque<Waiting> queue_;
  bool asking_{false};  // the first of the queue is being asked
};

}  // namespace touchstone::agent
