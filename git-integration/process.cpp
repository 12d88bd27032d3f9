// SPDX-License-Identifier: Apache-2.0
#include "git-integration/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::from_errno;
using base::Result;

constexpr std::size_t kErrorTextMax = 4096;
constexpr int kSignalBase = 128;

// What may stay of the caller's GIT_ variables: where the repository and its configuration are.
constexpr std::array<std::string_view, 14> kKept = {
    "GIT_DIR=",
    "GIT_WORK_TREE=",
    "GIT_COMMON_DIR=",
    "GIT_OBJECT_DIRECTORY=",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES=",
    "GIT_QUARANTINE_PATH=",
    "GIT_CEILING_DIRECTORIES=",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM=",
    "GIT_EXEC_PATH=",
    "GIT_NAMESPACE=",
    "GIT_CONFIG_",
    "GIT_CONFIG=",
    "GIT_SSH_SIGNING_KEY=",
    "GIT_DEFAULT_HASH=",
};

struct Actions {
  Actions() { posix_spawn_file_actions_init(&value); }
  ~Actions() { posix_spawn_file_actions_destroy(&value); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t value{};
};

struct Attributes {
  Attributes() { posix_spawnattr_init(&value); }
  ~Attributes() { posix_spawnattr_destroy(&value); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t value{};
};

// pointers_to gives the null-ended array exec wants. The strings must outlive it.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

bool is_kept(std::string_view variable) {
  if (!variable.starts_with("GIT_")) {
    return !variable.starts_with("LC_ALL=") && !variable.starts_with("LANGUAGE=");
  }
  return std::any_of(kKept.begin(), kKept.end(),
                     [&](std::string_view name) { return variable.starts_with(name); });
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment, int input, int output,
                           int error, int extra) {
  Actions actions;
  posix_spawn_file_actions_adddup2(&actions.value, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions.value, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions.value, error, STDERR_FILENO);
  if (extra >= 0) {
    posix_spawn_file_actions_adddup2(&actions.value, extra, kExtraDescriptor);
  }
  Attributes attributes;
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes.value, &none);
  posix_spawnattr_setsigdefault(&attributes.value, &defaults);
  posix_spawnattr_setflags(&attributes.value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> argument_copies = arguments;
  std::vector<std::string> environment_copies = environment;
  const std::vector<char*> argv = pointers_to(argument_copies);
  const std::vector<char*> envp = pointers_to(environment_copies);
  pid_t pid = -1;
  const int status =
      posix_spawnp(&pid, argv.front(), &actions.value, &attributes.value, argv.data(), envp.data());
  if (status != 0) {
    return fail(from_errno(status, "starting " + arguments.front()));
  }
  return Child(pid);
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

Result<int> Child::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) {
      pid_ = -1;
      return fail(from_errno(errno, "waiting for a program"));
    }
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(from_errno(errno, "making a pipe"));
  }
  return Pipe{base::FileDescriptor(ends[0]), base::FileDescriptor(ends[1])};
}

Result<ErrorSink> ErrorSink::make() {
  base::FileDescriptor file(memfd_create("stderr", MFD_CLOEXEC));
  if (!file.valid()) {
    return fail(from_errno(errno, "making a memory file"));
  }
  return ErrorSink(std::move(file));
}

