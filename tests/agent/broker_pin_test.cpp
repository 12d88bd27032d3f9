// SPDX-License-Identifier: Apache-2.0
#include "agent/broker.h"
#include "agent/token_operations.h"
#include "tests/agent/broker_fixture.h"

namespace touchstone::agent {
namespace {

using base::Code;

class BrokerPin : public BrokerTest {
 protected:
  std::string pin_of_front() const {
    const auto* sign = driver_.front<tokens::Sign>();
    return sign == nullptr || !sign->request.pin.has_value()
               ? "none"
               : std::string(base::as_text(sign->request.pin->view()));
  }
};

TEST_F(BrokerPin, IsAskedForWherePolicyWantsIt) {
  ask(call("data", Purpose::kTag));
  locate();
  ASSERT_EQ(pin_entry_.questions.size(), 1U);
  EXPECT_EQ(pin_entry_.questions.front().tries_left, 8);
  EXPECT_EQ(channel_.lines.back(), "update 1 waiting-pin");
  EXPECT_EQ(journal_.lines, Lines{"intent 1 touch+pin on fake"});
  pin_entry_.type("1234");
  EXPECT_EQ(pin_of_front(), "1234");
  EXPECT_TRUE(driver_.front<tokens::Sign>()->request.user_verification);
  driver_.reply(signature("data", kUpUv));
  EXPECT_EQ(code_of(0), 0);
}

TEST_F(BrokerPin, IsAskedForWhereTheKeyWantsIt) {
  const ssh::SoftwareKey other(base::KeyAlgorithm::kEd25519);
  auto request = call("data");
  request.key_blob = add_key("other", other, kUpUv);
  ask(std::move(request));
  locate();
  EXPECT_EQ(pin_entry_.questions.size(), 1U);
}

TEST_F(BrokerPin, IsAskedForWhereTheTokenWantsIt) {
  ask("data");
  locate();
  driver_.fail(Code::kPinRequired);
  ASSERT_EQ(pin_entry_.questions.size(), 1U);
  pin_entry_.type("1234");
  driver_.fail(Code::kPinRequired);  // it makes no sense to ask again
  EXPECT_EQ(code_of(0), number(Code::kPinRequired));
}

TEST_F(BrokerPin, MustShowInTheSignature) {
  ask(call("data", Purpose::kTag));
  locate();
  pin_entry_.type("1234");
  driver_.reply(signature("data", kUp));
  EXPECT_EQ(code_of(0), number(Code::kNoVerification));
}

TEST_F(BrokerPin, WrongIsAskedAgainWithTheTriesLeftUntilTheLast) {
  ask(call("data", Purpose::kTag));
  locate();
  pin_entry_.type("1111");
  driver_.fail(Code::kPinWrong, 2);
  ASSERT_EQ(pin_entry_.questions.size(), 2U);
  EXPECT_EQ(pin_entry_.questions.back().tries_left, 2);
  EXPECT_TRUE(pin_entry_.questions.back().after_wrong_pin);
  pin_entry_.type("2222");
  EXPECT_EQ(pin_of_front(), "2222");
  driver_.fail(Code::kPinWrong, 1);
  EXPECT_EQ(code_of(0), number(Code::kPinLastTry));
  EXPECT_EQ(pin_entry_.questions.size(), 2U);
}

TEST_F(BrokerPin, LastTryIsNotEvenAskedFor) {
  driver_.plugged.front().pin_retries = 1;
  ask(call("data", Purpose::kTag));
  locate();
  EXPECT_EQ(code_of(0), number(Code::kPinLastTry));
  EXPECT_TRUE(pin_entry_.questions.empty());
}

TEST_F(BrokerPin, BlockedIsSaid) {
  driver_.plugged.front().pin_retries = 0;
  ask(call("data", Purpose::kTag));
  locate();
  EXPECT_EQ(code_of(0), number(Code::kPinBlocked));
}

TEST_F(BrokerPin, NotSetIsSaid) {
  driver_.plugged.front().pin_set = false;
  ask(call("data", Purpose::kTag));
  locate();
  EXPECT_EQ(code_of(0), number(Code::kPinNotSet));
  EXPECT_EQ(driver_.requests, 1U);
}

TEST_F(BrokerPin, IsNotNeededWithAFingerprintReader) {
  driver_.plugged.front().pin_set = false;
  driver_.plugged.front().uv_supported = true;
  ask(call("data", Purpose::kTag));
  locate();
  EXPECT_EQ(pin_of_front(), "none");
  EXPECT_TRUE(driver_.front<tokens::Sign>()->request.user_verification);
}

TEST_F(BrokerPin, DeclinedEndsTheRequest) {
  ask(call("data", Purpose::kTag));
  locate();
  pin_entry_.answer(base::fail(Code::kPinCancelled));
  EXPECT_EQ(code_of(0), number(Code::kPinCancelled));
  EXPECT_EQ(driver_.requests, 1U);
}

TEST_F(BrokerPin, QuestionEndsWithItsClient) {
  const WaiterId waiter = ask(call("data", Purpose::kTag));
  locate();
  broker_->withdraw(waiter);
  EXPECT_EQ(broker_->under_way(), 0U);
  EXPECT_EQ(driver_.requests, 1U);
}

TEST_F(BrokerPin, QuestionsOfTwoTokensWaitForEachOther) {
  plug("fido2:b:2");
  const ssh::SoftwareKey other(base::KeyAlgorithm::kEd25519);
  auto second = call("two", Purpose::kTag);
  second.key_blob = add_key("other", other, ssh::kSkFlagUserPresence);
  ask(call("one", Purpose::kTag));
  ask(std::move(second));
  locate("fido2:a:1");
  locate("fido2:b:2");
  EXPECT_EQ(pin_entry_.questions.size(), 1U);
  pin_entry_.type("1234");
  EXPECT_EQ(pin_entry_.questions.size(), 2U);
  EXPECT_TRUE(broker_->cancel(2, "test").has_value());
  EXPECT_EQ(code_of(1), number(Code::kCancelled));
  EXPECT_EQ(code_of(0), -1);
}

class TokenWork : public BrokerTest {
 protected:
  TokenOperation::Answer keep() {
    return [this](base::Result<tokens::ReplyValue> answer) { answer_ = std::move(answer); };
  }
  Prompt prompt() { return broker_->new_prompt(Subject{Purpose::kUnknown, "test", {}}, Client{}); }
  void enroll(bool resident, bool verify_required) {
    EnrollOperation::Input input{"ssh:",   "name",          {base::KeyAlgorithm::kEd25519},
                                 resident, verify_required, base::to_bytes("challenge")};
    broker_->start(std::make_shared<EnrollOperation>(broker_->services(), prompt(), "fido2:a:1",
                                                     std::move(input), keep()));
  }
  static tokens::ReplyValue enrollment(std::uint8_t flags, std::string application = "ssh:") {
    tokens::Enrollment made;
    made.flags = flags;
    made.key.application = std::move(application);
    return made;
  }
  Code code() const { return answer_->error().code; }

