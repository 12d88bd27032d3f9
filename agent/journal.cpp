// SPDX-License-Identifier: Apache-2.0
#include "agent/journal.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/journal_chain.h"
#include "agent/limits.h"

namespace touchstone::agent {
namespace {

constexpr mode_t kJournalMode = 0600;
constexpr mode_t kFolderMode = 0700;

tl::unexpected<base::Error> broken(const std::filesystem::path& path, std::string_view what) {
  return base::fail(base::Code::kJournalBroken, path.string() + ": " + std::string(what));
}

// A file that may grow no further (RLIMIT_FSIZE) is as full as the disk to whoever writes it.
base::Error write_error(int errno_value, const std::filesystem::path& path) {
  base::Error error = base::from_errno(errno_value, "writing " + path.string());
  if (errno_value == EFBIG) {
    error.code = base::Code::kDiskFull;
  }
  return error;
}

base::Status make_journal_folder(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) {
    return {};
  }
  TRY_VOID(make_journal_folder(folder.parent_path()));
  if (mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return base::fail(base::from_errno(errno, "making " + folder.string()));
  }
  return {};
}

base::Status sync_folder(const std::filesystem::path& folder) {
  const base::FileDescriptor directory(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0) {
    return base::fail(base::from_errno(errno, "writing " + folder.string()));
  }
  return {};
}

class FileJournal final : public Journal {
 public:
  FileJournal(std::filesystem::path path, const base::Clock& clock)
      : path_(std::move(path)), clock_(clock) {}

  base::Status start();

  base::Status intent(const Intent& intent) override;
  base::Status success(RequestNumber number, base::ByteView ssh_signature,
                       std::optional<std::uint32_t> counter) override;
  base::Status failure(RequestNumber number, const base::Error& error) override;
  base::Status refused(const Prompt& prompt, const base::Error& error) override;
  base::Status probe(const Probe& probe) override;
  base::Status event(std::string_view what, std::string_view detail) override;
  std::optional<std::uint32_t> last_counter(base::ByteView key_blob) const override {
    return chain_.last_counter(key_blob);
  }
  RequestNumber next_number() const override { return chain_.highest_number() + 1; }

 private:
  base::Status open_and_lock();
  base::Result<JournalScan> read_back();
  base::Status start_new();
  base::Status open_head();

  JournalPlace next_place() const { return {chain_.lines(), chain_.last_hash(), clock_.now()}; }
  base::Status expect_open(RequestNumber number) const;
  base::Status check_file() const;
  base::Status append(const std::string& line);
  base::Status write_line(std::string_view line);
  void write_head();

  std::filesystem::path path_;
  const base::Clock& clock_;
  base::FileDescriptor file_;
  base::FileDescriptor head_;
  std::uint64_t end_{0};
  bool spoiled_{false};
  JournalChain chain_;
};

base::Status FileJournal::open_and_lock() {
  TRY_VOID(make_journal_folder(path_.parent_path()));
  file_ = base::FileDescriptor(
      ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
             kJournalMode));
  struct stat info {};
  if (!file_.valid() || fstat(file_.get(), &info) != 0) {
    return base::fail(base::from_errno(errno, "opening " + path_.string()));
  }
  if (!S_ISREG(info.st_mode)) {
    return broken(path_, "not a regular file");
  }
  if (info.st_uid != geteuid()) {
    return base::fail(base::Code::kPermission, path_.string() + " belongs to somebody else");
  }
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return base::fail(base::Code::kSocketInUse, path_.string() + " is another agent's journal");
    }
    return base::fail(base::from_errno(errno, "locking " + path_.string()));
  }
  if ((info.st_mode & 0777U) != kJournalMode && fchmod(file_.get(), kJournalMode) != 0) {
    return base::fail(base::from_errno(errno, "opening " + path_.string()));
  }
  return {};
}

base::Result<JournalScan> FileJournal::read_back() {
  TRY(head, read_journal_head(path_));
  if (head) {
    chain_.expect_head(*head);
  }
  auto scan =
      scan_journal(file_.get(), [this](std::string_view line) { return chain_.accept(line); });
  if (!scan && scan.error().code == base::Code::kTooLong) {
    return broken(path_, scan.error().context);
  }
  if (!scan) {
    return base::fail(std::move(scan.error()).with_context(path_.string()));
  }
  TRY_VOID(chain_.finish().with_context(path_.string()));
  // A new journal gets its head before anything is recorded in it.
  if (!head && chain_.lines() > 1) {
    return broken(path_, journal_head_path(path_).filename().string() +
                             " is missing, so that nobody can say whether lines are; to go on, "
                             "move the journal away and keep it");
  }
  return *scan;
}

