// SPDX-License-Identifier: Apache-2.0
// What `touchstone verify` says of the counters in real repositories, where stock git says good.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/verify_command.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;
using Found = std::vector<std::pair<Code, std::string>>;  // what, and where

class HistoryCounters : public testing::TestWithParam<const char*> {
 protected:
  HistoryCounters() : repository_(GetParam()), key_(SoftKey::sk_ed25519()) {
    repository_.allow(key_.line("alice@example.com"));
  }

  std::string commit(const std::vector<std::string>& parents, std::uint32_t counter) {
    return repository_.signed_commit(key_, parents, "m" + std::to_string(++messages_) + "\n",
                                     {.counter = counter});
  }

  std::string tag(const std::string& target, const std::string& type, std::uint32_t counter) {
    const std::string text = "object " + target + "\ntype " + type +
                             "\ntag v1\ntagger A <a@example.com> 1700000000 +0000\n\nrelease\n";
    return repository_.store("tag", text + key_.sign(text, {.counter = counter}));
  }

  VerifySummary verify(const std::vector<std::string>& ranges) const {
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = ranges;
    options.workers = 2;
    options.any_committer = true;
    auto summary =
        verify_range(options, [](const ObjectVerdict& /*object*/) -> base::Status { return {}; });
    EXPECT_TRUE(summary) << base::message_of(summary.error());
    return summary ? *std::move(summary) : VerifySummary{};
  }

  static Found found(const VerifySummary& summary) {
    Found found;
    for (const HistoryFinding& finding : summary.findings) {
      found.emplace_back(finding.error.code, finding.id);
    }
    return found;
  }

  Found findings(const std::vector<std::string>& ranges) const { return found(verify(ranges)); }

  bool stock_accepts(const std::string& id) const {
    return repository_.git({"verify-commit", id}).status == 0;
  }

  Repository repository_;
  SoftKey key_;
  int messages_{0};
};

INSTANTIATE_TEST_SUITE_P(ObjectFormats, HistoryCounters, testing::Values("sha1", "sha256"));

TEST_P(HistoryCounters, FindsOneThatFell) {
  const std::string one = commit({}, 20);
  const std::string two = commit({one}, 19);
  const VerifySummary summary = verify({two});
  EXPECT_EQ(summary.refused, 0U);
  EXPECT_EQ(found(summary), (Found{{Code::kCounterRegressed, two}}));
  EXPECT_EQ(summary.findings.front().other, one);
  EXPECT_FALSE(summary.passed());
  EXPECT_TRUE(stock_accepts(one));
  EXPECT_TRUE(stock_accepts(two));
}

TEST_P(HistoryCounters, FindsOneThatFellBehindCommitsOfOthers) {
  const std::string one = commit({}, 20);
  const std::string between =
      repository_.store("commit", repository_.commit_text({one}, "unsigned\n"));
  const std::string two = commit({between}, 20);
  // The same value is a repeat, wherever it stands; which of the two is named does not matter.
  const VerifySummary same = verify({two});
  ASSERT_EQ(same.findings.size(), 1U);
  EXPECT_EQ(same.findings[0].error.code, Code::kCounterRepeated);
  EXPECT_EQ((std::set<std::string>{same.findings[0].id, same.findings[0].other}),
            (std::set<std::string>{one, two}));
  const std::string three = commit({two}, 3);
  EXPECT_EQ(findings({two + "~1.." + three}),
            (Found{{Code::kCounterRegressed, three}, {Code::kCounterRepeated, two}}));
}

// What a range leaves out was judged before, and still stands before it.
TEST_P(HistoryCounters, FindsOneThatFellBehindTheRange) {
  const std::string one = commit({}, 500);
  const std::string two = commit({one}, 501);
  const std::string fell = commit({two}, 20);
  const VerifySummary summary = verify({two + ".." + fell});
  EXPECT_EQ(found(summary), (Found{{Code::kCounterRegressed, fell}}));
  EXPECT_EQ(summary.findings.front().other, two);
  EXPECT_FALSE(summary.passed());
  EXPECT_TRUE(stock_accepts(fell));
  const std::string again = commit({commit({two}, 502)}, 500);
  EXPECT_EQ(findings({two + ".." + again}),
            (Found{{Code::kCounterRegressed, again}, {Code::kCounterRepeated, again}}));
  EXPECT_TRUE(verify({one + ".." + commit({two}, 503)}).passed());
}

