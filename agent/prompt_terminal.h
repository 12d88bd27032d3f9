// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/prompt.h"

namespace touchstone::agent {

// make_terminal_channel shows prompts on the controlling terminal of the program that asks, also
// when git has captured its output. A terminal that does not take the whole prompt at once (it was
// stopped with ^S, nobody reads it) counts as one that shows nothing.
std::unique_ptr<PromptChannel> make_terminal_channel();

}  // namespace touchstone::agent
