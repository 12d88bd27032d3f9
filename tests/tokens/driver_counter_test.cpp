// SPDX-License-Identifier: Apache-2.0
// Every signature a token makes moves its counter, so the driver tells of those that nobody gets.
#include <gtest/gtest.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using Counters = std::vector<std::uint32_t>;

Counters counters_of(const std::vector<SilentSignature>& silent) {
  Counters counters;
  for (const SilentSignature& each : silent) {
    counters.push_back(each.signature.counter);
  }
  return counters;
}

base::Result<ReplyValue> ask_again(DriverBench& bench, const KeyReference& key) {
  const RequestId id = bench.next_id();
  return bench.ask(Locate{id, key, Asking::kAgain}, id);
}

TEST(DriverCounter, IsShownByAnEnrollment) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const auto made = bench.enroll(enroll_request(token));
  ASSERT_TRUE(made.has_value()) << base::message_of(made.error());
  ASSERT_EQ(made->silent.size(), kCounterProbes);
  const std::uint32_t first = made->silent.front().signature.counter;
  EXPECT_EQ(counters_of(made->silent), (Counters{first, first + 1, first + 2, first + 3}));
  for (const SilentSignature& silent : made->silent) {
    EXPECT_EQ(silent.key, made->key);
    EXPECT_EQ(silent.data.size(), kSilentDataBytes);
    EXPECT_TRUE(verifies(made->key, silent.data, silent.signature));
  }
  EXPECT_NE(made->silent[0].data, made->silent[1].data);
  // They are told once, and cost one touch together with the credential.
  EXPECT_TRUE(bench.silent().empty());
  EXPECT_LE(bench.touches().size(), 1U);
  EXPECT_EQ(bench.sign(sign_request(token, made->key))->counter, first + 4);
}

TEST(DriverCounter, IsShownAsTheTokenHasIt) {
  const std::vector<std::pair<std::string, Counters>> cases = {
      {"counter_step=5", {0, 5, 10, 15}},
      {"counter_stuck=1", {0, 0, 0, 0}},
      {"counter_zero=1", {0, 0, 0, 0}},
  };
  DriverBench bench({"name=a"});
  for (const auto& [quirk, expected] : cases) {
    bench.control("quirk a " + quirk);
    const auto made = bench.enroll(enroll_request(bench.tokens().front().id));
    ASSERT_TRUE(made.has_value()) << base::message_of(made.error());
    Counters counters = counters_of(made->silent);
    const std::uint32_t first = counters.front();
    for (std::uint32_t& counter : counters) {
      counter -= first;
    }
    EXPECT_EQ(counters, expected) << quirk;
  }
}

TEST(DriverCounter, IsNotAskedOfTokensThatAnswerNothingSilently) {
  DriverBench bench({"name=a,profile=u2f"});
  EnrollRequest request = enroll_request(bench.tokens().front().id);
  request.algorithms = {base::KeyAlgorithm::kEcdsaP256};
  const auto made = bench.enroll(std::move(request));
  ASSERT_TRUE(made.has_value()) << base::message_of(made.error());
  EXPECT_TRUE(made->silent.empty());
  EXPECT_TRUE(ask_again(bench, made->key).has_value());
  EXPECT_TRUE(bench.silent().empty());
}

TEST(DriverCounter, IsToldWhenTheTokenIsAskedAgain) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const auto made = bench.enroll(enroll_request(token));
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(bench.locate(made->key).value(), token);
  EXPECT_TRUE(bench.silent().empty());  // known without asking
  const std::uint32_t last = made->silent.back().signature.counter;
  ASSERT_TRUE(ask_again(bench, made->key).has_value());
  // It came before the reply.
  ASSERT_EQ(bench.silent().size(), 1U);
  EXPECT_EQ(bench.silent()[0].signature.counter, last + 1);
  EXPECT_EQ(bench.silent()[0].key, made->key);
  EXPECT_TRUE(verifies(made->key, bench.silent()[0].data, bench.silent()[0].signature));
}

TEST(DriverCounter, IsToldWhenATokenProvesAKeyAfterItWasPluggedIn) {
  DriverBench bench({"name=a"});
  const auto made = bench.enroll(enroll_request(bench.tokens().front().id));
  ASSERT_TRUE(made.has_value());
  bench.control("unplug a");
  bench.wait_tokens(0);
  bench.control("plug a");
  bench.wait_tokens(1);
  ASSERT_TRUE(bench.locate(made->key).has_value());
  EXPECT_EQ(counters_of(bench.silent()), Counters{made->silent.back().signature.counter + 1});
}

TEST(DriverCounter, DoesNotMoveOnATokenThatDoesNotHoldTheKey) {
  DriverBench bench({"name=a"});
  const auto made = bench.enroll(enroll_request(bench.tokens().front().id));
  ASSERT_TRUE(made.has_value());
  KeyReference other = made->key;
  other.credential_id.back() ^= 1;
  EXPECT_EQ(ask_again(bench, other).error().code, Code::kWrongToken);
  EXPECT_TRUE(bench.silent().empty());
  ASSERT_TRUE(ask_again(bench, made->key).has_value());
  EXPECT_EQ(counters_of(bench.silent()), Counters{made->silent.back().signature.counter + 1});
}

}  // namespace
}  // namespace touchstone::tokens
