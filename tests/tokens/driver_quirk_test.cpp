// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <gtest/gtest.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using std::chrono::milliseconds;

KeyReference enrolled_key(DriverBench& bench, const TokenId& token) {
  return bench.enroll(enroll_request(token)).value().key;
}

struct Misbehaviour {
  const char* quirk;
  Code code;
};

std::string name_of(const testing::TestParamInfo<Misbehaviour>& info) { return info.param.quirk; }

class DriverQuirk : public testing::TestWithParam<Misbehaviour> {};

// A misbehaving token costs one failed request, with an error that names it, and nothing leaves
// the driver; when it behaves again it is used again.
TEST_P(DriverQuirk, FailsOneSignatureOnly) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const KeyReference key = enrolled_key(bench, token);
  const std::string quirk = GetParam().quirk;
  bench.control("quirk a " + quirk + "=1");
  SignRequest request = sign_request(token, key);
  request.timeout = milliseconds{500};
  const auto refused = bench.sign(std::move(request));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, GetParam().code) << base::message_of(refused.error());
  EXPECT_NE(refused.error().context.find("/dev/hidraw0"), std::string::npos)
      << refused.error().context;
  bench.control("quirk a " + quirk + "=0");
  const auto signature = bench.sign(sign_request(token, key));
  EXPECT_TRUE(signature.has_value()) << base::message_of(signature.error());
}

INSTANTIATE_TEST_SUITE_P(All, DriverQuirk,
                         testing::Values(Misbehaviour{"up_zero", Code::kNoPresence},
                                         Misbehaviour{"wrong_rp", Code::kWrongApplication},
                                         Misbehaviour{"wrong_credential", Code::kWrongToken},
                                         Misbehaviour{"wrong_key", Code::kBadSignature},
                                         Misbehaviour{"bad_signature", Code::kBadSignature},
                                         Misbehaviour{"no_such_credential", Code::kWrongToken},
                                         Misbehaviour{"garbage_cbor", Code::kTokenFailed},
                                         Misbehaviour{"truncated_cbor", Code::kTokenFailed},
                                         Misbehaviour{"oversize", Code::kTokenFailed},
                                         Misbehaviour{"empty_reply", Code::kTokenFailed},
                                         Misbehaviour{"oversize_claim", Code::kTokenFailed},
                                         Misbehaviour{"wrong_sequence", Code::kTokenFailed},
                                         Misbehaviour{"wrong_channel", Code::kTouchTimeout}),
                         name_of);

TEST(DriverQuirks, HarmlessOnesAreTolerated) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const KeyReference key = enrolled_key(bench, token);
  for (const char* const quirk : {"keepalive_flood", "counter_zero", "counter_stuck"}) {
    bench.control(std::string("quirk a ") + quirk + "=1");
    const auto signature = bench.sign(sign_request(token, key));
    ASSERT_TRUE(signature.has_value()) << quirk << base::message_of(signature.error());
    EXPECT_TRUE(verifies(key, base::as_bytes("what is signed"), *signature));
  }
}

// 1 getInfo by libfido2, 2 by us, 3 the enrolment.
TEST(DriverQuirks, BusyIsAnErrorAndNotTriedAgain) {
  DriverBench bench({"name=a,quirk=busy_at:8"});
  const TokenId token = bench.tokens().front().id;
  const KeyReference key = enrolled_key(bench, token);
  const auto busy = bench.sign(sign_request(token, key));
  ASSERT_FALSE(busy.has_value());
  EXPECT_EQ(busy.error().code, Code::kTokenBusy);
  EXPECT_EQ(busy.error().native, 6);
  EXPECT_TRUE(bench.sign(sign_request(token, key)).has_value());
}

