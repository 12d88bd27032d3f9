// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace touchstone::agent {

// environment_variable gives what our own environment says, or nothing. It is for XDG_* and what a
// desktop session needs (style: no other configuration through the environment), never for anything
// a client said.
std::string environment_variable(const char* name);

}  // namespace touchstone::agent
