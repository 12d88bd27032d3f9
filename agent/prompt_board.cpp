// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_board.h"

#include <algorithm>
#include <utility>

namespace touchstone::agent {

std::string PromptBoard::open(Prompt prompt, PromptState state) {
  Open open;
  open.state = state;
  open.deadline = clock_.steady() + prompt.timeout;
  std::string names;
  const auto seen_on = [&names](std::string_view name) {
    names += (names.empty() ? "" : ",") + std::string(name);
  };
  for (PromptChannel* channel : channels_) {
    if (channel->open(prompt, state)) {
      open.channels.push_back(channel);
      seen_on(channel->name());
    }
  }
  if (events_.open(prompt, state)) {
    seen_on(events_.name());
  }
  const RequestNumber number = prompt.number;
  open.prompt = std::move(prompt);
  open_.insert_or_assign(number, std::move(open));
  return names;
}

void PromptBoard::set_token(RequestNumber number, const std::string& token) {
  if (const auto found = open_.find(number); found != open_.end()) {
    found->second.prompt.token = token;
    found->second.token_told = false;
  }
}

void PromptBoard::update(RequestNumber number, PromptState state) {
  const auto found = open_.find(number);
  if (found == open_.end()) {
    return;
  }
  Open& open = found->second;
  if (open.state == state && open.token_told) {
    return;
  }
  open.state = state;
  open.token_told = true;
  if (state == PromptState::kWaitingTouch) {
    open.deadline = clock_.steady() + open.prompt.timeout;
  }
  for (PromptChannel* channel : open.channels) {
    channel->update(open.prompt, state);
  }
  events_.update(open.prompt, state);
}

void PromptBoard::close(RequestNumber number, const base::Error* outcome) {
  const auto found = open_.find(number);
  if (found == open_.end()) {
    return;
  }
  const Open open = std::move(found->second);
  open_.erase(found);
  for (PromptChannel* channel : open.channels) {
    channel->close(open.prompt, outcome);
  }
  events_.close(open.prompt, outcome);
}

std::chrono::seconds PromptBoard::left(const Open& open) const {
  if (open.state != PromptState::kWaitingTouch) {
    return open.prompt.timeout;
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(open.deadline - clock_.steady());
  return std::max(left, std::chrono::seconds{0});
}

}  // namespace touchstone::agent
