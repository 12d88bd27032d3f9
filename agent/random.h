// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace touchstone::agent {

// random_bytes gives `count` bytes from the kernel.
base::Result<base::Bytes> random_bytes(std::size_t count);

}  // namespace touchstone::agent
