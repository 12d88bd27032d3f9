// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/completion.h"
#include "agent/cli/context.h"

namespace touchstone::agent::cli {
namespace {

base::Result<base::Exit> run_completion(Context& context, const Arguments& arguments) {
  const std::string shell = arguments.positional(0).value_or("");
  context.console().out(shell == "bash"  ? bash_completion()
                        : shell == "zsh" ? zsh_completion()
                                         : fish_completion());
  return base::Exit::kOk;
}

base::Result<base::Exit> run_version(Context& context, const Arguments& /*arguments*/) {
  context.console().out("touchstone " TOUCHSTONE_VERSION "\n");
  return base::Exit::kOk;
}

}  // namespace

std::vector<Command> completion_commands() {
  return {
      {"completion",
       "print the completion for a shell",
       "Prints a script that makes the shell complete commands, options, and the names of keys and "
       "tokens. An installed touchstone has put these files in place already.",
       {},
       {{"SHELL", "bash, zsh or fish", Count::kOne, Completes::kWords, {"bash", "zsh", "fish"}}},
       run_completion},
      {"version",
       "print the version",
       "Prints the program's name and version; touchstone status has the agent's.",
       {},
       {},
       run_version},
  };
}

}  // namespace touchstone::agent::cli
