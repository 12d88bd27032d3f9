// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace touchstone::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

ByteView as_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);
Bytes to_bytes(ByteView bytes);
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
bool equal(ByteView a, ByteView b);  // not constant time: for public values

// Reader is the one cursor over bytes from outside. Integers are big-endian; string() is a
// uint32 length and that many bytes (RFC 4251 section 5). Every read either succeeds whole and
// advances, or fails and leaves the cursor where it was. It borrows: the bytes must outlive it
// and the views it gives out.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes), start_size_(bytes.size()) {}

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  // boolean refuses anything but 0 and 1 (RFC 4251 lets a reader take any non-zero for true;
  // one encoding per meaning is safer for bytes that are signed).
  Result<bool> boolean();
  Result<ByteView> take(std::size_t count);
  // string fails with kTooLong when the length is above max and with kMalformed below min.
  Result<ByteView> string(std::size_t max, std::size_t min = 0);
  Result<std::string> text(std::size_t max, std::size_t min = 0);
  // expect fails with kMalformed unless the next bytes are exactly these.
  Status expect(ByteView bytes);
  // expect_end fails with kTrailingBytes when anything is left.
  Status expect_end() const;

  ByteView rest() const { return rest_; }
  std::size_t remaining() const { return rest_.size(); }
  std::size_t offset() const { return start_size_ - rest_.size(); }
  bool at_end() const { return rest_.empty(); }

 private:
  ByteView rest_;
  std::size_t start_size_;
};

// Writer builds such bytes. It never fails: what it is given was bounded when it was read.
class Writer {
 public:
  Writer& u8(std::uint8_t value);
  Writer& u16(std::uint16_t value);
  Writer& u32(std::uint32_t value);
  Writer& u64(std::uint64_t value);
  Writer& boolean(bool value) { return u8(value ? 1 : 0); }
  Writer& raw(ByteView bytes);
  Writer& raw(std::string_view text) { return raw(as_bytes(text)); }
  Writer& string(ByteView bytes);
  Writer& string(std::string_view text) { return string(as_bytes(text)); }
  // mpint writes an unsigned big-endian integer as RFC 4251 mpint: no superfluous zeros, one
  // zero byte before a set high bit.
  Writer& mpint(ByteView magnitude);

  const Bytes& bytes() const& { return bytes_; }
  Bytes take() && { return std::move(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
};

}  // namespace touchstone::base
