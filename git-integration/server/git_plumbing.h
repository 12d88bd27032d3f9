// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/limits.h"
#include "git-integration/process.h"

namespace touchstone::git::server {

// GitCall is one run of a git command. A hook's quarantine (GIT_QUARANTINE_PATH,
// GIT_OBJECT_DIRECTORY, GIT_ALTERNATE_OBJECT_DIRECTORIES) reaches it by git_environment().
struct GitCall {
  std::vector<std::string> arguments;
  std::string_view input{};                // its standard input
  std::vector<std::string> environment{};  // "NAME=VALUE", beside git_environment()
  std::size_t output_max{kCommandOutputMax};
  bool durable{false};  // what it writes is on the disk when it ends
};

// call_git runs it to its end and gives status and output, whatever the status is.
base::Result<CommandOutput> call_git(const std::string& repository, const GitCall& call);
// git_output fails with kExternalProgram and git's own words unless the status is zero.
base::Result<std::string> git_output(const std::string& repository, const GitCall& call);
// git_line gives its output without the line end.
base::Result<std::string> git_line(const std::string& repository, const GitCall& call);

}  // namespace touchstone::git::server
