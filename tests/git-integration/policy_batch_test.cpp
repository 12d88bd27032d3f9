// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

using Words = std::vector<std::string>;

BatchEntry entry(std::uint32_t whole, const SoftKey& key, std::uint32_t counter = 9) {
  return {1, whole, std::make_shared<const ssh::PublicKey>(key.public_key()), counter};
}

// A repository that takes batches of up to three, with an unsigned commit.
class PolicyBatch : public testing::Test {
 protected:
  PolicyBatch() {
    repository_.introduce(files_);
    commit_ = repository_.commit({.parents = {repository_.introduction()}, .files = files_});
  }
  Outcome verify(const std::string& tip, const std::vector<BatchEntry>& entries) const {
    VerifyOptions options = repository_.options();
    options.ranges = {tip};
    options.batches = [&entries](std::string_view) { return entries; };
    return PolicyRepository::verify_with(options);
  }

  PolicyRepository repository_;
  Files files_ = PolicyRepository::policy_files(
      std::string(kPlainPolicy) + "[policy]\nrequire = \"batch\"\n[batch]\nmax = 3\n",
      repository_.signers());
  std::string commit_;
};

TEST_F(PolicyBatch, IsTakenWhereThePolicyDoes) {
  EXPECT_EQ(repository_.verify({commit_}).problems_of(commit_), "unsigned");
  const Outcome outcome = verify(commit_, {entry(3, repository_.alice)});
  EXPECT_EQ(outcome.problems_of(commit_), "accepted");
  EXPECT_EQ(outcome.words(), (Words{"touch", "batch 1/3"}));
  EXPECT_EQ(outcome.verdicts[1].verdict.counter, 9U);
  EXPECT_EQ(verify(commit_, {entry(4, repository_.alice)}).problems_of(commit_), "batch-refused");
}

TEST_F(PolicyBatch, SpoilsNobodysCommit) {
  const SoftKey stranger = SoftKey::sk_ed25519();
  std::vector<BatchEntry> entries{entry(1, stranger, 1)};
  EXPECT_EQ(verify(commit_, entries).problems_of(commit_), "unsigned");
  // bob may not sign for alice, and put her commit into a larger one.
  entries.push_back(entry(2, repository_.bob, 2));
  EXPECT_EQ(verify(commit_, entries).problems_of(commit_), "committer-mismatch");
  entries.push_back(entry(3, repository_.alice, 3));
  const std::string touched =
      repository_.commit({.key = &repository_.alice, .parents = {commit_}, .files = files_});
  const Outcome outcome = verify(touched, entries);
  EXPECT_EQ(outcome.problems_of(commit_), "accepted");
  EXPECT_EQ(outcome.words(), (Words{"touch", "batch 1/3", "touch"}));
}

// A batch stands in for a signature that proves no touch, also where it is the policy that says so.
TEST(PolicyBatchAlone, StandsInForATouchThatIsNotBelieved) {
  PolicyRepository repository;
  const SoftKey second = SoftKey::sk_ed25519();
  const Files files = PolicyRepository::policy_files(
      std::string(kPlainPolicy) +
          "[policy]\nrequire = \"batch\"\nrequire_evidence = true\n[batch]\nmax = 3\n"
          "[[evidence]]\nkey = \"" +
          repository.alice.public_key().fingerprint() + "\"\nsha256 = \"" + std::string(64, '0') +
          "\"\nclass = \"touch\"\n",
      repository.signers() + second.line("alice@example.com"));
  repository.introduce(files);
  const std::string id =
      repository.commit({.key = &second, .parents = {repository.introduction()}, .files = files});
  const auto by = [&](const SoftKey& key) {
    VerifyOptions options = repository.options();
    options.ranges = {id};
    options.batches = [&key](std::string_view) { return std::vector{entry(1, key)}; };
    return PolicyRepository::verify_with(options).problems_of(id);
  };
  EXPECT_EQ(by(repository.alice), "accepted");
  EXPECT_EQ(by(second), "no-evidence");
}

TEST(PolicyBatchAlone, IsNotNeededWhereTheCommitsOwnSignatureDoes) {
  PolicyRepository repository;
  const Files files = PolicyRepository::policy_files(
      std::string(kPlainPolicy) + "[policy]\nrequire = \"signature\"\n", repository.signers());
  repository.introduce(files);
  const std::string by_bot = repository.commit({.key = &repository.bot,
                                                .parents = {repository.introduction()},
                                                .files = files,
                                                .committer = "bot@example.com"});
  VerifyOptions options = repository.options();
  options.ranges = {by_bot};
  options.batches = [&repository](std::string_view) {
    return std::vector{entry(1, repository.bob)};
  };
  const Outcome outcome = PolicyRepository::verify_with(options);
  EXPECT_EQ(outcome.problems_of(by_bot), "accepted");
  EXPECT_EQ(outcome.words(), (Words{"touch", "no-touch"}));
}

}  // namespace
}  // namespace touchstone::git
