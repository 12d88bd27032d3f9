// SPDX-License-Identifier: Apache-2.0
#include "agent/broker.h"

#include "agent/limits.h"
#include "ssh/signature.h"
#include "tests/agent/broker_fixture.h"

namespace touchstone::agent {
namespace {

using base::Code;

class BrokerFlow : public BrokerTest {};
class BrokerCheck : public BrokerTest {};
class BrokerRefusal : public BrokerTest {};
class BrokerQueue : public BrokerTest {};

TEST_F(BrokerFlow, SignsInTheOrderOfTheDesign) {
  ask("data");
  EXPECT_EQ(channel_.lines.front(), "open 1 preparing");
  EXPECT_EQ(journal_.lines, Lines{"intent 1 touch on fake"});
  locate();
  ASSERT_NE(driver_.front<tokens::Sign>(), nullptr);
  const tokens::SignRequest& asked = driver_.front<tokens::Sign>()->request;
  EXPECT_EQ(asked.token, "fido2:a:1");
  EXPECT_EQ(asked.key.application, "ssh:touchstone-sign");
  EXPECT_EQ(asked.key.credential_id, base::to_bytes("work-handle"));
  EXPECT_EQ(asked.data, base::to_bytes("data"));
  EXPECT_FALSE(asked.user_verification);
  EXPECT_FALSE(asked.pin.has_value());
  EXPECT_EQ(asked.last_try, tokens::LastTry::kRefuse);
  EXPECT_EQ(driver_.asked.front().timeout, config_.touch_timeout + kDriverGrace);
  driver_.asked.front().handlers.touch_needed();
  EXPECT_EQ(channel_.lines.back(), "update 1 waiting-touch");
  EXPECT_EQ(channel_.last.token, "Maker Token (/dev/hidraw0)");
  EXPECT_EQ(code_of(0), -1);
  driver_.reply(signature("data"));
  ASSERT_EQ(code_of(0), 0);
  EXPECT_EQ(journal_.lines, (Lines{"intent 1 touch on fake", "success 1 7"}));
  EXPECT_EQ(channel_.lines.back(), "close 1 ok");
  const auto parsed = ssh::Signature::parse(*answers_.at(0).value());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(ssh::verify(software_.sk("ssh:touchstone-sign"), *parsed, base::as_bytes("data"))
                  .has_value());
  EXPECT_EQ(broker_->under_way(), 0U);
  EXPECT_TRUE(broker_->refusals().empty());
}

// Design section 5: no record, no signature. Seeded bug: a broker that goes on after a failed
// intent asks the driver.
TEST_F(BrokerFlow, AsksNoTokenWithoutADurableIntent) {
  journal_.failing = "intent";
  ask("data");
  EXPECT_EQ(code_of(0), number(Code::kDiskFull));
  EXPECT_EQ(driver_.requests, 0U);
  EXPECT_EQ(channel_.lines.back(), "close 1 disk-full");
  journal_.failing.clear();
  ask("data");
  EXPECT_EQ(driver_.requests, 1U);  // and it goes on when there is room again
}

TEST_F(BrokerFlow, LetsNoSignatureOutWithoutItsRecord) {
  ask("data");
  locate();
  journal_.failing = "success";
  driver_.reply(signature("data"));
  EXPECT_EQ(code_of(0), number(Code::kDiskFull));
  EXPECT_EQ(journal_.lines.back(), "failure 1 disk-full");
}

TEST_F(BrokerFlow, AsksNoTokenWhenNobodyCanSeeThePrompt) {
  channel_.seen = false;
  ask("data");
  EXPECT_EQ(code_of(0), number(Code::kNoPrompt));
  EXPECT_EQ(driver_.requests, 0U);
  EXPECT_EQ(journal_.lines, Lines{"refused 1 no-prompt"});
  EXPECT_TRUE(board_.pending().empty());
}

TEST_F(BrokerFlow, ShowsOnAWatcherAlone) {
  channel_.seen = false;
  const auto connection = std::make_shared<const bool>(true);
  events_.watch(0, connection, [](const std::vector<Event>& /*events*/) {});
  ask("data");
  EXPECT_EQ(journal_.lines, Lines{"intent 1 touch on watch"});
}

TEST_F(BrokerFlow, CountsAWatcherWhoIsAboutToAskAgain) {
  channel_.seen = false;
  const auto connection = std::make_shared<const bool>(true);
  events_.watch(0, connection, [](const std::vector<Event>& /*events*/) {});
  events_.token_changed(EventKind::kTokenAdded, {});
  ask("data");
  EXPECT_EQ(journal_.lines, Lines{"intent 1 touch on watch"});
}

TEST_F(BrokerFlow, DoesNotCountAWatcherWhoHungUpAfterAnAnswer) {
  channel_.seen = false;
  auto connection = std::make_shared<const bool>(true);
  events_.watch(0, connection, [](const std::vector<Event>& /*events*/) {});
  events_.token_changed(EventKind::kTokenAdded, {});
  connection.reset();
  ask("data");
  EXPECT_EQ(code_of(0), number(Code::kNoPrompt));
}

TEST_F(BrokerFlow, RemembersWhereAKeyIs) {
  ask("one");
  locate();
  driver_.reply(signature("one"));
  ask("two");
  ASSERT_NE(driver_.front<tokens::Sign>(), nullptr);
  driver_.reply(signature("two", kUp, 8));
  ASSERT_EQ(code_of(1), 0);
  // Plugged in anew it has another id and is looked for again.
  driver_.plugged.front().id = "fido2:a:2";
  ask("three");
  EXPECT_NE(driver_.front<tokens::Locate>(), nullptr);
}

TEST_F(BrokerFlow, LooksForTheKeyAgainAfterAFailure) {
  ask("one");
  locate();
  driver_.reply(signature("one"));
  ask("two");
  driver_.fail(Code::kTokenFailed);
  EXPECT_EQ(code_of(1), number(Code::kTokenFailed));
  ask("three");
  EXPECT_NE(driver_.front<tokens::Locate>(), nullptr);
}

TEST_F(BrokerFlow, GoesToTheTokenThatHoldsTheKey) {
  plug("fido2:b:2");
  ask("data");
  locate("fido2:b:2");
  ASSERT_NE(driver_.front<tokens::Sign>(), nullptr);
  EXPECT_EQ(driver_.front<tokens::Sign>()->request.token, "fido2:b:2");
}

TEST_F(BrokerFlow, FailsWhenTheTokenGoesBeforeItsTurn) {
  ask("data");
  driver_.plugged.clear();
  locate();
  EXPECT_EQ(code_of(0), number(Code::kTokenRemoved));
  EXPECT_EQ(driver_.requests, 1U);
}

TEST_F(BrokerFlow, AsksNothingOfABusyToken) {
  driver_.plugged.front().busy = true;
  ask("data");
  locate();
  EXPECT_EQ(code_of(0), number(Code::kTokenBusy));
  EXPECT_EQ(driver_.requests, 1U);
}

TEST_F(BrokerFlow, PassesOnWhatTheDriverSays) {
  for (const Code code :
       {Code::kNoToken, Code::kWrongToken, Code::kTokenRemoved, Code::kTouchTimeout,
        Code::kDriverDied, Code::kDriverTimeout, Code::kTokenFailed, Code::kPinAuthBlocked}) {
    ask("data");
    driver_.fail(code);  // to the locate
    EXPECT_EQ(code_of(answers_.size() - 1), number(code));
    ask("data");
    locate();
    driver_.fail(code);  // to the signature
    EXPECT_EQ(code_of(answers_.size() - 1), number(code));
    EXPECT_EQ(journal_.lines.back().substr(0, 7), "failure");
    EXPECT_EQ(broker_->refusals().back().error.code, code);
    EXPECT_EQ(broker_->under_way(), 0U);
  }
}

TEST_F(BrokerFlow, RefusesAnAnswerOfAnotherKind) {
  ask("data");
  driver_.reply(tokens::ReplyValue(tokens::Done{}));
  EXPECT_EQ(code_of(0), number(Code::kProtocol));
  ask("data");
  locate();
  driver_.reply(tokens::ReplyValue(tokens::Done{}));
  EXPECT_EQ(code_of(1), number(Code::kProtocol));
}

// The driver has checked all this; the broker checks it again.
TEST_F(BrokerCheck, RefusesASignatureWithoutTouch) {
  ask("data");
  locate();
  driver_.reply(signature("data", 0));
  EXPECT_EQ(code_of(0), number(Code::kNoPresence));
  EXPECT_EQ(journal_.lines,
            (Lines{"intent 1 touch on fake", "failure 1 no-presence", "event alarm"}));
}

TEST_F(BrokerCheck, RefusesVerificationWithoutTouch) {
  ask("data");
  locate();
  driver_.reply(signature("data", base::kFlagUserVerification));
  EXPECT_EQ(code_of(0), number(Code::kNoPresence));
}

TEST_F(BrokerCheck, RefusesFlagsTheSignatureDoesNotCover) {
  ask("data");
  locate();
  auto forged = std::get<base::TokenSignature>(signature("data", 0));
  forged.flags = kUp;
  driver_.reply(tokens::ReplyValue(forged));
  EXPECT_EQ(code_of(0), number(Code::kBadSignature));
}

TEST_F(BrokerCheck, RefusesASignatureOverOtherData) {
  ask("data");
  locate();
  driver_.reply(signature("other data"));
  EXPECT_EQ(code_of(0), number(Code::kBadSignature));
}

TEST_F(BrokerCheck, RefusesASignatureForAnotherApplication) {
  ask("data");
  locate();
  driver_.reply(signature("data", kUp, 7, "ssh:"));
  EXPECT_EQ(code_of(0), number(Code::kBadSignature));
  EXPECT_EQ(journal_.lines.back(), "event alarm");
}

// No key store gives such a key: the operation does not rely on it.
TEST_F(BrokerCheck, AsksNoTouchForAKeyOfAnotherRole) {
  auto key = std::make_shared<StoredKey>(*keys_.find_named("work"));
  key->key.key = software_.sk("ssh:touchstone-approve");
  Prompt prompt;
  prompt.number = 9;
  std::optional<base::Code> outcome;
  const auto operation = std::make_shared<SignOperation>(
      Services{driver_, board_, lanes_, pins_, journal_, events_}, std::move(prompt),
      SignOperation::Input{key, base::to_bytes("data"), Demand::kTouch, {}},
      [&outcome](const SignOperation& /*operation*/, const base::Error* error) {
        outcome = error == nullptr ? base::Code{} : error->code;
      });
  operation->start();
  EXPECT_EQ(outcome, Code::kWrongRole);
  EXPECT_EQ(driver_.requests, 0U);
  EXPECT_EQ(journal_.lines, std::vector<std::string>{"refused 9 wrong-role"});
}

TEST_F(BrokerCheck, RefusesACounterThatDoesNotRise) {
  for (const std::uint32_t counter : {7U, 6U, 0U}) {
    journal_.counter = 7;
    ask("data");
    locate();
    driver_.reply(signature("data", kUp, counter));
    EXPECT_EQ(code_of(answers_.size() - 1), number(Code::kCounterRegressed)) << counter;
  }
}

TEST_F(BrokerCheck, TakesTokensWithoutACounter) {
  for (const auto last : {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(0)}) {
    journal_.counter = last;
    ask("data");
    if (driver_.front<tokens::Locate>() != nullptr) {
      locate();
    }
    driver_.reply(signature("data", kUp, 0));
    EXPECT_EQ(code_of(answers_.size() - 1), 0);
  }
}

TEST_F(BrokerRefusal, OfAKeyNobodyHolds) {
  auto request = call("data");
  request.key_blob.back() ^= 1;
  ask(std::move(request));
  EXPECT_EQ(code_of(0), number(Code::kUnknownKey));
}

TEST_F(BrokerRefusal, ByPolicyShowsNothingAndAsksNothing) {
  ask(call("data", Purpose::kUnknown));
  ask(call("data", Purpose::kCertificate));
  auto forwarded = call("data");
  forwarded.client.forwarded = true;
  ask(std::move(forwarded));
  for (const std::size_t place : {0U, 1U, 2U}) {
    EXPECT_EQ(code_of(place), number(Code::kDenied));
  }
  EXPECT_TRUE(channel_.lines.empty());
  EXPECT_EQ(driver_.requests, 0U);
  EXPECT_EQ(journal_.lines, (Lines{"refused 1 denied", "refused 2 denied", "refused 3 denied"}));
  EXPECT_EQ(broker_->refusals().size(), 3U);
}

TEST_F(BrokerRefusal, OfALoginWithASigningKey) {
  ask(call("data", Purpose::kLogin));
  EXPECT_EQ(code_of(0), number(Code::kWrongRole));
}

TEST_F(BrokerRefusal, OfWhatIsNotAdmissible) {
  auto request = call("data");
  request.admissible = base::fail(Code::kHashMismatch);
  ask(std::move(request));
  EXPECT_EQ(code_of(0), number(Code::kHashMismatch));
  EXPECT_EQ(driver_.requests, 0U);
}

TEST_F(BrokerRefusal, StillComesWhenTheJournalIsFull) {
  journal_.failing = "refused";
  ask(call("data", Purpose::kUnknown));
  EXPECT_EQ(code_of(0), number(Code::kDenied));
}

TEST_F(BrokerRefusal, IsKeptSixteenTimes) {
  for (std::size_t i = 0; i <= kRefusalsKept; ++i) {
    ask(call("data", Purpose::kUnknown));
  }
  EXPECT_EQ(broker_->refusals().size(), kRefusalsKept);
}

TEST_F(BrokerRefusal, FillsNoDisk) {
  for (std::size_t i = 0; i < kRefusalsJournalledPerMinuteMax + 5; ++i) {
    ask(call("data", Purpose::kUnknown));
  }
  EXPECT_EQ(journal_.lines.size(), kRefusalsJournalledPerMinuteMax);
  clock_.advance(std::chrono::minutes{1});
  ask(call("data", Purpose::kUnknown));
  EXPECT_EQ(journal_.lines.at(kRefusalsJournalledPerMinuteMax), "event refusals-left-out");
  EXPECT_EQ(journal_.lines.size(), kRefusalsJournalledPerMinuteMax + 2);
}

TEST_F(BrokerQueue, ServesOneRequestPerTokenAtATime) {
  ask("one");
  ask("two");
  EXPECT_EQ(driver_.requests, 1U);
  EXPECT_EQ(board_.pending().at(2).state, PromptState::kQueued);
  EXPECT_EQ(journal_.lines.size(), 2U);  // both intents
  locate();
  driver_.reply(signature("one"));
  EXPECT_EQ(code_of(0), 0);
  locate();
  driver_.reply(signature("two", kUp, 8));
  EXPECT_EQ(code_of(1), 0);
}

TEST_F(BrokerQueue, LetsTokensWorkSideBySide) {
  plug("fido2:b:2");
  const ssh::SoftwareKey other(base::KeyAlgorithm::kEd25519);
  auto second = call("two");
  second.key_blob = add_key("other", other, ssh::kSkFlagUserPresence);
  ask("one");
  ask(std::move(second));
  locate("fido2:a:1");
  locate("fido2:b:2");
  ASSERT_EQ(driver_.asked.size(), 2U);
  EXPECT_NE(std::get_if<tokens::Sign>(&driver_.asked.at(0).request), nullptr);
  EXPECT_NE(std::get_if<tokens::Sign>(&driver_.asked.at(1).request), nullptr);
}

TEST_F(BrokerQueue, IsFullAtItsLimit) {
  for (std::size_t i = 0; i < kPendingPerTokenMax; ++i) {
    ask("data " + std::to_string(i));
    EXPECT_EQ(code_of(i), -1);
  }
  ask("one more");
  EXPECT_EQ(code_of(kPendingPerTokenMax), number(Code::kQueueFull));
  EXPECT_EQ(broker_->under_way(), kPendingPerTokenMax);
}

TEST_F(BrokerQueue, JoinsTheVerySameRequest) {
  ask("data");
  ask("data");
  EXPECT_EQ(broker_->under_way(), 1U);
  locate();
  driver_.reply(signature("data"));
  EXPECT_EQ(code_of(0), 0);
  EXPECT_EQ(code_of(1), 0);
  EXPECT_EQ(journal_.lines.size(), 2U);
}

TEST_F(BrokerQueue, JoinsNoneThatCostsMoreOrComesFromElsewhere) {
  config_.policy[Role::kSign].forwarded = {{Purpose::kCommit, Demand::kTouch}};
  make_broker();
  ask("data");
  ask(call("data", Purpose::kTag));  // touch+pin
  auto forwarded = call("data");
  forwarded.client.forwarded = true;
  ask(std::move(forwarded));
  auto root = call("data");
  root.client.uid = 0;
  ask(std::move(root));
  EXPECT_EQ(broker_->under_way(), 4U);
}

TEST_F(BrokerQueue, JoinsNoneThatIsBeingCancelled) {
  ask("data");
  EXPECT_TRUE(broker_->cancel(1, "test").has_value());
  ask("data");
  EXPECT_EQ(broker_->under_way(), 2U);
}

TEST_F(BrokerQueue, CancelsAWaitingTouchAndKeepsTheTokenUntilItLetsGo) {
  ask("one");
  ask("two");
  locate();
  EXPECT_TRUE(broker_->cancel(1, "on request").has_value());
  EXPECT_EQ(driver_.cancelled.size(), 1U);
  EXPECT_EQ(code_of(0), -1);
  EXPECT_EQ(driver_.requests, 2U);  // the second request still waits
  driver_.fail(Code::kCancelled);
  EXPECT_EQ(code_of(0), number(Code::kCancelled));
  EXPECT_EQ(driver_.requests, 3U);
}

TEST_F(BrokerQueue, ThrowsAwayASignatureThatCrossedTheCancel) {
  ask("data");
  locate();
  EXPECT_TRUE(broker_->cancel(1, "on request").has_value());
  driver_.reply(signature("data"));
  EXPECT_EQ(code_of(0), number(Code::kCancelled));
  EXPECT_EQ(journal_.lines.back(), "failure 1 cancelled");
}

TEST_F(BrokerQueue, CancelsAQueuedRequestAtOnce) {
  ask("one");
  ask("two");
  EXPECT_TRUE(broker_->cancel(2, "on request").has_value());
  EXPECT_EQ(code_of(1), number(Code::kCancelled));
  EXPECT_EQ(driver_.requests, 1U);
  EXPECT_FALSE(broker_->cancel(2, "again").has_value());
  EXPECT_FALSE(broker_->cancel(99, "none").has_value());
}

TEST_F(BrokerQueue, EndsWhenItsClientHangsUp) {
  const WaiterId waiter = ask("data");
  locate();
  broker_->withdraw(waiter);
  EXPECT_EQ(driver_.cancelled.size(), 1U);
  driver_.fail(Code::kCancelled);
  EXPECT_EQ(code_of(0), -1);  // nobody is there to be answered
  EXPECT_EQ(broker_->under_way(), 0U);
  EXPECT_EQ(journal_.lines.back(), "failure 1 cancelled");
}

TEST_F(BrokerQueue, GoesOnWhileAnotherClientWaitsForTheSame) {
  const WaiterId first = ask("data");
  ask("data");
  locate();
  broker_->withdraw(first);
  EXPECT_TRUE(driver_.cancelled.empty());
  driver_.reply(signature("data"));
  EXPECT_EQ(code_of(0), -1);
  EXPECT_EQ(code_of(1), 0);
}

TEST_F(BrokerQueue, TellsWhenItIsIdle) {
  int idle = 0;
  broker_->on_idle([&idle] { ++idle; });
  ask("one");
  ask("two");
  broker_->cancel_all("the agent was stopped");
  EXPECT_EQ(idle, 0);
  driver_.fail(Code::kCancelled);
  EXPECT_EQ(idle, 1);
}

}  // namespace
}  // namespace touchstone::agent
