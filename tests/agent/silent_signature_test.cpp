// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "tests/agent/broker_fixture.h"

namespace touchstone::agent {
namespace {

// What a token signs silently moves its counter: it is recorded, when it is what it seems.
class BrokerSilent : public BrokerTest {
 protected:
  tokens::SilentSignature silent(std::uint32_t counter, std::size_t size = 32) const {
    return made_by(software_, keys_.keys().front()->reference(), counter, size);
  }
  static tokens::SilentSignature made_by(const ssh::SoftwareKey& software,
                                         const tokens::KeyReference& key, std::uint32_t counter,
                                         std::size_t size = 32) {
    tokens::SilentSignature silent;
    silent.key = key;
    silent.data = base::Bytes(size, 7);
    const ssh::Signature made =
        software.sign_sk(software.sk(key.application), silent.data, 0, counter);
    silent.signature = {base::to_bytes(made.raw()), 0, counter};
    return silent;
  }
};

TEST_F(BrokerSilent, IsRecorded) {
  broker_->silent(silent(5));
  EXPECT_EQ(journal_.lines, std::vector<std::string>{"probe work 5"});
}

TEST_F(BrokerSilent, IsPassedOverForKeysThatAreNotOurs) {
  tokens::SilentSignature other = silent(5);
  other.key.credential_id.push_back(1);
  broker_->silent(other);
  EXPECT_TRUE(journal_.lines.empty());
}

TEST_F(BrokerSilent, RaisesAnAlarmWhenItIsNotWhatItSeems) {
  broker_->silent(silent(5));
  const std::vector<tokens::SilentSignature> wrong = {silent(5), silent(4), silent(6, 31),
                                                      silent(6, 33), [this] {
                                                        tokens::SilentSignature changed = silent(6);
                                                        changed.signature.counter = 7;
                                                        return changed;
                                                      }()};
  for (const tokens::SilentSignature& each : wrong) {
    journal_.lines.clear();
    broker_->silent(each);
    EXPECT_EQ(journal_.lines, std::vector<std::string>{"event alarm"});
  }
}

// A key that answers to its PIN only is found by its marker, which has a counter of its own.
class BrokerMarker : public BrokerSilent {
 protected:
  BrokerMarker() {
    EXPECT_TRUE(keys_.mark("work", tokens::Marker{reference_.public_key, reference_.credential_id})
                    .has_value());
  }
  const ssh::SoftwareKey marker_{base::KeyAlgorithm::kEd25519};
  const tokens::KeyReference reference_{marker_.material(), base::to_bytes("marker"),
                                        std::string(tokens::kMarkerApplication)};
};

TEST_F(BrokerMarker, IsRecordedAsTheMarkersOwn) {
  broker_->silent(made_by(marker_, reference_, 5));
  EXPECT_EQ(journal_.lines, std::vector<std::string>{"probe work's marker 5"});
  EXPECT_EQ(journal_.probed, base::to_bytes(marker_.sk(tokens::kMarkerApplication).blob()));
}

TEST_F(BrokerMarker, IsNotTheKeyAndNotForItsApplication) {
  // By the key in the marker's name: an alarm.
  broker_->silent(made_by(software_, reference_, 5));
  EXPECT_EQ(journal_.lines, std::vector<std::string>{"event alarm"});
  // By the marker in the name of a key that we do not have: nothing of ours.
  journal_.lines.clear();
  tokens::KeyReference other = reference_;
  other.application = "ssh:touchstone-sign";
  broker_->silent(made_by(marker_, other, 5));
  other = reference_;
  other.credential_id.push_back(1);
  broker_->silent(made_by(marker_, other, 5));
  EXPECT_TRUE(journal_.lines.empty());
}

}  // namespace
}  // namespace touchstone::agent
