// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <gtest/gtest.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using std::chrono::milliseconds;

// Real clocks only here: the token and the driver are other processes.
constexpr milliseconds kShort{200};

KeyReference touch_key(DriverBench& bench, const TokenId& token) {
  return bench.enroll(enroll_request(token)).value().key;
}

// One enrolled key on one token which is then touched by hand.
struct ByHand {
  explicit ByHand(const std::string& options = {}) : bench({"name=a" + options}) {
    token = bench.tokens().front().id;
    key = touch_key(bench, token);
    bench.control("touch-policy a button");
  }
  RequestId begin() {
    const RequestId id = bench.next_id();
    bench.send(Sign{id, sign_request(token, key)});
    return id;
  }
  DriverBench bench;
  TokenId token;
  KeyReference key;
};

TEST(DriverTouch, WaitsForALateTouch) {
  for (const char* const profile : {"", ",profile=u2f", ",profile=fido_2_0"}) {
    ByHand hand(profile);
    const RequestId id = hand.begin();
    ASSERT_TRUE(hand.bench.wait_touch(id)) << profile;
    hand.bench.control("touch a");
    const auto value = hand.bench.reply(id);
    ASSERT_TRUE(value.has_value()) << profile << base::message_of(value.error());
    EXPECT_TRUE(verifies(hand.key, base::as_bytes("what is signed"),
                         std::get<base::TokenSignature>(*value)));
  }
}

TEST(DriverTouch, SaysOnceThatItWaits) {
  ByHand hand;
  hand.bench.control("touch-policy a late:5");
  const RequestId id = hand.begin();
  ASSERT_TRUE(hand.bench.reply(id).has_value());
  EXPECT_EQ(std::count(hand.bench.touches().begin(), hand.bench.touches().end(), id), 1);
}

TEST(DriverTouch, TimesOutAndGoesOn) {
  for (const char* const profile : {"", ",profile=u2f"}) {
    ByHand hand(profile);
    hand.bench.control("touch-policy a never");
    SignRequest request = sign_request(hand.token, hand.key);
    request.timeout = kShort;
    EXPECT_EQ(hand.bench.sign(std::move(request)).error().code, Code::kTouchTimeout) << profile;
    hand.bench.control("touch-policy a always");
    const auto after = hand.bench.sign(sign_request(hand.token, hand.key));
    EXPECT_TRUE(after.has_value()) << profile << base::message_of(after.error());
  }
}

TEST(DriverTouch, EnrolmentTimesOut) {
  DriverBench bench({"name=a,touch=never"});
  EnrollRequest request = enroll_request(bench.tokens().front().id);
  request.timeout = kShort;
  EXPECT_EQ(bench.enroll(std::move(request)).error().code, Code::kTouchTimeout);
}

TEST(DriverTouch, TheTokensOwnTimeoutIsOne) {
  ByHand hand(",quirk=touch_timeout_ms:100");
  hand.bench.control("touch-policy a never");
  EXPECT_EQ(hand.bench.sign(sign_request(hand.token, hand.key)).error().code, Code::kTouchTimeout);
}

TEST(DriverTouch, CancelEndsTheRequestAndOnlyThat) {
  for (const char* const profile : {"", ",profile=u2f"}) {
    ByHand hand(profile);
    const RequestId id = hand.begin();
    ASSERT_TRUE(hand.bench.wait_touch(id));
    hand.bench.send(Cancel{id});
    EXPECT_EQ(hand.bench.reply(id).error().code, Code::kCancelled) << profile;
    hand.bench.send(Cancel{id});  // crossed the reply: passed over
    hand.bench.control("touch-policy a always");
    const auto after = hand.bench.sign(sign_request(hand.token, hand.key));
    EXPECT_TRUE(after.has_value()) << profile << base::message_of(after.error());
  }
}

TEST(DriverTouch, CancelTakesARequestOutOfTheQueue) {
  ByHand hand;
  const RequestId first = hand.begin();
  ASSERT_TRUE(hand.bench.wait_touch(first));
  const RequestId second = hand.begin();
  const RequestId third = hand.begin();
  hand.bench.send(Cancel{second});
  EXPECT_EQ(hand.bench.reply(second).error().code, Code::kCancelled);
  hand.bench.control("touch a");
  EXPECT_TRUE(hand.bench.reply(first).has_value());
  ASSERT_TRUE(hand.bench.wait_touch(third));
  hand.bench.control("touch a");
  EXPECT_TRUE(hand.bench.reply(third).has_value());
}

TEST(DriverTouch, QueueIsBounded) {
  ByHand hand;
  const RequestId first = hand.begin();
  ASSERT_TRUE(hand.bench.wait_touch(first));
  std::vector<RequestId> queued;
  for (std::size_t i = 0; i < kQueuePerTokenMax; ++i) {
    queued.push_back(hand.begin());
  }
  const RequestId refused = hand.begin();
  EXPECT_EQ(hand.bench.reply(refused).error().code, Code::kQueueFull);
  hand.bench.send(Cancel{first});
  EXPECT_FALSE(hand.bench.reply(first).has_value());
  hand.bench.control("touch-policy a always");
  for (const RequestId id : queued) {
    EXPECT_TRUE(hand.bench.reply(id).has_value());
  }
}

