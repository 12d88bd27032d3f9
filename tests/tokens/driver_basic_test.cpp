// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using base::KeyAlgorithm;

TEST(DriverBasic, ListsWhatIsPluggedIn) {
  DriverBench bench({"name=a", "name=b,profile=u2f"});
  ASSERT_EQ(bench.tokens().size(), 2U);
  const TokenInfo& first = bench.token("/dev/hidraw0");
  EXPECT_EQ(first.driver, "fido2");
  EXPECT_TRUE(first.id.starts_with("fido2:/dev/hidraw0:")) << first.id;
  EXPECT_FALSE(first.product.empty());
  EXPECT_NE(first.vendor_id, 0);
  EXPECT_NE(first.aaguid, decltype(first.aaguid){});
  EXPECT_FALSE(first.pin_set);
  EXPECT_EQ(first.pin_retries, -1);
  EXPECT_TRUE(first.resident_supported);
  EXPECT_TRUE(first.cred_protect_supported);
  EXPECT_FALSE(first.u2f_only());
  const TokenInfo& second = bench.token("/dev/hidraw1");
  EXPECT_TRUE(second.u2f_only());
  EXPECT_FALSE(second.pin_supported);
  EXPECT_EQ(bench.close(), 0);
}

TEST(DriverBasic, ListsNothingWithoutTokens) {
  DriverBench bench({"name=a,plugged=no"});
  EXPECT_TRUE(bench.tokens().empty());
  KeyReference key;
  key.application = "ssh:";
  key.credential_id = base::to_bytes("id");
  key.public_key.material = base::Bytes(32, 1);
  EXPECT_EQ(bench.locate(key).error().code, Code::kNoToken);
}

TEST(DriverBasic, EnrollsAndSigns) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const auto enrolled = bench.enroll(enroll_request(token));
  ASSERT_TRUE(enrolled.has_value()) << base::message_of(enrolled.error());
  EXPECT_EQ(enrolled->key.public_key.algorithm, KeyAlgorithm::kEd25519);
  EXPECT_EQ(enrolled->key.public_key.material.size(), 32U);
  EXPECT_EQ(enrolled->attestation.format, "packed");
  EXPECT_EQ(enrolled->attestation.certificates.size(), 1U);
  EXPECT_NE(enrolled->flags & base::kFlagUserPresence, 0);

  EXPECT_EQ(bench.locate(enrolled->key).value(), token);
  const SignRequest request = sign_request(token, enrolled->key);
  const base::Bytes data = request.data;
  const auto first = bench.sign(sign_request(token, enrolled->key));
  ASSERT_TRUE(first.has_value()) << base::message_of(first.error());
  EXPECT_EQ(first->flags, base::kFlagUserPresence);
  EXPECT_TRUE(verifies(enrolled->key, data, *first));
  const auto second = bench.sign(sign_request(token, enrolled->key));
  ASSERT_TRUE(second.has_value());
  EXPECT_GT(second->counter, first->counter);
  EXPECT_FALSE(verifies(enrolled->key, base::as_bytes("something else"), *second));
}

TEST(DriverBasic, FallsBackToP256) {
  for (const char* const token : {"name=a,profile=2_1_es256", "name=a,quirk=eddsa_listed_only:1"}) {
    DriverBench bench({token});
    const TokenId id = bench.tokens().front().id;
    const auto enrolled = bench.enroll(enroll_request(id));
    ASSERT_TRUE(enrolled.has_value()) << base::message_of(enrolled.error());
    EXPECT_EQ(enrolled->key.public_key.algorithm, KeyAlgorithm::kEcdsaP256);
    EXPECT_EQ(enrolled->key.public_key.material.size(), 65U);
    const auto signature = bench.sign(sign_request(id, enrolled->key));
    ASSERT_TRUE(signature.has_value()) << base::message_of(signature.error());
    EXPECT_TRUE(verifies(enrolled->key, base::as_bytes("what is signed"), *signature));
  }
}

TEST(DriverBasic, SaysSoWhenNoAlgorithmFits) {
  DriverBench bench({"name=a,profile=2_1_es256"});
  EnrollRequest request = enroll_request(bench.tokens().front().id);
  request.algorithms = {KeyAlgorithm::kEd25519, KeyAlgorithm::kRsa};
  EXPECT_EQ(bench.enroll(std::move(request)).error().code, Code::kUnsupportedByToken);
}

TEST(DriverBasic, U2fTokenEnrollsAndSigns) {
  DriverBench bench({"name=a,profile=u2f"});
  const TokenId token = bench.tokens().front().id;
  const auto enrolled = bench.enroll(enroll_request(token));
  ASSERT_TRUE(enrolled.has_value()) << base::message_of(enrolled.error());
  EXPECT_EQ(enrolled->key.public_key.algorithm, KeyAlgorithm::kEcdsaP256);
  EXPECT_EQ(enrolled->attestation.format, "fido-u2f");
  EXPECT_EQ(bench.locate(enrolled->key).value(), token);
  const auto signature = bench.sign(sign_request(token, enrolled->key));
  ASSERT_TRUE(signature.has_value()) << base::message_of(signature.error());
  EXPECT_TRUE(verifies(enrolled->key, base::as_bytes("what is signed"), *signature));
}

}  // namespace
}  // namespace touchstone::tokens
