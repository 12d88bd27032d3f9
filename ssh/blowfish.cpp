// SPDX-License-Identifier: Apache-2.0
#include "ssh/blowfish.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/secret.h"
#include "ssh/blowfish_tables.h"

namespace touchstone::ssh {
namespace {

template <std::size_t N>
void wipe_words(std::array<std::uint32_t, N>& words) {
  base::wipe({reinterpret_cast<std::uint8_t*>(words.data()), sizeof(words)});
}

// WordCycle reads big-endian words from bytes, round and round.
class WordCycle {
 public:
  explicit WordCycle(base::ByteView bytes) : bytes_(bytes) {}

  std::uint32_t next() {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) {
      word = (word << 8) | bytes_[at_];
      at_ = at_ + 1 == bytes_.size() ? 0 : at_ + 1;
    }
    return word;
  }

 private:
  base::ByteView bytes_;
  std::size_t at_ = 0;
};

}  // namespace

Blowfish::Blowfish() {
  std::copy_n(kPiWords.begin(), p_.size(), p_.begin());
  std::copy_n(std::next(kPiWords.begin(), std::ssize(p_)), s_.size(), s_.begin());
}

Blowfish::~Blowfish() {
  wipe_words(p_);
  wipe_words(s_);
}

std::uint32_t Blowfish::mix(std::uint32_t half) const {
  const std::uint32_t a = s_[half >> 24];
  const std::uint32_t b = s_[kBoxWords + ((half >> 16) & 0xffU)];
  const std::uint32_t c = s_[2 * kBoxWords + ((half >> 8) & 0xffU)];
  const std::uint32_t d = s_[3 * kBoxWords + (half & 0xffU)];
  return ((a + b) ^ c) + d;
}

void Blowfish::encrypt_block(std::uint32_t& left, std::uint32_t& right) const {
  for (std::size_t i = 0; i < kRounds; i += 2) {
    left ^= p_[i];
    right ^= mix(left) ^ p_[i + 1];
    left ^= mix(right);
  }
  left ^= p_[kRounds];
  right ^= p_[kRounds + 1];
  std::swap(left, right);
}

void Blowfish::encrypt(std::span<std::uint32_t> words) const {
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    encrypt_block(words[i], words[i + 1]);
  }
}

void Blowfish::expand(base::ByteView key, base::ByteView salt) {
  WordCycle key_words(key);
  for (std::uint32_t& word : p_) {
    word ^= key_words.next();
  }
  WordCycle salt_words(salt);
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  const auto refill = [&](std::span<std::uint32_t> state) {
    for (std::size_t i = 0; i < state.size(); i += 2) {
      if (!salt.empty()) {
        left ^= salt_words.next();
        right ^= salt_words.next();
      }
      encrypt_block(left, right);
      state[i] = left;
      state[i + 1] = right;
    }
  };
  refill(p_);
  refill(s_);
}

}  // namespace touchstone::ssh
