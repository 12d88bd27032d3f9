// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/pending_push.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kPendingFirstLine = "touchstone pending v1";
constexpr std::string_view kSuffix = ".push";
constexpr std::size_t kStatMax = 4096;
constexpr std::size_t kPendingFileMax = kPushRecordMax + kPushCertificateMax + 1024;
constexpr mode_t kFolderMode = 0700;  // until it gets that of the folder above
constexpr mode_t kModeBits = 0777;
constexpr mode_t kPendingMode = 0644;
// proc(5): start time is field 22, the 20th behind the program's name.
constexpr std::size_t kStartField = 20;

template <std::size_t kCount>
Result<std::array<std::uint64_t, kCount>> numbers_of(std::string_view text) {
  std::array<std::uint64_t, kCount> numbers{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string_view word = text.substr(0, text.find(' '));
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, numbers.at(i));
    if (error != std::errc() || stop != end || (word.size() > 1 && word.front() == '0')) {
      return fail(Code::kMalformed, "not a number where there must be one");
    }
    text.remove_prefix(word.size());
    if (i + 1 < kCount && !text.empty()) {
      text.remove_prefix(1);  // the space
    }
  }
  if (!text.empty()) {
    return fail(Code::kTrailingBytes, "numbers");
  }
  return numbers;
}

Status sync_folder(const std::filesystem::path& folder) {
  const base::FileDescriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || fsync(opened.get()) != 0) {
    return fail(base::from_errno(errno, folder.string()));
  }
  return {};
}

// make_shared_folder makes one level that is there for good once this returns. Who may push to a
// shared repository may write in the folder above, and then has to here.
Status make_shared_folder(const std::filesystem::path& folder) {
  if (mkdir(folder.c_str(), kFolderMode) != 0) {
    return errno == EEXIST ? Status() : fail(base::from_errno(errno, folder.string()));
  }
  struct stat above {};
  if (stat(folder.parent_path().c_str(), &above) != 0 ||
      chmod(folder.c_str(), above.st_mode & (kModeBits | S_ISGID)) != 0) {
    return fail(base::from_errno(errno, folder.string()));
  }
  return sync_folder(folder.parent_path());
}

}  // namespace

Result<ProcessName> process_name(pid_t pid) {
  ProcessName name;
  name.pid = static_cast<std::uint64_t>(pid);
  struct stat info {};
  if (stat("/proc/self/ns/pid", &info) != 0) {
    return fail(base::from_errno(errno, "/proc/self/ns/pid"));
  }
  name.pid_namespace = info.st_ino;
  const base::FileDescriptor file(
      open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    return fail(Code::kNotFound, "process " + std::to_string(pid));
  }
  TRY(bytes, base::read_descriptor(file.get(), kStatMax));
  std::string_view text = base::as_text(bytes);
  // The name in parentheses may hold anything; the last one ends it.
  const std::size_t end = text.rfind(')');
  if (end == std::string_view::npos) {
    return fail(Code::kMalformed, "/proc: no name of the process");
  }
  text.remove_prefix(end);
  for (std::size_t i = 0; i < kStartField; ++i) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
      return fail(Code::kMalformed, "/proc: no start time of the process");
    }
    text.remove_prefix(space + 1);
  }
  TRY(started, numbers_of<1>(text.substr(0, text.find(' '))));
  name.started = started.front();
  return name;
}

PendingFolder::PendingFolder(const std::filesystem::path& git_folder)
    : path_(git_folder / "touchstone" / "pending") {}

std::string encode_pending_push(const ProcessName& process, const PushRecord& record,
                                base::ByteView certificate) {
  const std::string text = encode_push_record(record);
  return std::string(kPendingFirstLine) + "\nprocess " + std::to_string(process.pid_namespace) +
         " " + std::to_string(process.pid) + " " + std::to_string(process.started) + "\nsizes " +
         std::to_string(text.size()) + " " + std::to_string(certificate.size()) + "\n" + text +
         std::string(base::as_text(certificate));
}

