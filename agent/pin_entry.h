// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/prompt.h"
#include "base/result.h"
#include "base/secret.h"

namespace touchstone::agent {

struct PinQuestion {
  std::string description;      // what the PIN is for, our words and escaped facts
  std::string prompt;           // "PIN:"
  std::int32_t tries_left{-1};  // shown when not negative
  bool after_wrong_pin{false};
  bool new_pin{false};   // ask twice
  std::string terminal;  // "/dev/pts/3", or empty
};

// PinEntry asks a person for a PIN through the user's pinentry program (Assuan protocol). One
// question at a time; a second is refused with kTokenBusy. Never echoes, never logs what it got.
class PinEntry {
 public:
  using Handler = std::function<void(base::Result<base::Secret>)>;
  virtual ~PinEntry() = default;
  // ask calls the handler later on the reactor thread, once: kPinCancelled when the person
  // declines or the time is up, kExternalProgram when the program fails.
  virtual void ask(const PinQuestion& question, Handler handler) = 0;
  // cancel makes the question under way end with kCancelled and kills the program.
  virtual void cancel() = 0;
};

}  // namespace touchstone::agent
