// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/measured_run.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/bench/process.h"

namespace touchstone::bench {
namespace {

constexpr std::size_t kOutputMax = 64 * 1024 * 1024;
constexpr int kLookMilliseconds = 10;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// peak_of is VmHWM, which is gone with the process: wait4 would give the largest of its children's
// as well, and git maps whole packs.
double peak_of(pid_t pid) {
  return static_cast<double>(std::max(status_kib(pid, "VmHWM"), 0L)) / 1024;
}

}  // namespace

base::Result<Measured> run_measured(const std::vector<std::string>& argv,
                                    const std::vector<std::string>& environment, bool keep_output) {
  std::vector<std::string> words = argv;
  std::vector<std::string> variables = environment;
  const base::FileDescriptor output(keep_output ? memfd_create("out", MFD_CLOEXEC)
                                                : open("/dev/null", O_WRONLY | O_CLOEXEC));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, words.front().c_str(), &actions, nullptr,
                                 exec_pointers(words).data(), exec_pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return base::fail(base::from_errno(error, "starting " + argv.front()));
  }
  Measured measured;
  const base::FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{process.get(), POLLIN, 0};
  while (poll(&ended, 1, kLookMilliseconds) == 0) {
    measured.peak_mib = std::max(measured.peak_mib, peak_of(pid));
  }
  int status = 0;
  rusage usage{};
  if (wait4(pid, &status, 0, &usage) != pid) {
    return base::fail(base::from_errno(errno, "waiting for " + argv.front()));
  }
  measured.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  measured.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  measured.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (keep_output) {
    lseek(output.get(), 0, SEEK_SET);
    TRY(bytes, base::read_descriptor(output.get(), kOutputMax));
    measured.out = base::as_text(bytes);
  }
  return measured;
}

}  // namespace touchstone::bench
