// SPDX-License-Identifier: Apache-2.0
//
// What is asked of a commit beside its signature where there is no policy.
#include <string>

#include <gtest/gtest.h>

#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

class PlainRulesTest : public testing::Test {
 protected:
  VerifyOptions options(const std::string& id) const {
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = {id};
    options.workers = 1;
    options.now_seconds = kIn2026;
    return options;
  }
  PolicyRepository repository_;
};

TEST_F(PlainRulesTest, CountTouchesThatAreRefused) {
  repository_.allow(repository_.signers());
  const std::string id =
      repository_.commit({.key = &repository_.alice, .committer = "bob@example.com"});
  VerifyOptions asked = options(id);
  const Outcome outcome = PolicyRepository::verify_with(asked);
  ASSERT_TRUE(outcome.summary);
  EXPECT_EQ(outcome.summary->below_touch, 0U);
  EXPECT_EQ(outcome.summary->refused, 1U);
  EXPECT_FALSE(outcome.passed());
  const ObjectVerdict& verdict = outcome.verdicts.at(0);
  EXPECT_EQ(verdict.committer_email, "bob@example.com");
  EXPECT_EQ(verdict.seconds, kIn2023);
  ASSERT_NE(verdict.verdict.public_key, nullptr);
  EXPECT_EQ(*verdict.verdict.public_key, repository_.alice.public_key());
  asked.any_committer = true;
  EXPECT_TRUE(PolicyRepository::verify_with(asked).passed());
}

TEST_F(PlainRulesTest, NameTheClassFirstAndTheRestBehind) {
  repository_.allow(repository_.signers());
  const std::string id = repository_.commit(
      {.key = &repository_.alice, .committer = "bob@example.com", .how = {.flags = 0}});
  EXPECT_EQ(PolicyRepository::verify_with(options(id)).problems_of(id),
            "no-presence committer-mismatch");
}

TEST_F(PlainRulesTest, LetTheTimeOfReceiptVouchForAnExpiredKey) {
  repository_.allow("alice@example.com valid-before=\"20240101Z\" " +
                    repository_.alice.public_key().line() + "\n");
  const std::string id = repository_.commit({.key = &repository_.alice});
  VerifyOptions asked = options(id);
  EXPECT_EQ(PolicyRepository::verify_with(asked).problems_of(id), "expired-key");
  asked.received = [](std::string_view) { return std::optional(kIn2023); };
  EXPECT_TRUE(PolicyRepository::verify_with(asked).passed());
  asked.received = [](std::string_view) { return std::optional(kIn2026); };
  EXPECT_EQ(PolicyRepository::verify_with(asked).problems_of(id), "expired-key");
  asked.received = [](std::string_view) { return std::optional<std::uint64_t>(); };
  EXPECT_EQ(PolicyRepository::verify_with(asked).problems_of(id), "expired-key");
}

TEST_F(PlainRulesTest, AskTaggersAsCommitters) {
  repository_.allow(repository_.signers());
  const std::string id = repository_.commit({.key = &repository_.alice});
  const auto tag = [&](const std::string& tagger) {
    const std::string text = "object " + id + "\ntype commit\ntag v1\n" + tagger + "\nt\n";
    return repository_.store("tag", text + repository_.alice.sign(text));
  };
  const std::string other = tag("tagger B <bob@example.com> 1700000000 +0000\n");
  EXPECT_EQ(PolicyRepository::verify_with(options(other)).problems_of(other), "committer-mismatch");
  const std::string own = tag("tagger A <alice@example.com> 1700000000 +0000\n");
  EXPECT_EQ(PolicyRepository::verify_with(options(own)).problems_of(own), "accepted");
  const std::string nobodys = tag("");
  EXPECT_EQ(PolicyRepository::verify_with(options(nobodys)).problems_of(nobodys), "accepted");
}

TEST_F(PlainRulesTest, CountTheCommitsToCome) {
  repository_.allow(repository_.signers());
  const std::string one = repository_.commit({.key = &repository_.alice});
  const std::string two = repository_.commit({.key = &repository_.alice, .parents = {one}});
  VerifyOptions asked = options(two);
  // Whether git has counted before the end is a matter of luck; what it says is not.
  asked.on_total = [](std::uint64_t total) { EXPECT_EQ(total, 2U); };
  EXPECT_TRUE(PolicyRepository::verify_with(asked).passed());
}

}  // namespace
}  // namespace touchstone::git