TEST(DriverQuirks, StatusesBecomeCodes) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const KeyReference key = enrolled_key(bench, token);
  const std::vector<std::pair<int, Code>> cases = {
      {0x27, Code::kCancelled},    {0x28, Code::kTokenFull},          {0x2e, Code::kWrongToken},
      {0x2f, Code::kTouchTimeout}, {0x34, Code::kPinAuthBlocked},     {0x36, Code::kPinRequired},
      {0x3a, Code::kTouchTimeout}, {0x2b, Code::kUnsupportedByToken}, {0x7f, Code::kTokenFailed},
      {0xf1, Code::kTokenFailed}};
  for (const auto& [status, code] : cases) {
    bench.control("quirk a fail_command=2");
    bench.control("quirk a fail_status=" + std::to_string(status));
    const auto failed = bench.sign(sign_request(token, key));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, code) << status;
    EXPECT_EQ(failed.error().native, status);
  }
}

TEST(DriverQuirks, UnusableAtPlugInIsNotListed) {
  for (const char* const quirk : {"garbage_info", "wrong_nonce", "oversize_claim"}) {
    DriverBench bench({"name=a,quirk=" + std::string(quirk) + ":1", "name=b"});
    EXPECT_EQ(bench.tokens().size(), 1U) << quirk;
    const KeyReference key = enrolled_key(bench, bench.tokens().front().id);
    EXPECT_TRUE(bench.locate(key).has_value());
    // One that cannot be asked may be the one: "wrong token" would be a guess.
    bench.control("unplug b");
    bench.wait_tokens(0);
    EXPECT_EQ(bench.locate(key).error().code, Code::kTokenFailed);
  }
}

TEST(DriverQuirks, UnpluggedAtTheRequestOrInTheMiddleOfItsReply) {
  for (const char* const quirk : {"disconnect_at", "disconnect_in_reply"}) {
    DriverBench bench({"name=a,quirk=" + std::string(quirk) + ":4"});
    const TokenId token = bench.tokens().front().id;
    const KeyReference key = enrolled_key(bench, token);
    EXPECT_EQ(bench.sign(sign_request(token, key)).error().code, Code::kTokenRemoved) << quirk;
    bench.wait_tokens(0);
  }
}

// It does not even answer the cancel. Other tokens do not notice.
TEST(DriverQuirks, AStalledTokenIsUsableOncePluggedInAgain) {
  DriverBench bench({"name=a,quirk=stall_at:8", "name=b"});
  const TokenId token = bench.token("/dev/hidraw0").id;
  const KeyReference key = enrolled_key(bench, token);
  const TokenId other = bench.token("/dev/hidraw1").id;
  const KeyReference other_key = enrolled_key(bench, other);
  SignRequest request = sign_request(token, key);
  request.timeout = milliseconds{300};
  const RequestId stalled = bench.next_id();
  bench.send(Sign{stalled, std::move(request)});
  EXPECT_TRUE(bench.sign(sign_request(other, other_key)).has_value());
  EXPECT_EQ(bench.reply(stalled).error().code, Code::kTouchTimeout);
  bench.control("quirk a stall_at=0");
  bench.control("unplug a");
  bench.wait_tokens(1);
  bench.control("plug a");
  bench.wait_tokens(2);
  EXPECT_TRUE(bench.sign(sign_request(bench.token("/dev/hidraw0").id, key)).has_value());
}

TEST(DriverQuirks, Attestations) {
  const std::vector<std::pair<const char*, const char*>> formats = {{"attestation_none", "none"},
                                                                    {"attestation_self", "packed"}};
  for (const auto& [quirk, format] : formats) {
    DriverBench bench({"name=a,quirk=" + std::string(quirk) + ":1"});
    const auto enrolled = bench.enroll(enroll_request(bench.tokens().front().id));
    ASSERT_TRUE(enrolled.has_value()) << quirk << base::message_of(enrolled.error());
    EXPECT_EQ(enrolled->attestation.format, format);
    EXPECT_TRUE(enrolled->attestation.certificates.empty());
  }
  for (const auto& [quirk, certificates] : std::vector<std::pair<const char*, std::size_t>>{
           {"name=a", 1}, {"name=a,quirk=attestation_chain:1", 2}, {"name=a,profile=u2f", 1}}) {
    DriverBench bench({quirk});
    const auto enrolled = bench.enroll(enroll_request(bench.tokens().front().id));
    ASSERT_TRUE(enrolled.has_value()) << quirk << base::message_of(enrolled.error());
    EXPECT_EQ(enrolled->attestation.certificates.size(), certificates) << quirk;
  }
  DriverBench bench({"name=a,quirk=attestation_bad:1"});
  EXPECT_EQ(bench.enroll(enroll_request(bench.tokens().front().id)).error().code,
            Code::kBadSignature);
}

