// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/variables_map.hpp>
#include <unistd.h>

#include "agent/daemon.h"
#include "agent/version.h"
#include "base/error.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

namespace options = boost::program_options;

int exit_with(const base::Error& error) {
  std::cerr << base::format_error(error);
  return static_cast<int>(base::describe(error.code).exit);
}

options::options_description known_options() {
  options::options_description known("options");
  auto add = known.add_options();
  add("socket,a", options::value<std::string>(), "listen on this path");
  add("config", options::value<std::string>(), "read this configuration file");
  add("foreground,d", "stay in the foreground (this is always so)");
  add("shell,s", "print the environment for a Bourne shell");
  add("token-driver", options::value<std::string>(), "run this program to reach tokens");
  add("version", "print the version");
  add("help,h", "print this help");
  return known;
}

// shell_quoted is for a path in single quotes: '\'' for a quote in it.
std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

int serve(const DaemonOptions& given) {
  const base::Status hardened = harden_process();
  if (!hardened.has_value()) {
    return exit_with(hardened.error());
  }
  const auto daemon = Daemon::make(given);
  if (!daemon.has_value()) {
    return exit_with(daemon.error());
  }
  if (given.print_environment) {
    std::cout << "SSH_AUTH_SOCK=" << shell_quoted((*daemon)->socket().string())
              << "; export SSH_AUTH_SOCK;\nSSH_AGENT_PID=" << ::getpid()
              << "; export SSH_AGENT_PID;\n"
              << std::flush;
  }
  (*daemon)->run();
  return static_cast<int>(base::Exit::kOk);
}

int run(int argc, char** argv) {
  const options::options_description known = known_options();
  options::variables_map found;
  try {
    options::store(options::command_line_parser(argc, argv).options(known).positional({}).run(),
                   found);
  } catch (const options::error& error) {
    return exit_with(base::Error{base::Code::kUsage, 0, error.what()});
  }
  if (found.contains("help")) {
    std::cout << "touchstone-agent signs commits, tags and logins with a token, after a touch for "
                 "each\n\n"
                 "usage: touchstone-agent [options]\n"
              << known << "\nsee touchstone-agent(8)\n";
    return static_cast<int>(base::Exit::kOk);
  }
  if (found.contains("version")) {
    std::cout << "touchstone-agent " << version() << "\n";
    return static_cast<int>(base::Exit::kOk);
  }
  DaemonOptions given;
  if (found.contains("socket")) {
    given.socket = found["socket"].as<std::string>();
  }
  if (found.contains("config")) {
    given.config = found["config"].as<std::string>();
  }
  if (found.contains("token-driver")) {
    given.token_driver = std::filesystem::absolute(found["token-driver"].as<std::string>());
  } else {
    // Asked before the process is made non-dumpable and /proc/self is root's.
    std::error_code error;
    given.token_driver =
        default_token_driver(std::filesystem::read_symlink("/proc/self/exe", error));
  }
  given.print_environment = found.contains("shell");
  return serve(given);
}

}  // namespace
}  // namespace touchstone::agent

int main(int argc, char** argv) { return touchstone::agent::run(argc, argv); }
