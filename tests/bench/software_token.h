// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/key.h"

namespace touchstone::bench {

// SoftwareToken signs as a FIDO token would, at once and without a touch. The key handle is the
// private key: this is for measuring agents, where the token's own time is noise.
class SoftwareToken {
 public:
  using Handle = std::array<std::uint8_t, 32>;

  static Handle new_handle();
  static base::PublicKey public_key(const Handle& handle);
  // sign gives flags UP and a rising counter over SHA256(application) flags counter SHA256(data).
  static base::TokenSignature sign(const Handle& handle, std::string_view application,
                                   base::ByteView data, std::uint32_t counter);
};

}  // namespace touchstone::bench
