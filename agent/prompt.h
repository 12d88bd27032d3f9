// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/subject.h"
#include "base/result.h"

namespace touchstone::agent {

using RequestNumber = std::uint64_t;

enum class PromptState : std::uint8_t {
  kQueued,     // shown, another request holds the token
  kPreparing,  // looking for the token
  kWaitingPin,
  kWaitingTouch,
};
std::string_view name_of(PromptState state);  // "queued", "preparing", "waiting-pin", …

// Prompt is one request as it is shown. Frozen: what is shown is what is signed.
struct Prompt {
  RequestNumber number{0};
  Subject subject;
  Client client;
  std::string key_name;
  std::string key_fingerprint;
  std::string token;   // "Yubico YubiKey 5 (/dev/hidraw0)", from outside; empty while unknown
  std::string digest;  // short digest of the bytes to be signed, for comparing by eye
  std::chrono::seconds timeout{0};
};

// PromptChannel shows prompts somewhere a person looks. Called on the reactor thread; never
// blocks. A channel that cannot show says so: when none could, nothing is signed.
class PromptChannel {
 public:
  virtual ~PromptChannel() = default;
  virtual std::string_view name() const = 0;  // "terminal", "notification", "watch"
  // open shows the prompt. False: nobody sees it here (no terminal, no bus, no watcher).
  virtual bool open(const Prompt& prompt, PromptState state) = 0;
  // update tells a change of state, such as "touch the token now". `prompt` is the one opened,
  // with its token filled in once it is known.
  virtual void update(const Prompt& prompt, PromptState state) = 0;
  // close ends it; outcome is null for success.
  virtual void close(const Prompt& prompt, const base::Error* outcome) = 0;
};

// render_prompt gives the prompt as lines for a terminal: escaped, bounded, no colour, each line
// ended with \n. Verified and claimed facts are told apart.
std::string render_prompt(const Prompt& prompt, PromptState state);

}  // namespace touchstone::agent
