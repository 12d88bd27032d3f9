// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace touchstone::tokens {

// close_inherited closes every descriptor above the channel's (3): what the agent forgot to mark
// close-on-exec is not a driver's business.
base::Status close_inherited();

// confine gives up, for this process and for good, what a driver never needs: core dumps, being
// traced or read by others of the same uid, new privileges, running programs, tracing, and sockets
// other than netlink (udev) and local ones; it cannot bind, listen or accept. A call that is not
// allowed fails with EPERM. To be called before the first thread is made, and after what needs
// those calls (the udev monitor binds). kSystem when the kernel refuses: the driver must not run
// unconfined.
base::Status confine();

}  // namespace touchstone::tokens
