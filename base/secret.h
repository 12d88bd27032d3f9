// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace touchstone::base {

// kSecureHeapBytes is what init_secure_heap locks; kSecretMax bounds one Secret.
constexpr std::size_t kSecureHeapBytes = 256 * 1024;
constexpr std::size_t kSecretMax = 16 * 1024;

// init_secure_heap sets up OpenSSL's secure heap once, before any Secret is made; later calls
// do nothing. It fails with kNoSecureMemory when the pages could not be locked (RLIMIT_MEMLOCK):
// a PIN is never kept in memory that may be swapped. Not thread-safe: call it from main().
Status init_secure_heap();

// Secret owns PINs, passphrases and derived keys: locked memory, zeroed when it goes, never
// copied by accident, never printable. Every place that needs to hold one takes this type.
class Secret {
 public:
  Secret() = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // make gives `size` zero bytes, to be filled through data(). Fails with kTooLong above
  // kSecretMax and with kNoSecureMemory when the heap is not set up or is used up.
  static Result<Secret> make(std::size_t size);
  static Result<Secret> copy_of(ByteView bytes);
  Result<Secret> clone() const { return copy_of(view()); }

  std::span<std::uint8_t> data() { return {data_, size_}; }
  ByteView view() const { return {data_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // shrink zeroes and drops everything after the first `size` bytes.
  void shrink(std::size_t size);

 private:
  void clear() noexcept;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// wipe zeroes memory in a way the compiler keeps.
void wipe(std::span<std::uint8_t> bytes);

}  // namespace touchstone::base
