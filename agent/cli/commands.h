// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "agent/cli/command.h"

// One function per family of commands, each in the file of its name.
namespace touchstone::agent::cli {

std::vector<Command> setup_commands();
std::vector<Command> key_commands();
std::vector<Command> status_commands();
std::vector<Command> log_commands();
std::vector<Command> sign_commands();
std::vector<Command> verify_commands();
std::vector<Command> report_commands();
std::vector<Command> policy_commands();
std::vector<Command> hook_commands();
std::vector<Command> audit_commands();
std::vector<Command> pin_commands();
std::vector<Command> token_commands();
std::vector<Command> config_commands();
std::vector<Command> doctor_commands();
std::vector<Command> completion_commands();

}  // namespace touchstone::agent::cli
