// SPDX-License-Identifier: Apache-2.0
#include "agent/key_test.h"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

#include "agent/classify.h"
#include "base/digest.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {
namespace {

// random_bytes gives bytes that are random for every purpose here, and the same in every run.
base::Bytes random_bytes(std::size_t size, std::uint32_t seed = 0) {
  base::Bytes bytes;
  for (std::uint32_t block = 0; bytes.size() < size; ++block) {
    base::Writer input;
    input.u32(seed).u32(block);
    const base::Sha512 digest = base::sha512(input.bytes());
    bytes.insert(bytes.end(), digest.begin(), digest.end());
  }
  bytes.resize(size);
  return bytes;
}

// begun puts a beginning of some protocol in the place of the first random bytes.
base::Bytes begun(base::ByteView beginning) {
  base::Bytes bytes = random_bytes(kKeyTestBytes);
  std::copy(beginning.begin(), beginning.end(), bytes.begin());
  return bytes;
}

base::Bytes with(std::size_t at, base::ByteView part) {
  base::Bytes bytes = random_bytes(kKeyTestBytes);
  std::copy(part.begin(), part.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

Purpose purpose_of(base::ByteView data) {
  const ssh::SoftwareKey key(base::KeyAlgorithm::kEd25519);
  return classify(data, key.sk("ssh:").blob()).purpose;
}

TEST(KeyTest, IsWhatRandomBytesAre) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    ASSERT_TRUE(is_key_test(random_bytes(kKeyTestBytes, seed))) << seed;
  }
  EXPECT_EQ(purpose_of(random_bytes(kKeyTestBytes)), Purpose::kTest);
}

TEST(KeyTest, HasOneSize) {
  for (const std::size_t size : {0U, 20U, 32U, 64U, 512U, 1023U, 1025U, 2048U}) {
    EXPECT_EQ(purpose_of(random_bytes(size)), Purpose::kUnknown) << size;
  }
}

TEST(KeyTest, IsNoText) {
  std::string text;
  while (text.size() < kKeyTestBytes) {
    text += "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@example.org>\n";
  }
  EXPECT_EQ(purpose_of(base::as_bytes(text).first(kKeyTestBytes)), Purpose::kUnknown);
  const std::string line(text, 0, 31);
  EXPECT_TRUE(is_key_test(with(501, base::as_bytes("\n" + line + "\n"))));
  EXPECT_FALSE(is_key_test(with(501, base::as_bytes("\n" + line + "x\n"))));
}

TEST(KeyTest, IsNotOfFewValues) {
  EXPECT_FALSE(is_key_test(base::Bytes(kKeyTestBytes, 0)));
  EXPECT_FALSE(is_key_test(base::Bytes(kKeyTestBytes, 0xa5)));
  base::Bytes few = random_bytes(kKeyTestBytes);
  for (std::uint8_t& byte : few) {
    byte = byte < 229 ? byte : static_cast<std::uint8_t>(byte - 229);
  }
  EXPECT_FALSE(is_key_test(few));
}

TEST(KeyTest, HasNoValueTooOften) {
  // Spread out, so that nothing else is wrong with it.
  const auto with_zeros = [](std::size_t count) {
    base::Bytes bytes = random_bytes(kKeyTestBytes);
    std::replace(bytes.begin(), bytes.end(), std::uint8_t{0}, std::uint8_t{1});
    for (std::size_t i = 0; i < count; ++i) {
      bytes.at(100 + i * 30) = 0;
    }
    return bytes;
  };
  EXPECT_TRUE(is_key_test(with_zeros(27)));
  EXPECT_FALSE(is_key_test(with_zeros(28)));
}

TEST(KeyTest, HasNothingTwice) {
  for (const std::size_t size : {8U, 16U, 64U, 256U, 512U}) {
    const base::Bytes block = random_bytes(size, 7);
    base::Bytes repeated;
    while (repeated.size() < kKeyTestBytes) {
      repeated.insert(repeated.end(), block.begin(), block.end());
    }
    EXPECT_FALSE(is_key_test(repeated)) << size;
  }
  base::Bytes all_values;
  while (all_values.size() < kKeyTestBytes) {
    all_values.push_back(static_cast<std::uint8_t>(all_values.size()));
  }
  EXPECT_FALSE(is_key_test(all_values));
  const base::Bytes start = random_bytes(8);
  EXPECT_TRUE(is_key_test(with(700, base::ByteView(start).first(7))));
  EXPECT_FALSE(is_key_test(with(700, start)));
}

TEST(KeyTest, IsNoSignatureOfAFile) {
  const auto data =
      ssh::SshSigData::of_message("git", ssh::SshSigHash::kSha512, base::as_bytes("message"));
  EXPECT_EQ(purpose_of(begun(data.encode())), Purpose::kUnknown);
  EXPECT_EQ(purpose_of(begun(base::as_bytes("SSHSIG"))), Purpose::kUnknown);
}

TEST(KeyTest, IsNoLogin) {
  // Whatever is behind the user's name, and however long the session identifier is: random bytes
  // that begin so would be a login for a lax server.
  for (const std::size_t session : {0U, 20U, 32U, 64U, 512U, 900U}) {
    base::Writer login;
    login.string(random_bytes(session, 3)).u8(50).string("root");
    EXPECT_EQ(purpose_of(begun(login.bytes())), Purpose::kUnknown) << session;
  }
  base::Writer random_user;
  random_user.string(random_bytes(32, 3)).u8(50).string(random_bytes(987 - 4, 4));
  ASSERT_EQ(random_user.size(), kKeyTestBytes);
  EXPECT_EQ(purpose_of(random_user.bytes()), Purpose::kUnknown);
}

TEST(KeyTest, IsNothingThatBeginsWithAName) {
  base::Writer certificate;
  certificate.string("ssh-ed25519-cert-v01@openssh.com").string(random_bytes(32, 3));
  EXPECT_EQ(purpose_of(begun(certificate.bytes())), Purpose::kCertificate);
  base::Writer host_key;
  host_key.string("hostkeys-prove-00@openssh.com").string(random_bytes(32, 3));
  EXPECT_EQ(purpose_of(begun(host_key.bytes())), Purpose::kUnknown);
  base::Writer unheard_of;
  unheard_of.string("x");
  EXPECT_EQ(purpose_of(begun(unheard_of.bytes())), Purpose::kUnknown);
}

}  // namespace
}  // namespace touchstone::agent
