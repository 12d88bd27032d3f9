// SPDX-License-Identifier: Apache-2.0
// What a kill, a power cut or a full disk leaves.
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/agent/journal_fixture.h"

namespace {
// What the calls wrapped below answer instead of doing their work; 0 lets them do it.
int next_write_error = 0;
int next_sync_error = 0;
int next_truncate_error = 0;
}  // namespace

// Linked with -Wl,--wrap: the product needs no seam for this.
extern "C" {
ssize_t __real_write(int fd, const void* bytes, size_t count);
int __real_ftruncate(int fd, off_t length);

ssize_t __wrap_write(int fd, const void* bytes, size_t count) {
  if (const int error = std::exchange(next_write_error, 0); error != 0) {
    errno = error;
    return error == EINTR ? -1 : __real_write(fd, bytes, count / 2);
  }
  return __real_write(fd, bytes, count);
}
// Nobody cuts the power here: what would be waited for is left out.
int __wrap_fdatasync(int /*fd*/) {
  errno = std::exchange(next_sync_error, 0);
  return errno == 0 ? 0 : -1;
}
int __wrap_fsync(int /*fd*/) { return 0; }
int __wrap_ftruncate(int fd, off_t length) {
  if (const int error = std::exchange(next_truncate_error, 0); error != 0) {
    errno = error;
    return -1;
  }
  return __real_ftruncate(fd, length);
}
}

namespace touchstone::agent {
namespace {

class JournalFaultTest : public JournalTest {
 protected:
  // A process that is killed keeps the pages it wrote: cutting the file at any byte is what the
  // kill can leave, with the head as it was before that line.
  void check_cut(const std::string& whole, std::size_t begin, std::size_t cut,
                 const std::string& head) {
    write_text(path(), whole.substr(0, cut));
    write_text(head_path(), head);
    if (const auto seen = verify_journal(path()); cut > begin) {
      ASSERT_TRUE(seen.has_value()) << cut << base::message_of(seen.error());
      ASSERT_EQ(seen->torn_bytes, cut == whole.size() ? 0 : cut - begin) << cut;
    }
    {
      const auto journal = open();
      sign(*journal, journal->next_number(), 100);
    }
    const auto summary = verify_journal(path());
    ASSERT_TRUE(summary.has_value()) << cut << base::message_of(summary.error());
    const bool torn = cut > begin && cut < whole.size();
    const std::string event = "dropped " + std::to_string(cut - begin) + " bytes";
    ASSERT_EQ(text_of(path()).find(event) != std::string::npos, torn) << cut;
    ASSERT_EQ(text_of(path()).substr(0, begin), whole.substr(0, begin)) << cut;
  }

  void cut_last_line() {
    const std::string whole = text_of(path());
    const std::vector<std::string> lines = lines_of(whole);
    const std::size_t begin = whole.size() - lines.back().size() - 1;
    const std::string head =
        format_journal_head({lines.size() - 2, hash_of_line(lines[lines.size() - 2])});
    for (std::size_t cut = begin; cut <= whole.size(); ++cut) {
      check_cut(whole, begin, cut, head);
    }
  }
};

TEST_F(JournalFaultTest, RecoversFromAKillAtEveryByteOfAnIntent) {
  sign(*open(), 1, 7);
  ASSERT_TRUE(open()->intent(intent(2)).has_value());
  cut_last_line();
}

TEST_F(JournalFaultTest, RecoversFromAKillAtEveryByteOfASuccess) {
  sign(*open(), 1, 7);
  cut_last_line();
}

TEST_F(JournalFaultTest, RecoversFromAKillAtEveryByteOfTheHeader) {
  open();
  const std::string whole = text_of(path());
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    std::filesystem::remove(head_path());
    write_text(path(), whole.substr(0, cut));
    sign(*open(), 1, 7);
    ASSERT_EQ(verify_error(), base::Error{}) << cut;
  }
}

// A power cut may lose every head that was not written back, and none that was.
TEST_F(JournalFaultTest, GoesOnWithAHeadThatLagsBehind) {
  fill();
  const std::string whole = text_of(path());
  const std::vector<std::string> lines = lines_of(whole);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    write_text(path(), whole);
    write_text(head_path(), format_journal_head({i, hash_of_line(lines[i])}));
    EXPECT_EQ(open_error(), base::Error{}) << i;
    EXPECT_EQ(text_of(head_path()),
              format_journal_head({lines.size() - 1, hash_of_line(lines.back())}));
  }
}

