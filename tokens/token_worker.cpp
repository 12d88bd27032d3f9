// SPDX-License-Identifier: Apache-2.0
#include "tokens/token_worker.h"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace touchstone::tokens {

using base::Code;
using base::Result;

base::Result<std::unique_ptr<WorkerEvents>> WorkerEvents::make() {
  base::FileDescriptor wakeup(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakeup.valid()) {
    return base::fail(base::from_errno(errno, "eventfd"));
  }
  return std::unique_ptr<WorkerEvents>(new WorkerEvents(std::move(wakeup)));
}

void WorkerEvents::post(WorkerEvent event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  const std::uint64_t one = 1;
  // A full eventfd is a readable one, which is all that is wanted.
  [[maybe_unused]] const ssize_t written = ::write(wakeup_.get(), &one, sizeof(one));
}

std::vector<WorkerEvent> WorkerEvents::take() {
  std::uint64_t count = 0;
  // Emptied before the events are taken: what comes after this makes it readable again.
  [[maybe_unused]] const ssize_t read = ::read(wakeup_.get(), &count, sizeof(count));
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

RequestId id_of(const TokenWorker::Job& job) {
  return std::visit([](const auto& value) { return value.id; }, job);
}

TokenWorker::TokenWorker(FoundToken found, WorkerEvents& events)
    : token_id_(std::move(found.identity.id)), events_(events), opener_(std::move(found.opener)) {
  thread_ = std::thread([this] { run(); });
}

TokenWorker::~TokenWorker() {
  stop();
  thread_.join();
}

base::Status TokenWorker::post(Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return base::fail(Code::kTokenRemoved, token_id_);
  }
  if (queue_.size() >= kQueuePerTokenMax) {
    return base::fail(Code::kQueueFull, token_id_);
  }
  queue_.push_back(std::move(job));
  wakeup_.notify_one();
  return {};
}

void TokenWorker::cancel(RequestId id) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->id == id) {
    current_->cancelled = true;
    if (token_) {
      token_->cancel();
    }
    return;
  }
  for (auto job = queue_.begin(); job != queue_.end(); ++job) {
    if (id_of(*job) == id) {
      queue_.erase(job);
      answer(id, base::fail(Code::kCancelled, token_id_));
      return;
    }
  }
}

void TokenWorker::open_again() {
  const std::lock_guard lock(mutex_);
  open_again_ = true;
  wakeup_.notify_one();
}

void TokenWorker::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (token_ && current_) {
    token_->cancel();
  }
  wakeup_.notify_one();
}

void TokenWorker::run() {
  pthread_setname_np(pthread_self(), "token");
  open();
  while (std::optional<Job> job = next()) {
    perform(std::move(*job));
  }
  refuse_queue();
  std::unique_ptr<Token> token;
  {
    const std::lock_guard lock(mutex_);
    token = std::move(token_);
  }
  token.reset();  // closes the device, which may take a moment
  events_.post(TokenClosed{token_id_});
}

void TokenWorker::open() {
  Result<std::unique_ptr<Token>> opened = opener_->open();
  if (opened.has_value() || opened.error().code != Code::kTokenBusy) {
    opener_.reset();
  }
  if (!opened.has_value()) {
    open_error_ = opened.error();
    events_.post(TokenOpened{token_id_, base::fail(opened.error())});
    return;
  }
  open_error_.reset();
  info_ = (*opened)->info();
  {
    const std::lock_guard lock(mutex_);
    token_ = std::move(*opened);
    if (stopping_ || (current_ && current_->cancelled)) {
      token_->cancel();  // asked for while there was no token to tell
    }
  }
  events_.post(TokenOpened{token_id_, info_});
}

std::optional<TokenWorker::Job> TokenWorker::next() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && queue_.empty()) {
    if (std::exchange(open_again_, false) && opener_ != nullptr) {
      lock.unlock();
      open();
      lock.lock();
    } else {
      wakeup_.wait(lock);
    }
  }
  if (stopping_) {
    return std::nullopt;
  }
  std::optional<Job> job(std::move(queue_.front()));
  queue_.pop_front();
  current_ = Current{id_of(*job), false};
  if (token_) {
    token_->clear_cancel();
  }
  return job;
}