TEST(DriverLocate, FindsTheRightOneOfSeveral) {
  DriverBench bench({"name=a", "name=b", "name=c,profile=u2f"});
  ASSERT_EQ(bench.tokens().size(), 3U);
  for (const char* const device : {"/dev/hidraw0", "/dev/hidraw1", "/dev/hidraw2"}) {
    const TokenId token = bench.token(device).id;
    EXPECT_EQ(bench.locate(enrolled_key(bench, token)).value(), token) << device;
  }
}

// What an enrolment proved must not be all: a token plugged in again is asked.
TEST(DriverLocate, AsksTokensThatWerePluggedInAgain) {
  DriverBench bench({"name=a", "name=b"});
  const TokenId made = bench.token("/dev/hidraw1").id;
  const KeyReference key = enrolled_key(bench, made);
  bench.control("unplug b");
  bench.wait_tokens(1);
  EXPECT_EQ(bench.locate(key).error().code, Code::kWrongToken);
  bench.control("plug b");
  bench.wait_tokens(2);
  const TokenId again = bench.token("/dev/hidraw1").id;
  EXPECT_NE(again, made);
  EXPECT_EQ(bench.locate(key).value(), again);
  KeyReference other = key;
  other.application = "ssh:touchstone-approve";
  EXPECT_EQ(bench.locate(other).error().code, Code::kWrongToken);
}

TEST(DriverLocate, ATokenThatClaimsAKeyMustProveIt) {
  DriverBench bench({"name=a"});
  const KeyReference key = enrolled_key(bench, bench.tokens().front().id);
  bench.control("unplug a");
  bench.wait_tokens(0);
  bench.control("plug a");
  bench.wait_tokens(1);
  bench.control("quirk a wrong_key=1");
  EXPECT_EQ(bench.locate(key).error().code, Code::kBadSignature);
  bench.control("quirk a wrong_key=0");
  EXPECT_TRUE(bench.locate(key).has_value());
}

TEST(DriverLocate, NeverCostsATouch) {
  DriverBench bench({"name=a"});
  const KeyReference key = enrolled_key(bench, bench.tokens().front().id);
  bench.control("touch-policy a never");
  bench.control("unplug a");
  bench.wait_tokens(0);
  bench.control("plug a");
  bench.wait_tokens(1);
  EXPECT_TRUE(bench.locate(key).has_value());
  EXPECT_TRUE(bench.touches().empty());
}

TEST(DriverLocate, SigningWithTheWrongTokenSaysSo) {
  DriverBench bench({"name=a", "name=b,profile=u2f"});
  const KeyReference key = enrolled_key(bench, bench.token("/dev/hidraw0").id);
  const TokenId wrong = bench.token("/dev/hidraw1").id;
  EXPECT_EQ(bench.sign(sign_request(wrong, key)).error().code, Code::kWrongToken);
  EnrollRequest request = enroll_request(bench.token("/dev/hidraw0").id);
  request.exclude = {key.credential_id};
  EXPECT_EQ(bench.enroll(std::move(request)).error().code, Code::kCredentialExists);
}

constexpr const char* kQuirkPin = "correct horse";

