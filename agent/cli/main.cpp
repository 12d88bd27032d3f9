// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "agent/cli/program.h"
#include "base/secret.h"

int main(int argc, char** argv) {
  using namespace touchstone;
  // Only commands that read a passphrase need it, and they fail by themselves when it is not
  // there: a limit on locked memory must not keep anyone from reading the log.
  (void)base::init_secure_heap();
  // A file that may grow no larger is an error like a full disk, and no reason to end.
  std::signal(SIGXFSZ, SIG_IGN);

  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    const char* const value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  agent::cli::SystemConsole console(environment("NO_COLOR").value_or("").size() > 0);
  const git::AgentPlaces places =
      git::agent_places(std::getenv("XDG_RUNTIME_DIR"), std::getenv("SSH_AUTH_SOCK"));
  const auto connect = [&places](const std::optional<std::string>& socket) {
    return agent::cli::connect_control(places, socket);
  };
  agent::cli::Context context(console, environment, connect);
  const auto all = std::span(argv, static_cast<std::size_t>(argc));
  const std::vector<std::string> words(all.begin() + (all.empty() ? 0 : 1), all.end());
  return static_cast<int>(agent::cli::run_program(context, words));
}
