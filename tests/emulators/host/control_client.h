// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace touchstone::emulators {

// control_command sends one line to a control socket and gives what follows "ok" in the reply;
// kDenied with the text of an "error" reply.
base::Result<std::string> control_command(const std::string& socket_path, const std::string& line);

}  // namespace touchstone::emulators
