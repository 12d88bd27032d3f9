// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

namespace touchstone::tokens::fido2 {

// from_fido maps what a libfido2 function returned (FIDO_ERR_*: a CTAP status byte, or a negative
// number of the library's own) to an Error with it as the native number.
base::Error from_fido(int status);

// denies_credential says whether a status of a silent probe means "no such credential here". Tokens
// differ in how they say so, above all about credential ids of another make.
bool denies_credential(int status);

}  // namespace touchstone::tokens::fido2
