// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy_store.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "ssh/limits.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

class PolicyStoreTest : public testing::Test {
 protected:
  // commit makes one whose policy is as large as all others, and unlike them.
  std::string commit() {
    const std::string text =
        std::string(kPlainPolicy) + "# " + std::to_string(100 + made_++) + "\n";
    return repository_.commit(
        {.files = PolicyRepository::policy_files(text, repository_.signers())});
  }
  std::size_t cost_of_one(const std::string& commit) {
    PolicyStore store(reader_);
    return must_give(store.of_commit(commit))->bytes + sizeof(PolicyInTree);
  }
  static SharedPolicy must_give(base::Result<SharedPolicy> policy) {
    EXPECT_TRUE(policy) << base::message_of(policy.error());
    return policy ? *policy : nullptr;
  }

  PolicyRepository repository_;
  ObjectReader reader_ = std::move(*ObjectReader::start(repository_.path()));
  int made_{0};
};

TEST_F(PolicyStoreTest, KeepsAsMuchAsItMayAndNoMore) {
  const std::vector<std::string> commits = {commit(), commit(), commit()};
  PolicyStore store(reader_, 2 * cost_of_one(commits[0]));
  std::vector<std::weak_ptr<const PolicyInTree>> kept;
  for (const std::string& commit : commits) {
    kept.push_back(must_give(store.of_commit(commit)));
    EXPECT_FALSE(kept.back().expired());
    EXPECT_EQ(kept.size() == 3, kept.front().expired());
  }
  EXPECT_FALSE(kept[1].expired());
  // One byte less is one policy less.
  PolicyStore smaller(reader_, 2 * cost_of_one(commits[0]) - 1);
  const std::weak_ptr<const PolicyInTree> first = must_give(smaller.of_commit(commits[0]));
  const std::weak_ptr<const PolicyInTree> second = must_give(smaller.of_commit(commits[1]));
  EXPECT_TRUE(first.expired());
  EXPECT_FALSE(second.expired());
}

TEST_F(PolicyStoreTest, ForgetsFirstWhatWasAskedForLongestAgo) {
  const std::vector<std::string> commits = {commit(), commit(), commit()};
  PolicyStore store(reader_, 2 * cost_of_one(commits[0]));
  const std::weak_ptr<const PolicyInTree> first = must_give(store.of_commit(commits[0]));
  const std::weak_ptr<const PolicyInTree> second = must_give(store.of_commit(commits[1]));
  must_give(store.numbered(first.lock()->number));
  must_give(store.of_commit(commits[2]));
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired());
}

TEST_F(PolicyStoreTest, ReadsAgainWhatItForgot) {
  const std::string one = commit();
  const std::string two = commit();
  PolicyStore store(reader_, 0);
  const SharedPolicy first = must_give(store.of_commit(one));
  const SharedPolicy other = must_give(store.of_commit(two));
  EXPECT_NE(first->number, other->number);
  const SharedPolicy again = must_give(store.numbered(first->number));
  EXPECT_NE(again, first);
  EXPECT_EQ(again->number, first->number);
  EXPECT_EQ(again->digest(), first->digest());
  EXPECT_NE(again->digest(), other->digest());
}

// What is unreadable stays so: it accepts nothing, and no folder of the same tree takes its place.
TEST_F(PolicyStoreTest, ForgetsNoError) {
  Files both = {{".touchstone", "a file"},
                {"policy.toml", std::string(kPlainPolicy)},
                {"signers", repository_.signers()}};
  const std::string tree = repository_.tree(both);
  PolicyStore store(reader_, 0);
  const SharedPolicy folder = must_give(store.of_folder(tree));
  EXPECT_TRUE(folder->policy);
  const SharedPolicy root = must_give(store.of_commit(repository_.commit({.files = both})));
  EXPECT_FALSE(root->policy);
  must_give(store.of_commit(commit()));
  const SharedPolicy again = must_give(store.numbered(root->number));
  EXPECT_FALSE(again->policy);
  ASSERT_TRUE(again->error);
  EXPECT_EQ(*again->error, *root->error);
  EXPECT_FALSE(again->is_none());
}

// What is no approval counts too: it has to be read before that shows.
TEST_F(PolicyStoreTest, ReadsNoMoreFilesThanMayBeApprovals) {
  Files files = PolicyRepository::policy_files(kPlainPolicy, repository_.signers());
  const std::string large(ssh::kArmorMax + 1, 'x');
  const std::string folder = std::string(kPolicyApprovalsFolder) + "/";
  for (std::size_t i = 0; i < kPolicyApprovalsMax; ++i) {
    files[folder + "a" + std::to_string(i)] = large;
  }
  files[folder + "b"] = "the last that is read";
  PolicyStore store(reader_);
  const auto approvals_in = [&] {
    const auto approvals =
        store.approvals_of(*must_give(store.of_commit(repository_.commit({.files = files}))));
    EXPECT_TRUE(approvals) << base::message_of(approvals.error());
    return approvals ? approvals->size() : 0U;
  };
  EXPECT_EQ(approvals_in(), 1U);
  files[folder + "a"] = large;
  EXPECT_EQ(approvals_in(), 0U);
}

}  // namespace
}  // namespace touchstone::git
