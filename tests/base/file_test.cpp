// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touchstone::base {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotTry = 77;

class WholeFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "touchstone-file.XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

// What a child answers is its exit status, so that limits and namespaces end with it.
template <class Action>
int in_child(Action action) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(action());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool write_to(const char* path, const std::string& text) {
  const FileDescriptor file(open(path, O_WRONLY | O_CLOEXEC));
  return write_all(file.get(), as_bytes(text)).has_value();
}

// Without root's rights this takes a user namespace in which we are root.
bool enter_own_mount_namespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (user == 0) {
    return unshare(CLONE_NEWNS) == 0;
  }
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return false;
  }
  return write_to("/proc/self/setgroups", "deny") &&
         write_to("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") &&
         write_to("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

TEST_F(WholeFile, ReadsWhatWasWritten) {
  const fs::path path = folder_ / "file";
  const Bytes bytes(200'000, 0xa5);
  ASSERT_TRUE(write_file_atomically(path, bytes, 0640));
  EXPECT_EQ(read_file(path, bytes.size()).value(), bytes);
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
}

TEST_F(WholeFile, HoldsTheLimitToTheByte) {
  const fs::path path = folder_ / "file";
  ASSERT_TRUE(write_file_atomically(path, Bytes(65'536, 1), 0600));
  EXPECT_TRUE(read_file(path, 65'536));
  const Error error = read_file(path, 65'535).error();
  EXPECT_EQ(error.code, Code::kTooLong);
  EXPECT_NE(error.context.find(path.string()), error.context.npos);
}

TEST_F(WholeFile, ReadsAnEmptyFileWithALimitOfNothing) {
  const fs::path path = folder_ / "empty";
  ASSERT_TRUE(write_file_atomically(path, {}, 0600));
  EXPECT_EQ(read_file(path, 0).value(), Bytes{});
}

TEST_F(WholeFile, SaysWhatItCannotRead) {
  EXPECT_EQ(read_file(folder_ / "nowhere", 10).error().code, Code::kNotFound);
  EXPECT_EQ(read_file(folder_, 10).error().code, Code::kMalformed);
}

TEST_F(WholeFile, DoesNotHangOnAFifo) {
  const fs::path path = folder_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_file(path, 10).error().code, Code::kMalformed);
}

TEST_F(WholeFile, IsReadFromAPipeWhenThatIsAskedFor) {
  const fs::path path = folder_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  // Whoever writes comes later than the reader, in two parts.
  const auto write_late = [&path](std::string_view text) {
    const pid_t writer = fork();
    if (writer == 0) {
      const FileDescriptor end(open(path.c_str(), O_WRONLY | O_CLOEXEC));
      const bool done = write_all(end.get(), as_bytes(text.substr(0, 3))) &&
                        write_all(end.get(), as_bytes(text.substr(3)));
      _exit(done ? 0 : 1);
    }
    return writer;
  };
  for (const std::size_t max : {6U, 5U}) {
    const pid_t writer = write_late("abcdef");
    const auto bytes = read_input(path, max);
    waitpid(writer, nullptr, 0);
    if (max == 6) {
      EXPECT_EQ(as_text(bytes.value()), "abcdef");
    } else {
      EXPECT_EQ(bytes.error().code, Code::kTooLong);
    }
  }
}

TEST_F(WholeFile, IsReadFromADeviceWithinTheLimit) {
  EXPECT_EQ(read_input("/dev/null", 10).value(), Bytes{});
  EXPECT_EQ(read_input("/dev/zero", 10).error().code, Code::kTooLong);
  EXPECT_EQ(read_input(folder_, 10).error().code, Code::kMalformed);
  EXPECT_EQ(read_input(folder_ / "nowhere", 10).error().code, Code::kNotFound);
  EXPECT_EQ(read_file("/dev/null", 10).error().code, Code::kMalformed);
}

TEST_F(WholeFile, ReplacesTheWholeFileAndLeavesNothingBeside) {
  const fs::path path = folder_ / "file";
  ASSERT_TRUE(write_file_atomically(path, to_bytes("a long first version"), 0644));
  ASSERT_TRUE(write_file_atomically(path, to_bytes("second"), 0600));
  EXPECT_EQ(as_text(read_file(path, 100).value()), "second");
  EXPECT_EQ(files_in_folder(), 1U);
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(WholeFile, WritesIntoTheCurrentFolder) {
  EXPECT_EQ(in_child([this] {
              return chdir(folder_.c_str()) == 0 && write_file_atomically("here", {}, 0600) ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(fs::exists(folder_ / "here"));
}

TEST_F(WholeFile, FailsWhereThereIsNoFolder) {
  EXPECT_EQ(write_file_atomically(folder_ / "no" / "file", {}, 0600).error().code, Code::kNotFound);
}

TEST_F(WholeFile, FailsWhenTheTargetIsAFolder) {
  fs::create_directory(folder_ / "target");
  EXPECT_FALSE(write_file_atomically(folder_ / "target", to_bytes("x"), 0600));
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(WholeFile, KeepsTheOldFileWhenWritingFails) {
  const fs::path path = folder_ / "file";
  ASSERT_TRUE(write_file_atomically(path, to_bytes("old"), 0600));
  const int answer = in_child([&path] {
    const struct rlimit limit = {100, 100};
    if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
      return kCannotTry;
    }
    const Status done = write_file_atomically(path, Bytes(1000, 'n'), 0600);
    return !done && done.error().native == EFBIG ? 0 : 1;
  });
  ASSERT_EQ(answer, 0);
  EXPECT_EQ(as_text(read_file(path, 100).value()), "old");
  EXPECT_EQ(files_in_folder(), 1U);
}

// A file system of one page, in namespaces of the child's own.
TEST_F(WholeFile, SaysThatTheDiskIsFull) {
  const int answer = in_child([this] {
    if (!enter_own_mount_namespace() ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=8k") != 0) {
      return kCannotTry;
    }
    const fs::path path = folder_ / "file";
    if (!write_file_atomically(path, to_bytes("old"), 0600)) {
      return 2;
    }
    const Status done = write_file_atomically(path, Bytes(100'000, 'n'), 0600);
    if (done || done.error().code != Code::kDiskFull) {
      return 3;
    }
    const auto kept = read_file(path, 100);
    return kept && as_text(*kept) == "old" && files_in_folder() == 1 ? 0 : 4;
  });
  if (answer == kCannotTry) {
    GTEST_SKIP() << "no right to mount a small file system here";
  }
  EXPECT_EQ(answer, 0);
}

TEST(WriteAll, SaysThatTheDiskIsFull) {
  const FileDescriptor full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  EXPECT_EQ(write_all(full.get(), as_bytes("x")).error().code, Code::kDiskFull);
  EXPECT_TRUE(write_all(full.get(), {}));
}

TEST(WriteAll, FailsOnAClosedDescriptor) {
  EXPECT_EQ(write_all(-1, as_bytes("x")).error().native, EBADF);
}

TEST(ReadDescriptor, ReadsAPipeToItsEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  ASSERT_TRUE(write_all(writing.get(), as_bytes("one two")));
  writing.reset();
  EXPECT_EQ(as_text(read_descriptor(reading.get(), 7).value()), "one two");
}

TEST(ReadDescriptor, StopsAtTheLimit) {
  const FileDescriptor zeros(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(read_descriptor(zeros.get(), 1'000'000).error().code, Code::kTooLong);
}

TEST(FileDescriptor, ClosesWhatItOwnsOnce) {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) != -1; };
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int second = open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    FileDescriptor owner(first);
    FileDescriptor other(second);
    owner = std::move(other);
    EXPECT_FALSE(is_open(first));
    EXPECT_EQ(owner.get(), second);
    const FileDescriptor moved(std::move(owner));
    EXPECT_TRUE(is_open(second));
  }
  EXPECT_FALSE(is_open(second));
}

TEST(FileDescriptor, ReleaseGivesItAway) {
  FileDescriptor owner(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor taker(owner.release());
  EXPECT_FALSE(owner.valid());
  EXPECT_TRUE(taker.valid());
}

}  // namespace
}  // namespace touchstone::base