base::Result<std::vector<ResidentCredential>> list(DriverBench& bench, const TokenId& token,
                                                   const char* pin) {
  ListResident request{bench.next_id(), token, secret(pin), LastTry::kRefuse};
  const RequestId id = request.id;
  base::Result<ReplyValue> value = bench.ask(std::move(request), id);
  if (!value.has_value()) {
    return base::fail(std::move(value.error()));
  }
  return std::get<std::vector<ResidentCredential>>(std::move(*value));
}

base::Status remove(DriverBench& bench, const TokenId& token, base::ByteView credential) {
  DeleteResident request{bench.next_id(), token, secret(kQuirkPin), LastTry::kRefuse,
                         base::to_bytes(credential)};
  const RequestId id = request.id;
  const base::Result<ReplyValue> value = bench.ask(std::move(request), id);
  return value.has_value() ? base::Status{} : base::Status(base::fail(value.error()));
}

KeyReference enroll_resident(DriverBench& bench, const TokenId& token,
                             const std::string& application) {
  EnrollRequest request = enroll_request(token);
  request.application = application;
  request.resident = true;
  request.pin = secret(kQuirkPin);
  return bench.enroll(std::move(request)).value().key;
}

TEST(DriverResident, ListsAndDeletes) {
  for (const char* const profile : {"2_1", "2_1_pre"}) {
    DriverBench bench({"name=a,profile=" + std::string(profile)});
    const TokenId token = bench.tokens().front().id;
    ASSERT_TRUE(bench.set_pin(token, nullptr, kQuirkPin).has_value());
    EXPECT_TRUE(list(bench, token, kQuirkPin).value().empty()) << profile;
    const KeyReference first = enroll_resident(bench, token, "ssh:touchstone-sign");
    const KeyReference second = enroll_resident(bench, token, "ssh:touchstone-sign");
    const KeyReference third = enroll_resident(bench, token, "ssh:");
    enroll_resident(bench, token, "site.example");  // somebody's passkey: not ours to show
    const auto found = list(bench, token, kQuirkPin);
    ASSERT_TRUE(found.has_value()) << profile << base::message_of(found.error());
    std::vector<KeyReference> keys;
    for (const ResidentCredential& resident : *found) {
      EXPECT_EQ(resident.user_name, "alice");
      keys.push_back(resident.key);
    }
    // The same user twice: nothing was overwritten.
    EXPECT_EQ(keys.size(), 3U);
    for (const KeyReference& key : {first, second, third}) {
      EXPECT_EQ(std::count(keys.begin(), keys.end(), key), 1);
    }
    ASSERT_TRUE(remove(bench, token, second.credential_id).has_value());
    EXPECT_EQ(list(bench, token, kQuirkPin).value().size(), 2U);
    EXPECT_EQ(remove(bench, token, second.credential_id).error().code, Code::kNotFound);
    EXPECT_EQ(bench.locate(second).error().code, Code::kWrongToken);
    EXPECT_EQ(bench.locate(first).value(), token);
  }
}

TEST(DriverResident, NeedsTheRightPin) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  EXPECT_EQ(list(bench, token, kQuirkPin).error().code, Code::kPinNotSet);
  ASSERT_TRUE(bench.set_pin(token, nullptr, kQuirkPin).has_value());
  const auto wrong = list(bench, token, "battery staple");
  EXPECT_EQ(wrong.error().code, Code::kPinWrong);
  EXPECT_EQ(wrong.error().native, 7);
}

TEST(DriverResident, NotOnU2fTokens) {
  DriverBench bench({"name=a,profile=u2f"});
  const TokenId token = bench.tokens().front().id;
  EXPECT_EQ(list(bench, token, kQuirkPin).error().code, Code::kUnsupportedByToken);
  EnrollRequest request = enroll_request(token);
  request.resident = true;
  EXPECT_EQ(bench.enroll(std::move(request)).error().code, Code::kUnsupportedByToken);
  request = enroll_request(token);
  request.cred_protect = CredProtect::kUvOptional;
  EXPECT_EQ(bench.enroll(std::move(request)).error().code, Code::kUnsupportedByToken);
}

}  // namespace
}  // namespace touchstone::tokens
