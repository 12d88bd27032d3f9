// SPDX-License-Identifier: Apache-2.0
#include "ssh/bcrypt_pbkdf.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "ssh/blowfish.h"
#include "ssh/limits.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr int kExpansions = 64;
constexpr int kEncryptions = 64;
constexpr std::size_t kBlockBytes = 32;
constexpr std::string_view kPlaintext = "OxychromaticBlowfishSwatDynamite";

using Block = std::array<std::uint8_t, kBlockBytes>;

// bcrypt_block is bcrypt with a cost of 64 and a text of 32 bytes, whose words come out with the
// least significant byte first.
Block bcrypt_block(const base::Sha512& passphrase, const base::Sha512& salt) {
  Blowfish cipher;
  cipher.expand(passphrase, salt);
  for (int i = 0; i < kExpansions; ++i) {
    cipher.expand(salt, {});
    cipher.expand(passphrase, {});
  }
  std::array<std::uint32_t, kBlockBytes / 4> words{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    words[i / 4] = (words[i / 4] << 8) | static_cast<std::uint8_t>(kPlaintext[i]);
  }
  for (int i = 0; i < kEncryptions; ++i) {
    cipher.encrypt(words);
  }
  Block block{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    block[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
  }
  return block;
}

// derive_block is one block of PBKDF2: the exclusive or of `rounds` links of a chain.
Block derive_block(const base::Sha512& passphrase, ByteView salt, std::uint32_t number,
                   unsigned rounds) {
  base::Writer counter;
  counter.u32(number);
  Block link = bcrypt_block(passphrase, base::sha512({salt, counter.bytes()}));
  Block sum = link;
  for (unsigned i = 1; i < rounds; ++i) {
    link = bcrypt_block(passphrase, base::sha512(link));
    std::transform(sum.begin(), sum.end(), link.begin(), sum.begin(),
                   [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
  }
  base::wipe(link);
  return sum;
}

}  // namespace

base::Result<base::Secret> bcrypt_pbkdf(ByteView passphrase, ByteView salt, unsigned rounds,
                                        std::size_t key_bytes) {
  if (rounds == 0 || passphrase.empty() || salt.empty() || key_bytes == 0) {
    return base::fail(Code::kMalformed, "bcrypt: nothing to derive from");
  }
  if (rounds > kBcryptRoundsMax || key_bytes > kBcryptKeyMax || salt.size() > kBcryptSaltMax) {
    return base::fail(Code::kTooLong, "bcrypt: " + std::to_string(rounds) + " rounds");
  }
  TRY(key, base::Secret::make(key_bytes));
  base::Sha512 hashed = base::sha512(passphrase);
  const std::size_t blocks = (key_bytes + kBlockBytes - 1) / kBlockBytes;
  const std::size_t bytes_per_block = (key_bytes + blocks - 1) / blocks;
  for (std::size_t block = 0; block < blocks; ++block) {
    Block bytes = derive_block(hashed, salt, static_cast<std::uint32_t>(block + 1), rounds);
    for (std::size_t i = 0; i < bytes_per_block; ++i) {
      if (const std::size_t at = i * blocks + block; at < key_bytes) {
        key.data()[at] = bytes[i];
      }
    }
    base::wipe(bytes);
  }
  base::wipe(hashed);
  return key;
}

}  // namespace touchstone::ssh
