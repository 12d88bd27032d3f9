// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <array>

namespace touchstone::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kBase64DigitMax = 63;
constexpr std::uint8_t kNotADigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_base64_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotADigit);
  for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
    values[static_cast<std::uint8_t>(kBase64Digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> kBase64Values = make_base64_values();

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  if (digit >= 'A' && digit <= 'F') {
    return digit - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0x0fU];
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return fail(Code::kMalformed, "odd number of hex digits");
  }
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return fail(Code::kMalformed, "not a hex digit at " + std::to_string(i));
    }
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(ByteView bytes, Padding padding) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (j < count ? bytes[i + j] : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      if (j <= count) {
        text += kBase64Digits[(group >> (18 - 6 * j)) & 0x3fU];
      } else if (padding == Padding::kWith) {
        text += '=';
      }
    }
  }
  return text;
}

Result<Bytes> from_base64(std::string_view text, std::size_t max) {
  if (text.size() % 4 != 0) {
    return fail(Code::kMalformed, "base64 is not padded");
  }
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  if (text.size() / 4 * 3 - padding > max) {
    return fail(Code::kTooLong, "base64 of more than " + std::to_string(max) + " bytes");
  }
  Bytes out(text.size() / 4 * 3 - padding);
  const std::string_view digits = text.substr(0, text.size() - padding);
  const auto value_at = [&](std::size_t i) -> std::uint32_t {
    return kBase64Values[static_cast<std::uint8_t>(digits[i])];
  };
  std::size_t done = 0;
  std::size_t size = 0;
  // Whole groups; one with anything else in it is left to the loop below, which says where.
  for (; done + 4 <= digits.size(); done += 4) {
    const std::uint32_t a = value_at(done);
    const std::uint32_t b = value_at(done + 1);
    const std::uint32_t c = value_at(done + 2);
    const std::uint32_t d = value_at(done + 3);
    // Digits have six bits, kNotADigit has eight.
    if ((a | b | c | d) > kBase64DigitMax) {
      break;
    }
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    out[size++] = static_cast<std::uint8_t>(group >> 16);
    out[size++] = static_cast<std::uint8_t>(group >> 8);
    out[size++] = static_cast<std::uint8_t>(group);
  }
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (; done < digits.size(); ++done) {
    const std::uint32_t value = value_at(done);
    if (value == kNotADigit) {
      return fail(Code::kMalformed, "not a base64 digit at " + std::to_string(done));
    }
    bits = (bits << 6) | value;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out[size++] = static_cast<std::uint8_t>(bits >> bit_count);
      bits &= (1U << bit_count) - 1;
    }
  }
  if (bits != 0) {
    return fail(Code::kMalformed, "stray bits at the end of base64");
  }
  return out;
}

}  // namespace touchstone::base
