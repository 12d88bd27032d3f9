// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/event_log.h"
#include "agent/prompt.h"
#include "base/clock.h"

namespace touchstone::agent {

// PromptBoard holds the prompts that are open and keeps all channels told. A prompt is frozen when
// it is opened; only its state and the name of its token change.
class PromptBoard {
 public:
  struct Open {
    Prompt prompt;
    PromptState state{PromptState::kPreparing};
    std::chrono::steady_clock::time_point deadline;  // of the touch, once it is waited for
    std::vector<PromptChannel*> channels;
    bool token_told{true};
  };

  PromptBoard(std::vector<PromptChannel*> channels, EventLog& events, const base::Clock& clock)
      : channels_(std::move(channels)), events_(events), clock_(clock) {}

  // replace_channels is for a new configuration; prompts already open stay where they are.
  void replace_channels(std::vector<PromptChannel*> channels) { channels_ = std::move(channels); }

  // open shows the prompt on every channel that can and gives their names ("terminal,watch"),
  // empty when nobody sees it. It is listed until close() either way.
  std::string open(Prompt prompt, PromptState state);
  void set_token(RequestNumber number, const std::string& token);
  // update tells a new state, or that the token is known now; nothing new is told to nobody.
  void update(RequestNumber number, PromptState state);
  void close(RequestNumber number, const base::Error* outcome);

  const std::map<RequestNumber, Open>& pending() const { return open_; }
  std::chrono::seconds left(const Open& open) const;

 private:
  std::vector<PromptChannel*> channels_;
  EventLog& events_;
  const base::Clock& clock_;
  std::map<RequestNumber, Open> open_;
};

}  // namespace touchstone::agent