Result<PendingPush> parse_pending_push(base::ByteView bytes) {
  Lines lines(base::as_text(bytes));
  if (lines.next() != kPendingFirstLine || !lines.terminated()) {
    return fail(Code::kMalformed, "not a pending push");
  }
  const auto process = strip_prefix(lines.next().value_or(std::string_view()), "process ");
  const auto sizes = strip_prefix(lines.next().value_or(std::string_view()), "sizes ");
  if (!process || !sizes || !lines.terminated()) {
    return fail(Code::kMalformed, "pending push: no process or sizes");
  }
  TRY(name, numbers_of<3>(*process));
  TRY(size, numbers_of<2>(*sizes));
  const std::string_view rest = lines.rest();
  if (size[0] > rest.size() || size[1] != rest.size() - size[0]) {
    return fail(Code::kTruncated, "pending push");
  }
  PendingPush push;
  push.process = ProcessName{name[0], name[1], name[2]};
  TRY_ASSIGN(push.record, parse_push_record(rest.substr(0, size[0])));
  push.certificate = base::to_bytes(rest.substr(size[0]));
  return push;
}

Status PendingFolder::add(const ProcessName& process, const PushRecord& record,
                          base::ByteView certificate) const {
  TRY_VOID(make_shared_folder(path_.parent_path()));
  TRY_VOID(make_shared_folder(path_));
  const std::string name =
      std::to_string(process.pid) + "-" + std::to_string(process.started) + std::string(kSuffix);
  const std::string text = encode_pending_push(process, record, certificate);
  return base::write_file_atomically(path_ / name, base::as_bytes(text), kPendingMode);
}

Result<std::vector<PendingPush>> PendingFolder::list() const {
  std::vector<PendingPush> pushes;
  std::error_code error;
  std::filesystem::directory_iterator files(path_, error);
  if (error == std::errc::no_such_file_or_directory) {
    return pushes;
  }
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const std::filesystem::path file = files->path();
    if (file.extension() != kSuffix) {
      continue;  // half of a write that a crash ended
    }
    auto bytes = base::read_file(file, kPendingFileMax);
    if (!bytes && bytes.error().code == Code::kNotFound) {
      continue;  // another hook was faster
    }
    TRY(content, std::move(bytes));
    TRY(push, parse_pending_push(content).with_context(file.string()));
    if (pushes.size() == kPendingPushesMax) {
      return fail(Code::kTooLong, path_.string() + ": limit " + std::to_string(kPendingPushesMax));
    }
    push.file = file;
    pushes.push_back(std::move(push));
  }
  if (error) {
    return fail(base::from_errno(error.value(), path_.string()));
  }
  std::sort(pushes.begin(), pushes.end(), [](const PendingPush& a, const PendingPush& b) {
    // Within a second, the process that began first: its number does not tell.
    return std::tie(a.record.received_seconds, a.process.started, a.file) <
           std::tie(b.record.received_seconds, b.process.started, b.file);
  });
  return pushes;
}

Status PendingFolder::remove(const PendingPush& push) const {
  if (unlink(push.file.c_str()) != 0 && errno != ENOENT) {
    return fail(base::from_errno(errno, push.file.string()));
  }
  return sync_folder(path_);
}

bool is_under_way(const PendingPush& push, const base::Clock& clock) {
  const auto ours = process_name(getpid());
  if (ours && ours->pid_namespace == push.process.pid_namespace) {
    const auto now = process_name(static_cast<pid_t>(push.process.pid));
    return now && *now == push.process;
  }
  const auto received = std::chrono::system_clock::time_point(
      std::chrono::seconds(static_cast<std::int64_t>(push.record.received_seconds)));
  return clock.now() - received < kForeignPendingAge;
}

}  // namespace touchstone::git::server
