// SPDX-License-Identifier: Apache-2.0
#include "tokens/driver_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <utility>

#include <poll.h>

#include "base/text.h"

namespace touchstone::tokens {

using base::Code;
using base::Result;
using base::Status;

namespace {

// The agent decides what reaches a journal; this is for whoever runs the driver by hand.
void note(const base::Error& error) {
  std::cerr << "touchstone-token: " << base::message_of(error) << '\n';
}

}  // namespace

DriverProcess::DriverProcess(base::FileDescriptor channel, std::unique_ptr<TokenSource> source,
                             std::unique_ptr<WorkerEvents> events, const base::Clock& clock,
                             RetryWaits waits)
    : stream_(std::move(channel)),
      source_(std::move(source)),
      events_(std::move(events)),
      clock_(clock),
      waits_(waits) {}

Result<std::unique_ptr<DriverProcess>> DriverProcess::make(base::FileDescriptor channel,
                                                           std::unique_ptr<TokenSource> source,
                                                           const base::Clock& clock,
                                                           RetryWaits waits) {
  TRY(events, WorkerEvents::make());
  std::unique_ptr<DriverProcess> process(
      new DriverProcess(std::move(channel), std::move(source), std::move(events), clock, waits));
  TRY(found, process->source_->enumerate());
  TRY_VOID(process->apply(std::move(found)));
  return process;
}

Status DriverProcess::run() {
  bool open = true;
  Status status;
  while (open && status.has_value()) {
    status = poll_once(open);
  }
  // Tokens that wait for a touch are told to stop; then the threads are joined.
  for (auto& [id, entry] : entries_) {
    entry.worker->stop();
  }
  entries_.clear();
  leaving_.clear();
  return status;
}

Status DriverProcess::poll_once(bool& open) {
  const auto channel_events =
      static_cast<short>(stream_.wants_to_write() ? POLLIN | POLLOUT : POLLIN);
  std::array<pollfd, 3> polled{{{stream_.descriptor(), channel_events, 0},
                                {source_->descriptor(), POLLIN, 0},
                                {events_->descriptor(), POLLIN, 0}}};
  if (::poll(polled.data(), polled.size(), milliseconds_to_retry()) < 0) {
    return errno == EINTR ? Status{} : Status(base::fail(base::from_errno(errno, "poll")));
  }
  retry_busy();
  if (polled[2].revents != 0) {
    for (WorkerEvent& event : events_->take()) {
      TRY_VOID(handle(std::move(event)));
    }
  }
  if (polled[1].revents != 0) {
    TRY(changes, source_->changes());
    TRY_VOID(apply(std::move(changes)));
  }
  if ((polled[0].revents & POLLOUT) != 0) {
    TRY_VOID(stream_.flush());
  }
  if ((polled[0].revents & ~POLLOUT) != 0) {
    TRY_VOID(read_requests(open));
  }
  return {};
}

Status DriverProcess::read_requests(bool& open) {
  while (true) {
    Result<std::optional<base::Secret>> next = stream_.next();
    if (!next.has_value()) {
      if (next.error().code == Code::kConnectionLost) {
        open = false;
        return {};
      }
      return base::fail(std::move(next.error()));
    }
    if (!next->has_value()) {
      return {};
    }
    Result<ToDriver> message = parse_to_driver((*next)->view());
    if (!message.has_value()) {
      return base::fail(Code::kProtocol, base::message_of(message.error()));
    }
    TRY_VOID(handle(std::move(*message)));
  }
}

Status DriverProcess::handle(ToDriver message) {
  if (!greeted_ && !std::holds_alternative<Hello>(message)) {
    return base::fail(Code::kProtocol, "a request before hello");
  }
  return std::visit([this](auto& value) { return on(std::move(value)); }, message);
}

Status DriverProcess::begin(RequestId id) {
  if (id <= last_id_) {
    return base::fail(Code::kProtocol, "request id " + std::to_string(id) + " does not rise");
  }
  last_id_ = id;
  return {};
}

Status DriverProcess::on(const Hello& hello) {
  if (greeted_ || hello.version != kDriverProtocolVersion) {
    return base::fail(Code::kProtocol, "hello of version " + std::to_string(hello.version),
                      hello.version);
  }
  greeted_ = true;
  TRY_VOID(send(HelloReply{kDriverProtocolVersion, std::string(source_->driver_name())}));
  return announce();
}

Status DriverProcess::on(const Locate& locate) {
  const RequestId id = locate.id;
  TRY_VOID(begin(id));
  Pending pending;
  pending.locate = true;
  pending.key = locate.key;
  for (const auto& [token, entry] : entries_) {
    if (locate.asking == Asking::kOnce &&
        std::find(entry.holds.begin(), entry.holds.end(), locate.key) != entry.holds.end()) {
      pending_.emplace(id, std::move(pending));
      return reply(id, Location{token});
    }
  }
  for (auto& [token, entry] : entries_) {
    Status posted = entry.worker->post(Locate{id, locate.key, locate.asking});
    if (posted.has_value()) {
      pending.asked.insert(token);
    } else if (!pending.error) {
      pending.error = posted.error();
    }
  }
  pending_.emplace(id, std::move(pending));
  return settle_locate(id);
}

Status DriverProcess::on(const Cancel& cancel) {
  const auto found = pending_.find(cancel.id);
  if (found == pending_.end()) {
    return {};
  }
  for (const TokenId& token : found->second.asked) {
    if (const auto entry = entries_.find(token); entry != entries_.end()) {
      entry->second.worker->cancel(cancel.id);
    }
  }
  if (found->second.locate) {
    return reply(cancel.id, base::fail(Code::kCancelled));
  }
  return {};
}

Status DriverProcess::on(Sign sign) {
  const TokenId token = sign.request.token;
  return post(token, std::move(sign));
}

Status DriverProcess::on(Enroll enroll) {
  const TokenId token = enroll.request.token;
  return post(token, std::move(enroll));
}

Status DriverProcess::on(SetPin set) {
  const TokenId token = set.token;
  return post(token, std::move(set));
}

Status DriverProcess::on(ListResident list) {
  const TokenId token = list.token;
  return post(token, std::move(list));
}

Status DriverProcess::on(DeleteResident remove) {
  const TokenId token = remove.token;
  return post(token, std::move(remove));
}

Status DriverProcess::post(const TokenId& token, TokenWorker::Job job) {
  const RequestId id = id_of(job);
  TRY_VOID(begin(id));
  Pending pending;
  pending.asked.insert(token);
  if (const auto* sign = std::get_if<Sign>(&job)) {
    pending.key = sign->request.key;
  }
  pending_.emplace(id, std::move(pending));
  const auto entry = entries_.find(token);
  if (entry == entries_.end()) {
    return reply(id, base::fail(Code::kTokenRemoved, token));
  }
  Status posted = entry->second.worker->post(std::move(job));
  return posted.has_value() ? Status{} : reply(id, base::fail(std::move(posted.error())));
}

Status DriverProcess::apply(TokenChanges changes) {
  for (const TokenId& token : changes.removed) {
    const auto entry = entries_.find(token);
    if (entry != entries_.end()) {
      entry->second.worker->stop();
      leaving_.emplace(token, std::move(entry->second.worker));
      entries_.erase(entry);
    }
  }
  for (FoundToken& found : changes.added) {
    if (entries_.size() >= kTokensMax) {
      note(base::Error{Code::kTooLong, 0, "more than " + std::to_string(kTokensMax) + " tokens"});
      break;
    }
    const TokenId id = found.identity.id;
    Entry entry;
    entry.identity = found.identity;
    entry.retry_wait = waits_.first;
    entry.worker = std::make_unique<TokenWorker>(std::move(found), *events_);
    entries_.emplace(id, std::move(entry));
  }
  return changes.removed.empty() ? Status{} : announce();
}

Status DriverProcess::handle(WorkerEvent event) {
  return std::visit([this](auto& value) { return on(std::move(value)); }, event);
}

Status DriverProcess::on(TokenOpened opened) {
  const auto entry = entries_.find(opened.token);
  if (entry == entries_.end()) {
    return {};
  }
  const bool known_busy = entry->second.settled;
  entry->second.settled = true;
  entry->second.retry_at.reset();
  if (opened.info.has_value()) {
    entry->second.info = std::move(*opened.info);
    return announce();
  }
  if (opened.info.error().code == Code::kTokenBusy) {
    wait_for_busy(entry->second);
    if (known_busy) {
      return {};
    }
  } else {
    entry->second.info.reset();
  }
  note(opened.info.error());
  return announce();
}

void DriverProcess::wait_for_busy(Entry& entry) {
  entry.info = entry.identity;
  entry.info->busy = true;
  entry.retry_at = clock_.steady() + entry.retry_wait;
  entry.retry_wait = std::min(entry.retry_wait * 2, waits_.longest);
}

// milliseconds_to_retry is poll's timeout: -1 for none.
int DriverProcess::milliseconds_to_retry() const {
  std::optional<std::chrono::steady_clock::time_point> next;
  for (const auto& [id, entry] : entries_) {
    if (entry.retry_at && (!next || *entry.retry_at < *next)) {
      next = entry.retry_at;
    }
  }
  if (!next) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.steady());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, waits_.longest).count());
}

