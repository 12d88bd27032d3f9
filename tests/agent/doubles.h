// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/driver.h"
#include "agent/journal.h"
#include "agent/pin_entry.h"
#include "agent/prompt.h"
#include "agent/timers.h"

namespace touchstone::agent {

// ScriptedDriver keeps what it is asked; the test answers.
class ScriptedDriver final : public Driver {
 public:
  struct Asked {
    tokens::RequestId id{0};
    DriverRequest request;
    std::chrono::milliseconds timeout{0};
    Handlers handlers;
  };

  tokens::RequestId request(DriverRequest request, std::chrono::milliseconds timeout,
                            Handlers handlers) override {
    asked.push_back(Asked{++last_id, std::move(request), timeout, std::move(handlers)});
    ++requests;
    return last_id;
  }
  void cancel(tokens::RequestId id) override { cancelled.push_back(id); }
  const std::vector<tokens::TokenInfo>& tokens() const override { return plugged; }

  template <class Request>
  const Request* front() const {
    return asked.empty() ? nullptr : std::get_if<Request>(&asked.front().request);
  }
  void reply(base::Result<tokens::ReplyValue> value) {
    Asked first = std::move(asked.front());
    asked.pop_front();
    first.handlers.reply(std::move(value));
  }
  void fail(base::Code code, std::int64_t native = 0) { reply(base::fail(code, "", native)); }

  std::vector<tokens::TokenInfo> plugged;
  std::deque<Asked> asked;
  std::vector<tokens::RequestId> cancelled;
  tokens::RequestId last_id{0};
  std::size_t requests{0};
};

// MemoryJournal keeps lines as words: "intent 1", "success 1 7", "failure 1 touch-timeout". A word
// in `failing` makes that call fail as on a full disk.
class MemoryJournal final : public Journal {
 public:
  base::Status intent(const Intent& intent) override {
    return keep("intent", std::to_string(intent.prompt.number) + " " + intent.presence + " on " +
                              intent.shown_on);
  }
  base::Status success(RequestNumber number, base::ByteView /*ssh_signature*/,
                       std::optional<std::uint32_t> counter_now) override {
    TRY_VOID(
        keep("success", std::to_string(number) + " " + std::to_string(counter_now.value_or(0))));
    counter = counter_now;
    return {};
  }
  base::Status failure(RequestNumber number, const base::Error& error) override {
    return keep("failure", std::to_string(number) + " " + word(error));
  }
  base::Status refused(const Prompt& prompt, const base::Error& error) override {
    return keep("refused", std::to_string(prompt.number) + " " + word(error));
  }
  base::Status probe(const Probe& probe) override {
    TRY_VOID(keep("probe", probe.key_name + (probe.by_marker ? "'s marker " : " ") +
                               std::to_string(probe.counter)));
    counter = probe.counter;
    probed = probe.key_blob;
    return {};
  }
  base::Status event(std::string_view what, std::string_view /*detail*/) override {
    return keep("event", std::string(what));
  }
  std::optional<std::uint32_t> last_counter(base::ByteView /*key_blob*/) const override {
    return counter;
  }
  RequestNumber next_number() const override { return 1; }

  std::vector<std::string> lines;
  std::string failing;
  std::optional<std::uint32_t> counter;
  base::Bytes probed;  // the key of the last probe

 private:
  static std::string word(const base::Error& error) {
    return std::string(base::describe(error.code).word);
  }
  base::Status keep(const std::string& kind, const std::string& rest) {
    if (kind == failing) {
      return base::fail(base::Code::kDiskFull, "journal");
    }
    lines.push_back(kind + " " + rest);
    return {};
  }
};

// FakePinEntry keeps the question; the test answers.
class FakePinEntry final : public PinEntry {
 public:
  void ask(const PinQuestion& question, Handler handler) override {
    questions.push_back(question);
    pending = std::move(handler);
  }
  void cancel() override { answer(base::fail(base::Code::kCancelled)); }

  void answer(base::Result<base::Secret> pin) {
    const Handler handler = std::exchange(pending, nullptr);
    handler(std::move(pin));
  }
  void type(std::string_view pin) { answer(base::Secret::copy_of(base::as_bytes(pin))); }

  std::vector<PinQuestion> questions;
  Handler pending;
};

// FakeChannel keeps what it was told: "open 1 queued", "update 1 waiting-touch", "close 1 ok".
class FakeChannel final : public PromptChannel {
 public:
  std::string_view name() const override { return "fake"; }
  bool open(const Prompt& prompt, PromptState state) override {
    if (!seen) {
      return false;
    }
    tell("open", prompt, name_of(state));
    return true;
  }
  void update(const Prompt& prompt, PromptState state) override {
    tell("update", prompt, name_of(state));
    last = prompt;
  }
  void close(const Prompt& prompt, const base::Error* outcome) override {
    tell("close", prompt, outcome == nullptr ? "ok" : base::describe(outcome->code).word);
  }

  bool seen{true};
  std::vector<std::string> lines;
  Prompt last;

 private:
  void tell(std::string_view what, const Prompt& prompt, std::string_view state) {
    lines.push_back(std::string(what) + " " + std::to_string(prompt.number) + " " +
                    std::string(state));
  }
};

// FakeTimers go off when the test says so.
class FakeTimers final : public Timers {
 public:
  std::unique_ptr<Timer> after(std::chrono::milliseconds wait, Handler handler) override {
    const std::uint64_t id = ++last_id_;
    waiting.emplace(id, std::pair(wait, std::move(handler)));
    return std::make_unique<FakeTimer>(*this, id);
  }
  // fire sets off the timer that was started first.
  void fire() {
    const auto first = waiting.begin();
    const Handler handler = std::move(first->second.second);
    waiting.erase(first);
    handler();
  }

  std::map<std::uint64_t, std::pair<std::chrono::milliseconds, Handler>> waiting;

 private:
  class FakeTimer final : public Timer {
   public:
    FakeTimer(FakeTimers& timers, std::uint64_t id) : timers_(timers), id_(id) {}
    FakeTimer(const FakeTimer&) = delete;
    FakeTimer& operator=(const FakeTimer&) = delete;
    ~FakeTimer() override { timers_.waiting.erase(id_); }

   private:
    FakeTimers& timers_;
    std::uint64_t id_;
  };
  std::uint64_t last_id_{0};
};

}  // namespace touchstone::agent
