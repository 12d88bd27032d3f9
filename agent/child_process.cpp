// SPDX-License-Identifier: Apache-2.0
#include "agent/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/limits.h"

// glibc 2.36 forgot to say that these are C functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace touchstone::agent {
namespace {

class SpawnActions final {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  // add_streams makes the socket the program's input and output.
  int add_streams(int socket) {
    const int in = posix_spawn_file_actions_adddup2(&actions_, socket, STDIN_FILENO);
    const int out = posix_spawn_file_actions_adddup2(&actions_, socket, STDOUT_FILENO);
    const int err =
        posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    return in != 0 ? in : (out != 0 ? out : err);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes final {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Watch outlives the ChildProcess: its handlers hold it until the program is gone.
struct ChildProcess::Watch : std::enable_shared_from_this<ChildProcess::Watch> {
  Watch(boost::asio::io_context& io, pid_t child, base::FileDescriptor pidfd)
      : pid(child), gone(io, pidfd.release()), grace(io) {}

  void signal(int number) { pidfd_send_signal(gone.native_handle(), number, nullptr, 0); }

  void reap() {
    gone.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      // Asio may call for nothing.
                      if (!error && waitpid(self->pid, nullptr, WNOHANG) == 0) {
                        self->reap();
                        return;
                      }
                      self->grace.cancel();
                      if (self->then) {
                        self->then();
                      }
                    });
  }

  pid_t pid;
  std::function<void()> then;
  boost::asio::posix::stream_descriptor gone;  // readable when it is
  boost::asio::steady_timer grace;
};

ChildProcess::ChildProcess(std::shared_ptr<Watch> watch, base::FileDescriptor socket)
    : watch_(std::move(watch)), socket_(std::move(socket)) {}

ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;

ChildProcess::~ChildProcess() { end(); }

base::Result<ChildProcess> ChildProcess::start(boost::asio::io_context& io,
                                               const std::string& program,
                                               const std::vector<std::string>& environment) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::fail(base::from_errno(errno, "starting " + program));
  }
  base::FileDescriptor ours(ends[0]);
  const base::FileDescriptor theirs(ends[1]);
  if (fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) {
    return base::fail(base::from_errno(errno, "starting " + program));
  }
  SpawnActions actions;
  const SpawnAttributes attributes;
  std::vector<std::string> arguments{program};
  std::vector<std::string> variables = environment;
  pid_t pid = 0;
  int error = actions.add_streams(theirs.get());
  if (error == 0) {
    error = posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(),
                        pointers_to(arguments).data(), pointers_to(variables).data());
  }
  if (error != 0) {
    base::Error failure = base::from_errno(error, "starting " + program);
    failure.code = base::Code::kExternalProgram;
    return base::fail(std::move(failure));
  }
  base::FileDescriptor pidfd(pidfd_open(pid, 0));
  if (!pidfd.valid()) {
    const int reason = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return base::fail(base::from_errno(reason, "starting " + program));
  }
  return ChildProcess(std::make_shared<Watch>(io, pid, std::move(pidfd)), std::move(ours));
}

void ChildProcess::end(std::function<void()> then) {
  socket_.reset();
  if (!watch_) {
    return;
  }
  const std::shared_ptr<Watch> watch = std::move(watch_);
  watch->signal(SIGTERM);
  watch->grace.expires_after(kChildGrace);
  watch->grace.async_wait([watch](const boost::system::error_code& error) {
    if (!error) {
      watch->signal(SIGKILL);
    }
  });
  watch->then = std::move(then);
  watch->reap();
}

}  // namespace touchstone::agent
