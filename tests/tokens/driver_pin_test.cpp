// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;

constexpr const char* kPin = "correct horse";
constexpr const char* kWrong = "battery staple";

// A token with a PIN and one key.
struct WithPin {
  explicit WithPin(const std::string& options = {}) : bench({"name=a" + options}) {
    token = bench.tokens().front().id;
    if (!bench.set_pin(token, nullptr, kPin).has_value()) {
      throw std::runtime_error("no PIN set");
    }
    EnrollRequest request = enroll_request(token);
    request.pin = secret(kPin);
    key = bench.enroll(std::move(request)).value().key;
  }
  base::Result<base::TokenSignature> sign(const char* pin, LastTry last_try = LastTry::kRefuse) {
    SignRequest request = sign_request(token, key);
    request.user_verification = true;
    request.pin = secret(pin);
    request.last_try = last_try;
    return bench.sign(std::move(request));
  }
  // replug gives the token its three tries per power cycle back.
  void replug() {
    bench.control("unplug a");
    bench.wait_tokens(0);
    bench.control("plug a");
    token = bench.wait_tokens(1).front().id;
  }
  std::int32_t tries() { return bench.tokens().front().pin_retries; }
  // use_up leaves that many tries.
  void use_up(std::int32_t left) {
    while (tries() > left) {
      const Code code = sign(kWrong).error().code;
      if (code == Code::kPinAuthBlocked) {
        replug();
      } else if (code != Code::kPinWrong) {
        throw std::runtime_error("not a wrong PIN");
      }
    }
    replug();
  }
  DriverBench bench;
  TokenId token;
  KeyReference key;
};

TEST(DriverPin, FirstPinShowsInTheList) {
  DriverBench bench({"name=a"});
  const TokenInfo& before = bench.tokens().front();
  EXPECT_TRUE(before.pin_supported);
  EXPECT_FALSE(before.pin_set);
  EXPECT_EQ(before.pin_retries, -1);
  ASSERT_TRUE(bench.set_pin(before.id, nullptr, kPin).has_value());
  const TokenInfo& after = bench.tokens().front();
  EXPECT_TRUE(after.pin_set);
  EXPECT_EQ(after.pin_retries, 8);
}

TEST(DriverPin, SignsWithVerification) {
  for (const char* const profile :
       {"", ",profile=fido_2_0", ",profile=2_1_pre", ",profile=2_1_es256"}) {
    WithPin with(profile);
    const auto signature = with.sign(kPin);
    ASSERT_TRUE(signature.has_value()) << profile << base::message_of(signature.error());
    EXPECT_EQ(signature->flags, base::kFlagUserPresence | base::kFlagUserVerification);
    EXPECT_TRUE(verifies(with.key, base::as_bytes("what is signed"), *signature));
  }
}

TEST(DriverPin, EnrolsWithVerification) {
  WithPin with;
  EnrollRequest request = enroll_request(with.token);
  request.user_verification = true;
  EXPECT_EQ(with.bench.enroll(enroll_request(with.token)).has_value(), true);
  request.pin = secret(kPin);
  const auto enrolled = with.bench.enroll(std::move(request));
  ASSERT_TRUE(enrolled.has_value()) << base::message_of(enrolled.error());
  EXPECT_NE(enrolled->flags & base::kFlagUserVerification, 0);
}

TEST(DriverPin, VerificationNeedsAPin) {
  WithPin with;
  SignRequest request = sign_request(with.token, with.key);
  request.user_verification = true;
  EXPECT_EQ(with.bench.sign(std::move(request)).error().code, Code::kPinRequired);
  EnrollRequest enrolment = enroll_request(with.token);
  enrolment.user_verification = true;
  EXPECT_EQ(with.bench.enroll(std::move(enrolment)).error().code, Code::kPinRequired);
}