TEST(DriverTouch, OtherTokensAnswerMeanwhile) {
  DriverBench bench({"name=a", "name=b"});
  const TokenId a = bench.token("/dev/hidraw0").id;
  const TokenId b = bench.token("/dev/hidraw1").id;
  const KeyReference key_a = touch_key(bench, a);
  const KeyReference key_b = touch_key(bench, b);
  bench.control("touch-policy a button");
  const RequestId waiting = bench.next_id();
  bench.send(Sign{waiting, sign_request(a, key_a)});
  ASSERT_TRUE(bench.wait_touch(waiting));
  EXPECT_EQ(bench.locate(key_b).value(), b);
  EXPECT_TRUE(bench.sign(sign_request(b, key_b)).has_value());
  bench.control("touch a");
  EXPECT_TRUE(bench.reply(waiting).has_value());
}

// A second request for the same key can be shown as queued on its token at once.
TEST(DriverTouch, AKeyFoundBeforeIsLocatedMeanwhile) {
  ByHand hand;
  const RequestId waiting = hand.begin();
  ASSERT_TRUE(hand.bench.wait_touch(waiting));
  EXPECT_EQ(hand.bench.locate(hand.key).value(), hand.token);
  hand.bench.control("touch a");
  EXPECT_TRUE(hand.bench.reply(waiting).has_value());
}

TEST(DriverTouch, UnpluggedWhileItWaits) {
  for (const char* const profile : {"", ",profile=u2f"}) {
    ByHand hand(profile);
    const RequestId current = hand.begin();
    ASSERT_TRUE(hand.bench.wait_touch(current));
    const RequestId queued = hand.begin();
    hand.bench.control("unplug a");
    EXPECT_EQ(hand.bench.reply(current).error().code, Code::kTokenRemoved) << profile;
    EXPECT_EQ(hand.bench.reply(queued).error().code, Code::kTokenRemoved) << profile;
    hand.bench.wait_tokens(0);
    EXPECT_EQ(hand.bench.locate(hand.key).error().code, Code::kNoToken);

    hand.bench.control("touch-policy a always");
    hand.bench.control("plug a");
    const TokenId again = hand.bench.wait_tokens(1).front().id;
    EXPECT_NE(again, hand.token);
    EXPECT_EQ(hand.bench.sign(sign_request(hand.token, hand.key)).error().code,
              Code::kTokenRemoved);
    EXPECT_EQ(hand.bench.locate(hand.key).value(), again);
    EXPECT_TRUE(hand.bench.sign(sign_request(again, hand.key)).has_value());
  }
}

TEST(DriverTouch, UnpluggedByItself) {
  ByHand hand;
  hand.bench.control("quirk a disconnect_at_touch=1");
  const RequestId id = hand.begin();
  EXPECT_EQ(hand.bench.reply(id).error().code, Code::kTokenRemoved);
  hand.bench.wait_tokens(0);
}

TEST(DriverTouch, HotPlugIsSeenWithoutARequest) {
  DriverBench bench({"name=a", "name=b,plugged=no"});
  ASSERT_EQ(bench.tokens().size(), 1U);
  const TokenId first = bench.tokens().front().id;
  bench.control("plug b");
  EXPECT_EQ(bench.wait_tokens(2).size(), 2U);
  bench.control("unplug a");
  const std::vector<TokenInfo> left = bench.wait_tokens(1);
  EXPECT_NE(left.front().id, first);
  EXPECT_EQ(left.front().device, "/dev/hidraw1");
  bench.control("plug a");
  bench.wait_tokens(2);
  EXPECT_NE(bench.token("/dev/hidraw0").id, first);
}

TEST(DriverTouch, ATokenWithoutUsbParentIsOne) {
  DriverBench bench({"name=a,quirk=no_usb_parent:1"});
  ASSERT_EQ(bench.tokens().size(), 1U);
  EXPECT_FALSE(bench.tokens().front().product.empty());
  EXPECT_TRUE(bench.enroll(enroll_request(bench.tokens().front().id)).has_value());
}

TEST(DriverTouch, FingerprintVerifies) {
  DriverBench bench({"name=a,profile=2_1_uv"});
  const TokenId token = bench.tokens().front().id;
  ASSERT_TRUE(bench.tokens().front().uv_supported);
  const KeyReference key = touch_key(bench, token);
  SignRequest request = sign_request(token, key);
  request.user_verification = true;
  const auto signature = bench.sign(std::move(request));
  ASSERT_TRUE(signature.has_value()) << base::message_of(signature.error());
  EXPECT_EQ(signature->flags, base::kFlagUserPresence | base::kFlagUserVerification);
  EXPECT_TRUE(verifies(key, base::as_bytes("what is signed"), *signature));
}

}  // namespace
}  // namespace touchstone::tokens