std::string ErrorSink::first_line() const {
  std::string text(kErrorTextMax, '\0');
  const ssize_t count = pread(file_.get(), text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  // What git advises comes before what it says.
  while (text.starts_with("hint: ") && text.find('\n') != std::string::npos) {
    text.erase(0, text.find('\n') + 1);
  }
  text = text.substr(0, text.find('\n'));
  for (const std::string_view prefix : {"fatal: ", "error: "}) {
    if (text.starts_with(prefix)) {
      text = text.substr(prefix.size());
    }
  }
  return text;
}

Result<base::FileDescriptor> memory_file(const char* name, base::ByteView bytes) {
  const base::FileDescriptor made(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  base::FileDescriptor file(
      made.valid() ? fcntl(made.get(), F_DUPFD_CLOEXEC, Child::kExtraDescriptor + 1) : -1);
  if (!file.valid()) {
    return fail(from_errno(errno, "making a memory file"));
  }
  TRY_VOID(base::write_all(file.get(), bytes).with_context("writing a memory file"));
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
      0) {
    return fail(from_errno(errno, "sealing a memory file"));
  }
  return file;
}

std::vector<std::string> git_environment() {
  std::vector<std::string> environment;
  for (std::size_t i = 0; environ != nullptr && environ[i] != nullptr; ++i) {
    if (is_kept(environ[i])) {
      environment.emplace_back(environ[i]);
    }
  }
  for (const char* variable :
       {"LC_ALL=C", "GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=/dev/null", "GIT_OPTIONAL_LOCKS=0",
        "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0"}) {
    environment.emplace_back(variable);
  }
  return environment;
}

std::vector<std::string> git_arguments(const std::string& repository,
                                       const std::vector<std::string>& arguments) {
  // The commit graph is a cache of parents beside the objects: what it says is not what was
  // signed.
  // A repository's own configuration must start no program: fsmonitor runs where an index is read.
  std::vector<std::string> all = {"git",      "-C",
                                  repository, "--no-pager",
                                  "-c",       "core.commitGraph=false",
                                  "-c",       "core.fsmonitor=false",
                                  "-c",       "advice.graftFileDeprecated=false"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

namespace {

// RunningGit is a git command that reads nothing and whose output comes through a pipe.
struct RunningGit {
  Child child;
  base::FileDescriptor output;
  ErrorSink errors;
};

Result<RunningGit> start_git(const std::string& repository,
                             const std::vector<std::string>& arguments) {
  const base::FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  TRY(pipe, make_pipe());
  TRY(errors, ErrorSink::make());
  TRY(child, Child::start(git_arguments(repository, arguments), git_environment(), nothing.get(),
                          pipe.write_end.get(), errors.descriptor()));
  return RunningGit{std::move(child), std::move(pipe.read_end), std::move(errors)};
}

}  // namespace

base::Status each_git_line(const std::string& repository, const std::vector<std::string>& arguments,
                           const std::function<base::Status(std::string_view)>& on_line) {
  TRY(git, start_git(repository, arguments));
  std::string buffer;
  std::array<char, kGitLineMax> chunk{};
  while (true) {
    const ssize_t count = read(git.output.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(from_errno(errno, "reading from git"));
    }
    if (count == 0) {
      break;
    }
    buffer.append(chunk.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = buffer.find('\n'); end != std::string::npos;
         end = buffer.find('\n', begin)) {
      if (end - begin > kGitLineMax) {
        return fail(Code::kTooLong, "a line of git " + arguments.front());
      }
      TRY_VOID(on_line(std::string_view(buffer).substr(begin, end - begin)));
      begin = end + 1;
    }
    buffer.erase(0, begin);
    if (buffer.size() > kGitLineMax) {
      return fail(Code::kTooLong, "a line of git " + arguments.front());
    }
  }
  TRY(status, git.child.wait());
  if (status != 0) {
    return fail(Code::kExternalProgram, "git " + arguments.front() + ": " + git.errors.first_line(),
                status);
  }
  return buffer.empty() ? base::Status() : on_line(buffer);
}

base::Error failure_of(const std::string& what, const CommandOutput& output) {
  if (output.error.starts_with("not a git repository")) {
    return {Code::kNoRepository, 0, {}};
  }
  return {Code::kExternalProgram, output.status, what + ": " + output.error};
}

Result<CommandOutput> run_git(const std::string& repository,
                              const std::vector<std::string>& arguments) {
  TRY(git, start_git(repository, arguments));
  TRY(out, base::read_descriptor(git.output.get(), kCommandOutputMax).with_context("git"));
  TRY(status, git.child.wait());
  return CommandOutput{status, std::string(base::as_text(out)), git.errors.first_line()};
}

}  // namespace touchstone::git
