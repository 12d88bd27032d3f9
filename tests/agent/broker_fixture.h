// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/broker.h"
#include "agent/key_store.h"
#include "base/clock.h"
#include "tests/agent/doubles.h"
#include "tests/agent/temporary_folder.h"
#include "tests/ssh/software_key.h"

namespace touchstone::agent {

constexpr std::uint8_t kUp = base::kFlagUserPresence;
constexpr std::uint8_t kUpUv = base::kFlagUserPresence | base::kFlagUserVerification;

// BrokerTest puts a broker between doubles: a key of role sign, one token, one channel.
class BrokerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  BrokerTest() : software_(base::KeyAlgorithm::kEd25519), keys_(folder_.path() / "keys") {
    EXPECT_TRUE(keys_.load().has_value());
    blob_ = add_key("work", software_, ssh::kSkFlagUserPresence);
    config_.policy[Role::kSign].local = {{Purpose::kCommit, Demand::kTouch},
                                         {Purpose::kTag, Demand::kTouchPin}};
    config_.policy[Role::kLogin].local = {{Purpose::kLogin, Demand::kTouch}};
    config_.policy[Role::kLogin].forwarded = {{Purpose::kLogin, Demand::kTouch}};
    plug("fido2:a:1");
    make_broker();
  }

  void make_broker() {
    broker_ = std::make_unique<Broker>(
        Broker::Context{Services{driver_, board_, lanes_, pins_, journal_, events_}, clock_}, keys_,
        config_);
  }

  base::Bytes add_key(const std::string& name, const ssh::SoftwareKey& key, std::uint8_t flags) {
    const ssh::PublicKey public_key = key.sk("ssh:touchstone-sign");
    StoredKey stored{name,
                     Role::kSign,
                     ssh::SkPrivateKey{public_key, flags, base::to_bytes(name + "-handle"), name},
                     "",
                     "none",
                     "",
                     "",
                     std::nullopt};
    EXPECT_TRUE(keys_.add(std::move(stored)).has_value());
    return base::to_bytes(public_key.blob());
  }

  tokens::TokenInfo& plug(const tokens::TokenId& id) {
    tokens::TokenInfo info;
    info.id = id;
    info.manufacturer = "Maker";
    info.product = "Token";
    info.device = "/dev/hidraw0";
    info.pin_supported = true;
    info.pin_set = true;
    info.pin_retries = 8;
    driver_.plugged.push_back(info);
    return driver_.plugged.back();
  }

  Broker::SignCall call(std::string_view data, Purpose purpose = Purpose::kCommit) const {
    Broker::SignCall call;
    call.key_blob = blob_;
    call.data = base::to_bytes(data);
    call.subject.purpose = purpose;
    call.subject.headline = "sign commit: test";
    call.client.uid = 1000;
    return call;
  }
  // ask keeps the answer in answers_, by its place.
  WaiterId ask(Broker::SignCall call) {
    const std::size_t place = answers_.size();
    answers_.emplace_back();
    return broker_->sign(std::move(call), [this, place](base::Result<base::Bytes> answer) {
      EXPECT_FALSE(answers_.at(place).has_value()) << "answered twice";
      answers_.at(place) = std::move(answer);
    });
  }
  WaiterId ask(std::string_view data) { return ask(call(data)); }

  // code_of is the code of an answer: 0 for a signature, -1 for none yet.
  int code_of(std::size_t place) const {
    const auto& answer = answers_.at(place);
    if (!answer.has_value()) {
      return -1;
    }
    return answer->has_value() ? 0 : static_cast<int>(answer->error().code);
  }
  static int number(base::Code code) { return static_cast<int>(code); }

  tokens::ReplyValue signature(std::string_view data, std::uint8_t flags = kUp,
                               std::uint32_t counter = 7,
                               std::string_view application = "ssh:touchstone-sign") const {
    const auto made =
        software_.sign_sk(software_.sk(application), base::as_bytes(data), flags, counter);
    return base::TokenSignature{base::to_bytes(made.raw()), flags, counter};
  }
  // locate answers the locate that comes first of all.
  void locate(const tokens::TokenId& token = "fido2:a:1") {
    ASSERT_NE(driver_.front<tokens::Locate>(), nullptr);
    driver_.reply(tokens::ReplyValue(tokens::Location{token}));
  }

  TemporaryFolder folder_;
  base::MockClock clock_;
  ssh::SoftwareKey software_;
  base::Bytes blob_;
  KeyStore keys_;
  Config config_;
  ScriptedDriver driver_;
  MemoryJournal journal_;
  FakePinEntry pin_entry_;
  FakeChannel channel_;
  EventLog events_{clock_};
  PromptBoard board_{{&channel_}, events_, clock_};
  PinDesk pins_{pin_entry_};
  TokenLanes lanes_;
  std::unique_ptr<Broker> broker_;
  std::vector<std::optional<base::Result<base::Bytes>>> answers_;
};

using Lines = std::vector<std::string>;

}  // namespace touchstone::agent
