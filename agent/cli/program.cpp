// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/program.h"

#include <algorithm>

#include "agent/cli/command.h"
#include "agent/cli/format.h"
#include "agent/cli/help.h"
#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

// Invocation is a command line taken apart: the words that name a command, and the rest.
struct Invocation {
  std::string name;               // "key new", as far as it is a command or a family
  std::vector<std::string> rest;  // options and positionals
  std::string unknown;            // first word that is neither command nor option
  bool help{false};
  bool version{false};
};

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool is_prefix_of_name(const std::string& name) {
  const std::vector<Command> table = command_table();
  return find_family(family_table(), name) != nullptr ||
         std::any_of(table.begin(), table.end(), [&name](const Command& command) {
           return command.name == name || command.name.rfind(name + " ", 0) == 0;
         });
}

// take_apart lets the global options stand before the command too. What is left of them goes to
// the command's own parser, so that there is one place that judges options.
Invocation take_apart(const std::vector<std::string>& words) {
  Invocation result;
  bool naming = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words.at(i);
    const std::string longer = result.name.empty() ? word : result.name + " " + word;
    if (naming && !is_option(word) && is_prefix_of_name(longer)) {
      result.name = longer;
      continue;
    }
    if (naming && !is_option(word) && result.unknown.empty()) {
      result.unknown = word;
    }
    naming = naming && is_option(word);
    result.help = result.help || word == "--help" || word == "-h";
    result.version = result.version || word == "--version";
    result.rest.push_back(word);
    if (naming && word == "--socket" && i + 1 < words.size()) {
      result.rest.push_back(words.at(++i));
    }
  }
  return result;
}

base::Exit usage_error(Context& context, const std::string& what, const std::string& hint) {
  context.console().err("error: " + what + "\nhint: " + hint + "\n");
  return base::Exit::kUsage;
}

base::Exit unknown_command(Context& context, const Invocation& invocation) {
  std::vector<std::string> names;
  for (const Command& command : command_table()) {
    names.push_back(command.name);
  }
  for (const Family& family : family_table()) {
    names.push_back(family.name);
  }
  const std::string given =
      invocation.name.empty() ? invocation.unknown : invocation.name + " " + invocation.unknown;
  std::string what = "unknown command " + shown(given);
  if (const auto nearest = nearest_name(given, names)) {
    what += ", did you mean " + *nearest;
  }
  const bool in_family = !invocation.name.empty();
  return usage_error(context, what,
                     "see touchstone " + (in_family ? invocation.name + " " : "") + "--help");
}

base::Exit run_without_command(Context& context, const Invocation& invocation) {
  if (invocation.help && invocation.unknown.empty()) {
    const auto families = family_table();
    const Family* const family = find_family(families, invocation.name);
    context.console().out(family == nullptr ? help_overview() : help_family(*family));
    return base::Exit::kOk;
  }
  if (!invocation.unknown.empty()) {
    return unknown_command(context, invocation);
  }
  const auto families = family_table();
  if (const Family* const family = find_family(families, invocation.name)) {
    context.console().err(help_family(*family));
    return base::Exit::kUsage;
  }
  const auto parsed = parse_arguments(Command{}, global_options(), invocation.rest);
  if (!parsed.has_value()) {
    return usage_error(context, parsed.error().context, "see touchstone --help");
  }
  context.console().err(help_overview());
  return base::Exit::kUsage;
}

base::Exit show_error(Context& context, const Command& command, const base::Error& error) {
  if (error.code == base::Code::kUsage) {
    return usage_error(context, command.name + ": " + error.context,
                       "see touchstone " + command.name + " --help");
  }
  context.console().err(base::format_error(error));
  return base::describe(error.code).exit;
}

base::Exit run_command(Context& context, const Command& command, const Invocation& invocation) {
  const auto arguments = parse_arguments(command, global_options(), invocation.rest);
  if (!arguments.has_value()) {
    return show_error(context, command, arguments.error());
  }
  if (arguments->has("help")) {
    context.console().out(help_command(command));
    return base::Exit::kOk;
  }
  if (const auto socket = arguments->value("socket")) {
    context.use_socket(*socket);
  }
  const auto result = command.run(context, *arguments);
  if (!result.has_value()) {
    return show_error(context, command, result.error());
  }
  return *result;
}

}  // namespace

base::Exit run_program(Context& context, const std::vector<std::string>& words) {
  Invocation invocation = take_apart(words);
  const std::vector<Command> table = command_table();
  if (invocation.version && !invocation.help) {
    invocation.name = "version";
    invocation.rest.clear();
  }
  const Command* const command = find_command(table, invocation.name);
  const base::Exit exit = command == nullptr ? run_without_command(context, invocation)
                                             : run_command(context, *command, invocation);
  const auto written = context.console().flush();
  if (!written.has_value()) {
    context.console().err(base::format_error(written.error()));
    return base::describe(written.error().code).exit;
  }
  return exit;
}

}  // namespace touchstone::agent::cli
