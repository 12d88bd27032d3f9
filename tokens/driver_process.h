// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "tokens/driver_protocol.h"
#include "tokens/message_stream.h"
#include "tokens/token_source.h"
#include "tokens/token_worker.h"

namespace touchstone::tokens {

// DriverProcess is a driver's main loop: requests from the agent are handed to the worker of their
// token, and what the workers tell goes back. It blocks on nothing but poll(2), so a token that
// hangs costs that token only. It keeps no state beyond the tokens themselves: a driver that was
// killed can be started again, and knows all there is to know once it has enumerated.
//
// A token goes on waiting for a touch after the driver that asked is gone, until it is touched,
// unplugged or has had enough, and answers CTAPHID_ERR_CHANNEL_BUSY (CTAP 2.1 section 11.2.9.1.6)
// to the next driver meanwhile. Such a token is listed as busy, and opened when it answers.
class DriverProcess {
 public:
  // How long a busy token is left alone: longer each time, since each try uses up one of its
  // channels, and small tokens give the oldest away, which may be that of whoever it answers.
  struct RetryWaits {
    std::chrono::milliseconds first{250};
    std::chrono::milliseconds longest{2'000};
  };

  // channel: the stream socket to the agent; it is made non-blocking. clock must outlive it.
  static base::Result<std::unique_ptr<DriverProcess>> make(base::FileDescriptor channel,
                                                           std::unique_ptr<TokenSource> source,
                                                           const base::Clock& clock,
                                                           RetryWaits waits);
  // run returns when the agent closes the channel, or with the error that ended it: kProtocol for
  // a message that does not parse, comes before Hello, or reuses an id.
  base::Status run();

 private:
  struct Entry {
    std::unique_ptr<TokenWorker> worker;
    TokenInfo identity;
    std::optional<TokenInfo> info;  // once it is open, or busy
    bool settled{false};            // open, busy, or known not to open
    std::chrono::milliseconds retry_wait{0};
    std::optional<std::chrono::steady_clock::time_point> retry_at;  // while it is busy
    // Keys found here since it was plugged in: a token that waits for a touch need not be asked.
    std::vector<KeyReference> holds;
  };
  // Pending is a request that was not answered yet, and where it is.
  struct Pending {
    std::set<TokenId> asked;  // for Locate: who has not answered yet; else the one token
    bool locate{false};
    std::optional<KeyReference> key;   // what is located or signed with
    std::size_t denied{0};             // tokens that do not hold the key
    std::optional<base::Error> error;  // the first token that could not be asked
  };

  DriverProcess(base::FileDescriptor channel, std::unique_ptr<TokenSource> source,
                std::unique_ptr<WorkerEvents> events, const base::Clock& clock, RetryWaits waits);

  base::Status poll_once(bool& open);
  base::Status read_requests(bool& open);
  base::Status handle(ToDriver message);
  base::Status begin(RequestId id);
  base::Status on(const Hello& hello);
  base::Status on(const Locate& locate);
  base::Status on(const Cancel& cancel);
  base::Status on(Sign sign);
  base::Status on(Enroll enroll);
  base::Status on(SetPin set);
  base::Status on(ListResident list);
  base::Status on(DeleteResident remove);
  base::Status post(const TokenId& token, TokenWorker::Job job);

  base::Status apply(TokenChanges changes);
  base::Status handle(WorkerEvent event);
  base::Status on(TokenOpened opened);
  base::Status on(TokenChanged changed);
  base::Status on(const TokenWaits& waits);
  base::Status on(TokenLocated located);
  base::Status on(TokenAnswered answered);
  base::Status on(const TokenSilent& silent);
  base::Status on(const TokenClosed& closed);

  void wait_for_busy(Entry& entry);
  int milliseconds_to_retry() const;
  void retry_busy();

  base::Status settle_locate(RequestId id);
  void remember(const TokenId& token, const KeyReference& key);
  void learn(const TokenId& token, const Pending& pending, const base::Result<ReplyValue>& value);
  base::Status reply(RequestId id, base::Result<ReplyValue> value);
  base::Status announce();
  base::Status send(const FromDriver& message);

  MessageStream stream_;
  std::unique_ptr<TokenSource> source_;
  std::unique_ptr<WorkerEvents> events_;
  const base::Clock& clock_;
  const RetryWaits waits_;
  std::map<TokenId, Entry> entries_;
  // Workers of tokens that are gone, until their threads have ended.
  std::map<TokenId, std::unique_ptr<TokenWorker>> leaving_;
  std::map<RequestId, Pending> pending_;
  RequestId last_id_ = 0;
  bool greeted_ = false;
  bool announced_ = false;
};

}  // namespace touchstone::tokens