  std::optional<base::Result<tokens::ReplyValue>> answer_;
};

TEST_F(TokenWork, EnrollsAfterAPrompt) {
  enroll(false, false);
  ASSERT_NE(driver_.front<tokens::Enroll>(), nullptr);
  EXPECT_EQ(driver_.front<tokens::Enroll>()->request.application, "ssh:");
  EXPECT_EQ(driver_.front<tokens::Enroll>()->request.cred_protect, tokens::CredProtect::kNone);
  driver_.reply(enrollment(kUp));
  ASSERT_TRUE(answer_.has_value());
  EXPECT_TRUE(answer_->has_value());
  EXPECT_EQ(journal_.lines, (Lines{"event key-new-asked", "event key-new"}));
}

TEST_F(TokenWork, EnrollsNothingThatNobodySees) {
  channel_.seen = false;
  enroll(false, false);
  EXPECT_EQ(code(), Code::kNoPrompt);
  EXPECT_EQ(driver_.requests, 0U);
}

TEST_F(TokenWork, EnrollsNothingUnrecorded) {
  journal_.failing = "event";
  enroll(false, false);
  EXPECT_EQ(code(), Code::kDiskFull);
  EXPECT_EQ(driver_.requests, 0U);
}

TEST_F(TokenWork, RefusesAnEnrollmentWithoutTouchOrForAnotherApplication) {
  enroll(false, false);
  driver_.reply(enrollment(0));
  EXPECT_EQ(code(), Code::kNoPresence);
  enroll(false, false);
  driver_.reply(enrollment(kUp, "ssh:other"));
  EXPECT_EQ(code(), Code::kWrongApplication);
  enroll(false, true);
  pin_entry_.type("1234");
  EXPECT_EQ(driver_.front<tokens::Enroll>()->request.cred_protect,
            tokens::CredProtect::kUvRequired);
  driver_.reply(enrollment(kUp));
  EXPECT_EQ(code(), Code::kNoVerification);
}

TEST_F(TokenWork, WantsAMarkerForAKeyThatAnswersToItsPinOnly) {
  enroll(false, true);
  pin_entry_.type("1234");
  EXPECT_TRUE(driver_.front<tokens::Enroll>()->request.marker);
  driver_.reply(enrollment(kUpUv));
  EXPECT_EQ(code(), Code::kProtocol);
  enroll(true, false);
  EXPECT_FALSE(driver_.front<tokens::Enroll>()->request.marker);
}

TEST_F(TokenWork, EnrollsAgainWithThePinTheTokenWants) {
  enroll(true, false);
  driver_.fail(Code::kPinRequired);
  pin_entry_.type("1234");
  ASSERT_NE(driver_.front<tokens::Enroll>(), nullptr);
  EXPECT_TRUE(driver_.front<tokens::Enroll>()->request.pin.has_value());
  driver_.reply(enrollment(kUpUv));
  EXPECT_TRUE(answer_->has_value());
}

TEST_F(TokenWork, ChangesThePinWithTheOldOne) {
  broker_->start(std::make_shared<SetPinOperation>(broker_->services(), prompt(), "fido2:a:1",
                                                   tokens::LastTry::kRefuse, keep()));
  pin_entry_.type("1111");
  EXPECT_TRUE(pin_entry_.questions.back().new_pin);
  pin_entry_.type("2222");
  driver_.fail(Code::kPinWrong, 5);  // the old one is asked again, the new one is known
  pin_entry_.type("3333");
  const auto* set = driver_.front<tokens::SetPin>();
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(base::as_text(set->old_pin->view()), "3333");
  EXPECT_EQ(base::as_text(set->new_pin.view()), "2222");
  driver_.reply(tokens::ReplyValue(tokens::Done{}));
  EXPECT_TRUE(answer_->has_value());
}

TEST_F(TokenWork, SetsTheFirstPin) {
  driver_.plugged.front().pin_set = false;
  broker_->start(std::make_shared<SetPinOperation>(broker_->services(), prompt(), "fido2:a:1",
                                                   tokens::LastTry::kRefuse, keep()));
  ASSERT_EQ(pin_entry_.questions.size(), 1U);
  pin_entry_.type("2222");
  ASSERT_NE(driver_.front<tokens::SetPin>(), nullptr);
  EXPECT_FALSE(driver_.front<tokens::SetPin>()->old_pin.has_value());
}

TEST_F(TokenWork, TakesTheLastTryWhenAskedTo) {
  driver_.plugged.front().pin_retries = 1;
  broker_->start(std::make_shared<ResidentOperation>(
      broker_->services(), prompt(), "fido2:a:1", tokens::LastTry::kAllow,
      ResidentOperation::Kind::kVerifyPin, base::Bytes{}, keep()));
  ASSERT_EQ(pin_entry_.questions.size(), 1U);
  pin_entry_.type("1111");
  // Without credential management the PIN is proven by changing it to itself.
  const auto* set = driver_.front<tokens::SetPin>();
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(base::as_text(set->old_pin->view()), base::as_text(set->new_pin.view()));
  EXPECT_EQ(set->last_try, tokens::LastTry::kAllow);
  driver_.fail(Code::kPinBlocked);
  EXPECT_EQ(code(), Code::kPinBlocked);
}

TEST_F(TokenWork, ListsOnlyWhereTheTokenCan) {
  const auto list = [this] {
    broker_->start(std::make_shared<ResidentOperation>(
        broker_->services(), prompt(), "fido2:a:1", tokens::LastTry::kRefuse,
        ResidentOperation::Kind::kList, base::Bytes{}, keep()));
  };
  list();
  EXPECT_EQ(code(), Code::kUnsupportedByToken);
  driver_.plugged.front().credential_management_supported = true;
  list();
  pin_entry_.type("1111");
  EXPECT_NE(driver_.front<tokens::ListResident>(), nullptr);
}

}  // namespace
}  // namespace touchstone::agent
