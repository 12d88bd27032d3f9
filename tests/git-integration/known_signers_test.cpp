// SPDX-License-Identifier: Apache-2.0
#include "git-integration/known_signers.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

class KnownSignersTest : public testing::Test {
 protected:
  std::string commit(const std::vector<std::string>& parents,
                     const std::vector<const SoftKey*>& keys) const {
    std::string signers;
    for (const SoftKey* key : keys) {
      signers += key->line("alice@example.com");
    }
    return repository_.commit(
        {.parents = parents, .files = PolicyRepository::policy_files(kPlainPolicy, signers)});
  }
  KnownSigners known(const std::string& introduction, const std::vector<std::string>& tips) const {
    auto known = KnownSigners::of_history(repository_.path(), introduction, tips);
    EXPECT_TRUE(known) << base::message_of(known.error());
    return known ? *known : KnownSigners();
  }
  bool knows(const KnownSigners& known, const SoftKey& key) const {
    return known.knows(key.public_key());
  }

  PolicyRepository repository_;
  SoftKey before_ = SoftKey::sk_ed25519();
  SoftKey first_ = SoftKey::sk_ed25519();
  SoftKey rotated_ = SoftKey::sk_ed25519();
  SoftKey aside_ = SoftKey::sk_ed25519();
  SoftKey last_ = SoftKey::sk_ed25519();
};

// A key that was rotated out made batches that still count, and so did one that was on a branch
// which was merged.
TEST_F(KnownSignersTest, AreThoseOfEveryPolicyFromTheIntroductionOn) {
  const std::string before = commit({}, {&before_});
  const std::string introduction = commit({before}, {&first_});
  const std::string second = commit({introduction}, {&rotated_});
  const std::string side = commit({introduction}, {&first_, &aside_});
  const std::string merge = commit({second, side}, {&rotated_});
  const std::string tip = commit({merge}, {&last_});
  const KnownSigners all = known(introduction, {tip});
  for (const SoftKey* key : {&first_, &rotated_, &aside_, &last_}) {
    EXPECT_TRUE(knows(all, *key));
  }
  EXPECT_FALSE(knows(all, before_));
  EXPECT_FALSE(knows(all, SoftKey::sk_ed25519()));
  const KnownSigners some = known(introduction, {second});
  EXPECT_TRUE(knows(some, first_));
  EXPECT_TRUE(knows(some, rotated_));
  EXPECT_FALSE(knows(some, aside_));
}

TEST_F(KnownSignersTest, AreNoneInAFileThatCannotBeRead) {
  const std::string introduction = commit({}, {&first_});
  const std::string broken = repository_.commit(
      {.parents = {introduction},
       .files = PolicyRepository::policy_files(kPlainPolicy, std::string("\0junk\n", 6))});
  const std::string folder =
      repository_.commit({.parents = {broken}, .files = {{".touchstone/signers/x", "y"}}});
  const std::string gone = repository_.commit({.parents = {folder}});
  const KnownSigners all = known(introduction, {gone});
  EXPECT_TRUE(knows(all, first_));
  EXPECT_FALSE(knows(all, last_));
  EXPECT_FALSE(KnownSigners::of_history(repository_.path(), introduction, {"nothing"}));
}

}  // namespace
}  // namespace touchstone::git
