// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "agent/session.h"
#include "base/file.h"

namespace touchstone::agent {

// Listener is a listening socket. One that we made ourselves is unlinked when it goes, unless
// somebody has put another in its place.
class Listener {
 public:
  // at makes the socket (mode 0600) and the folder it lies in (0700) when there is none. A socket
  // that is there already is replaced when nobody answers on it; kSocketInUse when somebody does,
  // kAlreadyExists when it is no socket.
  static base::Result<Listener> at(const std::filesystem::path& path);
  // activated takes the one socket the service manager passed (sd_listen_fds(3)); kNotFound when
  // there is none, kUsage when there are several, when it is not a listening local socket, or when
  // $LISTEN_PID says that it is for another process: whoever set that up expects us on that socket.
  static base::Result<Listener> activated();

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  // address gives the path it is bound to; "@NAME" for an abstract one (unix(7)).
  std::filesystem::path address() const;
  int release() { return socket_.release(); }

 private:
  Listener() = default;

  base::FileDescriptor socket_;
  std::filesystem::path path_;  // empty when it is not ours to unlink
  std::uint64_t device_{0};
  std::uint64_t inode_{0};
};

// Server accepts connections from our own user and root, at most kConnectionsMax at a time, and
// keeps a Session for each.
class Server {
 public:
  Server(boost::asio::io_context& reactor, Listener listener, RequestHandler& handler,
         Timers& timers, Log& log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  void start();
  // close ends all connections and accepts no more.
  void close();

 private:
  void accept();
  void admit(Session::Socket socket);

  boost::asio::local::stream_protocol::acceptor acceptor_;
  Listener listener_;
  RequestHandler& handler_;
  Timers& timers_;
  Log& log_;
  std::unique_ptr<Timers::Timer> retry_;
  std::set<std::shared_ptr<Session>> sessions_;
  bool closed_{false};
};

// may_connect says whether a process of that user may use the agent of `own`.
bool may_connect(std::uint32_t uid, std::uint32_t own);

}  // namespace touchstone::agent