TEST(DriverPin, NoPinSet) {
  DriverBench bench({"name=a"});
  const TokenId token = bench.tokens().front().id;
  const KeyReference key = bench.enroll(enroll_request(token)).value().key;
  SignRequest request = sign_request(token, key);
  request.user_verification = true;
  EXPECT_EQ(bench.sign(std::move(request)).error().code, Code::kPinNotSet);
  request = sign_request(token, key);
  request.pin = secret(kPin);
  EXPECT_EQ(bench.sign(std::move(request)).error().code, Code::kPinNotSet);
  EXPECT_EQ(bench.set_pin(token, kPin, kWrong).error().code, Code::kPinNotSet);
}

TEST(DriverPin, U2fTokensHaveNone) {
  DriverBench bench({"name=a,profile=u2f"});
  const TokenId token = bench.tokens().front().id;
  EXPECT_EQ(bench.set_pin(token, nullptr, kPin).error().code, Code::kUnsupportedByToken);
  const KeyReference key = bench.enroll(enroll_request(token)).value().key;
  SignRequest request = sign_request(token, key);
  request.pin = secret(kPin);
  EXPECT_EQ(bench.sign(std::move(request)).error().code, Code::kUnsupportedByToken);
}

TEST(DriverPin, WrongPinSaysHowManyTriesAreLeft) {
  WithPin with;
  const auto first = with.sign(kWrong);
  EXPECT_EQ(first.error().code, Code::kPinWrong);
  EXPECT_EQ(first.error().native, 7);
  EXPECT_EQ(with.tries(), 7);
  EXPECT_EQ(with.sign(kWrong).error().native, 6);
  EXPECT_TRUE(with.sign(kPin).has_value());
}

TEST(DriverPin, RightPinGivesTheTriesBack) {
  WithPin with;
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinWrong);
  EXPECT_EQ(with.tries(), 7);
  EXPECT_TRUE(with.sign(kPin).has_value());
  EXPECT_EQ(with.tries(), 8);
  // Also when the right one led to nothing: there are no resident credentials to list.
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinWrong);
  const RequestId id = with.bench.next_id();
  const auto listed =
      with.bench.ask(ListResident{id, with.token, secret(kPin), LastTry::kRefuse}, id);
  EXPECT_TRUE(listed.has_value());
  EXPECT_EQ(with.tries(), 8);
}

TEST(DriverPin, ThreeWrongOnesBlockUntilReplugged) {
  WithPin with;
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinWrong);
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinWrong);
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinAuthBlocked);
  EXPECT_EQ(with.sign(kPin).error().code, Code::kPinAuthBlocked);
  with.replug();
  EXPECT_TRUE(with.sign(kPin).has_value());
}

TEST(DriverPin, LastTryIsKept) {
  WithPin with;
  with.use_up(1);
  ASSERT_EQ(with.tries(), 1);
  EXPECT_EQ(with.sign(kPin).error().code, Code::kPinLastTry);
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kPinLastTry);
  EXPECT_EQ(with.bench.set_pin(with.token, kWrong, kPin).error().code, Code::kPinLastTry);
  EXPECT_EQ(with.tries(), 1);
  EXPECT_TRUE(with.sign(kPin, LastTry::kAllow).has_value());
  EXPECT_EQ(with.sign(kWrong).error().native, 7);
}

TEST(DriverPin, Blocked) {
  WithPin with;
  with.use_up(1);
  EXPECT_EQ(with.sign(kWrong, LastTry::kAllow).error().code, Code::kPinBlocked);
  EXPECT_EQ(with.sign(kPin, LastTry::kAllow).error().code, Code::kPinBlocked);
  EXPECT_EQ(with.sign(kPin).error().code, Code::kPinBlocked);
  // Touch alone is not blocked with it.
  EXPECT_TRUE(with.bench.sign(sign_request(with.token, with.key)).has_value());
}

