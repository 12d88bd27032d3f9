// SPDX-License-Identifier: Apache-2.0
#include "agent/random.h"

#include <cerrno>

#include <sys/random.h>

namespace touchstone::agent {

base::Result<base::Bytes> random_bytes(std::size_t count) {
  base::Bytes bytes(count);
  // Up to 256 bytes come whole and uninterrupted (getrandom(2)).
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(count)) {
    return base::fail(base::from_errno(errno, "random numbers"));
  }
  return bytes;
}

}  // namespace touchstone::agent
