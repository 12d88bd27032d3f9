// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/host.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touchstone::emulators {
namespace {

constexpr int kListenBacklog = 16;
constexpr int kExitNotStarted = 127;
constexpr int kExitSignalled = 128;

// lifeline is true when the end of standard input means that nobody needs us any more: a pipe, a
// socket, a terminal. /dev/null, which shells give to jobs in the background, says nothing.
bool lifeline(bool interactive) {
  struct stat status {};
  if (fstat(STDIN_FILENO, &status) != 0) {
    return false;
  }
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
         (interactive && isatty(STDIN_FILENO) == 1);
}

}  // namespace

base::Result<std::unique_ptr<Host>> Host::create(const HostOptions& options) {
  std::unique_ptr<Host> host(new Host(options));
  host->wake_ = base::FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!host->wake_.valid()) {
    return base::fail(base::from_errno(errno, "eventfd"));
  }
  // Before any thread starts: all of them inherit the blocked signals.
  TRY_VOID(host->watch_signals());
  TRY_ASSIGN(host->testbed_, Testbed::create());
  TRY_VOID(host->start_tokens());
  TRY_VOID(host->listen());
  TRY_VOID(host->write_env_file());
  return host;
}

Host::~Host() {
  if (listener_.valid()) {
    (void)unlink(options_.control.c_str());
  }
  if (!options_.env_file.empty()) {
    (void)unlink(options_.env_file.c_str());
  }
  tokens_.clear();
}

base::Status Host::watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
    sigaddset(&set, number);
  }
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) {
    return base::fail(base::Code::kSystem, "pthread_sigmask");
  }
  signals_ = base::FileDescriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) {
    return base::fail(base::from_errno(errno, "signalfd"));
  }
  return {};
}

base::Status Host::start_tokens() {
  unsigned number = 0;
  const int wake = wake_.get();
  for (const TokenOptions& options : options_.tokens) {
    if (find(options.name) != nullptr) {
      return base::fail(base::Code::kUsage, "two tokens named " + options.name);
    }
    TRY(token, HostedToken::create(options, number++, *testbed_, [wake] {
                 (void)eventfd_write(wake, 1);
               }).with_context("token " + options.name));
    tokens_.push_back(std::move(token));
  }
  return {};
}

base::Status Host::listen() {
  if (options_.control.empty()) {
    return {};
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options_.control.size() >= sizeof address.sun_path) {
    return base::fail(base::Code::kTooLong, options_.control);
  }
  options_.control.copy(address.sun_path, options_.control.size());
  base::FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) {
    return base::fail(base::from_errno(errno, "socket"));
  }
  // sockaddr_un is what the kernel takes under the name sockaddr.
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), kListenBacklog) != 0) {
    return base::fail(base::from_errno(errno, options_.control));
  }
  listener_ = std::move(listener);
  return {};
}

base::Status Host::write_env_file() {
  if (options_.env_file.empty()) {
    return {};
  }
  return base::write_file_atomically(options_.env_file, base::as_bytes(testbed_->environment()),
                                     0644);
}

base::Status Host::start_command() {
  // The child unblocks signals and gets the environment in which the tokens are to be seen.
  std::vector<std::string> arguments = options_.command;
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  const std::string root = testbed_->root();
  child_ = fork();
  if (child_ < 0) {
    return base::fail(base::from_errno(errno, "fork"));
  }
  if (child_ == 0) {
    sigset_t none;
    sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, nullptr);
    (void)setenv("LD_PRELOAD", "libumockdev-preload.so.0", 1);
    (void)setenv("UMOCKDEV_DIR", root.c_str(), 1);
    (void)execvp(argv.front(), argv.data());
    std::perror(argv.front());
    _exit(kExitNotStarted);
  }
  return {};
}

base::Result<int> Host::run() {
  if (options_.command.empty()) {
    watch_stdin_ = lifeline(true);
    std::puts("ready");
    std::fflush(stdout);
  } else {
    TRY_VOID(start_command());
  }
  while (poll_once()) {
  }
  return exit_status_;
}

bool Host::poll_once() {
  answer_waiting();
  connections_.remove_if([](const Connection& connection) { return connection.gone; });
  std::vector<pollfd> descriptors = {{wake_.get(), POLLIN, 0},
                                     {signals_.get(), POLLIN, 0},
                                     {listener_.get(), POLLIN, 0},
                                     {watch_stdin_ ? STDIN_FILENO : -1, POLLIN, 0}};
  for (const Connection& connection : connections_) {
    descriptors.push_back({connection.socket.get(), POLLIN, 0});
  }
  if (poll(descriptors.data(), descriptors.size(), -1) < 0) {
    return errno == EINTR;
  }
  if (descriptors.at(0).revents != 0) {
    eventfd_t ignored = 0;
    (void)eventfd_read(wake_.get(), &ignored);
  }
  std::size_t index = 4;
  for (Connection& connection : connections_) {
    if (descriptors.at(index++).revents != 0) {
      read_connection(connection);
    }
  }
  if (descriptors.at(2).revents != 0) {
    accept_connection();
  }
  if (descriptors.at(3).revents != 0 && !read_stdin()) {
    return false;
  }
  return descriptors.at(1).revents == 0 || read_signals();
}

bool Host::read_signals() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGCHLD) {
      if (child_ > 0) {
        (void)kill(child_, static_cast<int>(info.ssi_signo));
        continue;
      }
      return false;
    }
    int status = 0;
    if (child_ > 0 && waitpid(child_, &status, WNOHANG) == child_) {
      exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : kExitSignalled + WTERMSIG(status);
      child_ = -1;
      return false;
    }
  }
  return true;
}

bool Host::read_stdin() {
  std::array<char, 256> buffer{};
  const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) {
    return count < 0 && errno == EINTR;
  }
  for (const auto& token : tokens_) {
    if (token->button().policy().mode == fido2::TouchPolicy::Mode::kEnter &&
        token->button().waiting()) {
      token->button().press();
    }
  }
  return true;
}

void Host::accept_connection() {
  base::FileDescriptor socket(
      accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.valid()) {
    connections_.push_back({std::move(socket), {}, {}, false});
  }
}

void Host::read_connection(Connection& connection) {
  std::array<char, kControlLineBytesMax> buffer{};
  const ssize_t count = read(connection.socket.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (count <= 0 ||
      connection.input.size() + static_cast<std::size_t>(count) > 2 * kControlLineBytesMax) {
    connection.gone = true;
    return;
  }
  connection.input.append(buffer.data(), static_cast<std::size_t>(count));
}

void Host::answer_waiting() {
  for (Connection& connection : connections_) {
    while (!connection.gone) {
      std::string line = connection.waiting;
      if (line.empty()) {
        const std::size_t end = connection.input.find('\n');
        if (end == std::string::npos) {
          break;
        }
        line = connection.input.substr(0, end);
        connection.input.erase(0, end + 1);
      }
      const std::string reply = execute(line);
      if (reply.empty()) {
        connection.waiting = line;
        break;
      }
      connection.waiting.clear();
      const std::string out = reply + "\n";
      connection.gone = send(connection.socket.get(), out.data(), out.size(), MSG_NOSIGNAL) < 0;
    }
  }
}

}  // namespace touchstone::emulators