TEST_P(HistoryCounters, AreNotForgedBeforeTheRange) {
  const std::string one = commit({}, 5);
  // Says it has been signed 4,000,000,000 times, with a signature that is over something else.
  const std::string text = repository_.commit_text({one}, "forged\n");
  const std::string forged = repository_.store(
      "commit",
      repository_.with_signature(text, key_.sign("something else", {.counter = 4000000000})));
  EXPECT_TRUE(verify({forged + ".." + commit({forged}, 6)}).passed());
  EXPECT_EQ(findings({forged + ".." + commit({forged}, 4)}).size(), 1U);
}

TEST_P(HistoryCounters, FindsOneThatStandsTwiceOnBranchesThatDoNotMeet) {
  const std::string root = commit({}, 1);
  const std::string left = commit({root}, 5);
  const std::string right = commit({root}, 5);
  EXPECT_EQ(verify({left, right}).findings.size(), 1U);
  EXPECT_EQ(findings({left, right}).front().first, Code::kCounterRepeated);
  EXPECT_TRUE(stock_accepts(left));
  EXPECT_TRUE(stock_accepts(right));
  EXPECT_TRUE(verify({left}).passed());
}

TEST_P(HistoryCounters, AreContentWithBranchesAndTheirMerge) {
  const std::string root = commit({}, 1);
  const std::string left = commit({commit({root}, 2)}, 6);
  const std::string right = commit({commit({root}, 3)}, 5);
  EXPECT_TRUE(verify({commit({left, right}, 7)}).passed());
  const std::string early = commit({left, right}, 6);
  EXPECT_EQ(verify({early}).findings.size(), 1U);
}

// A rebase signs again what was signed before, in an order that has nothing to do with dates.
TEST_P(HistoryCounters, AreContentWithARebase) {
  const std::string root = commit({}, 1);
  const std::string first = commit({root}, 2);
  const std::string second = commit({first}, 3);
  const std::string upstream = commit({root}, 4);
  const std::string first_again = commit({upstream}, 5);
  const std::string second_again = commit({first_again}, 6);
  EXPECT_TRUE(verify({second_again}).passed());
  EXPECT_TRUE(verify({second, second_again}).passed());
}

TEST_P(HistoryCounters, AreContentWithTokensThatDoNotCount) {
  const std::string three = commit({commit({commit({}, 0)}, 0)}, 0);
  EXPECT_TRUE(verify({three}).passed());
}

TEST_P(HistoryCounters, CountForEachKeyAlone) {
  const SoftKey bob = SoftKey::sk_p256();
  repository_.allow(key_.line("alice@example.com") + bob.line("bob@example.com"));
  const std::string one = commit({}, 20);
  const std::string two = repository_.signed_commit(bob, {one}, "bob\n", {.counter = 20});
  EXPECT_TRUE(verify({commit({two}, 21)}).passed());
}

TEST_P(HistoryCounters, HoldATagAgainstWhatItPointsTo) {
  const std::string one = commit({commit({}, 1)}, 8);
  const std::string good = tag(one, "commit", 9);
  EXPECT_TRUE(verify({good}).passed());
  const std::string early = tag(one, "commit", 7);
  EXPECT_EQ(findings({early}), (Found{{Code::kCounterRegressed, early}}));
  EXPECT_EQ(repository_.git({"verify-tag", early}).status, 0);
  EXPECT_EQ(verify({tag(good, "tag", 9)}).findings.size(), 1U);
}

// Anybody can write a number into a signature that does not verify.
TEST_P(HistoryCounters, DoNotCountWhereTheSignatureIsBad) {
  const std::string one = commit({}, 20);
  const std::string text = repository_.commit_text({one}, "forged\n");
  const std::string forged = repository_.store(
      "commit", repository_.with_signature(text, key_.sign("other\n", {.counter = 900})));
  const VerifySummary summary = verify({commit({forged}, 21)});
  EXPECT_EQ(summary.refused, 1U);
  EXPECT_TRUE(summary.findings.empty());
}

