// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "git-integration/git_sign.h"

int main(int argc, char** argv) {
  // A reader that has gone away is an error to report, not a signal to die of.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  const std::span<char*> all(argv, static_cast<std::size_t>(argc));
  const std::vector<std::string> arguments(all.begin() + (argc > 0 ? 1 : 0), all.end());
  touchstone::git::GitSignContext context;
  context.agents =
      touchstone::git::agent_places(std::getenv("XDG_RUNTIME_DIR"), std::getenv("SSH_AUTH_SOCK"));
  std::error_code ignored;
  context.folder = std::filesystem::current_path(ignored);
  const auto now = touchstone::base::SystemClock().now().time_since_epoch();
  context.now =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  return touchstone::git::run_git_sign(arguments, context);
}
