// SPDX-License-Identifier: Apache-2.0
//
// What a merge takes over from its other side, and what it may not.
#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "git-integration/policy/policy_change.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

// A policy that two people change, and another that keeps a folder for bob besides.
class PolicyMerge : public testing::Test {
 protected:
  PolicyMerge() {
    open_["deploy/site"] = "good";
    kept_["deploy/site"] = "good";
    const auto from = parsed(open_);
    const auto to = parsed(kept_);
    approvals_[std::string(kPolicyApprovalsFolder) + "/carol.sig"] =
        carol_.sign(policy_change_statement(from.digest, to.digest),
                    {.name_space = std::string(kPolicyNamespace)});
    first_ = repository_.introduce(open_);
    // bob keeps the folder for himself, with carol's approval.
    main_ = bobs({first_}, with(kept_, approvals_));
  }

  static RepositoryPolicy parsed(const Files& files) {
    auto policy = parse_repository_policy(files.at(std::string(kPolicyFile)),
                                          files.at(std::string(kSignersFile)));
    EXPECT_TRUE(policy) << base::message_of(policy.error());
    return policy ? std::move(*policy) : RepositoryPolicy{};
  }
  static Files with(Files files, const Files& more) {
    files.insert(more.begin(), more.end());
    return files;
  }
  static Files deploying(Files files) {
    files["deploy/site"] = "evil";
    return files;
  }
  Files files(const std::string& more) const {
    return PolicyRepository::policy_files(
        std::string(kPlainPolicy) + "[change]\nsigners = 2\n" + more,
        repository_.signers() + carol_.line("carol@example.com"));
  }
  std::string alices(const std::vector<std::string>& parents, const Files& files) const {
    return repository_.commit({.key = &repository_.alice, .parents = parents, .files = files});
  }
  std::string bobs(const std::vector<std::string>& parents, const Files& files) const {
    return repository_.commit({.key = &repository_.bob,
                               .parents = parents,
                               .files = files,
                               .committer = "bob@example.com"});
  }

  PolicyRepository repository_;
  SoftKey carol_ = SoftKey::sk_ed25519();
  Files open_ = files("");
  Files kept_ = files(
      "[[path]]\npattern = \"deploy/*\"\nrequire = \"touch\"\nsigners = [\"bob@example.com\"]\n");
  Files approvals_;
  std::string first_;
  std::string main_;
};

TEST_F(PolicyMerge, TakesOverWhatWasJudgedByTheSamePolicy) {
  const Files changed = deploying(with(kept_, approvals_));
  const std::string by_bob = bobs({main_}, changed);
  Files other = with(kept_, approvals_);
  other["readme"] = "x";
  const std::string aside = alices({main_}, other);
  Files both = changed;
  both["readme"] = "x";
  const std::string merge = alices({aside, by_bob}, both);
  EXPECT_EQ(repository_.verify({merge}).problems_of(merge), "accepted");
}

// The approvals of a change can be had again: who repeats the change on another branch has the
// policy there, and what that branch did before was judged by another one.
TEST_F(PolicyMerge, DoesNotTakeOverWhatWasChangedBeforeTheRule) {
  const std::string evil = alices({first_}, deploying(open_));
  const std::string same = alices({evil}, deploying(with(kept_, approvals_)));
  const Outcome side = repository_.verify({same});
  EXPECT_EQ(side.problems_of(evil), "accepted");
  EXPECT_EQ(side.problems_of(same), "accepted");
  for (const auto& parents : {std::vector{main_, same}, {same, main_}}) {
    const std::string merge = alices(parents, deploying(with(kept_, approvals_)));
    EXPECT_EQ(repository_.verify({merge}).problems_of(merge), "not-permitted");
  }
  // bob may.
  const std::string merge = bobs({main_, same}, deploying(with(kept_, approvals_)));
  EXPECT_EQ(repository_.verify({merge}).problems_of(merge), "accepted");
}

// Away from the rule and back to it, between the same two ends.
TEST_F(PolicyMerge, DoesNotTakeOverWhatWasChangedWhileTheRuleWasGone) {
  const auto back = [&](const Files& from, const Files& to) {
    return carol_.sign(policy_change_statement(parsed(from).digest, parsed(to).digest),
                       {.name_space = std::string(kPolicyNamespace)});
  };
  Files both = approvals_;
  both[std::string(kPolicyApprovalsFolder) + "/back.sig"] = back(kept_, open_);
  const std::string gone = alices({main_}, with(open_, both));
  const std::string evil = alices({gone}, deploying(with(open_, both)));
  const std::string again = alices({evil}, deploying(with(kept_, both)));
  EXPECT_EQ(repository_.verify({again}).problems_of(again), "accepted");
  Files other = with(kept_, approvals_);
  other["readme"] = "x";
  const std::string aside = bobs({main_}, other);
  const std::string merge = alices({aside, again}, with(deploying(with(kept_, both)), other));
  EXPECT_EQ(repository_.verify({merge}).problems_of(merge), "not-permitted");
}

// What cannot be gone through is refused, and the rest is judged.
TEST_F(PolicyMerge, RefusesTreesThatCannotBeGoneThrough) {
  std::string tree = repository_.git_ok({"mktree"});
  for (std::size_t depth = 0; depth <= kTreeDepthMax; ++depth) {
    tree = repository_.git_ok({"mktree"}, "040000 tree " + tree + "\td\n");
  }
  const std::string top =
      repository_.git_ok({"ls-tree", main_}) + "\n040000 tree " + tree + "\tdeep\n";
  const std::string id = repository_.git_ok(
      {"commit-tree", "-p", main_, "-m", "x", repository_.git_ok({"mktree"}, top)});
  EXPECT_EQ(repository_.verify({id}).problems_of(id), "too-long");
  const std::string next = bobs({id}, with(kept_, approvals_));
  EXPECT_NE(repository_.verify({next}).problems_of(next), "not seen");
}

}  // namespace
}  // namespace touchstone::git
