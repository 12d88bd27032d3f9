// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/emulators/host/host.h"

namespace touchstone::emulators {

std::string usage();

// parse_token_options reads the value of --token: name=NAME,state=FILE,profile=P,touch=T,
// quirk=NAME:VALUE (any number), plugged=no. Only the name must be there.
base::Result<TokenOptions> parse_token_options(std::string_view text);
// parse_host_options reads the arguments after the program's name.
base::Result<HostOptions> parse_host_options(std::span<const std::string> arguments);

}  // namespace touchstone::emulators
