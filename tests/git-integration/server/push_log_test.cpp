// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_log.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "git-integration/server/record_push.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

const std::string kWho = "A U Thor <author@example.com> 1700000000 +0000";

class PushLogTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string zero() const { return std::string(base_.size(), '0'); }
  std::string commit(const std::vector<std::string>& parents, const std::string& message) const {
    return repository_.store("commit", repository_.commit_text(parents, message));
  }
  void append(std::uint64_t seconds, const std::string& old_id, const std::string& new_id,
              const std::string& ref = "refs/heads/main", std::string_view certificate = {}) const {
    const PushRecord record{seconds, {{old_id, new_id, ref}}, {}};
    const auto done =
        append_to_log(repository_.path(), {LogEntry{record, base::as_bytes(certificate)}});
    ASSERT_TRUE(done) << base::message_of(done.error());
  }
  PushLog read() const {
    auto log = PushLog::read(repository_.path());
    EXPECT_TRUE(log) << base::message_of(log.error());
    return std::move(*log);
  }

  Repository repository_{GetParam()};
  std::string base_ = commit({}, "base");
  base::MockClock clock_;
};

INSTANTIATE_TEST_SUITE_P(Hash, PushLogTest, ::testing::Values("sha1", "sha256"));

TEST_P(PushLogTest, IsEmptyWithoutItsRef) {
  const PushLog log = read();
  EXPECT_TRUE(log.records().empty());
  EXPECT_FALSE(log.received(base_));
}

TEST_P(PushLogTest, KnowsWhenEachCommitCameFirst) {
  const std::string one = commit({base_}, "one");
  const std::string two = commit({one}, "two");
  const std::string side = commit({base_}, "side");
  const std::string merge = commit({two, side}, "merge");
  append(100, base_, one);
  append(200, one, two);
  append(300, zero(), side, "refs/heads/side");
  append(400, two, merge);
  append(500, zero(), two, "refs/heads/again");
  const PushLog log = read();
  EXPECT_EQ(log.received(one), 100U);
  EXPECT_EQ(log.received(two), 200U);
  EXPECT_EQ(log.received(side), 300U);
  EXPECT_EQ(log.received(merge), 400U);
  // It was there before the log began: nobody knows when it came.
  EXPECT_FALSE(log.received(base_));
  EXPECT_FALSE(log.received(zero()));
  EXPECT_EQ(log.records().size(), 5U);
}

TEST_P(PushLogTest, KnowsTagsAndWhatTheyBring) {
  const std::string one = commit({base_}, "one");
  const std::string tag = repository_.store(
      "tag", "object " + one + "\ntype commit\ntag v1\ntagger " + kWho + "\n\nmessage\n");
  append(100, zero(), tag, "refs/tags/v1");
  append(200, base_, one);
  const PushLog log = read();
  EXPECT_EQ(log.received(tag), 100U);
  EXPECT_EQ(log.received(one), 100U);
}

TEST_P(PushLogTest, GoesOnWithoutObjectsThatAreGone) {
  append(100, zero(), std::string(base_.size(), 'a'), "refs/heads/gone");
  const std::string one = commit({base_}, "one");
  append(200, base_, one);
  EXPECT_EQ(read().received(one), 200U);
}

TEST_P(PushLogTest, KeepsTheCertificateAndHoldsTogether) {
  append(100, zero(), base_, "refs/heads/main", "the certificate\n");
  append(101, base_, commit({base_}, "one"));
  EXPECT_EQ(repository_.git_ok({"show", "refs/touchstone/pushes^:certificate"}), "the certificate");
  EXPECT_EQ(repository_.git_ok({"rev-list", "--count", "refs/touchstone/pushes"}), "2");
  EXPECT_EQ(repository_.git_ok({"log", "-1", "--format=%an|%ae|%cn|%ct", "refs/touchstone/pushes"}),
            "touchstone||touchstone|101");
  EXPECT_EQ(repository_.git_ok({"fsck", "--strict", "--no-dangling"}), "");
}

TEST_P(PushLogTest, IsAnErrorWhenARecordIsDamaged) {
  append(100, zero(), base_);
  const std::string blob = repository_.store("blob", "touchstone push v9\n");
  const std::string tree = repository_.git_ok({"mktree"}, "100644 blob " + blob + "\trecord\n");
  const std::string text = "tree " + tree + "\nparent " +
                           repository_.git_ok({"rev-parse", "refs/touchstone/pushes"}) +
                           "\nauthor " + kWho + "\ncommitter " + kWho + "\n\npush\n";
  repository_.git_ok({"update-ref", "refs/touchstone/pushes", repository_.store("commit", text)});
  EXPECT_EQ(PushLog::read(repository_.path()).error().code, base::Code::kUnsupported);
  // An entry without record is none either.
  repository_.git_ok({"update-ref", "refs/touchstone/pushes", base_});
  EXPECT_FALSE(PushLog::read(repository_.path()));
}

