// SPDX-License-Identifier: Apache-2.0
#include "agent/prompt_terminal.h"

#include <gtest/gtest.h>

#include "agent/terminal.h"
#include "tests/agent/prompt_fixture.h"
#include "tests/agent/pseudoterminal.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent {
namespace {

constexpr uid_t kNobody = 65534;

class TerminalChannelTest : public testing::Test {
 protected:
  TerminalChannelTest() : prompt_(commit_prompt()), channel_(make_terminal_channel()) {
    prompt_.client.terminal = pty_.name();
    prompt_.client.uid = geteuid();
  }
  bool shows_on(const std::string& path) {
    prompt_.client.terminal = path;
    return channel_->open(prompt_, PromptState::kPreparing);
  }

  Pseudoterminal pty_;
  Prompt prompt_;
  std::unique_ptr<PromptChannel> channel_;
};

TEST_F(TerminalChannelTest, ShowsThePromptFromTheFirstColumn) {
  EXPECT_EQ(channel_->name(), "terminal");
  ASSERT_TRUE(channel_->open(prompt_, PromptState::kPreparing));
  const std::string seen = pty_.seen();
  EXPECT_EQ(seen.find("\r\ntouchstone: looking for the token to sign commit: fix typo"), 0U);
  EXPECT_NE(seen.find("\r\n  author      A <a@example.org>\r\n"), std::string::npos);
  EXPECT_EQ(seen.substr(seen.size() - 2), "\r\n");
}

TEST_F(TerminalChannelTest, TellsTheChangesInALine) {
  channel_->update(prompt_, PromptState::kWaitingTouch);
  EXPECT_EQ(pty_.seen(),
            "\r\ntouchstone: [request 12] touch the token to sign commit: fix typo on Yubico "
            "\r\n    YubiKey (/dev/hidraw0)\r\n");
  channel_->close(prompt_, nullptr);
  EXPECT_EQ(pty_.seen(), "\r\ntouchstone: [request 12] done\r\n");
  const base::Error error{base::Code::kTouchTimeout, 0, "\x1b[2J"};
  channel_->close(prompt_, &error);
  EXPECT_EQ(pty_.seen(),
            "\r\ntouchstone: [request 12] refused: \\x1b[2J: the token was not touched in "
            "time\r\n");
}

TEST_F(TerminalChannelTest, EscapesTheChangesToo) {
  prompt_.subject.headline = "sign commit: \x1b[2J\r\n\xe2\x80\xae";
  prompt_.token = "\x1b]52;c;x\x07";
  channel_->update(prompt_, PromptState::kWaitingTouch);
  const std::string seen = pty_.seen();
  EXPECT_EQ(seen.find('\x1b'), std::string::npos);
  EXPECT_EQ(seen.find('\x07'), std::string::npos);
  EXPECT_EQ(seen.find('\xae'), std::string::npos);
}

TEST_F(TerminalChannelTest, ShowsNothingWhereThereIsNoTerminal) {
  const TemporaryFolder folder;
  const std::string link = folder.path() / "link";
  std::filesystem::create_symlink(pty_.name(), link);
  for (const std::string& path :
       {std::string(), std::string("/dev/null"), std::string("/dev/full"), std::string("/dev"),
        std::string("/dev/pts/99999"), std::string("dev/pts/0"), std::string("/etc/passwd"), link,
        std::string("/dev/../etc/passwd"), pty_.name() + std::string("\0x", 2)}) {
    EXPECT_FALSE(shows_on(path)) << path;
  }
  EXPECT_EQ(pty_.seen(), "");
}

// ^S: nobody sees what is written, and the agent may not wait for it.
TEST_F(TerminalChannelTest, DoesNotWaitForAStoppedTerminal) {
  ASSERT_EQ(tcflow(pty_.terminal(), TCOOFF), 0);
  EXPECT_FALSE(channel_->open(prompt_, PromptState::kPreparing));
  channel_->update(prompt_, PromptState::kWaitingTouch);
  channel_->close(prompt_, nullptr);
  ASSERT_EQ(tcflow(pty_.terminal(), TCOON), 0);
  EXPECT_TRUE(channel_->open(prompt_, PromptState::kPreparing));
}

TEST_F(TerminalChannelTest, DoesNotCountAPromptInPart) {
  bool shown = true;
  for (int i = 0; i < 10'000 && shown; ++i) {
    shown = channel_->open(prompt_, PromptState::kPreparing);
  }
  EXPECT_FALSE(shown) << "a terminal that nobody reads took everything";
}

TEST_F(TerminalChannelTest, LeavesOtherPeoplesTerminalsAlone) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can give a terminal away";
  }
  ASSERT_EQ(fchown(pty_.terminal(), kNobody, static_cast<gid_t>(-1)), 0);
  EXPECT_FALSE(channel_->open(prompt_, PromptState::kPreparing));
  prompt_.client.uid = kNobody;
  EXPECT_TRUE(channel_->open(prompt_, PromptState::kPreparing));
}

TEST_F(TerminalChannelTest, DoesNotMakeTheTerminalItsOwn) {
  const auto terminal = open_terminal(pty_.name(), geteuid());
  ASSERT_TRUE(terminal.has_value());
  EXPECT_NE(fcntl(terminal->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(tcgetsid(terminal->get()), getsid(0));
}

}  // namespace
}  // namespace touchstone::agent