TEST(DriverPin, Changes) {
  WithPin with;
  EXPECT_EQ(with.bench.set_pin(with.token, nullptr, "another").error().code, Code::kPinRequired);
  const auto wrong = with.bench.set_pin(with.token, kWrong, "another");
  EXPECT_EQ(wrong.error().code, Code::kPinWrong);
  EXPECT_EQ(wrong.error().native, 7);
  ASSERT_TRUE(with.bench.set_pin(with.token, kPin, "another").has_value());
  EXPECT_EQ(with.sign(kPin).error().code, Code::kPinWrong);
  EXPECT_TRUE(with.sign("another").has_value());
}

TEST(DriverPin, PolicyIsCheckedBeforeAnythingIsSent) {
  WithPin with;
  EXPECT_EQ(with.bench.set_pin(with.token, kPin, "abc").error().code, Code::kPinPolicy);
  EXPECT_EQ(with.bench.set_pin(with.token, kPin, "äö").error().code, Code::kPinPolicy);
  EXPECT_EQ(with.sign("abc").error().code, Code::kPinPolicy);
  EXPECT_EQ(with.tries(), 8);
  EXPECT_TRUE(with.bench.set_pin(with.token, kPin, std::string(kPinBytesMax, 'x').c_str()));
}

TEST(DriverPin, IsNotSentToATokenThatDoesNotProveTheKey) {
  WithPin with;
  with.replug();  // what it proved is forgotten
  for (const char* const quirk : {"wrong_key", "bad_signature", "wrong_credential"}) {
    with.bench.control(std::string("quirk a ") + quirk + "=1");
    // A wrong PIN would cost a try, were it sent.
    const Code code = with.sign(kWrong).error().code;
    EXPECT_TRUE(code == Code::kBadSignature || code == Code::kWrongToken) << quirk;
    with.bench.control(std::string("quirk a ") + quirk + "=0");
  }
  with.bench.control("quirk a no_such_credential=1");
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kWrongToken);
  with.bench.control("quirk a no_such_credential=0");
  EXPECT_EQ(with.sign(kWrong).error().native, 7);
}

TEST(DriverPin, UnverifiedAnswerIsRefused) {
  WithPin with;
  with.bench.control("quirk a uv_zero=1");
  EXPECT_EQ(with.sign(kPin).error().code, Code::kNoVerification);
}

TEST(DriverPin, ProtectedCredentials) {
  WithPin with;
  EnrollRequest request = enroll_request(with.token);
  request.pin = secret(kPin);
  request.cred_protect = CredProtect::kUvOptionalWithCredentialId;
  const KeyReference second = with.bench.enroll(std::move(request)).value().key;
  request = enroll_request(with.token);
  request.pin = secret(kPin);
  request.cred_protect = CredProtect::kUvRequired;
  const KeyReference third = with.bench.enroll(std::move(request)).value().key;
  // The token that made it has proved itself.
  EXPECT_EQ(with.bench.locate(third).value(), with.token);
  with.key = third;
  EXPECT_TRUE(with.sign(kPin).has_value());
  with.replug();
  EXPECT_EQ(with.bench.locate(second).value(), with.token);
  EXPECT_EQ(with.bench.locate(third).error().code, Code::kWrongToken);
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kWrongToken);
  EXPECT_EQ(with.tries(), 8);
}

// WithMarker is a token whose key answers to its PIN alone, plugged in again since it was made.
struct WithMarker : WithPin {
  WithMarker() {
    EnrollRequest request = enroll_request(token);
    request.pin = secret(kPin);
    request.user_verification = true;
    request.cred_protect = CredProtect::kUvRequired;
    request.marker = true;
    key = bench.enroll(std::move(request)).value().key;
    replug();
  }
};

