// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent/temporary_folder.h"

namespace touchstone::agent {

// PrivateBus is a real dbus-daemon of the test's own, with nothing on it.
class PrivateBus final {
 public:
  PrivateBus() {
    const std::string config = folder_.path() / "bus.conf";
    std::ofstream(config) << "<busconfig><type>session</type><listen>" << address()
                          << "</listen><auth>EXTERNAL</auth><policy context='default'>"
                             "<allow send_destination='*' eavesdrop='true'/>"
                             "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>";
    int ends[2];
    if (pipe(ends) != 0) {
      throw std::runtime_error("pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = "dbus-daemon";
    std::string option = "--config-file=" + config;
    std::string print = "--print-address=1";
    std::string no_fork = "--nofork";
    char* arguments[] = {program.data(), option.data(), print.data(), no_fork.data(), nullptr};
    if (posix_spawnp(&pid_, "dbus-daemon", &actions, nullptr, arguments, environ) != 0) {
      throw std::runtime_error("dbus-daemon does not start");
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char byte = 0;
    const bool ready = read(ends[0], &byte, 1) == 1;  // it listens once it has said where
    close(ends[0]);
    if (!ready) {
      throw std::runtime_error("dbus-daemon does not listen");
    }
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  ~PrivateBus() { stop(); }

  std::string address() const { return "unix:path=" + (folder_.path() / "bus").native(); }
  void stop() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }

 private:
  TemporaryFolder folder_;
  pid_t pid_{0};
};

}  // namespace touchstone::agent
