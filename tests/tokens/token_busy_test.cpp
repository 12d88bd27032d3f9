// SPDX-License-Identifier: Apache-2.0
// A token that answers somebody else first: what the worker and the process make of it. That a
// token which waits for the touch of a driver that died is such a one is shown in tests/e2e.
#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tokens/fake_tokens.h"
#include "tokens/driver_process.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using std::chrono::hours;
using std::chrono::milliseconds;

class WorkerOfBusyToken : public testing::Test {
 protected:
  // next waits for the worker's next event.
  WorkerEvent next() {
    while (taken_.empty()) {
      pollfd polled{events_->descriptor(), POLLIN, 0};
      ::poll(&polled, 1, -1);
      for (WorkerEvent& event : events_->take()) {
        taken_.push_back(std::move(event));
      }
    }
    WorkerEvent first = std::move(taken_.front());
    taken_.erase(taken_.begin());
    return first;
  }
  Code opened() {
    const auto event = std::get<TokenOpened>(next());
    return event.info.has_value() ? Code{} : event.info.error().code;
  }
  Code answered() {
    const auto event = std::get<TokenAnswered>(next());
    return event.reply.value.has_value() ? Code{} : event.reply.value.error().code;
  }
  void start(std::optional<Code> failure) {
    device_.set_failure(failure);
    worker_ = std::make_unique<TokenWorker>(fake_found(device_), *events_);
  }

  FakeDevice device_;
  std::unique_ptr<WorkerEvents> events_ = std::move(WorkerEvents::make().value());
  std::vector<WorkerEvent> taken_;
  std::unique_ptr<TokenWorker> worker_;
};

TEST_F(WorkerOfBusyToken, OpensItWhenToldTo) {
  start(Code::kTokenBusy);
  EXPECT_EQ(opened(), Code::kTokenBusy);
  worker_->open_again();
  EXPECT_EQ(opened(), Code::kTokenBusy);
  device_.set_failure(std::nullopt);
  worker_->open_again();
  EXPECT_EQ(opened(), Code{});
  EXPECT_EQ(device_.attempts(), 3);
}

TEST_F(WorkerOfBusyToken, AnswersJobsAndTriesAgainForEach) {
  start(Code::kTokenBusy);
  EXPECT_EQ(opened(), Code::kTokenBusy);
  ASSERT_TRUE(worker_->post(Sign{1, {}}).has_value());
  EXPECT_EQ(opened(), Code::kTokenBusy);
  EXPECT_EQ(answered(), Code::kTokenBusy);
  ASSERT_TRUE(worker_->post(Locate{2, {}}).has_value());
  EXPECT_EQ(opened(), Code::kTokenBusy);
  EXPECT_EQ(std::get<TokenLocated>(next()).holds.error().code, Code::kTokenBusy);
  device_.set_failure(std::nullopt);
  ASSERT_TRUE(worker_->post(Sign{3, {}}).has_value());
  EXPECT_EQ(opened(), Code{});
  EXPECT_EQ(answered(), Code{});
}

TEST_F(WorkerOfBusyToken, TakesAnyOtherFailureAsTheLastWord) {
  start(Code::kTokenBusy);
  EXPECT_EQ(opened(), Code::kTokenBusy);
  device_.set_failure(Code::kTokenFailed);
  worker_->open_again();
  EXPECT_EQ(opened(), Code::kTokenFailed);
  device_.set_failure(std::nullopt);
  worker_->open_again();
  ASSERT_TRUE(worker_->post(Sign{1, {}}).has_value());
  EXPECT_EQ(answered(), Code::kTokenFailed);
  EXPECT_EQ(device_.attempts(), 2);
}

TEST_F(WorkerOfBusyToken, LetsGoOfItWhenItIsUnplugged) {
  start(Code::kTokenBusy);
  EXPECT_EQ(opened(), Code::kTokenBusy);
  worker_->stop();
  EXPECT_TRUE(std::holds_alternative<TokenClosed>(next()));
  EXPECT_EQ(device_.attempts(), 1);
}

// The whole process with that token, on its own thread; time is the test's.
class ProcessWithBusyToken : public testing::Test {
 protected:
  class Time final : public base::Clock {
   public:
    std::chrono::system_clock::time_point now() const override { return {}; }
    std::chrono::steady_clock::time_point steady() const override {
      return std::chrono::steady_clock::time_point(milliseconds{milliseconds_});
    }
    void advance(milliseconds by) { milliseconds_ += by.count(); }

