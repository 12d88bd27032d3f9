// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <algorithm>

namespace touchstone::base {

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

bool equal(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

namespace {

template <class T>
Result<T> big_endian(Reader& reader) {
  TRY(bytes, reader.take(sizeof(T)));
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = (value << 8) | byte;
  }
  return static_cast<T>(value);
}

template <class T>
void append_big_endian(Bytes& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

std::string at(std::size_t offset) { return "at offset " + std::to_string(offset); }

}  // namespace

Result<std::uint8_t> Reader::u8() { return big_endian<std::uint8_t>(*this); }
Result<std::uint16_t> Reader::u16() { return big_endian<std::uint16_t>(*this); }
Result<std::uint32_t> Reader::u32() { return big_endian<std::uint32_t>(*this); }
Result<std::uint64_t> Reader::u64() { return big_endian<std::uint64_t>(*this); }

Result<bool> Reader::boolean() {
  Reader look = *this;
  TRY(value, look.u8());
  if (value > 1) {
    return fail(Code::kMalformed, at(offset()) + ": boolean is neither 0 nor 1");
  }
  *this = look;
  return value == 1;
}

Result<ByteView> Reader::take(std::size_t count) {
  if (count > rest_.size()) {
    return fail(Code::kTruncated, at(offset()));
  }
  const ByteView taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

Result<ByteView> Reader::string(std::size_t max, std::size_t min) {
  Reader look = *this;
  TRY(length, look.u32());
  if (length > max) {
    return fail(Code::kTooLong, at(offset()) + ": " + std::to_string(length) + " bytes, limit " +
                                    std::to_string(max));
  }
  if (length < min) {
    return fail(Code::kMalformed, at(offset()) + ": " + std::to_string(length) +
                                      " bytes, at least " + std::to_string(min) + " expected");
  }
  TRY(bytes, look.take(length));
  *this = look;
  return bytes;
}

Result<std::string> Reader::text(std::size_t max, std::size_t min) {
  TRY(bytes, string(max, min));
  return std::string(as_text(bytes));
}

Status Reader::expect(ByteView bytes) {
  Reader look = *this;
  TRY(found, look.take(bytes.size()));
  if (!equal(found, bytes)) {
    return fail(Code::kMalformed, at(offset()));
  }
  *this = look;
  return {};
}

Status Reader::expect_end() const {
  if (!rest_.empty()) {
    return fail(Code::kTrailingBytes,
                at(offset()) + ": " + std::to_string(rest_.size()) + " bytes left");
  }
  return {};
}

Writer& Writer::u8(std::uint8_t value) {
  bytes_.push_back(value);
  return *this;
}

Writer& Writer::u16(std::uint16_t value) {
  append_big_endian(bytes_, value);
  return *this;
}

Writer& Writer::u32(std::uint32_t value) {
  append_big_endian(bytes_, value);
  return *this;
}

Writer& Writer::u64(std::uint64_t value) {
  append_big_endian(bytes_, value);
  return *this;
}

Writer& Writer::raw(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::string(ByteView bytes) {
  return u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes);
}

Writer& Writer::mpint(ByteView magnitude) {
  const auto first =
      std::find_if(magnitude.begin(), magnitude.end(), [](std::uint8_t b) { return b != 0; });
  const ByteView digits = magnitude.subspan(static_cast<std::size_t>(first - magnitude.begin()));
  const bool high_bit = !digits.empty() && (digits.front() & 0x80U) != 0;
  u32(static_cast<std::uint32_t>(digits.size() + (high_bit ? 1 : 0)));
  if (high_bit) {
    u8(0);
  }
  return raw(digits);
}

}  // namespace touchstone::base
