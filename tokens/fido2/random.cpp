// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/random.h"

#include <cerrno>

#include <sys/random.h>

namespace touchstone::tokens::fido2 {

base::Result<Random32> random32() {
  Random32 bytes{};
  // Up to 256 bytes come whole and without interruption once the pool is ready, getrandom(2).
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return base::fail(base::from_errno(errno, "getrandom"));
  }
  return bytes;
}

}  // namespace touchstone::tokens::fido2
