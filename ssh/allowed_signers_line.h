// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "ssh/allowed_signers.h"

namespace touchstone::ssh {

// parse_allowed_signers_line reads one line without its newline; empty for a blank line or a
// comment. For AllowedSigners::parse.
base::Result<std::optional<AllowedSigner>> parse_allowed_signers_line(std::string_view line);

}  // namespace touchstone::ssh