void TokenWorker::perform(Job job) {
  if (opener_ != nullptr) {
    open();
  }
  if (open_error_) {
    const RequestId id = id_of(job);
    const bool cancelled = finish() == Ending::kCancelled;
    const base::Error error =
        cancelled ? base::Error{Code::kCancelled, 0, token_id_} : *open_error_;
    if (std::holds_alternative<Locate>(job)) {
      events_.post(TokenLocated{token_id_, id, base::fail(error)});
    } else {
      answer(id, base::fail(error));
    }
    return;
  }
  std::visit([this](const auto& request) { (*this)(request); }, job);
}

TokenWorker::Ending TokenWorker::finish() {
  const std::lock_guard lock(mutex_);
  const Ending ending = current_ && current_->cancelled ? Ending::kCancelled
                        : stopping_                     ? Ending::kStopped
                                                        : Ending::kOrdinary;
  current_.reset();
  return ending;
}

void TokenWorker::conclude(RequestId id, Result<ReplyValue> value) {
  tell_changes();
  tell_silent();
  switch (finish()) {
    case Ending::kCancelled:
      // Nobody waits for what may have been made all the same: it stays here.
      value = base::fail(Code::kCancelled, token_id_);
      break;
    case Ending::kStopped:
      if (!value.has_value()) {
        value = base::fail(Code::kTokenRemoved, token_id_);
      }
      break;
    case Ending::kOrdinary:
      break;
  }
  answer(id, std::move(value));
}

void TokenWorker::answer(RequestId id, Result<ReplyValue> value) {
  events_.post(TokenAnswered{token_id_, Reply{id, std::move(value)}});
}

void TokenWorker::refuse_queue() {
  const std::lock_guard lock(mutex_);
  for (const Job& job : queue_) {
    const RequestId id = id_of(job);
    if (std::holds_alternative<Locate>(job)) {
      events_.post(TokenLocated{token_id_, id, base::fail(Code::kTokenRemoved, token_id_)});
    } else {
      answer(id, base::fail(Code::kTokenRemoved, token_id_));
    }
  }
  queue_.clear();
}

void TokenWorker::tell_changes() {
  TokenInfo now = token_->info();
  if (now != info_) {
    info_ = now;
    events_.post(TokenChanged{std::move(now)});
  }
}

void TokenWorker::tell_silent() {
  for (SilentSignature& signature : token_->take_silent()) {
    events_.post(TokenSilent{Silent{std::move(signature)}});
  }
}

OnTouchNeeded TokenWorker::touch_needed(RequestId id) {
  return [this, id] { events_.post(TokenWaits{TouchNeeded{id, token_id_}}); };
}

namespace {

template <class T>
Result<ReplyValue> to_value(Result<T> result) {
  if (!result.has_value()) {
    return base::fail(std::move(result.error()));
  }
  return ReplyValue(std::move(*result));
}

Result<ReplyValue> to_value(base::Status status) {
  if (!status.has_value()) {
    return base::fail(std::move(status.error()));
  }
  return ReplyValue(Done{});
}

}  // namespace

void TokenWorker::operator()(const Locate& locate) {
  Result<bool> holds = token_->holds(locate.key, locate.asking);
  tell_silent();
  finish();
  events_.post(TokenLocated{token_id_, locate.id, std::move(holds)});
}

void TokenWorker::operator()(const Sign& sign) {
  conclude(sign.id, to_value(token_->sign(sign.request, touch_needed(sign.id))));
}

void TokenWorker::operator()(const Enroll& enroll) {
  conclude(enroll.id, to_value(token_->enroll(enroll.request, touch_needed(enroll.id))));
}

void TokenWorker::operator()(const SetPin& set) {
  const base::Secret* old_pin = set.old_pin ? &*set.old_pin : nullptr;
  conclude(set.id, to_value(token_->set_pin(old_pin, set.new_pin, set.last_try)));
}

void TokenWorker::operator()(const ListResident& list) {
  conclude(list.id, to_value(token_->list_resident(list.pin, list.last_try)));
}

void TokenWorker::operator()(const DeleteResident& remove) {
  conclude(remove.id,
           to_value(token_->delete_resident(remove.pin, remove.last_try, remove.credential_id)));
}

}  // namespace touchstone::tokens
