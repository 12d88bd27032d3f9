// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/file.h"
#include "base/result.h"

namespace touchstone::agent {

// pointers_to gives what exec wants: a pointer to each text and a null at the end. The texts must
// outlive it unmoved.
std::vector<char*> pointers_to(std::vector<std::string>& texts);

// ChildProcess is a helper program with a socket for its standard input and output and /dev/null
// for its standard error. It is reaped through its pidfd, so no SIGCHLD handler is needed and
// nobody else's children are touched.
class ChildProcess {
 public:
  // start runs `program` (a path) with that environment and nothing else of ours: other
  // descriptors are close-on-exec, signals are back to their defaults.
  static base::Result<ChildProcess> start(boost::asio::io_context& io, const std::string& program,
                                          const std::vector<std::string>& environment);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // take_socket gives our end, non-blocking, once.
  base::FileDescriptor take_socket() { return std::move(socket_); }
  // end sends SIGTERM (ncurses then gives the terminal back), SIGKILL after kChildGrace, reaps the
  // program when it is gone and calls `then`.
  void end(std::function<void()> then = {});

 private:
  struct Watch;
  ChildProcess(std::shared_ptr<Watch> watch, base::FileDescriptor socket);

  std::shared_ptr<Watch> watch_;
  base::FileDescriptor socket_;
};

}  // namespace touchstone::agent
