// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/doctor_checks.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

std::vector<Check> all_checks(Context& context) {
  const Machine machine =
      this_machine([&context](std::string_view name) { return context.environment(name); });
  const base::Result<Config> config = context.config();
  const base::Result<boost::json::object> status = context.ask({{"command", "status"}});
  std::vector<Check> checks{
      check_runtime_folder(machine), check_configuration(config, default_config_path()),
      check_agent(status),           check_tokens(status),
      check_devices(machine),        check_locked_memory(machine)};
  if (config.has_value()) {
    checks.push_back(check_pinentry(*config));
    checks.push_back(check_journal(*config));
    checks.push_back(check_keys_folder(machine, *config));
  }
  for (Check& check : check_git(status, program_folder() / "touchstone-git-sign", machine)) {
    checks.push_back(std::move(check));
  }
  return checks;
}

Colour colour_of(Health health) {
  switch (health) {
    case Health::kGood:
      return Colour::kGreen;
    case Health::kNote:
      return Colour::kYellow;
    case Health::kProblem:
      return Colour::kRed;
  }
  return Colour::kRed;
}

void print_check(Console& console, const Check& check) {
  std::string state(name_of(check.health));
  state.resize(name_of(Health::kProblem).size(), ' ');
  console.out(console.paint(colour_of(check.health), state) + "  " + check.name + ": " +
              shown(check.finding) + "\n");
  if (!check.mend.empty()) {
    console.out("         mend it: " + whole(check.mend) + "\n");
  }
}

base::Result<base::Exit> run_doctor(Context& context, const Arguments& arguments) {
  const std::vector<Check> checks = all_checks(context);
  for (const Check& check : checks) {
    if (arguments.has("json")) {
      context.console().out(json_line({{"check", check.name},
                                       {"state", std::string(name_of(check.health))},
                                       {"finding", check.finding},
                                       {"mend", check.mend}}));
    } else {
      print_check(context.console(), check);
    }
  }
  const bool healthy = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.health == Health::kProblem;
  });
  return healthy ? base::Exit::kOk : base::Exit::kFailed;
}

}  // namespace

std::vector<Command> doctor_commands() {
  return {
      {"doctor",
       "find out what is wrong, and the command that mends it",
       "Looks at the agent, the tokens, the permissions of devices and folders, the journal, and "
       "git's settings in this folder. Each problem comes with the command that mends it. Exits "
       "with 1 when there is one.",
       {json_option("print one object of JSON a line: check, state, finding, mend")},
       {},
       run_doctor},
  };
}

}  // namespace touchstone::agent::cli
