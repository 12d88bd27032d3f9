// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"
#include "agent/config_entry.h"

namespace touchstone::agent::cli {
namespace {

base::Result<base::Exit> run_config_check(Context& context, const Arguments& arguments) {
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
  const std::string text = format_config(config);
  if (!arguments.has("json")) {
    context.console().out(text);
    return base::Exit::kOk;
  }
  TRY(entries, parse_config_entries(text, "the configuration in force"));
  boost::json::object object;
  for (const ConfigEntry& entry : entries) {
    // format_config writes nothing but these, and tables, whose names are in those of their keys.
    if (const auto* const word = std::get_if<std::string>(&entry.value)) {
      object[entry.name] = *word;
    } else if (const auto* const number = std::get_if<std::int64_t>(&entry.value)) {
      object[entry.name] = *number;
    } else if (const auto* const flag = std::get_if<bool>(&entry.value)) {
      object[entry.name] = *flag;
    }
  }
  context.console().out(json_line(object));
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
       run_config_check},
      {"config show",
       "print the configuration in force, defaults filled in",
       "Prints every key with its value, in the form of the configuration file itself.",
       {json_option("print one object of JSON: each key by its name in touchstone.toml(5)")},
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
