// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "tokens/driver_protocol.h"
#include "tokens/token_source.h"

namespace touchstone::tokens {

// What a worker tells the process's main thread.
struct TokenOpened {
  TokenId token;
  base::Result<TokenInfo> info;
};
struct TokenChanged {
  TokenInfo info;
};
struct TokenWaits {
  TouchNeeded needed;
};
struct TokenLocated {
  TokenId token;
  RequestId id{0};
  base::Result<bool> holds;
};
struct TokenAnswered {
  TokenId token;
  Reply reply;
};
// TokenSilent comes before what its request is answered.
struct TokenSilent {
  Silent silent;
};
// TokenClosed is a worker's last word: its thread can be joined without waiting.
struct TokenClosed {
  TokenId token;
};
using WorkerEvent = std::variant<TokenOpened, TokenChanged, TokenWaits, TokenLocated, TokenAnswered,
                                 TokenSilent, TokenClosed>;

// WorkerEvents carries them from all workers to the main thread, which polls descriptor().
class WorkerEvents {
 public:
  static base::Result<std::unique_ptr<WorkerEvents>> make();

  int descriptor() const { return wakeup_.get(); }
  void post(WorkerEvent event);
  std::vector<WorkerEvent> take();

 private:
  explicit WorkerEvents(base::FileDescriptor wakeup) : wakeup_(std::move(wakeup)) {}

  base::FileDescriptor wakeup_;
  std::mutex mutex_;
  std::vector<WorkerEvent> events_;
};

// TokenWorker owns one token and the only thread that talks to it: libraries under the
// drivers keep state per thread, and a blocking call must never hold up another token. Jobs in,
// events out, nothing shared. All public functions are for the main thread.
class TokenWorker {
 public:
  using Job = std::variant<Locate, Sign, Enroll, SetPin, ListResident, DeleteResident>;

  // events must outlive the worker.
  TokenWorker(FoundToken found, WorkerEvents& events);
  TokenWorker(const TokenWorker&) = delete;
  TokenWorker& operator=(const TokenWorker&) = delete;
  // The destructor ends as stop() does, and waits for the thread.
  ~TokenWorker();

  // post queues a job behind those waiting; kQueueFull above kQueuePerTokenMax.
  base::Status post(Job job);
  // cancel makes the worker answer that request with kCancelled soon, if it has it, whatever the
  // token does. For a Locate it only ends the probe under way.
  void cancel(RequestId id);
  // open_again tries to open a token that was busy (TokenOpened with kTokenBusy) once more, and
  // ends with another TokenOpened. A job that comes meanwhile does the same first, and is answered
  // with kTokenBusy when it fails.
  void open_again();
  // stop answers everything with kTokenRemoved, closes the token and ends with TokenClosed.
  void stop();

 private:
  struct Current {
    RequestId id{0};
    bool cancelled{false};
  };

  enum class Ending : std::uint8_t { kOrdinary, kCancelled, kStopped };

  void run();
  void open();
  std::optional<Job> next();
  void perform(Job job);
  Ending finish();
  void conclude(RequestId id, base::Result<ReplyValue> value);
  void answer(RequestId id, base::Result<ReplyValue> value);
  void refuse_queue();
  void tell_changes();
  void tell_silent();

  void operator()(const Locate& locate);
  void operator()(const Sign& sign);
  void operator()(const Enroll& enroll);
  void operator()(const SetPin& set);
  void operator()(const ListResident& list);
  void operator()(const DeleteResident& remove);
  OnTouchNeeded touch_needed(RequestId id);

  const TokenId token_id_;
  WorkerEvents& events_;
  // The thread's own.
  std::unique_ptr<TokenOpener> opener_;  // until the token is open, or will never be
  TokenInfo info_;
  std::optional<base::Error> open_error_;

  std::mutex
      mutex_;  // guards what follows; token_ itself is used only by its thread, but for cancel
  std::condition_variable wakeup_;
  std::unique_ptr<Token> token_;
  std::deque<Job> queue_;
  std::optional<Current> current_;
  bool open_again_ = false;
  bool stopping_ = false;

  std::thread thread_;  // last: it uses everything above
};

RequestId id_of(const TokenWorker::Job& job);

}  // namespace touchstone::tokens
