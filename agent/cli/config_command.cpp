// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"

namespace touchstone::agent::cli {
namespace {

base::Result<base::Exit> run_check(Context& context, const Arguments& arguments) {
  const auto given = arguments.positional(0);
  const std::filesystem::path path = given.has_value() ? *given : default_config_path().string();
  TRY_VOID(load_config(path, given.has_value()));
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  context.console().out(shown(path.string()) +
                        (there ? ": no errors\n" : ": not there, the defaults hold\n"));
  return base::Exit::kOk;
}

base::Result<base::Exit> run_show(Context& context, const Arguments& arguments) {
  const auto given = arguments.positional(0);
  const std::filesystem::path path = given.has_value() ? *given : default_config_path().string();
  TRY(config, load_config(path, given.has_value()));
  context.console().out(format_config(config));
  return base::Exit::kOk;
}

base::Result<base::Exit> run_path(Context& context, const Arguments& /*arguments*/) {
  context.console().out(whole(default_config_path().string()) + "\n");
  return base::Exit::kOk;
}

Positional file() {
  return {
      "FILE", "the file (the agent's own when not given)", Count::kOptional, Completes::kFile, {}};
}

}  // namespace

std::vector<Command> config_commands() {
  return {
      {"config check",
       "look for errors in the configuration",
       "Reads the configuration as the agent would. An error names the line, the column and, for a "
       "key that does not exist, the nearest one that does. See touchstone.toml(5).",
       {},
       {file()},
       run_check},
      {"config show",
       "print the configuration in force, defaults filled in",
       "Prints every key with its value, in the form of the configuration file itself.",
       {},
       {file()},
       run_show},
      {"config path",
       "print where the configuration file is looked for",
       "Prints the path whether or not there is a file.",
       {},
       {},
       run_path},
  };
}

}  // namespace touchstone::agent::cli
