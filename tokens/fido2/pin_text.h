// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/secret.h"

namespace touchstone::tokens::fido2 {

// PinText is a PIN as libfido2 wants it, with a NUL at its end, still in locked memory. Without a
// PIN it is the null pointer.
class PinText {
 public:
  PinText() = default;
  // make fails with kPinPolicy for a PIN that no token can have: below 4 or above 63 bytes, or
  // with a NUL inside (CTAP 2.1 section 6.5.1).
  static base::Result<PinText> make(const base::Secret& pin);

  const char* c_str() const;

 private:
  base::Secret terminated_;
};

// pin_length counts the code points of a PIN in UTF-8, which is how tokens state their minimum.
std::size_t pin_length(const base::Secret& pin);

}  // namespace touchstone::tokens::fido2
