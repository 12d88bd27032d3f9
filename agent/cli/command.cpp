// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/command.h"

#include <algorithm>

#include "agent/cli/commands.h"
#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

// Further away than this a name is another word, not a slip of the finger.
constexpr std::size_t kNearMax = 3;

}  // namespace

std::vector<Command> command_table() {
  std::vector<Command> table;
  for (const auto& family :
       {setup_commands, key_commands, status_commands, log_commands, sign_commands, verify_commands,
        report_commands, policy_commands, hook_commands, audit_commands, pin_commands,
        token_commands, config_commands, doctor_commands, completion_commands}) {
    std::vector<Command> commands = family();
    std::move(commands.begin(), commands.end(), std::back_inserter(table));
  }
  return table;
}

std::vector<Family> family_table() {
  return {
      {"key", "make, import, mark, remove and export keys"},
      {"policy", "who may sign what in this repository"},
      {"hook", "make git refuse what was not signed with a touch"},
      {"pin", "set, change and check the PIN of a token"},
      {"token", "what is on a token"},
      {"token resident", "credentials kept on the token itself"},
      {"config", "the agent's configuration"},
  };
}

std::vector<Option> global_options() {
  return {
      {"help", 'h', "", "say how a command is used", Completes::kNothing, {}},
      {"version", '\0', "", "print the version", Completes::kNothing, {}},
      {"socket",
       '\0',
       "PATH",
       "the agent's socket (the configured one when not given)",
       Completes::kFile,
       {}},
  };
}

const Command* find_command(const std::vector<Command>& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const Command& command) { return command.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const Family* find_family(const std::vector<Family>& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const Family& family) { return family.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates) {
  std::optional<std::string> nearest;
  std::size_t least = std::min(kNearMax, name.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = base::edit_distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace touchstone::agent::cli
