// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/pending_push.h"

#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git-integration/server/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

using base::Code;

PushRecord record_at(std::uint64_t seconds) {
  return PushRecord{seconds,
                    {{std::string(40, '1'), std::string(40, '2'), "refs/heads/main"}},
                    Pusher{"SHA256:abc", "alice@example.org"}};
}

class PendingPushTest : public ::testing::Test {
 protected:
  ProcessName own() const { return *process_name(getpid()); }

  Scratch scratch_;
  PendingFolder folder_{scratch_.path()};
  base::MockClock clock_;
};

TEST_F(PendingPushTest, ComesBackAsItWas) {
  const base::Bytes certificate = base::to_bytes("certificate\0with a zero");
  ASSERT_TRUE(folder_.add(own(), record_at(5), certificate));
  const auto pushes = folder_.list();
  ASSERT_TRUE(pushes) << base::message_of(pushes.error());
  ASSERT_EQ(pushes->size(), 1U);
  EXPECT_EQ(pushes->front().record, record_at(5));
  EXPECT_EQ(pushes->front().process, own());
  EXPECT_EQ(pushes->front().certificate, certificate);
  EXPECT_TRUE(folder_.remove(pushes->front()));
  EXPECT_TRUE(folder_.remove(pushes->front()));  // another hook may have been faster
  EXPECT_TRUE(folder_.list()->empty());
}

TEST_F(PendingPushTest, ListsByTime) {
  ProcessName other = own();
  ASSERT_TRUE(folder_.add(other, record_at(9), {}));
  ++other.started;
  ASSERT_TRUE(folder_.add(other, record_at(3), {}));
  const auto pushes = folder_.list();
  ASSERT_EQ(pushes->size(), 2U);
  EXPECT_EQ(pushes->front().record.received_seconds, 3U);
}

TEST_F(PendingPushTest, HasNoneWithoutFolder) {
  EXPECT_TRUE(PendingFolder(scratch_ / "nowhere").list()->empty());
}

TEST_F(PendingPushTest, FailsWhenItCannotBeWritten) {
  ASSERT_EQ(symlink("/nonexistent/place", (scratch_ / "touchstone").c_str()), 0);
  EXPECT_FALSE(folder_.add(own(), record_at(1), {}));
}

TEST_F(PendingPushTest, FolderIsAsOpenAsTheRepository) {
  chmod(scratch_.path().c_str(), 0770);
  ASSERT_TRUE(folder_.add(own(), record_at(1), {}));
  struct stat info {};
  ASSERT_EQ(stat(folder_.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0770U);
}

TEST_F(PendingPushTest, PassesOverHalfAWriteButNotOverDamage) {
  ASSERT_TRUE(folder_.add(own(), record_at(1), {}));
  scratch_.write("touchstone/pending/1-2.push.abcdef", "half");
  EXPECT_EQ(folder_.list()->size(), 1U);
  scratch_.write("touchstone/pending/1-2.push", "damaged");
  const auto pushes = folder_.list();
  ASSERT_FALSE(pushes);
  EXPECT_NE(base::message_of(pushes.error()).find("1-2.push"), std::string::npos);
}

TEST_F(PendingPushTest, RefusesWhatIsNotOne) {
  const std::string whole = encode_pending_push(own(), record_at(1), base::as_bytes("cert"));
  EXPECT_TRUE(parse_pending_push(base::as_bytes(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_pending_push(base::as_bytes(whole.substr(0, size)))) << size;
  }
  EXPECT_FALSE(parse_pending_push(base::as_bytes(whole + "x")));
  std::string numbers = whole;
  numbers.replace(numbers.find("process "), 8, "process x");
  EXPECT_FALSE(parse_pending_push(base::as_bytes(numbers)));
}

TEST_F(PendingPushTest, IsUnderWayWhileItsProcessRuns) {
  PendingPush push;
  push.process = own();
  EXPECT_TRUE(is_under_way(push, clock_));
  // The number was given to another process since.
  ++push.process.started;
  EXPECT_FALSE(is_under_way(push, clock_));
}

TEST_F(PendingPushTest, ByAgeWhereProcessesCannotBeSeen) {
  PendingPush push;
  push.process = own();
  ++push.process.pid_namespace;
  push.record.received_seconds = 1'700'000'000;  // where MockClock begins
  EXPECT_TRUE(is_under_way(push, clock_));
  clock_.advance(kForeignPendingAge);
  EXPECT_FALSE(is_under_way(push, clock_));
}

TEST_F(PendingPushTest, ThereIsNoSuchProcess) {
  EXPECT_EQ(process_name(-1).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace touchstone::git::server