TEST_F(JournalFaultTest, DropsOnlyWhatNoHeadNames) {
  fill();
  const std::string whole = text_of(path());
  // The last line's newline is gone, and the head says the line was whole.
  write_text(path(), whole.substr(0, whole.size() - 1));
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
  std::filesystem::remove(head_path());
  EXPECT_EQ(open_error().code, base::Code::kJournalBroken);
  EXPECT_EQ(verify_error().code, base::Code::kJournalBroken);
}

TEST_F(JournalFaultTest, TakesBackALineThatDidNotFit) {
  const auto journal = open();
  sign(*journal, 1, 7);
  const std::string before = text_of(path());
  next_write_error = ENOSPC;
  EXPECT_EQ(journal->intent(intent(2)).error().code, base::Code::kDiskFull);
  EXPECT_EQ(text_of(path()), before);
  sign(*journal, 2, 8);
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalFaultTest, TakesBackALineThatWasNotMadeDurable) {
  const auto journal = open();
  const std::string before = text_of(path());
  for (const auto& [error, code] :
       {std::pair{ENOSPC, base::Code::kDiskFull}, std::pair{EDQUOT, base::Code::kDiskFull},
        std::pair{EIO, base::Code::kSystem}}) {
    next_sync_error = error;
    EXPECT_EQ(journal->intent(intent(1)).error().code, code);
    EXPECT_EQ(text_of(path()), before);
  }
  sign(*journal, 1, 8);
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalFaultTest, StopsWhenALineCannotBeTakenBack) {
  {
    const auto journal = open();
    sign(*journal, 1, 7);
    next_write_error = ENOSPC;
    next_truncate_error = EIO;
    EXPECT_EQ(journal->intent(intent(2)).error().code, base::Code::kDiskFull);
    EXPECT_EQ(journal->intent(intent(3)).error().code, base::Code::kJournalBroken);
    EXPECT_EQ(journal->event("any", "thing").error().code, base::Code::kJournalBroken);
  }
  // The next start mends it as it would after a kill.
  sign(*open(), 2, 8);
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalFaultTest, GoesOnAfterAnInterruptedWrite) {
  const auto journal = open();
  next_write_error = EINTR;
  sign(*journal, 1, 7);
  EXPECT_EQ(verify_error(), base::Error{});
}

// FileSizeLimit lets no file of this process grow above a size.
class FileSizeLimit final {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(JournalFaultTest, SurvivesEveryFileSizeLimit) {
  const auto journal = open();
  sign(*journal, 1, 7);
  const std::string before = text_of(path());
  const std::size_t line = format_journal_intent({3, {}, clock_.now()}, intent(2)).size() + 1;
  for (std::size_t room = 0; room < line; room += 7) {
    const FileSizeLimit limit(before.size() + room);
    EXPECT_EQ(journal->intent(intent(2)).error().code, base::Code::kDiskFull) << room;
    EXPECT_EQ(text_of(path()), before) << room;
  }
  {
    const FileSizeLimit limit(before.size() + line);
    EXPECT_TRUE(journal->intent(intent(2)).has_value());
    EXPECT_EQ(journal->success(2, signature(intent(2), kTouched, 8), 8).error().code,
              base::Code::kDiskFull);
  }
  EXPECT_TRUE(journal->success(2, signature(intent(2), kTouched, 8), 8).has_value());
  EXPECT_EQ(verify_error(), base::Error{});
}

TEST_F(JournalFaultTest, CannotBeginOnAFullDisk) {
  {
    const FileSizeLimit limit(10);
    EXPECT_EQ(open_error().code, base::Code::kDiskFull);
  }
  sign(*open(), 1, 7);
  EXPECT_EQ(verify_error(), base::Error{});
}

}  // namespace
}  // namespace touchstone::agent
