// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/git_query.h"

#include "git-integration/process.h"

namespace touchstone::agent::cli {
namespace {

// git config exits with this when the name is not set (git-config(1)).
constexpr int kNotSet = 1;

}  // namespace

base::Result<std::optional<std::string>> git_value(const std::string& name) {
  TRY(output, git::run_git(".", {"config", "-z", "--get", name}));
  if (output.status == kNotSet) {
    return std::optional<std::string>();
  }
  if (output.status != 0) {
    return base::fail(git::failure_of("git config", output));
  }
  // With -z a value ends with a zero byte, whatever line ends are in it.
  return std::optional(output.out.substr(0, output.out.find('\0')));
}

base::Result<std::filesystem::path> git_folder() {
  TRY(output, git::run_git(".", {"rev-parse", "--path-format=absolute", "--git-common-dir"}));
  if (output.status != 0) {
    return base::fail(git::failure_of("git rev-parse", output));
  }
  return std::filesystem::path(output.out.substr(0, output.out.find('\n')));
}

base::Result<std::string> git_version() {
  TRY(output, git::run_git(".", {"version"}));
  constexpr std::string_view kBefore = "git version ";
  if (output.status != 0 || !output.out.starts_with(kBefore)) {
    return base::fail(base::Code::kExternalProgram, "git version", output.status);
  }
  const std::string rest = output.out.substr(kBefore.size());
  return rest.substr(0, rest.find_first_of(" \n"));
}

}  // namespace touchstone::agent::cli
