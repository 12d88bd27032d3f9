// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "agent/config.h"
#include "agent/server.h"

namespace touchstone::agent {

// DaemonOptions is what touchstone-agent(8) was told on its command line.
struct DaemonOptions {
  std::optional<std::filesystem::path> socket;
  std::optional<std::filesystem::path> config;
  std::filesystem::path token_driver;
  bool print_environment{false};
};

// harden_process is for the start of main(): no core dumps, no debugger of the same user, no
// privileges gained by programs it starts, files for the owner only, secrets in locked memory or
// not at all. SIGPIPE is ignored.
base::Status harden_process();

// default_token_driver is touchstone-token beside our own program, or where it is installed.
std::filesystem::path default_token_driver(const std::filesystem::path& own_program);

// Daemon is the whole agent put together.
class Daemon {
 public:
  // make opens the journal, the keys and the socket; nothing is served yet.
  static base::Result<std::unique_ptr<Daemon>> make(const DaemonOptions& options);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // run serves until SIGTERM or SIGINT; SIGHUP reads configuration and keys again.
  void run();
  const std::filesystem::path& socket() const;

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace touchstone::agent
