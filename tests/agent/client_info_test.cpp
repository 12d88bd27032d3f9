// SPDX-License-Identifier: Apache-2.0
#include "agent/client_info.h"

#include <gtest/gtest.h>

#include "agent/agent_lock.h"
#include "agent/limits.h"
#include "agent/server.h"

namespace touchstone::agent {
namespace {

TEST(ClientInfo, FindsTheTerminalInStat) {
  EXPECT_EQ(terminal_of_stat("1 (git) S 2 3 4 34819 5 6"), "/dev/pts/3");  // 136:3
  EXPECT_EQ(terminal_of_stat("1 (git) S 2 3 4 34816 5"), "/dev/pts/0");
  EXPECT_EQ(terminal_of_stat("1 (git) S 2 3 4 35072 5"), "/dev/pts/256");  // 137:0
  EXPECT_EQ(terminal_of_stat("1 (login) S 2 3 4 1025 5"), "/dev/tty1");
  EXPECT_EQ(terminal_of_stat("1 (daemon) S 2 3 4 0 -1"), "");
}

TEST(ClientInfo, IsNotFooledByTheCommandName) {
  EXPECT_EQ(terminal_of_stat("1 (a) S 9 9 9 34817 (b) S 2 3 4 34819 5"), "/dev/pts/3");
  EXPECT_EQ(terminal_of_stat("1 ()) S 2 3 4 34819 5"), "/dev/pts/3");
}

TEST(ClientInfo, TakesNothingFromNonsense) {
  for (const std::string_view stat :
       {"", ")", "1 (git", "1 (git) S 2 3", "1 (git) S 2 3 4", "1 (git) S 2 3 4 x 5",
        "1 (git) S 2 3 4 -1 5", "1 (git) S 2 3 4 99999999999 5"}) {
    EXPECT_EQ(terminal_of_stat(stat), "") << stat;
  }
}

TEST(ClientInfo, OnlyOurselvesAndRootMayConnect) {
  EXPECT_TRUE(may_connect(1000, 1000));
  EXPECT_TRUE(may_connect(0, 1000));
  EXPECT_FALSE(may_connect(1001, 1000));
  EXPECT_FALSE(may_connect(1000, 0));
  EXPECT_FALSE(may_connect(65534, 1000));
}

TEST(AgentLock, OpensWithTheSamePassphraseOnly) {
  AgentLock lock;
  EXPECT_FALSE(lock.unlock(base::as_bytes("words")).has_value());
  ASSERT_TRUE(lock.lock(base::as_bytes("words")).has_value());
  EXPECT_FALSE(lock.lock(base::as_bytes("words")).has_value());
  EXPECT_FALSE(lock.unlock(base::as_bytes("")).has_value());
  EXPECT_FALSE(lock.unlock(base::as_bytes("word")).has_value());
  EXPECT_TRUE(lock.locked());
  EXPECT_TRUE(lock.unlock(base::as_bytes("words")).has_value());
  EXPECT_FALSE(lock.locked());
}

TEST(AgentLock, AnswersWrongPassphrasesLaterAndLater) {
  AgentLock lock;
  ASSERT_TRUE(lock.lock(base::as_bytes("words")).has_value());
  EXPECT_FALSE(lock.unlock(base::as_bytes("a")).has_value());
  EXPECT_EQ(lock.delay(), kUnlockDelayStep);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(lock.unlock(base::as_bytes("a")).has_value());
  }
  EXPECT_EQ(lock.delay(), kUnlockDelayMax);
}

}  // namespace
}  // namespace touchstone::agent
