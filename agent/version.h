// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace touchstone::agent {

// version is the project's, "0.1.0".
std::string_view version();

}  // namespace touchstone::agent
