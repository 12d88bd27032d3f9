// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "agent/limits.h"
#include "agent/pin_entry.h"

namespace touchstone::agent {

// find_program gives the file to run for pin.program, which may be executed: an absolute path as
// it is, a bare name from /usr/local/bin, /usr/bin or /bin; never from $PATH. Fails with kNotFound,
// kPermission.
base::Result<std::string> find_program(std::string_view name);

// make_pin_entry asks through the pinentry program at that path, started anew for each question
// with an environment of its own. It is given up after `timeout`. Needs the secure heap. When it
// is destroyed with a question under way, the program is killed and the handler dropped uncalled.
std::unique_ptr<PinEntry> make_pin_entry(
    boost::asio::io_context& io, std::string program,
    std::chrono::steady_clock::duration timeout = kPinEntryTimeout);

}  // namespace touchstone::agent