// A signature without a touch is one the token made all the same.
TEST_P(HistoryCounters, CountForSignaturesWithoutATouch) {
  const std::string silent =
      repository_.signed_commit(key_, {}, "silent\n", {.flags = 0, .counter = 30});
  const std::string after = commit({silent}, 29);
  EXPECT_EQ(findings({after}), (Found{{Code::kCounterRegressed, after}}));
}

// By a policy, too.
TEST_P(HistoryCounters, AreHeldAgainstEachOtherByAPolicy) {
  const std::string policy = repository_.store("blob", "version = 1\n");
  const std::string signers = repository_.store("blob", key_.line("alice@example.com"));
  const std::string folder =
      repository_.git_ok({"mktree"}, "100644 blob " + signers + "\tsigners\n100644 blob " + policy +
                                         "\tpolicy.toml\n");
  const std::string tree =
      repository_.git_ok({"mktree"}, "040000 tree " + folder + "\t.touchstone\n");
  const auto commit_with_policy = [&](const std::string& parent, std::uint32_t counter) {
    const std::string who = "A <alice@example.com> 1700000000 +0000\n";
    const std::string text = "tree " + tree + "\n" +
                             (parent.empty() ? "" : "parent " + parent + "\n") + "author " + who +
                             "committer " + who + "\nm\n";
    return repository_.store(
        "commit", repository_.with_signature(text, key_.sign(text, {.counter = counter})));
  };
  const std::string introduction = commit_with_policy("", 20);
  const std::string good = commit_with_policy(introduction, 21);
  const std::string fell = commit_with_policy(good, 19);
  const auto by_policy = [&](const std::string& tip) {
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = {tip};
    options.ref = "refs/heads/main";
    options.introduction = Introduction{introduction, key_.public_key().fingerprint()};
    auto summary =
        verify_range(options, [](const ObjectVerdict& /*object*/) -> base::Status { return {}; });
    EXPECT_TRUE(summary) << base::message_of(summary.error());
    return summary ? *std::move(summary) : VerifySummary{};
  };
  EXPECT_TRUE(by_policy(good).passed());
  const VerifySummary summary = by_policy(fell);
  EXPECT_TRUE(summary.by_policy);
  EXPECT_EQ(summary.refused, 0U);
  EXPECT_EQ(found(summary), (Found{{Code::kCounterRegressed, fell}}));
}

// Of the signature (r, s) anybody can make (r, n - s): a commit of another name, without the key.
TEST(TwinsOfEcdsa, AreOneTouch) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_p256();
  repository.allow(key.line("alice@example.com"));
  const std::string text = repository.commit_text({}, "m\n");
  const std::string armored = key.sign(text, {.counter = 5});
  const std::string one = repository.store("commit", repository.with_signature(text, armored));
  const std::string twin =
      repository.store("commit", repository.with_signature(text, twin_of(armored)));
  ASSERT_NE(one, twin);
  EXPECT_EQ(repository.git({"verify-commit", twin}).status, 0);
  const auto verify = [&](const std::vector<std::string>& ranges) {
    VerifyOptions options;
    options.repository = repository.path();
    options.ranges = ranges;
    options.any_committer = true;
    return verify_range(options,
                        [](const ObjectVerdict& /*object*/) -> base::Status { return {}; });
  };
  const auto both = verify({one, twin});
  ASSERT_TRUE(both) << base::message_of(both.error());
  EXPECT_EQ(both->total, 2U);
  EXPECT_TRUE(both->passed());
  // What says anything else with that counter is still found, once, and so are other flags.
  const std::string other = repository.signed_commit(key, {}, "other\n", {.counter = 5});
  EXPECT_EQ(verify({one, twin, other})->findings.size(), 1U);
  EXPECT_EQ(verify({other, twin, one})->findings.size(), 1U);
  const std::string silent = repository.store(
      "commit", repository.with_signature(text, key.sign(text, {.flags = 0, .counter = 5})));
  EXPECT_EQ(verify({one, silent})->findings.size(), 1U);
}

}  // namespace
}  // namespace touchstone::git