void DriverProcess::retry_busy() {
  const auto now = clock_.steady();
  for (auto& [id, entry] : entries_) {
    if (entry.retry_at && *entry.retry_at <= now) {
      entry.retry_at.reset();
      entry.worker->open_again();
    }
  }
}

Status DriverProcess::on(TokenChanged changed) {
  const auto entry = entries_.find(changed.info.id);
  if (entry == entries_.end()) {
    return {};
  }
  entry->second.info = std::move(changed.info);
  return announce();
}

Status DriverProcess::on(const TokenWaits& waits) {
  if (!pending_.contains(waits.needed.id)) {
    return {};
  }
  return send(waits.needed);
}

Status DriverProcess::on(TokenLocated located) {
  const auto found = pending_.find(located.id);
  if (found == pending_.end()) {
    return {};  // answered by another token, or cancelled
  }
  Pending& pending = found->second;
  pending.asked.erase(located.token);
  if (!located.holds.has_value()) {
    // A token that left meanwhile is not there to be asked; others that fail may hold the key.
    if (located.holds.error().code != Code::kTokenRemoved && !pending.error) {
      pending.error = std::move(located.holds.error());
    }
  } else if (*located.holds) {
    remember(located.token, *pending.key);
    return reply(located.id, Location{located.token});
  } else {
    ++pending.denied;
  }
  return settle_locate(located.id);
}

