// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"

namespace touchstone::agent {

// open_terminal opens a client's terminal to write to it (and to read its settings), never
// blocking and never making it ours. Fails with kNoPrompt unless it is a terminal device below
// /dev that belongs to us or to `owner`: another person's terminal is none of the client's.
base::Result<base::FileDescriptor> open_terminal(const std::string& path, uid_t owner);

}  // namespace touchstone::agent
