// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/subject.h"
#include "base/result.h"

namespace touchstone::agent {

struct Peer {
  std::int64_t pid{0};
  std::uint32_t uid{0};
};

// peer_of gives the process at the other end of a connected local socket, as the kernel recorded
// it at connect() (SO_PEERCRED).
base::Result<Peer> peer_of(int socket);

// client_of describes it as /proc names it now. What cannot be read stays empty. The terminal is
// given only when it is a terminal device that belongs to the same user.
Client client_of(const Peer& peer);

// terminal_of_stat takes the text of /proc/PID/stat and gives the path of the controlling
// terminal's device, or nothing (proc(5): tty_nr). The command name in it is the client's own and
// may hold anything, closing brackets and digits included.
std::string terminal_of_stat(std::string_view stat);

}  // namespace touchstone::agent