TEST_P(PushLogTest, LosesNothingWhenManyAppend) {
  constexpr int kWriters = 4;
  constexpr int kEach = 3;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([this, i] {
      for (int j = 0; j < kEach; ++j) {
        append(100, zero(), base_, "refs/heads/" + std::to_string(i * kEach + j));
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(read().records().size(), std::size_t{kWriters * kEach});
}

// What post-receive does.
class RecordPushTest : public PushLogTest {
 protected:
  ProcessName ended() const {
    ProcessName name = *process_name(getpid());
    ++name.started;  // nobody's: the number belongs to this process
    return name;
  }
  ProcessName running() const { return *process_name(getpid()); }
  PendingFolder folder() const { return PendingFolder(git_folder()); }
  std::filesystem::path git_folder() const { return *git_folder_of(repository_.path()); }
  void pend(const ProcessName& process, std::uint64_t seconds,
            const std::vector<PushUpdate>& updates) const {
    ASSERT_TRUE(folder().add(process, {seconds, updates, {}}, {}));
  }
  Recorded record(const std::vector<PushUpdate>& updates, const ProcessName& process) const {
    auto recorded = record_push(repository_.path(), git_folder(), {updates, process}, clock_);
    EXPECT_TRUE(recorded) << base::message_of(recorded.error());
    return std::move(*recorded);
  }
  PushUpdate create(const std::string& ref) const { return {zero(), base_, ref}; }
};

INSTANTIATE_TEST_SUITE_P(Hash, RecordPushTest, ::testing::Values("sha1"));

TEST_P(RecordPushTest, TakesTheTimeAtWhichThePushCame) {
  pend(running(), 77, {create("refs/heads/a"), create("refs/heads/refused")});
  const Recorded recorded = record({create("refs/heads/a")}, running());
  EXPECT_EQ(recorded.entries, 1U);
  EXPECT_EQ(recorded.recovered, 0U);
  const PushLog log = read();
  ASSERT_EQ(log.records().size(), 1U);
  EXPECT_EQ(log.records().front().received_seconds, 77U);
  // The ref that another hook refused is not in it.
  EXPECT_EQ(log.records().front().updates.size(), 1U);
  EXPECT_TRUE(folder().list()->empty());
}

TEST_P(RecordPushTest, RecordsAPushThatHasNoPendingRecord) {
  record({create("refs/heads/a")}, running());
  EXPECT_EQ(read().records().front().received_seconds, 1'700'000'000U);
}

TEST_P(RecordPushTest, RecoversWhatACrashLeft) {
  const std::string one = commit({base_}, "one");
  const std::string gone = commit({base_}, "never arrived");
  repository_.git_ok({"update-ref", "refs/heads/went-on", one});
  repository_.git_ok({"update-ref", "refs/heads/stays", one});
  // Moved on since; half of it happened; nothing of it happened.
  ProcessName process = ended();
  pend(process, 50, {create("refs/heads/went-on"), create("refs/heads/never")});
  ++process.started;
  pend(process, 60, {{zero(), gone, "refs/heads/went-on"}, {base_, zero(), "refs/heads/stays"}});
  const Recorded recorded = record({create("refs/heads/a")}, running());
  EXPECT_EQ(recorded.entries, 2U);
  EXPECT_EQ(recorded.recovered, 1U);
  ASSERT_EQ(recorded.dropped.size(), 1U);
  EXPECT_EQ(recorded.dropped.front().received_seconds, 60U);
  const PushLog log = read();
  ASSERT_EQ(log.records().size(), 2U);
  EXPECT_EQ(log.records().front().received_seconds, 50U);
  EXPECT_EQ(log.records().front().updates, std::vector<PushUpdate>{create("refs/heads/went-on")});
  EXPECT_TRUE(folder().list()->empty());
}

TEST_P(RecordPushTest, RecoversADeletion) {
  pend(ended(), 50, {{base_, zero(), "refs/heads/deleted"}});
  EXPECT_EQ(record({create("refs/heads/a")}, running()).recovered, 1U);
}

TEST_P(RecordPushTest, LeavesAPushThatIsUnderWay) {
  pend(running(), 50, {create("refs/heads/other")});
  ProcessName somebody = ended();
  const Recorded recorded = record({create("refs/heads/a")}, somebody);
  EXPECT_EQ(recorded.entries, 1U);
  EXPECT_TRUE(recorded.dropped.empty());
  EXPECT_EQ(folder().list()->size(), 1U);
}

TEST_P(RecordPushTest, FindsItsRecordBehindAWrapper) {
  // A script of somebody's called the hook: the process that is named has ended.
  pend(ended(), 88, {create("refs/heads/a")});
  EXPECT_EQ(record({create("refs/heads/a")}, running()).recovered, 0U);
  EXPECT_EQ(read().records().front().received_seconds, 88U);
  EXPECT_EQ(read().records().size(), 1U);
}

}  // namespace
}  // namespace touchstone::git::server
