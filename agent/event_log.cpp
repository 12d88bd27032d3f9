// SPDX-License-Identifier: Apache-2.0
#include "agent/event_log.h"

#include <utility>

#include "agent/limits.h"

namespace touchstone::agent {

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::kOpened:
      return "opened";
    case EventKind::kState:
      return "state";
    case EventKind::kClosed:
      return "closed";
    case EventKind::kTokenAdded:
      return "token-added";
    case EventKind::kTokenRemoved:
      return "token-removed";
    case EventKind::kAlarm:
      return "alarm";
  }
  return "";
}

EventLog::WatcherId EventLog::watch(std::uint64_t after_number, Connection connection,
                                    Answer answer) {
  const WatcherId id = ++last_watcher_;
  if (after_number > last_number_) {
    after_number = 0;
  }
  std::vector<Event> ready = after(after_number);
  if (!ready.empty()) {
    answered_.push_back({std::move(connection), clock_.steady()});
    answer(std::move(ready));
    return id;
  }
  watchers_.emplace(id, Watcher{after_number, std::move(connection), std::move(answer)});
  return id;
}

void EventLog::forget(WatcherId watcher) { watchers_.erase(watcher); }

std::vector<Event> EventLog::after(std::uint64_t number) const {
  std::vector<Event> found;
  for (const Event& event : events_) {
    if (event.number > number && found.size() < kEventsPerAnswerMax) {
      found.push_back(event);
    }
  }
  return found;
}

void EventLog::add(Event event) {
  event.number = ++last_number_;
  event.time = clock_.now();
  events_.push_back(std::move(event));
  if (events_.size() > kEventsKept) {
    events_.pop_front();
  }
  somebody_watches();  // forgets those who are gone
  std::map<WatcherId, Watcher> waiting;
  waiting.swap(watchers_);
  for (auto& [id, watcher] : waiting) {
    answered_.push_back({watcher.connection, clock_.steady()});
    watcher.answer(after(watcher.after));
  }
}

bool EventLog::somebody_watches() {
  const auto now = clock_.steady();
  std::erase_if(answered_, [now](const Answered& answered) {
    return answered.connection.expired() || now - answered.at >= kWatcherGrace;
  });
  return !watchers_.empty() || !answered_.empty();
}

bool EventLog::open(const Prompt& prompt, PromptState state) {
  const bool seen = somebody_watches();
  Event event;
  event.kind = EventKind::kOpened;
  event.prompt = prompt;
  event.state = state;
  event.left = prompt.timeout;
  add(std::move(event));
  return seen;
}

void EventLog::update(const Prompt& prompt, PromptState state) {
  Event event;
  event.kind = EventKind::kState;
  event.prompt = prompt;
  event.state = state;
  event.left = prompt.timeout;
  add(std::move(event));
}

void EventLog::close(const Prompt& prompt, const base::Error* outcome) {
  Event event;
  event.kind = EventKind::kClosed;
  event.prompt = prompt;
  if (outcome != nullptr) {
    event.error = *outcome;
  }
  add(std::move(event));
}

void EventLog::token_changed(EventKind kind, const tokens::TokenInfo& token) {
  Event event;
  event.kind = kind;
  event.token = token;
  add(std::move(event));
}

void EventLog::alarm(const Prompt& prompt, const base::Error& error) {
  Event event;
  event.kind = EventKind::kAlarm;
  event.prompt = prompt;
  event.error = error;
  add(std::move(event));
}

}  // namespace touchstone::agent
