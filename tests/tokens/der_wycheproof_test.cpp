// SPDX-License-Identifier: Apache-2.0
// The Wycheproof vectors for P-256 signatures in DER, which is how tokens give them: what our own
// reader takes and OpenSSL verifies is what is valid, and nothing else.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"
#include "tests/ssh/software_key.h"
#include "tokens/fido2/assertion.h"

namespace touchstone::tokens::fido2 {
namespace {

namespace json = boost::json;

base::Bytes bytes_of(const json::value& value) {
  return ssh::must(base::from_hex(std::string_view(value.as_string())));
}

bool accepts(const ssh::PublicKey& key, base::ByteView der, base::ByteView message) {
  const auto numbers = signature_from_der(der);
  if (!numbers) {
    return false;
  }
  const auto signature = ssh::Signature::from_token(key, {*numbers, 0, 0});
  return signature && ssh::verify(key, *signature, message).has_value();
}

TEST(DerWycheproof, DecidesEveryVector) {
  const char* chosen = std::getenv("TOUCHSTONE_WYCHEPROOF");
  const std::string folder = chosen != nullptr ? chosen : TOUCHSTONE_WYCHEPROOF;
  std::ifstream stream(folder + "/ecdsa_secp256r1_sha256_test.json");
  if (!stream) {
    GTEST_SKIP() << "ecdsa_secp256r1_sha256_test.json is not there; set TOUCHSTONE_WYCHEPROOF to "
                    "its folder";
  }
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const json::value root = json::parse(text);
  std::int64_t decided = 0;
  std::int64_t good = 0;
  for (const json::value& group : root.at("testGroups").as_array()) {
    const ssh::PublicKey key = ssh::plain_key_of(
        {base::KeyAlgorithm::kEcdsaP256, bytes_of(group.at("publicKey").at("uncompressed"))});
    for (const json::value& test : group.at("tests").as_array()) {
      const bool accepted = accepts(key, bytes_of(test.at("sig")), bytes_of(test.at("msg")));
      const std::string_view expected(test.at("result").as_string());
      if (expected != "acceptable") {
        EXPECT_EQ(accepted, expected == "valid")
            << "tcId " << test.at("tcId") << ": " << test.at("comment");
      }
      ++decided;
      good += accepted ? 1 : 0;
    }
  }
  EXPECT_EQ(decided, root.at("numberOfTests").as_int64());
  EXPECT_GT(good, 0);
}

}  // namespace
}  // namespace touchstone::tokens::fido2
