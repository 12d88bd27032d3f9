// SPDX-License-Identifier: Apache-2.0
#include "agent/version.h"

namespace touchstone::agent {

std::string_view version() { return TOUCHSTONE_VERSION; }

}  // namespace touchstone::agent
