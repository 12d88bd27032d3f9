// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/file.h"

namespace touchstone::git {

// Child is a process we started. It is killed and waited for when it goes.
class Child final {
 public:
  // start runs a program found by PATH: no shell. The descriptors become its standard input,
  // output and error; none of ours are inherited beside them, but for `extra`, which becomes its
  // descriptor kExtraDescriptor when it is not -1.
  static constexpr int kExtraDescriptor = 3;
  static base::Result<Child> start(const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& environment, int input,
                                   int output, int error, int extra = -1);
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  // wait gives the exit status, 128 + N when a signal N ended it.
  base::Result<int> wait();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

struct Pipe {
  base::FileDescriptor read_end;
  base::FileDescriptor write_end;
};
base::Result<Pipe> make_pipe();

// ErrorSink collects what a child writes to standard error, in memory, so that nobody has to read
// it while the child runs.
class ErrorSink final {
 public:
  static base::Result<ErrorSink> make();
  int descriptor() const { return file_.get(); }
  // first_line gives the first line written, without "fatal: " or "error: ".
  std::string first_line() const;

 private:
  explicit ErrorSink(base::FileDescriptor file) : file_(std::move(file)) {}
  base::FileDescriptor file_;
};

// memory_file gives a file in memory that holds `bytes` and cannot be changed any more; name is
// for /proc. Its descriptor is above Child::kExtraDescriptor.
base::Result<base::FileDescriptor> memory_file(const char* name, base::ByteView bytes);

// git_environment is the caller's environment without the GIT_ variables that change what git
// says, with replace refs, grafts, prompts, optional locks and every network transport turned off.
std::vector<std::string> git_environment();

// git_arguments puts what every git command of ours begins with before `arguments`.
std::vector<std::string> git_arguments(const std::string& repository,
                                       const std::vector<std::string>& arguments);

struct CommandOutput {
  int status{0};
  std::string out;    // at most kCommandOutputMax
  std::string error;  // first line of standard error
};

// failure_of is the error of a git command that failed: kNoRepository where there is none, else
// kExternalProgram with git's status. `what` is what was run, such as "git config".
base::Error failure_of(const std::string& what, const CommandOutput& output);

// each_git_line runs a git command and hands over what it prints, a line at a time and however much
// that is. Fails with kTooLong for a line above kGitLineMax, with kExternalProgram when git does,
// and with what on_line does, which ends the command.
base::Status each_git_line(const std::string& repository, const std::vector<std::string>& arguments,
                           const std::function<base::Status(std::string_view line)>& on_line);

// run_git runs a git command in `repository` to its end.
base::Result<CommandOutput> run_git(const std::string& repository,
                                    const std::vector<std::string>& arguments);

}  // namespace touchstone::git
