// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace touchstone::base {

std::string to_hex(ByteView bytes);
// from_hex takes lower and upper case, an even count, nothing else.
Result<Bytes> from_hex(std::string_view text);

enum class Padding { kWith, kWithout };

// Standard alphabet (RFC 4648 section 4); kWithout is what fingerprints use (SHA256:…).
std::string to_base64(ByteView bytes, Padding padding = Padding::kWith);
// from_base64 refuses white space, missing or extra padding and stray bits in the last digit
// (Malleability): one text per value. Fails with kTooLong when the result is above max.
Result<Bytes> from_base64(std::string_view text, std::size_t max);

}  // namespace touchstone::base
