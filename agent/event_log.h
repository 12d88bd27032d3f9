// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/prompt.h"
#include "base/clock.h"
#include "base/error.h"
#include "tokens/token.h"

namespace touchstone::agent {

enum class EventKind : std::uint8_t {
  kOpened,
  kState,
  kClosed,
  kTokenAdded,
  kTokenRemoved,
  kAlarm,
};
std::string_view name_of(EventKind kind);  // "opened", "state", …

// Event is one line of what `touchstone watch` shows (docs/agent-extensions.md).
struct Event {
  std::uint64_t number{0};
  std::chrono::system_clock::time_point time;
  EventKind kind{EventKind::kOpened};
  std::optional<Prompt> prompt;
  PromptState state{PromptState::kPreparing};
  std::chrono::seconds left{0};
  std::optional<tokens::TokenInfo> token;
  std::optional<base::Error> error;
};

// EventLog numbers what happens and hands it to watchers, which poll: each asks for what came
// after the last number it has seen, and is answered when there is something. It is the prompt
// channel "watch" at the same time: a prompt counts as shown there when a watcher waits, or one
// whose connection is still open was answered so recently that it is about to ask again.
class EventLog final : public PromptChannel {
 public:
  using WatcherId = std::uint64_t;
  // Connection is gone when the watcher is.
  using Connection = std::weak_ptr<const void>;
  using Answer = std::function<void(std::vector<Event>)>;

  explicit EventLog(const base::Clock& clock) : clock_(clock) {}

  // watch answers at once when there is anything above `after`, else when there is. A number that
  // was never given out is from before this agent started and counts as 0.
  WatcherId watch(std::uint64_t after, Connection connection, Answer answer);
  // forget is for a watcher that hung up.
  void forget(WatcherId watcher);

  std::string_view name() const override { return "watch"; }
  bool open(const Prompt& prompt, PromptState state) override;
  void update(const Prompt& prompt, PromptState state) override;
  void close(const Prompt& prompt, const base::Error* outcome) override;

  void token_changed(EventKind kind, const tokens::TokenInfo& token);
  // alarm tells of a token that did what no honest token does.
  void alarm(const Prompt& prompt, const base::Error& error);

 private:
  struct Watcher {
    std::uint64_t after;
    Connection connection;
    Answer answer;
  };
  struct Answered {
    Connection connection;
    std::chrono::steady_clock::time_point at;
  };
  bool somebody_watches();
  void add(Event event);
  std::vector<Event> after(std::uint64_t number) const;

  const base::Clock& clock_;
  std::deque<Event> events_;  // at most kEventsKept
  std::uint64_t last_number_{0};
  std::map<WatcherId, Watcher> watchers_;
  WatcherId last_watcher_{0};
  std::vector<Answered> answered_;
};

}  // namespace touchstone::agent
