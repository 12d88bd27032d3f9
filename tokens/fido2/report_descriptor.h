// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"

namespace touchstone::tokens::fido2 {

// is_fido_device says whether a HID report descriptor (HID 1.11 section 6.2.2) has a usage on the
// FIDO usage page F1D0 (CTAP 2.1 section 11.2.8.1). Anything malformed is not one.
bool is_fido_device(base::ByteView descriptor);

}  // namespace touchstone::tokens::fido2
