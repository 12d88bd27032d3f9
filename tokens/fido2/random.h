// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"

namespace touchstone::tokens::fido2 {

using Random32 = std::array<std::uint8_t, 32>;

// random32 gives unpredictable bytes from the kernel.
base::Result<Random32> random32();

}  // namespace touchstone::tokens::fido2
