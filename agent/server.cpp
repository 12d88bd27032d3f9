// SPDX-License-Identifier: Apache-2.0
#include "agent/server.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "agent/environment.h"
#include "agent/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::chrono::milliseconds kAcceptRetry{100};

base::Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    return base::fail(base::Code::kTooLong, "socket path " + text);
  }
  std::copy(text.begin(), text.end(), std::begin(address.sun_path));
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

sockaddr* generic(sockaddr_un& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

base::Result<base::FileDescriptor> new_socket() {
  base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) {
    return base::fail(base::from_errno(errno, "making a socket"));
  }
  return socket;
}

// clear_stale removes what an agent that was killed has left behind.
base::Status clear_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? base::Status{} : base::fail(base::from_errno(errno, path.string()));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return base::fail(base::Code::kAlreadyExists, path.string() + ": not a socket");
  }
  TRY(probe, new_socket());
  // A full backlog (EAGAIN) is an answer too: somebody listens.
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return base::fail(base::Code::kSocketInUse, path.string());
  }
  if (errno != ECONNREFUSED) {
    return base::fail(base::from_errno(errno, path.string()));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return base::fail(base::from_errno(errno, path.string()));
  }
  return {};
}

base::Status make_socket_folder(const std::filesystem::path& folder) {
  if (!folder.empty() && ::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return base::fail(base::from_errno(errno, folder.string()));
  }
  return {};
}

}  // namespace

base::Result<Listener> Listener::at(const std::filesystem::path& path) {
  TRY(address, address_of(path));
  TRY_VOID(make_socket_folder(path.parent_path()));
  TRY_VOID(clear_stale(path, address));
  Listener listener;
  TRY_ASSIGN(listener.socket_, new_socket());
  const mode_t old_mask = ::umask(S_IXUSR | S_IRWXG | S_IRWXO);
  const int bound = ::bind(listener.socket_.get(), generic(address), sizeof address);
  const int error = errno;
  ::umask(old_mask);
  if (bound != 0) {
    return base::fail(base::from_errno(error, path.string()));
  }
  struct stat status {};
  if (::listen(listener.socket_.get(), SOMAXCONN) != 0 || ::lstat(path.c_str(), &status) != 0) {
    return base::fail(base::from_errno(errno, path.string()));
  }
  listener.path_ = path;
  listener.device_ = status.st_dev;
  listener.inode_ = status.st_ino;
  return listener;
}

base::Result<Listener> Listener::activated() {
  const std::string for_process = environment_variable("LISTEN_PID");
  const int count = ::sd_listen_fds(/*unset_environment=*/1);
  if (count < 0) {
    return base::fail(base::from_errno(-count, "socket activation: LISTEN_PID, LISTEN_FDS"));
  }
  if (count == 0 && !for_process.empty() && for_process != std::to_string(::getpid())) {
    return base::fail(base::Code::kUsage,
                      "socket activation: LISTEN_PID is " + for_process + ", this process is " +
                          std::to_string(::getpid()) +
                          "; start the agent without a program in between, or unset LISTEN_PID");
  }
  if (count == 0) {
    return base::fail(base::Code::kNotFound, "no socket was passed");
  }
  if (count > 1) {
    return base::fail(base::Code::kUsage, "socket activation: " + std::to_string(count) +
                                              " descriptors were passed, the agent takes one");
  }
  if (::sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, /*listening=*/1, nullptr, 0) <= 0) {
    return base::fail(base::Code::kUsage,
                      "socket activation: what was passed is not a listening local stream socket");
  }
  Listener listener;
  listener.socket_ = base::FileDescriptor(SD_LISTEN_FDS_START);
  return listener;
}

std::filesystem::path Listener::address() const {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket_.get(), generic(address), &size) != 0 ||
      size <= offsetof(sockaddr_un, sun_path)) {
    return {};
  }
  std::string name(std::begin(address.sun_path), size - offsetof(sockaddr_un, sun_path));
  if (name.front() == '\0') {
    name.front() = '@';
    return name;
  }
  return name.substr(0, name.find('\0'));
}

Listener::Listener(Listener&& other) noexcept
    : socket_(std::move(other.socket_)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() {
  struct stat status {};
  if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

bool may_connect(std::uint32_t uid, std::uint32_t own) { return uid == own || uid == 0; }

Server::Server(boost::asio::io_context& reactor, Listener listener, RequestHandler& handler,
               Timers& timers, Log& log)
    : acceptor_(reactor),
      listener_(std::move(listener)),
      handler_(handler),
      timers_(timers),
      log_(log) {}

Server::~Server() { close(); }

void Server::start() {
  boost::system::error_code error;
  acceptor_.assign(boost::asio::local::stream_protocol(), listener_.release(), error);
  if (error) {
    log_.line("listening: " + error.message());
    return;
  }
  accept();
}

void Server::close() {
  if (closed_) {
    return;
  }
  closed_ = true;
  retry_.reset();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  const auto sessions = std::exchange(sessions_, {});
  for (const auto& session : sessions) {
    session->stop();
  }
}

void Server::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Session::Socket socket) {
    if (error == boost::asio::error::operation_aborted) {
      return;  // the server may be gone already
    }
    if (error) {
      // Out of descriptors, most likely: waiting is all that helps.
      retry_ = timers_.after(kAcceptRetry, [this] { accept(); });
      return;
    }
    admit(std::move(socket));
    accept();
  });
}

void Server::admit(Session::Socket socket) {
  const auto peer = peer_of(socket.native_handle());
  if (!peer.has_value()) {
    log_.line(base::message_of(peer.error()));
    return;
  }
  if (!may_connect(peer->uid, ::geteuid())) {
    log_.line("refused a connection from user " + std::to_string(peer->uid));
    return;
  }
  if (sessions_.size() >= kConnectionsMax) {
    log_.line("refused a connection: there are " + std::to_string(kConnectionsMax) + " already");
    return;
  }
  const auto session = std::make_shared<Session>(
      std::move(socket), *peer, handler_, timers_, log_, [this](const Session& ended) {
        std::erase_if(sessions_, [&ended](const auto& known) { return known.get() == &ended; });
      });
  sessions_.insert(session);
  session->start();
}

}  // namespace touchstone::agent
