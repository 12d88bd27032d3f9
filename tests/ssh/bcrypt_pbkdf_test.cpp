// SPDX-License-Identifier: Apache-2.0
#include "ssh/bcrypt_pbkdf.h"

#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "ssh/blowfish.h"
#include "ssh/blowfish_tables.h"
#include "ssh/limits.h"

namespace touchstone::ssh {
namespace {

struct BlowfishVector {
  const char* key;
  const char* clear;
  const char* encrypted;
};

// From the table of test vectors for Blowfish by Eric Young that its author publishes.
constexpr BlowfishVector kBlowfishVectors[] = {
    {"0000000000000000", "0000000000000000", "4EF997456198DD78"},
    {"FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "51866FD5B85ECB8A"},
    {"3000000000000000", "1000000000000001", "7D856F9A613063F2"},
    {"0123456789ABCDEF", "1111111111111111", "61F9C3802281B096"},
    {"7CA110454A1A6E57", "01A1D6D039776742", "59C68245EB05282B"},
    {"FEDCBA9876543210", "0123456789ABCDEF", "0ACEAB0FC6A0A28D"},
};

TEST(Blowfish, PublishedVectors) {
  for (const BlowfishVector& vector : kBlowfishVectors) {
    Blowfish cipher;
    cipher.expand(base::from_hex(vector.key).value(), {});
    const base::Bytes clear = base::from_hex(vector.clear).value();
    base::Reader reader(clear);
    std::array<std::uint32_t, 2> words{reader.u32().value(), reader.u32().value()};
    cipher.encrypt(words);
    base::Writer out;
    out.u32(words[0]).u32(words[1]);
    EXPECT_EQ(out.bytes(), base::from_hex(vector.encrypted).value()) << vector.key;
  }
}

// A fixed-point number with as many bits as the tables and some to spare; [0] is the integer part.
using Fixed = std::vector<std::uint32_t>;

void divide(Fixed& number, std::uint32_t by) {
  std::uint64_t rest = 0;
  for (std::uint32_t& word : number) {
    const std::uint64_t part = (rest << 32) | word;
    word = static_cast<std::uint32_t>(part / by);
    rest = part % by;
  }
}

void add(Fixed& sum, const Fixed& term, bool subtract) {
  std::int64_t carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    const std::int64_t value =
        carry + sum[i] + (subtract ? -std::int64_t{term[i]} : std::int64_t{term[i]});
    sum[i] = static_cast<std::uint32_t>(value & 0xffffffff);
    carry = value >> 32;
  }
}

// factor × arctan(1 / x), by Gregory's series.
Fixed arctan(std::uint32_t factor, std::uint32_t x, std::size_t words) {
  Fixed power(words, 0);
  power[0] = factor;
  divide(power, x);
  Fixed sum = power;
  for (std::uint32_t n = 3; power != Fixed(words, 0); n += 2) {
    divide(power, x * x);
    Fixed term = power;
    divide(term, n);
    add(sum, term, n % 4 == 3);
  }
  return sum;
}

TEST(Blowfish, TablesAreTheDigitsOfPi) {
  const std::size_t words = kPiWords.size() + 4;
  Fixed pi = arctan(16, 5, words);  // Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)
  add(pi, arctan(4, 239, words), true);
  ASSERT_EQ(pi[0], 3U);
  for (std::size_t i = 0; i < kPiWords.size(); ++i) {
    ASSERT_EQ(kPiWords[i], pi[i + 1]) << "word " << i;
  }
}

struct KdfVector {
  unsigned rounds;
  std::string passphrase;
  std::string salt;
  const char* key;
};

class BcryptPbkdf : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }
};

// From OpenBSD's regress tests for bcrypt_pbkdf(3).
TEST_F(BcryptPbkdf, PublishedVectors) {
  const KdfVector vectors[] = {
      {4, "password", "salt", "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"},
      {4, "password", std::string(1, '\0'), "c12b566235eee04c212598970a579a67"},
      {8, "password", "salt",
       "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec7"
       "6227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d"},
      {42, "password", "salt", "833cf0dcf56db65608e8f0dc0ce882bd"},
  };
  for (const KdfVector& vector : vectors) {
    const base::Bytes expected = base::from_hex(vector.key).value();
    const auto key = bcrypt_pbkdf(base::as_bytes(vector.passphrase), base::as_bytes(vector.salt),
                                  vector.rounds, expected.size());
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(base::to_hex(key->view()), vector.key);
  }
}

TEST_F(BcryptPbkdf, RefusesNothingAndTooMuch) {
  const base::Bytes some{1, 2, 3};
  const auto code = [](const auto& result) { return result.error().code; };
  EXPECT_EQ(code(bcrypt_pbkdf({}, some, 1, 32)), base::Code::kMalformed);
  EXPECT_EQ(code(bcrypt_pbkdf(some, {}, 1, 32)), base::Code::kMalformed);
  EXPECT_EQ(code(bcrypt_pbkdf(some, some, 0, 32)), base::Code::kMalformed);
  EXPECT_EQ(code(bcrypt_pbkdf(some, some, 1, 0)), base::Code::kMalformed);
  EXPECT_EQ(code(bcrypt_pbkdf(some, some, kBcryptRoundsMax + 1, 32)), base::Code::kTooLong);
  EXPECT_TRUE(bcrypt_pbkdf(some, some, 1, kBcryptKeyMax).has_value());
  EXPECT_EQ(code(bcrypt_pbkdf(some, some, 1, kBcryptKeyMax + 1)), base::Code::kTooLong);
  EXPECT_TRUE(bcrypt_pbkdf(some, base::Bytes(kBcryptSaltMax), 1, 32).has_value());
  EXPECT_EQ(code(bcrypt_pbkdf(some, base::Bytes(kBcryptSaltMax + 1), 1, 32)), base::Code::kTooLong);
}

}  // namespace
}  // namespace touchstone::ssh