base::Status FileJournal::start() {
  TRY_VOID(open_and_lock());
  TRY(scan, read_back());
  end_ = scan.end;
  if (scan.torn_bytes > 0) {
    if (ftruncate(file_.get(), static_cast<off_t>(end_)) != 0) {
      return base::fail(base::from_errno(errno, "writing " + path_.string()));
    }
  }
  if (chain_.lines() == 0) {
    TRY_VOID(start_new());
  }
  TRY_VOID(open_head());
  if (scan.torn_bytes > 0) {
    TRY_VOID(event("torn-line", "the agent was stopped while writing a line; dropped " +
                                    std::to_string(scan.torn_bytes) + " bytes"));
  }
  return {};
}

base::Status FileJournal::start_new() { return append(format_journal_header(next_place())); }

base::Status FileJournal::open_head() {
  const std::filesystem::path path = journal_head_path(path_);
  const bool is_new = !std::filesystem::exists(path);
  head_ = base::FileDescriptor(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, kJournalMode));
  if (!head_.valid()) {
    return base::fail(base::from_errno(errno, "opening " + path.string()));
  }
  const std::string text = format_journal_head(chain_.head());
  const ssize_t count = pwrite(head_.get(), text.data(), text.size(), 0);
  if (count != static_cast<ssize_t>(text.size())) {
    const int reason = count < 0 ? errno : ENOSPC;
    if (is_new) {
      unlink(path.c_str());  // half a head would be taken for damage
    }
    return base::fail(write_error(reason, path));
  }
  if (is_new && fsync(head_.get()) != 0) {
    return base::fail(write_error(errno, path));
  }
  return is_new ? sync_folder(path_.parent_path()) : base::Status();
}

base::Status FileJournal::expect_open(RequestNumber number) const {
  if (!chain_.is_open(number)) {
    return broken(path_, "request " + std::to_string(number) + " was never begun");
  }
  return {};
}

base::Status FileJournal::intent(const Intent& intent) {
  if (chain_.is_open(intent.prompt.number)) {
    return broken(path_, "request " + std::to_string(intent.prompt.number) + " begins twice");
  }
  return append(format_journal_intent(next_place(), intent));
}

base::Status FileJournal::success(RequestNumber number, base::ByteView ssh_signature,
                                  std::optional<std::uint32_t> counter) {
  TRY_VOID(expect_open(number));
  return append(format_journal_success(next_place(), number, ssh_signature, counter));
}

base::Status FileJournal::failure(RequestNumber number, const base::Error& error) {
  TRY_VOID(expect_open(number));
  return append(format_journal_failure(next_place(), number, error));
}

base::Status FileJournal::refused(const Prompt& prompt, const base::Error& error) {
  return append(format_journal_refused(next_place(), prompt, error));
}

base::Status FileJournal::probe(const Probe& probe) {
  return append(format_journal_probe(next_place(), probe));
}

base::Status FileJournal::event(std::string_view what, std::string_view detail) {
  return append(format_journal_event(next_place(), what, detail));
}

// Somebody else who has the file open can shorten, extend or delete it under us.
base::Status FileJournal::check_file() const {
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) {
    return base::fail(base::from_errno(errno, path_.string()));
  }
  if (info.st_nlink == 0) {
    return broken(path_, "was removed");
  }
  if (static_cast<std::uint64_t>(info.st_size) != end_) {
    return broken(path_, "was changed by another program");
  }
  return {};
}

base::Status FileJournal::append(const std::string& line) {
  if (spoiled_) {
    return broken(path_, "a line could not be taken back after an error");
  }
  // What could not be read back must not be written.
  TRY_VOID(parse_journal_line(line).with_context("writing " + path_.string()));
  TRY_VOID(check_file());
  TRY_VOID(write_line(line + "\n"));
  end_ += line.size() + 1;
  TRY_VOID(chain_.accept(line));
  write_head();
  return {};
}

// write_line writes a line and its newline whole and durably, or leaves the file as it was.
base::Status FileJournal::write_line(std::string_view line) {
  ssize_t count = -1;
  do {
    count = write(file_.get(), line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  int reason = count < 0 ? errno : ENOSPC;
  if (count == static_cast<ssize_t>(line.size())) {
    if (fdatasync(file_.get()) == 0) {
      return {};
    }
    reason = errno;
  }
  spoiled_ = ftruncate(file_.get(), static_cast<off_t>(end_)) != 0;
  return base::fail(write_error(reason, path_));
}

// The head goes without fsync: it is never ahead of the journal, and one that lags behind after a
// power cut still names a line of the chain.
void FileJournal::write_head() {
  if (head_.valid()) {
    const std::string text = format_journal_head(chain_.head());
    [[maybe_unused]] const ssize_t count = pwrite(head_.get(), text.data(), text.size(), 0);
  }
}

}  // namespace

base::Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path,
                                                     const base::Clock& clock) {
  auto journal = std::make_unique<FileJournal>(path, clock);
  TRY_VOID(journal->start());
  return std::unique_ptr<Journal>(std::move(journal));
}

}  // namespace touchstone::agent
