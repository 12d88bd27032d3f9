// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace touchstone::base {
namespace {

constexpr std::size_t kReadChunkBytes = 64 * 1024;

Status sync_and_rename(int fd, const std::string& temporary, const std::filesystem::path& path) {
  if (fsync(fd) != 0) {
    return fail(from_errno(errno, "writing " + path.string()));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(from_errno(errno, "replacing " + path.string()));
  }
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const FileDescriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid() && fsync(directory.get()) != 0) {
    return fail(from_errno(errno, "writing " + folder));
  }
  return {};
}

struct OpenFile {
  FileDescriptor descriptor;
  mode_t type{0};
  off_t size{0};
};

Result<OpenFile> open_to_read(const std::filesystem::path& path, int flags) {
  OpenFile file{FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags))};
  struct stat info {};
  if (!file.descriptor.valid() || fstat(file.descriptor.get(), &info) != 0) {
    return fail(from_errno(errno, path.string()));
  }
  file.type = info.st_mode;
  file.size = info.st_size;
  return file;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::reset() {
  if (fd_ >= 0) {
    close(fd_);
    fd_ = -1;
  }
}

Result<Bytes> read_descriptor(int fd, std::size_t max) {
  Bytes out;
  std::vector<std::uint8_t> chunk(kReadChunkBytes);
  while (true) {
    const ssize_t count = read(fd, chunk.data(), chunk.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail(from_errno(errno, "reading"));
    }
    if (count == 0) {
      return out;
    }
    if (out.size() + static_cast<std::size_t>(count) > max) {
      return fail(Code::kTooLong, "limit " + std::to_string(max) + " bytes");
    }
    out.insert(out.end(), chunk.begin(), chunk.begin() + count);
  }
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max) {
  TRY(file, open_to_read(path, O_NONBLOCK));
  if (!S_ISREG(file.type)) {
    return fail(Code::kMalformed, path.string() + ": not a regular file");
  }
  // A file that is too large is not read first. What has no size yet has more than its size says.
  if (file.size > 0 && static_cast<std::uintmax_t>(file.size) > max) {
    return fail(Code::kTooLong, path.string() + ": limit " + std::to_string(max) + " bytes");
  }
  return read_descriptor(file.descriptor.get(), max).with_context(path.string());
}

Result<Bytes> read_input(const std::filesystem::path& path, std::size_t max) {
  // Without O_NONBLOCK: a named pipe that nobody has opened for writing yet would look empty.
  TRY(file, open_to_read(path, 0));
  if (!S_ISREG(file.type) && !S_ISFIFO(file.type) && !S_ISCHR(file.type)) {
    return fail(Code::kMalformed, path.string() + ": neither a file nor a pipe");
  }
  return read_descriptor(file.descriptor.get(), max).with_context(path.string());
}

Status write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail(from_errno(errno, "writing"));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status write_file_atomically(const std::filesystem::path& path, ByteView bytes, mode_t mode) {
  // Its own name may be as long as names can be.
  std::string temporary = (path.parent_path() / ".touchstone-XXXXXX").string();
  const FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) {
    return fail(from_errno(errno, "writing " + path.string()));
  }
  Status done = write_all(file.get(), bytes).with_context(path.string());
  if (done && fchmod(file.get(), mode) != 0) {
    done = fail(from_errno(errno, "writing " + path.string()));
  }
  if (done) {
    done = sync_and_rename(file.get(), temporary, path);
  }
  if (!done) {
    unlink(temporary.c_str());
  }
  return done;
}

}  // namespace touchstone::base
