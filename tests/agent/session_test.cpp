// SPDX-License-Identifier: Apache-2.0
#include "agent/session.h"

#include <deque>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/limits.h"
#include "base/file.h"
#include "ssh/limits.h"
#include "tests/agent/doubles.h"

namespace touchstone::agent {
namespace {

using base::Bytes;

// HeldHandler keeps the requests; the test answers them.
class HeldHandler final : public RequestHandler {
 public:
  Withdraw handle(Connection& /*connection*/, ssh::AgentRequest /*request*/, Reply reply) override {
    if (answer_at_once) {
      reply(ssh::Success{});
      return {};
    }
    replies.push_back(std::move(reply));
    return [this] { ++withdrawn; };
  }

  bool answer_at_once{false};
  std::deque<Reply> replies;
  int withdrawn{0};
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
    client_ = base::FileDescriptor(pair.at(0));
    Session::Socket socket(reactor_);
    socket.assign(boost::asio::local::stream_protocol(), pair.at(1));
    session_ = std::make_shared<Session>(std::move(socket), Peer{1, 1}, handler_, timers_, log_,
                                         [this](const Session& /*ended*/) { ended_ = true; });
    session_->start();
    run();
  }

  // run does all there is to do now.
  void run() {
    reactor_.restart();
    reactor_.poll();
  }
  void send(const Bytes& bytes) {
    ASSERT_TRUE(base::write_all(client_.get(), bytes).has_value());
    run();
  }
  void hang_up() {
    client_.reset();
    run();
  }
  Bytes received() {
    Bytes bytes(1024);
    const ssize_t count = ::read(client_.get(), bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  static Bytes list() { return {0, 0, 0, 1, 11}; }
  static Bytes success() { return {0, 0, 0, 1, 6}; }

  boost::asio::io_context reactor_;
  base::MockClock clock_;
  Log log_{clock_};
  FakeTimers timers_;
  HeldHandler handler_;
  base::FileDescriptor client_;
  std::shared_ptr<Session> session_;
  bool ended_{false};
};

TEST_F(SessionTest, AnswersOneAfterAnother) {
  Bytes both = list();
  const Bytes second = list();
  both.insert(both.end(), second.begin(), second.end());
  send(both);
  ASSERT_EQ(handler_.replies.size(), 1U);  // the second waits for the first
  handler_.replies.front()(ssh::Success{});
  run();
  EXPECT_EQ(received(), success());
  ASSERT_EQ(handler_.replies.size(), 2U);
  handler_.replies.back()(ssh::Failure{});
  run();
  EXPECT_EQ(received(), (Bytes{0, 0, 0, 1, 5}));
  EXPECT_FALSE(ended_);
}

TEST_F(SessionTest, TakesAMessageInPieces) {
  handler_.answer_at_once = true;
  for (const std::uint8_t byte : list()) {
    EXPECT_TRUE(received().empty());
    send({byte});
  }
  EXPECT_EQ(received(), success());
  EXPECT_TRUE(timers_.waiting.empty());
}

TEST_F(SessionTest, GivesUpOnAMessageThatDoesNotEnd) {
  send({0, 0});
  ASSERT_EQ(timers_.waiting.size(), 1U);
  EXPECT_EQ(timers_.waiting.begin()->second.first, kMessageTimeout);
  send({0});  // a byte now and then buys no time
  EXPECT_EQ(timers_.waiting.size(), 1U);
  timers_.fire();
  EXPECT_TRUE(ended_);
}

TEST_F(SessionTest, WaitsForeverBetweenMessagesAndForAnswers) {
  EXPECT_TRUE(timers_.waiting.empty());
  send(list());
  EXPECT_TRUE(timers_.waiting.empty());
}

TEST_F(SessionTest, NoticesAClientThatHangsUpWhileItWaits) {
  send(list());
  hang_up();
  EXPECT_EQ(handler_.withdrawn, 1);
  EXPECT_TRUE(ended_);
  handler_.replies.front()(ssh::Success{});  // too late, and nobody listens
  run();
}

TEST_F(SessionTest, NoticesItAlsoAfterTheClientSentMoreThanItShould) {
  send(list());
  send(list());
  hang_up();
  EXPECT_EQ(handler_.withdrawn, 1);
  EXPECT_TRUE(ended_);
}

TEST_F(SessionTest, WithdrawsNothingThatWasAnswered) {
  send(list());
  handler_.replies.front()(ssh::Success{});
  run();
  hang_up();
  EXPECT_EQ(handler_.withdrawn, 0);
  EXPECT_TRUE(ended_);
}

TEST_F(SessionTest, TakesOneReplyToEachRequest) {
  send(list());
  const auto reply = handler_.replies.front();
  reply(ssh::Success{});
  reply(ssh::Success{});
  run();
  EXPECT_EQ(received(), success());
}

TEST_F(SessionTest, ClosesOnAnEmptyMessage) {
  send({0, 0, 0, 0});
  EXPECT_TRUE(ended_);
}

TEST_F(SessionTest, TakesTheLargestMessageAndNoLarger) {
  handler_.answer_at_once = true;
  base::Writer length;
  length.u32(static_cast<std::uint32_t>(ssh::kAgentMessageMax));
  send(length.bytes());
  EXPECT_FALSE(ended_);
  base::Writer above;
  above.u32(static_cast<std::uint32_t>(ssh::kAgentMessageMax + 1));
  Bytes body(ssh::kAgentMessageMax, 0xff);
  for (base::ByteView rest = body; !rest.empty();) {
    const std::size_t part = std::min<std::size_t>(rest.size(), 4096);
    send(base::to_bytes(rest.first(part)));
    rest = rest.subspan(part);
  }
  EXPECT_FALSE(received().empty());
  send(above.bytes());
  EXPECT_TRUE(ended_);
}

TEST_F(SessionTest, AnswersMalformedMessagesAndGoesOn) {
  send({0, 0, 0, 2, 11, 0});  // a list request with something behind it
  EXPECT_EQ(received(), (Bytes{0, 0, 0, 1, 5}));
  EXPECT_TRUE(handler_.replies.empty());
  handler_.answer_at_once = true;
  send(list());
  EXPECT_EQ(received(), success());
}

TEST_F(SessionTest, StopWithdrawsAndCloses) {
  send(list());
  session_->stop();
  EXPECT_EQ(handler_.withdrawn, 1);
  session_->stop();
  EXPECT_EQ(handler_.withdrawn, 1);
  run();
  EXPECT_TRUE(received().empty());
}

}  // namespace
}  // namespace touchstone::agent
