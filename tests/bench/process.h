// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace touchstone::bench {

// exec_pointers gives what exec wants: a pointer to each text and a null at the end.
std::vector<char*> exec_pointers(std::vector<std::string>& texts);

// Process is a child that is ended (SIGTERM) and waited for when it goes.
class Process {
 public:
  // start runs argv[0] from PATH with these variables in place of ours; output goes to `log`.
  static base::Result<Process> start(const std::vector<std::string>& argv,
                                     const std::vector<std::string>& environment,
                                     const std::filesystem::path& log);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  // wait gives the exit status of a child that ends by itself.
  int wait();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// status_kib is a value of /proc/PID/status in KiB (proc(5): "VmRSS", "VmHWM"), -1 when there is
// none. children_of are the processes it started.
long status_kib(pid_t pid, std::string_view field);
std::vector<pid_t> children_of(pid_t pid);

// TemporaryFolder is removed with everything in it when it goes.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace touchstone::bench