TEST(DriverMarker, TellsTheTokenOfAKeyThatAnswersToItsPinOnly) {
  WithMarker with;
  ASSERT_TRUE(with.key.marker.has_value());
  EXPECT_NE(with.key.marker->public_key, with.key.public_key);
  KeyReference unmarked = with.key;
  unmarked.marker.reset();
  EXPECT_EQ(with.bench.locate(unmarked).error().code, Code::kWrongToken);
  const std::size_t touches = with.bench.touches().size();
  EXPECT_EQ(with.bench.locate(with.key).value(), with.token);
  EXPECT_EQ(with.bench.touches().size(), touches);
  // It is the marker that signed, so it is the marker that is told of.
  const KeyReference marker{with.key.marker->public_key, with.key.marker->credential_id,
                            std::string(kMarkerApplication)};
  ASSERT_EQ(with.bench.silent().size(), 1U);
  EXPECT_EQ(with.bench.silent()[0].key, marker);
  EXPECT_TRUE(verifies(marker, with.bench.silent()[0].data, with.bench.silent()[0].signature));
  const auto signature = with.sign(kPin);
  ASSERT_TRUE(signature.has_value()) << base::message_of(signature.error());
  EXPECT_EQ(signature->flags, base::kFlagUserPresence | base::kFlagUserVerification);
  EXPECT_TRUE(verifies(with.key, base::as_bytes("what is signed"), *signature));
}

TEST(DriverMarker, TakesATouchOfItsOwn) {
  WithPin with;
  with.bench.control("touch-policy a button");
  EnrollRequest request = enroll_request(with.token);
  request.pin = secret(kPin);
  request.marker = true;
  const RequestId id = with.bench.next_id();
  with.bench.send(Enroll{id, std::move(request)});
  for (int touch = 0; touch < 2; ++touch) {
    ASSERT_TRUE(with.bench.wait_touch(id)) << touch;
    with.bench.control("touch a");
  }
  const auto made = with.bench.reply(id);
  ASSERT_TRUE(made.has_value()) << base::message_of(made.error());
  EXPECT_TRUE(std::get<Enrollment>(*made).key.marker.has_value());
}

TEST(DriverMarker, HasToProveItselfBeforeThePinIsSent) {
  WithMarker with;
  for (const char* const quirk : {"wrong_key", "bad_signature", "wrong_credential"}) {
    with.bench.control(std::string("quirk a ") + quirk + "=1");
    EXPECT_FALSE(with.bench.locate(with.key)) << quirk;
    // A wrong PIN would cost a try, were it sent.
    const Code code = with.sign(kWrong).error().code;
    EXPECT_TRUE(code == Code::kBadSignature || code == Code::kWrongToken) << quirk;
    with.bench.control(std::string("quirk a ") + quirk + "=0");
  }
  with.bench.control("quirk a no_such_credential=1");
  EXPECT_EQ(with.sign(kWrong).error().code, Code::kWrongToken);
  with.bench.control("quirk a no_such_credential=0");
  EXPECT_EQ(with.tries(), 8);
  EXPECT_EQ(with.sign(kWrong).error().native, 7);
}

TEST(DriverMarker, OfAnotherTokenIsNoProof) {
  WithMarker with;
  DriverBench other({"name=b"});
  const TokenId stranger = other.tokens().front().id;
  ASSERT_TRUE(other.set_pin(stranger, nullptr, kPin).has_value());
  EXPECT_EQ(other.locate(with.key).error().code, Code::kWrongToken);
  SignRequest request = sign_request(stranger, with.key);
  request.user_verification = true;
  request.pin = secret(kWrong);
  EXPECT_EQ(other.sign(std::move(request)).error().code, Code::kWrongToken);
  EXPECT_EQ(other.tokens().front().pin_retries, 8);
}

TEST(DriverMarker, IsNoProofOfTheKeyItself) {
  WithMarker with;
  KeyReference elsewhere = with.key;
  elsewhere.credential_id.back() ^= 1;
  EXPECT_EQ(with.bench.locate(elsewhere).value(), with.token);
  with.key = elsewhere;
  EXPECT_EQ(with.sign(kPin).error().code, Code::kWrongToken);
}

}  // namespace
}  // namespace touchstone::tokens
