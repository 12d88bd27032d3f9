// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/report_descriptor.h"

#include <array>
#include <cstdint>

namespace touchstone::tokens::fido2 {

bool is_fido_device(base::ByteView descriptor) {
  constexpr std::uint8_t kLongItem = 0xfe;
  constexpr std::uint8_t kTagMask = 0xfc;
  constexpr std::uint8_t kUsagePage = 0x04;  // a global item
  constexpr std::uint32_t kFidoPage = 0xf1d0;
  constexpr std::array<std::size_t, 4> kSizes = {0, 1, 2, 4};

  base::Reader in(descriptor);
  while (!in.at_end()) {
    const base::Result<std::uint8_t> head = in.u8();
    if (!head.has_value()) {
      return false;
    }
    if (*head == kLongItem) {
      const base::Result<std::uint8_t> size = in.u8();
      if (!size.has_value() || !in.u8().has_value() || !in.take(*size).has_value()) {
        return false;
      }
      continue;
    }
    const base::Result<base::ByteView> data = in.take(kSizes.at(*head & 3U));
    if (!data.has_value()) {
      return false;
    }
    std::uint32_t value = 0;
    for (auto byte = data->rbegin(); byte != data->rend(); ++byte) {
      value = value << 8U | *byte;
    }
    if ((*head & kTagMask) == kUsagePage && value == kFidoPage) {
      return true;
    }
  }
  return false;
}

}  // namespace touchstone::tokens::fido2
