// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace touchstone::agent::cli {

// Where in docs/man/touchstone.1.scd the part made from the command table stands.
constexpr std::string_view kManualBegin = "; made from the command table: begin\n";
constexpr std::string_view kManualEnd = "; made from the command table: end\n";

// manual_commands gives the sections COMMANDS and OPTIONS of touchstone(1) in scdoc(5).
std::string manual_commands();

}  // namespace touchstone::agent::cli
