// SPDX-License-Identifier: Apache-2.0
#include "agent/environment.h"

#include <cstdlib>

namespace touchstone::agent {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace touchstone::agent
