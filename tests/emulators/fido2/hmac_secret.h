// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/emulators/fido2/client_pin.h"

namespace touchstone::emulators::fido2 {

// hmac_secret_output computes the hmac-secret extension of an assertion (CTAP 2.1 section 12.5).
// Two secrets exist for each credential; which one is used depends on whether the user was
// verified. Gives CBOR null when the credential was made without the extension.
CtapResult hmac_secret_output(const Cbor& input, const Credential& credential, bool verified,
                              ClientPin& pin);

}  // namespace touchstone::emulators::fido2
