// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/hid_transport.h"

#include <gtest/gtest.h>

#include "tests/tokens/scripted_device.h"
#include "tokens/fido2/fido2_token.h"

namespace touchstone::tokens::fido2 {
namespace {

using base::Bytes;
using base::Code;

constexpr std::uint8_t kNoCredentials = 0x2e;
constexpr std::uint8_t kKeepaliveCancel = 0x2d;
constexpr std::uint8_t kProcessing = 0x01;

SignRequest sign_request() {
  SignRequest request;
  request.key.public_key.material = Bytes(32, 1);
  request.key.credential_id = Bytes(16, 2);
  request.key.application = "ssh:";
  request.data = Bytes(10, 3);
  request.timeout = std::chrono::milliseconds{5'000};
  return request;
}

// A token that opens, and then answers assertions as a test says.
class HidTransport : public testing::Test {
 protected:
  void open(std::function<void(std::uint32_t channel)> on_assertion) {
    script_.on_message = [this, on_assertion = std::move(on_assertion)](
                             std::uint32_t channel, std::uint8_t command, const Bytes& payload) {
      if (!script_.answer_opening(channel, command, payload) && command == kCommandCbor) {
        on_assertion(channel);
      }
    };
    TokenInfo identity;
    identity.product = "Token";
    identity.device = "/dev/hidraw9";
    token_ = std::move(
        *Fido2Token::open(std::make_unique<ScriptedDevice>(script_), identity, script_.clock));
  }
  void say_status(std::uint32_t channel, std::uint8_t status) {
    script_.say(channel, kCommandCbor, base::ByteView(&status, 1));
  }
  base::Error sign() {
    return token_->sign(sign_request(), [this] { ++touches_; }).error();
  }

  Script script_;
  std::unique_ptr<Fido2Token> token_;
  int touches_ = 0;
};

TEST_F(HidTransport, OpensAndReadsWhatTheTokenIs) {
  open([](std::uint32_t) {});
  EXPECT_EQ(token_->info().versions, std::vector<std::string>{"FIDO_2_0"});
  EXPECT_EQ(token_->info().aaguid[0], 0xaa);
  EXPECT_TRUE(token_->info().resident_supported);
  EXPECT_FALSE(token_->info().pin_supported);
}

TEST_F(HidTransport, AnswersToOtherProgramsArePassedOver) {
  open([this](std::uint32_t channel) {
    script_.say(channel + 7, kCommandCbor, Bytes{0});
    script_.keepalive(channel + 7, kKeepaliveUpNeeded);
    script_.say(0xffffffff, kCommandInit, Bytes(17, 1));
    say_status(channel, kNoCredentials);
  });
  EXPECT_EQ(sign().code, Code::kWrongToken);
  EXPECT_EQ(touches_, 0);
}

TEST_F(HidTransport, AnotherProgramsNewChannelIsNotOurs) {
  script_.on_message = [this](std::uint32_t channel, std::uint8_t command, const Bytes& payload) {
    if (command == kCommandInit) {
      base::Writer other;
      other.raw(Bytes(8, 0x55)).u32(0x66).u8(2).u32(0);
      script_.say(channel, kCommandInit, other.bytes());
    }
    script_.answer_opening(channel, command, payload);
  };
  EXPECT_TRUE(
      Fido2Token::open(std::make_unique<ScriptedDevice>(script_), {}, script_.clock).has_value());
}

TEST_F(HidTransport, WhatCameWhileNobodyReadIsDropped) {
  open([this](std::uint32_t channel) { say_status(channel, kNoCredentials); });
  for (int i = 0; i < 64; ++i) {
    script_.say(script_.channel, kCommandCbor, Bytes{0});  // late, and on our channel
  }
  EXPECT_EQ(sign().code, Code::kWrongToken);
}

TEST_F(HidTransport, TellsOnceThatTheTokenWaits) {
  open([this](std::uint32_t channel) {
    script_.keepalive(channel, kProcessing);
    EXPECT_EQ(touches_, 0);
    script_.keepalive(channel, kKeepaliveUpNeeded);
    script_.keepalive(channel, kKeepaliveUpNeeded);
    say_status(channel, kNoCredentials);
  });
  sign();
  EXPECT_EQ(touches_, 1);
}

TEST_F(HidTransport, ProcessingIsNotWaiting) {
  open([this](std::uint32_t channel) {
    script_.keepalive(channel, kProcessing);
    say_status(channel, kNoCredentials);
  });
  sign();
  EXPECT_EQ(touches_, 0);
}

TEST_F(HidTransport, ASilentTokenIsTakenToWait) {
  open([](std::uint32_t) {});
  const auto start = script_.clock.steady();
  EXPECT_EQ(sign().code, Code::kTouchTimeout);
  EXPECT_EQ(touches_, 1);
  EXPECT_EQ(script_.clock.steady() - start, std::chrono::milliseconds{5'000} + kCancelGrace);
  EXPECT_EQ(script_.count(kCommandCancel), 1U);
}

TEST_F(HidTransport, TimeoutSendsACancelAndTakesItsAnswer) {
  open([](std::uint32_t) {});
  const auto inner = script_.on_message;
  script_.on_message = [this, inner](std::uint32_t channel, std::uint8_t command,
                                     const Bytes& payload) {
    if (command == kCommandCancel) {
      say_status(channel, kKeepaliveCancel);
    }
    inner(channel, command, payload);
  };
  const std::uint32_t channel = script_.channel;
  EXPECT_EQ(sign().code, Code::kTouchTimeout);
  EXPECT_EQ(sign().code, Code::kTouchTimeout);
  EXPECT_EQ(script_.channel, channel);  // in use still
}

TEST_F(HidTransport, AnUnansweredCancelCostsTheChannelOnly) {
  open([](std::uint32_t) {});
  const std::uint32_t channel = script_.channel;
  EXPECT_EQ(sign().code, Code::kTouchTimeout);
  EXPECT_EQ(sign().code, Code::kTouchTimeout);
  EXPECT_EQ(script_.channel, channel + 1);
}

TEST_F(HidTransport, ATouchThatComesWithTheCancelIsTooLate) {
  open([this](std::uint32_t) { script_.interrupted = true; });
  const auto inner = script_.on_message;
  script_.on_message = [this, inner](std::uint32_t channel, std::uint8_t command,
                                     const Bytes& payload) {
    if (command == kCommandCancel) {
      say_status(channel, 0);  // success, as if it had been touched
    }
    inner(channel, command, payload);
  };
  EXPECT_EQ(sign().code, Code::kCancelled);
  EXPECT_EQ(script_.count(kCommandCancel), 1U);
}

TEST_F(HidTransport, BusyIsToldAndNotTriedAgain) {
  open([this](std::uint32_t channel) {
    script_.say(channel, kCommandError, Bytes{kErrorChannelBusy});
  });
  const base::Error error = sign();
  EXPECT_EQ(error.code, Code::kTokenBusy);
  EXPECT_EQ(script_.count(kCommandCbor), 3U);  // getInfo twice, and this
}

TEST_F(HidTransport, ALostChannelIsMadeAgainOnce) {
  int refusals = 1;
  open([this, &refusals](std::uint32_t channel) {
    if (refusals-- > 0) {
      script_.say(channel, kCommandError, Bytes{kErrorInvalidChannel});
    } else {
      say_status(channel, kNoCredentials);
    }
  });
  EXPECT_EQ(sign().code, Code::kWrongToken);
  refusals = 100;
  const std::size_t before = script_.count(kCommandInit);
  EXPECT_EQ(sign().code, Code::kTokenFailed);
  EXPECT_EQ(script_.count(kCommandInit), before + 1);
}

TEST_F(HidTransport, ASilentProbeThatWantsATouchIsCancelled) {
  open([this](std::uint32_t channel) { script_.keepalive(channel, kKeepaliveUpNeeded); });
  const auto holds = token_->holds(sign_request().key, Asking::kOnce);
  ASSERT_FALSE(holds.has_value());
  EXPECT_EQ(holds.error().code, Code::kTokenFailed);
  EXPECT_EQ(script_.count(kCommandCancel), 1U);
}

TEST_F(HidTransport, RemovedIsSaidWithTheTokensName) {
  open([this](std::uint32_t) { script_.removed = true; });
  const base::Error error = sign();
  EXPECT_EQ(error.code, Code::kTokenRemoved);
  EXPECT_TRUE(error.context.starts_with("Token (/dev/hidraw9)")) << error.context;
}

TEST_F(HidTransport, NothingIsSentForRequestsThatCannotBe) {
  open([](std::uint32_t) {});
  const std::size_t before = script_.written.size();
  SignRequest request = sign_request();
  request.key.application = std::string("ssh:\0evil", 9);
  EXPECT_EQ(token_->sign(request, [] {}).error().code, Code::kMalformed);
  request = sign_request();
  request.key.credential_id.clear();
  EXPECT_EQ(token_->sign(request, [] {}).error().code, Code::kMalformed);
  request = sign_request();
  request.key.credential_id = Bytes(kCredentialIdMax + 1, 1);
  EXPECT_EQ(token_->sign(request, [] {}).error().code, Code::kMalformed);
  request = sign_request();
  request.user_verification = true;
  EXPECT_EQ(token_->sign(request, [] {}).error().code, Code::kUnsupportedByToken);
  EXPECT_EQ(script_.written.size(), before);
}

}  // namespace
}  // namespace touchstone::tokens::fido2
