// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "base/bytes.h"

namespace touchstone::base {

// FileDescriptor owns one; close() errors are dropped, as there is nothing left to do then.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// read_file reads a whole regular file of at most max bytes; kTooLong above, kNotFound when it is
// not there. The path is in the error's context.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max);
// read_input is read_file for what a person names on a command line: a pipe (`<(…)`), a terminal
// and /dev/null are read to their end too, waiting for a pipe's writer as any program does. Not
// for secrets: who else reads a pipe, and when, is not ours to say.
Result<Bytes> read_input(const std::filesystem::path& path, std::size_t max);
// read_descriptor reads to the end of file, at most max bytes.
Result<Bytes> read_descriptor(int fd, std::size_t max);

// write_file_atomically writes beside the target, fsyncs, renames over it and fsyncs the folder:
// after a crash there is the old file or the new one, never a half. mode as for open(2).
Status write_file_atomically(const std::filesystem::path& path, ByteView bytes, mode_t mode);

// write_all writes every byte, going on after EINTR and short writes.
Status write_all(int fd, ByteView bytes);

}  // namespace touchstone::base
