// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/pin_text.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {

using base::Code;

base::Result<PinText> PinText::make(const base::Secret& pin) {
  const base::ByteView bytes = pin.view();
  if (bytes.size() < kPinBytesMin || bytes.size() > kPinBytesMax) {
    return base::fail(Code::kPinPolicy, std::to_string(kPinBytesMin) + " to " +
                                            std::to_string(kPinBytesMax) + " bytes");
  }
  if (std::find(bytes.begin(), bytes.end(), 0) != bytes.end()) {
    return base::fail(Code::kPinPolicy, "NUL in the PIN");
  }
  PinText text;
  TRY_ASSIGN(text.terminated_, base::Secret::make(bytes.size() + 1));
  std::copy(bytes.begin(), bytes.end(), text.terminated_.data().begin());
  return text;
}

const char* PinText::c_str() const {
  if (terminated_.empty()) {
    return nullptr;
  }
  return base::as_text(terminated_.view()).data();
}

std::size_t pin_length(const base::Secret& pin) {
  constexpr std::uint8_t kContinuationMask = 0xc0;
  constexpr std::uint8_t kContinuation = 0x80;
  const base::ByteView bytes = pin.view();
  return static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
    return (byte & kContinuationMask) != kContinuation;
  }));
}

}  // namespace touchstone::tokens::fido2