   private:
    std::atomic<milliseconds::rep> milliseconds_{1'000'000};
  };

  static void SetUpTestSuite() { ASSERT_TRUE(base::init_secure_heap().has_value()); }
  ~ProcessWithBusyToken() override {
    channel_.reset();
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  void start(DriverProcess::RetryWaits waits) {
    device_.set_failure(Code::kTokenBusy);
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    channel_ = base::FileDescriptor(pair[0]);
    process_ = std::move(DriverProcess::make(base::FileDescriptor(pair[1]),
                                             std::make_unique<FakeSource>(device_), clock_, waits)
                             .value());
    thread_ = std::thread([this] { (void)process_->run(); });
    send(Hello{});
    ASSERT_TRUE(std::holds_alternative<HelloReply>(next()));
  }
  void send(const ToDriver& message) {
    const base::Secret encoded = encode(message).value();
    base::Writer framed;
    framed.string(encoded.view());
    ASSERT_TRUE(base::write_all(channel_.get(), framed.bytes()).has_value());
  }
  void read(std::span<std::uint8_t> into) {
    while (!into.empty()) {
      const ssize_t count = ::read(channel_.get(), into.data(), into.size());
      ASSERT_GT(count, 0);
      into = into.subspan(static_cast<std::size_t>(count));
    }
  }
  FromDriver next() {
    std::array<std::uint8_t, 4> header{};
    read(header);
    base::Bytes body(base::Reader(header).u32().value());
    read(body);
    return parse_from_driver(body).value();
  }
  std::vector<TokenInfo> listed() { return std::get<Tokens>(next()).tokens; }
  Code sign(const TokenId& token) {
    Sign sign;
    sign.id = ++last_id_;
    sign.request.token = token;
    send(ToDriver(std::move(sign)));
    const auto reply = std::get<Reply>(next());
    return reply.value.has_value() ? Code{} : reply.value.error().code;
  }
  // pass_round returns when the process has looked at its clock once more.
  void pass_round() { EXPECT_EQ(sign("no such token"), Code::kTokenRemoved); }

  FakeDevice device_;
  Time clock_;
  base::FileDescriptor channel_;
  std::unique_ptr<DriverProcess> process_;
  std::thread thread_;
  RequestId last_id_ = 0;
};

TEST_F(ProcessWithBusyToken, ListsItAtOnceAndAgainWhenItIsOpen) {
  start({milliseconds{0}, milliseconds{0}});
  const auto busy = listed();
  ASSERT_EQ(busy.size(), 1U);
  EXPECT_TRUE(busy.front().busy);
  EXPECT_EQ(busy.front().device, "/dev/fake");
  EXPECT_TRUE(busy.front().versions.empty());
  device_.wait_for_attempts(5);
  device_.set_failure(std::nullopt);
  const auto open = listed();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_FALSE(open.front().busy);
  EXPECT_EQ(open.front().id, busy.front().id);
  EXPECT_EQ(sign("fake:1"), Code{});
}

TEST_F(ProcessWithBusyToken, IsTakenOffTheListWhenItTurnsOutUnusable) {
  start({milliseconds{0}, milliseconds{0}});
  ASSERT_EQ(listed().size(), 1U);
  device_.set_failure(Code::kTokenFailed);
  EXPECT_TRUE(listed().empty());
  EXPECT_EQ(sign("fake:1"), Code::kTokenFailed);
}

TEST_F(ProcessWithBusyToken, WaitsLongerEachTimeUpToALimit) {
  start({hours{1}, hours{3}});
  ASSERT_EQ(listed().size(), 1U);
  clock_.advance(hours{1} - milliseconds{1});
  pass_round();
  EXPECT_EQ(device_.attempts(), 1);
  clock_.advance(milliseconds{1});
  pass_round();
  device_.wait_for_attempts(2);
  // A request is a try too; its answer comes after what the tries before it led to.
  for (int attempt = 3; attempt < 6; ++attempt) {
    EXPECT_EQ(sign("fake:1"), Code::kTokenBusy);
    EXPECT_EQ(device_.attempts(), attempt);
  }
  clock_.advance(hours{3} - milliseconds{1});
  pass_round();
  EXPECT_EQ(device_.attempts(), 5);
  clock_.advance(milliseconds{1});
  pass_round();
  device_.wait_for_attempts(6);
}

}  // namespace
}  // namespace touchstone::tokens