// settle_locate answers once nobody is left to ask.
Status DriverProcess::settle_locate(RequestId id) {
  const Pending& pending = pending_.at(id);
  if (!pending.asked.empty()) {
    return {};
  }
  if (pending.error) {
    return reply(id, base::fail(*pending.error));
  }
  if (pending.denied > 0) {
    return reply(id, base::fail(Code::kWrongToken));
  }
  return reply(id, base::fail(Code::kNoToken));
}

void DriverProcess::remember(const TokenId& token, const KeyReference& key) {
  const auto found = entries_.find(token);
  if (found == entries_.end()) {
    return;
  }
  std::vector<KeyReference>& holds = found->second.holds;
  if (std::find(holds.begin(), holds.end(), key) == holds.end()) {
    if (holds.size() >= kRememberedKeysMax) {
      holds.erase(holds.begin());
    }
    holds.push_back(key);
  }
}

// learn keeps what a token holds up to date with what it answers.
void DriverProcess::learn(const TokenId& token, const Pending& pending,
                          const Result<ReplyValue>& value) {
  if (value.has_value()) {
    if (const auto* enrollment = std::get_if<Enrollment>(&*value)) {
      remember(token, enrollment->key);
    }
    if (!std::holds_alternative<Done>(*value)) {
      return;
    }
  } else if (value.error().code != Code::kWrongToken) {
    return;
  }
  // A credential may have been deleted, or the token does not know it any more.
  if (const auto found = entries_.find(token); found != entries_.end()) {
    if (pending.key) {
      std::erase(found->second.holds, *pending.key);
    } else {
      found->second.holds.clear();
    }
  }
}

Status DriverProcess::on(TokenAnswered answered) {
  if (const auto found = pending_.find(answered.reply.id); found != pending_.end()) {
    learn(answered.token, found->second, answered.reply.value);
  }
  return reply(answered.reply.id, std::move(answered.reply.value));
}

Status DriverProcess::on(const TokenSilent& silent) { return send(silent.silent); }

Status DriverProcess::on(const TokenClosed& closed) {
  leaving_.erase(closed.token);  // joins a thread that has ended
  return {};
}

// reply sends the one reply to a request, unless it was sent before.
Status DriverProcess::reply(RequestId id, Result<ReplyValue> value) {
  if (pending_.erase(id) == 0) {
    return {};
  }
  const FromDriver message = Reply{id, std::move(value)};
  Result<base::Bytes> encoded = encode(message);
  if (!encoded.has_value()) {
    // Something that the token said is beyond the limits.
    TRY_ASSIGN(encoded, encode(FromDriver(Reply{id, base::fail(encoded.error())})));
  }
  return stream_.queue(*encoded);
}

// announce sends the whole list, first when everything found at the start has been opened: an
// agent that has it knows what was plugged in.
Status DriverProcess::announce() {
  Tokens tokens;
  for (const auto& [id, entry] : entries_) {
    if (entry.info) {
      tokens.tokens.push_back(*entry.info);
    }
    if (!entry.settled && !announced_) {
      return {};
    }
  }
  if (!greeted_) {
    return {};
  }
  announced_ = true;
  return send(tokens);
}

Status DriverProcess::send(const FromDriver& message) {
  if (!greeted_) {
    return {};
  }
  TRY(encoded, encode(message));
  return stream_.queue(encoded);
}

}  // namespace touchstone::tokens
