// SPDX-License-Identifier: Apache-2.0
#include "agent/driver_client.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/agent/doubles.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent {
namespace {

using base::Code;

// The driver is a shell script here: what an honest one says is the end-to-end tests' business.
class DriverClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  void start(const std::string& script) {
    const std::filesystem::path program = folder_.path() / "driver";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    start_program(program);
  }
  void start_program(const std::filesystem::path& program) {
    client_ = std::make_unique<DriverClient>(
        reactor_, timers_, DriverClient::Options{program, "fido2"},
        DriverClient::Events{[] {}, [this](std::string_view text) { log_ += text; }});
    client_->start();
  }
  void locate() {
    client_->request(tokens::Locate{}, std::chrono::seconds{1},
                     {nullptr, [this](base::Result<tokens::ReplyValue> value) {
                        codes_.push_back(value.has_value() ? Code{} : value.error().code);
                      }});
  }
  // run_until waits for what a process does; the deadline is only there for a test that fails.
  template <class Condition>
  void run_until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      reactor_.restart();
      reactor_.run_one_for(std::chrono::seconds{1});
    }
    EXPECT_TRUE(condition());
  }

  TemporaryFolder folder_;
  boost::asio::io_context reactor_;
  FakeTimers timers_;
  std::string log_;
  std::vector<Code> codes_;
  std::unique_ptr<DriverClient> client_;
};

TEST_F(DriverClientTest, FailsWhatWasUnderWayWhenTheDriverDies) {
  start("exit 0");
  locate();
  locate();
  EXPECT_TRUE(codes_.empty());  // never from within
  run_until([this] { return codes_.size() == 2; });
  EXPECT_EQ(codes_, (std::vector{Code::kDriverDied, Code::kDriverDied}));
}

TEST_F(DriverClientTest, StartsAgainWaitingLongerEachTime) {
  start("exit 0");
  std::chrono::milliseconds before{0};
  for (int i = 0; i < 4; ++i) {
    run_until([this] { return !timers_.waiting.empty(); });
    const auto wait = timers_.waiting.begin()->second.first;
    EXPECT_GT(wait, before);
    before = wait;
    timers_.fire();
  }
}

TEST_F(DriverClientTest, KillsADriverThatHangs) {
  start("exec sleep 1000");
  locate();
  locate();
  timers_.fire();  // the first one's watchdog
  run_until([this] { return codes_.size() == 2; });
  EXPECT_EQ(codes_, (std::vector{Code::kDriverTimeout, Code::kDriverDied}));
}

TEST_F(DriverClientTest, EndsADriverThatTalksNonsense) {
  for (const std::string_view nonsense :
       {"\\377\\377\\377\\377", "\\000\\000\\000\\000", "\\000\\000\\000\\001\\377"}) {
    log_.clear();
    start("printf '" + std::string(nonsense) + "' >&3; exec sleep 1000");
    run_until([this] { return !log_.empty(); });
    EXPECT_TRUE(client_->tokens().empty());
  }
}

TEST_F(DriverClientTest, FailsAtOnceWhenThereIsNoProgram) {
  start_program(folder_.path() / "absent");
  locate();
  run_until([this] { return codes_.size() == 1; });
  EXPECT_EQ(codes_.front(), Code::kDriverDied);
  EXPECT_EQ(timers_.waiting.size(), 1U);
}

TEST_F(DriverClientTest, ShowsTheDriverNothingOfOurWorld) {
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", "/tmp/evil", 1), 0);
  const std::filesystem::path seen = folder_.path() / "seen";
  start("{ env; ls /proc/self/fd; } >" + seen.string() + ".part; mv " + seen.string() + ".part " +
        seen.string());
  run_until([&seen] { return std::filesystem::exists(seen); });
  ::unsetenv("LD_LIBRARY_PATH");
  std::ostringstream text;
  text << std::ifstream(seen).rdbuf();
  EXPECT_EQ(text.str().find("evil"), std::string::npos);
  EXPECT_NE(text.str().find("PATH=/usr/bin:/bin\n"), std::string::npos);
  // 0, 1, 2, the socket, and what ls opens itself.
  EXPECT_EQ(text.str().find("\n5\n"), std::string::npos);
}

}  // namespace
}  // namespace touchstone::agent
