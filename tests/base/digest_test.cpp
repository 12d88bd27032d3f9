// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace touchstone::base {
namespace {

struct Vector {
  std::string message;
  std::string sha1;
  std::string sha256;
  std::string sha512;
};

// FIPS 180-4 example values, as published with the Secure Hash Standard, and the empty message.
const Vector kVectors[] = {
    {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
     "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
     "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
};

TEST(Digest, AgreesWithThePublishedValues) {
  for (const Vector& vector : kVectors) {
    const ByteView message = as_bytes(vector.message);
    EXPECT_EQ(to_hex(sha1({message})), vector.sha1) << vector.message;
    EXPECT_EQ(to_hex(sha256(message)), vector.sha256) << vector.message;
    EXPECT_EQ(to_hex(sha512(message)), vector.sha512) << vector.message;
  }
}

// FIPS 180-4's long message.
TEST(Digest, HashesAMillionLetters) {
  const std::string message(1'000'000, 'a');
  EXPECT_EQ(to_hex(sha256(as_bytes(message))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(Digest, AuthenticatesAsPublished) {
  const auto mac = [](const Bytes& key, std::string_view message) {
    return to_hex(hmac_sha256(key, as_bytes(message)));
  };
  EXPECT_EQ(mac(Bytes(20, 0x0b), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac(to_bytes("Jefe"), "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(Bytes(20, 0xaa), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(mac(Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

RC_GTEST_PROP(Digest, PartsHashAsTheirConcatenation, (const Bytes& a, const Bytes& b)) {
  const Bytes whole = Writer().raw(a).raw(b).bytes();
  RC_ASSERT(sha1({a, b}) == sha1({whole}));
  RC_ASSERT(sha256({a, {}, b}) == sha256(whole));
  RC_ASSERT(sha512({a, b}) == sha512(whole));
}

}  // namespace
}  // namespace touchstone::base
