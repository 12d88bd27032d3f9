// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/cli/command.h"

namespace touchstone::agent::cli {

// synopsis gives "touchstone key new [--resident] … NAME".
std::string synopsis(const Command& command);
// option_heading gives "-n, --count N".
std::string option_heading(const Option& option);

// help_overview lists every command; help_family those of one family; help_command says all there
// is to say about one.
std::string help_overview();
std::string help_family(const Family& family);
std::string help_command(const Command& command);

// wrap breaks text at spaces so that no line is wider than the page, each begun with `indent`.
std::string wrap(std::string_view text, std::size_t indent);

}  // namespace touchstone::agent::cli
