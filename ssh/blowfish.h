// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace touchstone::ssh {

// Blowfish is the block cipher (Schneier, "Description of a New Variable-Length Key, 64-Bit Block
// Cipher", 1993) with the salted key schedule of bcrypt (Provos and Mazières, "A Future-Adaptable
// Password Scheme", 1999), which no library offers by itself. For bcrypt_pbkdf only. Its state is
// wiped when it goes.
class Blowfish final {
 public:
  Blowfish();
  ~Blowfish();
  Blowfish(const Blowfish&) = delete;
  Blowfish& operator=(const Blowfish&) = delete;

  // expand mixes key, and salt when it is not empty, into the state ("EksBlowfish"). Both are
  // used round and round, and their sizes are multiples of 4.
  void expand(base::ByteView key, base::ByteView salt);
  // encrypt works on pairs of words in place; their number is even.
  void encrypt(std::span<std::uint32_t> words) const;

 private:
  static constexpr std::size_t kRounds = 16;
  static constexpr std::size_t kBoxes = 4;
  static constexpr std::size_t kBoxWords = 256;

  std::uint32_t mix(std::uint32_t half) const;
  void encrypt_block(std::uint32_t& left, std::uint32_t& right) const;

  std::array<std::uint32_t, kRounds + 2> p_{};
  std::array<std::uint32_t, kBoxes * kBoxWords> s_{};
};

}  // namespace touchstone::ssh
