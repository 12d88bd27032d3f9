// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "agent/cli/command.h"
#include "base/result.h"

namespace touchstone::agent::cli {

// json_option is the --json of every listing.
Option json_option(std::string help);
// token_option is the --token of every command that works on one token.
Option token_option();
// chosen_token gives the token that --token names, or the only one there is, out of what the agent
// answers to "status". Fails with kNoToken, kNotFound, and kUsage when several are plugged in and
// none is named.
base::Result<boost::json::object> chosen_token(const boost::json::object& status,
                                               const Arguments& arguments);

// needs_of says what every signature of a key needs: "touch" or "touch+pin".
std::string needs_of(const boost::json::object& key);
// key_line and token_line say on one displayable line what docs/agent-extensions.md calls a key
// and a token.
std::string key_line(const boost::json::object& key);
std::string token_line(const boost::json::object& token);
// token_name is what a person calls a token: maker, product and device.
std::string token_name(const boost::json::object& token);
// pin_text says how it stands with a token's PIN.
std::string pin_text(const boost::json::object& token);

}  // namespace touchstone::agent::cli
