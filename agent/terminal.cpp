// SPDX-License-Identifier: Apache-2.0
#include "agent/terminal.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace touchstone::agent {

base::Result<base::FileDescriptor> open_terminal(const std::string& path, uid_t owner) {
  if (path.compare(0, 5, "/dev/") != 0 || path.find('\0') != std::string::npos) {
    return base::fail(base::Code::kNoPrompt, "no terminal");
  }
  base::FileDescriptor terminal(
      open(path.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!terminal.valid() || fstat(terminal.get(), &info) != 0) {
    base::Error error = base::from_errno(errno, path);
    error.code = base::Code::kNoPrompt;
    return base::fail(std::move(error));
  }
  if (!S_ISCHR(info.st_mode) || isatty(terminal.get()) != 1) {
    return base::fail(base::Code::kNoPrompt, path + ": not a terminal");
  }
  if (info.st_uid != geteuid() && info.st_uid != owner) {
    return base::fail(base::Code::kNoPrompt, path + ": another person's terminal");
  }
  return terminal;
}

}  // namespace touchstone::agent
