// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy_walk.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "git-integration/policy/policy_change.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

using base::Code;
using Words = std::vector<std::string>;

constexpr std::uint64_t kSince = 1774900000;
constexpr const char* kSinceText = "2026-03-30T19:46:40Z";
const std::string kBob = "bob@example.com";

class ByPolicy : public testing::TestWithParam<const char*> {
 protected:
  ByPolicy() : repository_(GetParam()) {}

  // policy gives its files, with more behind the least that is one.
  Files policy(const std::string& more = {}) const {
    return PolicyRepository::policy_files(std::string(kPlainPolicy) + more, repository_.signers());
  }
  std::string digest(const Files& files) const {
    const auto parsed = parse_repository_policy(files.at(std::string(kPolicyFile)),
                                                files.at(std::string(kSignersFile)));
    EXPECT_TRUE(parsed) << base::message_of(parsed.error());
    return parsed ? parsed->digest : std::string();
  }
  // approve puts a signature for the change into the new files.
  void approve(const SoftKey& key, const Files& from, Files& to, bool removed = false) const {
    const std::string statement = policy_change_statement(digest(from), removed ? "" : digest(to));
    to[std::string(kPolicyApprovalsFolder) + "/a.sig"] =
        key.sign(statement, {.name_space = std::string(kPolicyNamespace)});
  }
  std::string alices(const std::vector<std::string>& parents, const Files& files,
                     const SoftKey::How& how = {}) const {
    return repository_.commit(
        {.key = &repository_.alice, .parents = parents, .files = files, .how = how});
  }
  std::string bobs(const std::vector<std::string>& parents, const Files& files,
                   const SoftKey::How& how = {}) const {
    return repository_.commit({.key = &repository_.bob,
                               .parents = parents,
                               .files = files,
                               .committer = kBob,
                               .how = how});
  }

  // unrelated is a good commit by alice that descends from nothing.
  std::string unrelated(const Files& files) const {
    return repository_.commit({.key = &repository_.alice, .files = files, .message = "other\n"});
  }

  PolicyRepository repository_;
};

INSTANTIATE_TEST_SUITE_P(ObjectFormats, ByPolicy, testing::Values("sha1", "sha256"));

TEST_P(ByPolicy, JudgesFromTheIntroductionOn) {
  const std::string before = repository_.commit({});
  repository_.introduce(policy());
  const std::string introduction =
      repository_.commit({.key = &repository_.alice, .parents = {before}, .files = policy()});
  const std::string second = bobs({introduction}, policy());
  const std::string stranger = alices({second}, policy(), {.flags = 0});
  VerifyOptions options = repository_.options();
  options.introduction->commit = introduction;
  options.ranges = {stranger};
  const Outcome outcome = PolicyRepository::verify_with(options);
  ASSERT_TRUE(outcome.summary) << base::message_of(outcome.summary.error());
  ASSERT_EQ(outcome.words(), (Words{"touch", "touch", "no-touch"}));
  EXPECT_EQ(outcome.verdicts[0].id, introduction);
  EXPECT_EQ(outcome.verdicts[0].verdict.signer, "alice@example.com");
  EXPECT_EQ(outcome.verdicts[1].verdict.signer, kBob);
  EXPECT_EQ(outcome.problems_of(stranger), "below-policy");
  EXPECT_EQ(outcome.summary->refused, 1U);
  EXPECT_TRUE(outcome.summary->by_policy);
}

TEST_P(ByPolicy, TakesTheIntroductionFromGitsConfiguration) {
  repository_.introduce(policy());
  repository_.git_ok(
      {"config", "touchstone.introduction",
       repository_.introduction() + " " + repository_.alice.public_key().fingerprint()});
  VerifyOptions options;
  options.repository = repository_.path();
  options.ranges = {repository_.introduction()};
  EXPECT_TRUE(PolicyRepository::verify_with(options).passed());
  repository_.git_ok({"config", "touchstone.introduction", "main"});
  const Outcome outcome = PolicyRepository::verify_with(options);
  ASSERT_FALSE(outcome.summary);
  EXPECT_EQ(outcome.summary.error().code, Code::kConfigInvalid);
}

TEST_P(ByPolicy, RefusesAFalseIntroduction) {
  repository_.introduce(policy());
  const auto error_with = [&](const std::string& commit, const SoftKey& key) {
    VerifyOptions options = repository_.options();
    options.ranges = {repository_.introduction()};
    options.introduction = Introduction{commit, key.public_key().fingerprint()};
    const Outcome outcome = PolicyRepository::verify_with(options);
    EXPECT_TRUE(outcome.summary || outcome.verdicts.empty());
    return outcome.summary ? "none"
                           : std::string(base::describe(outcome.summary.error().code).word);
  };
  const std::string good = repository_.introduction();
  EXPECT_EQ(error_with(good, repository_.alice), "none");
  EXPECT_EQ(error_with(good, repository_.bob), "not-introduced");
  EXPECT_EQ(error_with(alices({}, policy(), {.flags = 0}), repository_.alice), "not-introduced");
  EXPECT_EQ(error_with(repository_.commit({.files = policy()}), repository_.alice),
            "not-introduced");
  EXPECT_EQ(error_with(alices({}, {{"a", "b"}}), repository_.alice), "not-introduced");
  EXPECT_EQ(error_with(alices({}, PolicyRepository::policy_files("version = 2\n", "")),
                       repository_.alice),
            "config-invalid");
  EXPECT_EQ(error_with(good.substr(0, 20), repository_.alice), "config-invalid");
  EXPECT_EQ(error_with(std::string(good.size(), '1'), repository_.alice), "not-found");
  EXPECT_EQ(error_with(repository_.tree(policy()), repository_.alice), "not-introduced");
}

TEST_P(ByPolicy, RefusesHistoryThatWasNotIntroduced) {
  const std::string old = repository_.commit({.key = &repository_.alice});
  const std::string introduction =
      repository_.commit({.key = &repository_.alice, .parents = {old}, .files = policy()});
  // Good signatures by an allowed signer, one on unrelated history and one forked off before.
  const std::string foreign = unrelated(policy());
  const std::string forked = repository_.commit(
      {.key = &repository_.alice, .parents = {old}, .files = policy(), .message = "forked\n"});
  const std::string merge = alices({introduction, foreign, forked, old}, policy());
  VerifyOptions options = repository_.options();
  options.introduction = Introduction{introduction, repository_.alice.public_key().fingerprint()};
  options.ranges = {merge};
  const Outcome outcome = PolicyRepository::verify_with(options);
  EXPECT_EQ(outcome.problems_of(foreign), "not-introduced");
  EXPECT_EQ(outcome.problems_of(forked), "not-introduced");
  EXPECT_EQ(outcome.problems_of(merge), "accepted");
  EXPECT_EQ(outcome.problems_of(old), "not seen");
  options.ranges = {foreign};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(foreign), "not-introduced");
  options.ranges = {old};
  EXPECT_EQ(PolicyRepository::verify_with(options).summary->total, 0U);
}

TEST_P(ByPolicy, JudgesRangesByWhatTheyStartFrom) {
  repository_.introduce(policy());
  const std::string one = alices({repository_.introduction()}, policy());
  const std::string two = bobs({one}, policy());
  EXPECT_TRUE(repository_.verify({one + ".." + two}).passed());
  const std::string foreign = unrelated(policy());
  const std::string child = alices({foreign}, policy());
  EXPECT_EQ(repository_.verify({foreign + ".." + child}).problems_of(child), "not-introduced");
}

TEST_P(ByPolicy, TakesNoPolicyFromBeforeTheIntroduction) {
  const std::string lax =
      repository_.commit({.files = policy("[policy]\nrequire = \"nothing\"\n")});
  const std::string introduction =
      repository_.commit({.key = &repository_.alice, .parents = {lax}, .files = policy()});
  const std::string aside = repository_.commit({.parents = {lax}, .files = policy()});
  VerifyOptions options = repository_.options();
  options.introduction = Introduction{introduction, repository_.alice.public_key().fingerprint()};
  options.ranges = {lax + ".." + aside};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(aside), "not-introduced");
}

TEST_P(ByPolicy, RefusesParentsThatAreTooManyOrNamedTwice) {
  repository_.introduce(policy());
  const std::string& on = repository_.introduction();
  const std::string twice = alices({on, on}, policy());
  EXPECT_EQ(repository_.verify({twice}).problems_of(twice), "malformed");
  std::vector<std::string> many(kPolicyParentsMax);
  std::generate(many.begin(), many.end(), [&] { return alices({on}, policy()); });
  EXPECT_TRUE(repository_.verify({alices(many, policy())}).passed());
  many.push_back(on);
  const std::string more = alices(many, policy());
  EXPECT_EQ(repository_.verify({more}).problems_of(more), "too-long");
}

// A policy speaks about the commits after it, not about the one that brings it.
TEST_P(ByPolicy, JudgesByTheParentsPolicyAndNotTheOwn) {
  const Files first = policy();
  repository_.introduce(first);
  const SoftKey mallory = SoftKey::sk_ed25519();
  Files with_mallory = first;
  with_mallory[std::string(kSignersFile)] += mallory.line("mallory@example.com");
  const std::string coup = repository_.commit({.key = &mallory,
                                               .parents = {repository_.introduction()},
                                               .files = with_mallory,
                                               .committer = "mallory@example.com"});
  const Outcome outcome = repository_.verify({coup});
  EXPECT_EQ(outcome.problems_of(coup), "untrusted-signer untrusted-signer policy-change");
  EXPECT_EQ(outcome.words(), (Words{"touch", "bad"}));
  const std::string enrolled = alices({repository_.introduction()}, with_mallory);
  const std::string later = repository_.commit({.key = &mallory,
                                                .parents = {enrolled},
                                                .files = with_mallory,
                                                .committer = "mallory@example.com"});
  EXPECT_TRUE(repository_.verify({later}).passed());
}

TEST_P(ByPolicy, WantsSignersForAChange) {
  const Files first = policy("[change]\nsigners = 2\n");
  repository_.introduce(first);
  const std::vector<std::string> on_top = {repository_.introduction()};
  const Files bare = policy("[change]\nsigners = 1\n");
  EXPECT_EQ(repository_.verify({alices(on_top, bare)}).refused().size(), 1U);
  Files approved = bare;
  approve(repository_.bob, first, approved);
  const std::string good = alices(on_top, approved);
  EXPECT_EQ(repository_.verify({good}).problems_of(good), "accepted");
  Files own = bare;
  approve(repository_.alice, first, own);
  const std::string alone = alices(on_top, own);
  EXPECT_EQ(repository_.verify({alone}).problems_of(alone), "policy-change");
  Files other = policy("[change]\nsigners = 1\nrequire = \"touch+pin\"\n");
  other[std::string(kPolicyApprovalsFolder) + "/a.sig"] =
      approved.at(std::string(kPolicyApprovalsFolder) + "/a.sig");
  const std::string moved = alices(on_top, other);
  EXPECT_EQ(repository_.verify({moved}).problems_of(moved), "policy-change");
}

TEST_P(ByPolicy, TreatsRemovalAsAChange) {
  const Files first = policy("[change]\nsigners = 2\n");
  repository_.introduce(first);
  const std::vector<std::string> on_top = {repository_.introduction()};
  const std::string alone = alices(on_top, {});
  EXPECT_EQ(repository_.verify({alone}).problems_of(alone), "policy-change");
  Files gone = first;
  approve(repository_.bob, first, gone, true);
  gone.erase(std::string(kPolicyFile));
  const std::string agreed = alices(on_top, gone);
  EXPECT_EQ(repository_.verify({agreed}).problems_of(agreed), "accepted");
  // Nothing says any more who may sign: nobody may.
  const std::string later = alices({agreed}, gone);
  EXPECT_EQ(repository_.verify({later}).problems_of(later), "not-permitted");
}

TEST_P(ByPolicy, AcceptsNothingByAPolicyItDoesNotUnderstand) {
  repository_.introduce(policy());
  const std::string broken = alices({repository_.introduction()},
                                    PolicyRepository::policy_files("version = 1\nnew = 1\n", ""));
  const std::string child = alices({broken}, policy());
  const Outcome outcome = repository_.verify({child});
  EXPECT_EQ(outcome.problems_of(broken), "config-invalid");
  EXPECT_EQ(outcome.problems_of(child), "config-invalid");
  // A link in the folder's place is not followed.
  const std::string link =
      alices({repository_.introduction()}, {{".touchstone",
                                             "\1"
                                             "120000 " +
                                                 repository_.store("blob", "x")}});
  EXPECT_EQ(repository_.verify({link}).problems_of(link), "malformed");
}

TEST_P(ByPolicy, HoldsAMergeToThePoliciesOfBothSides) {
  const Files loose = policy();
  const Files strict = policy("[policy]\nrequire = \"touch+pin\"\n");
  repository_.introduce(loose);
  const std::string tightened = alices({repository_.introduction()}, strict);
  const std::string aside = bobs({repository_.introduction()}, loose);
  const std::string with_touch = alices({aside, tightened}, strict);
  EXPECT_EQ(repository_.verify({with_touch}).problems_of(with_touch), "below-policy");
  const std::string with_pin = alices({aside, tightened}, strict, {.flags = kUp | kUv});
  EXPECT_TRUE(repository_.verify({with_pin}).passed());
}

TEST_P(ByPolicy, LetsAMergeTakeOverAChangeButNotUndoIt) {
  const Files first = policy("[change]\nsigners = 2\n");
  Files second = policy("[batch]\nmax = 5\n[change]\nsigners = 2\n");
  repository_.introduce(first);
  approve(repository_.bob, first, second);
  const std::string changed = alices({repository_.introduction()}, second);
  const std::string aside = bobs({repository_.introduction()}, first);
  Files bare = second;
  bare.erase(std::string(kPolicyApprovalsFolder) + "/a.sig");
  const std::string takes_over = bobs({aside, changed}, bare);
  EXPECT_TRUE(repository_.verify({takes_over}).passed());
  const std::string undoes = bobs({changed, aside}, first);
  EXPECT_EQ(repository_.verify({undoes}).problems_of(undoes), "policy-change");
  const std::string third = bobs({repository_.introduction()}, first);
  EXPECT_TRUE(repository_.verify({bobs({aside, third, changed}, bare)}).passed());
}

TEST_P(ByPolicy, KeepsPathsForThoseNamedWhenOlderWorkIsMerged) {
  const Files before = policy();
  const Files after =
      policy("[[path]]\npattern = \"release/*\"\nrequire = \"touch\"\nsigners = [\"" +
             std::string(kBob) + "\"]\n");
  repository_.introduce(before);
  const std::string ruled = alices({repository_.introduction()}, after);
  Files older = before;
  older["release/version"] = "1";
  const std::string aside = alices({repository_.introduction()}, older);
  Files merged = after;
  merged["release/version"] = "1";
  const std::string by_alice = alices({ruled, aside}, merged);
  EXPECT_EQ(repository_.verify({by_alice}).problems_of(by_alice), "not-permitted");
  EXPECT_TRUE(repository_.verify({bobs({ruled, aside}, merged)}).passed());
}

TEST_P(ByPolicy, KeepsPathsForThoseNamed) {
  const Files base = policy(
      "[[path]]\npattern = \"release/*\"\nrequire = \"touch\"\nsigners = [\"" + kBob + "\"]\n");
  const auto with = [&](const std::string& version) {
    Files files = base;
    files["release/version"] = version;
    return files;
  };
  repository_.introduce(base);
  const std::vector<std::string> on_top = {repository_.introduction()};
  const std::string by_alice = alices(on_top, with("1"));
  EXPECT_EQ(repository_.verify({by_alice}).problems_of(by_alice), "not-permitted");
  const std::string by_bob = bobs(on_top, with("1"));
  EXPECT_TRUE(repository_.verify({by_bob}).passed());
  Files elsewhere = base;
  elsewhere["src/a"] = "x";
  const std::string aside = alices(on_top, elsewhere);
  // What bob may change, alice may merge, but not change on the way or undo.
  Files merged = with("1");
  merged["src/a"] = "x";
  EXPECT_TRUE(repository_.verify({alices({aside, by_bob}, merged)}).passed());
  const std::string evil = alices({aside, by_bob}, with("2"));
  EXPECT_EQ(repository_.verify({evil}).problems_of(evil), "not-permitted");
  const std::string undone = alices({by_bob, aside}, elsewhere);
  EXPECT_EQ(repository_.verify({undone}).problems_of(undone), "not-permitted");
}

TEST_P(ByPolicy, GoesByTheRefItIsFor) {
  const Files files = policy(
      "[[ref]]\npattern = \"refs/heads/main\"\nrequire = \"touch+pin\"\n"
      "[[identity]]\nname = \"deps\"\nkind = \"bot\"\nkey = \"" +
      repository_.bot.public_key().fingerprint() + "\"\nrefs = [\"refs/heads/deps/*\"]\n");
  repository_.introduce(files);
  const std::string commit = repository_.commit({.key = &repository_.bot,
                                                 .parents = {repository_.introduction()},
                                                 .files = files,
                                                 .committer = "bot@example.com"});
  const std::string by_alice = alices({repository_.introduction()}, files);
  VerifyOptions options = repository_.options();
  options.ranges = {commit};
  EXPECT_NE(PolicyRepository::verify_with(options).problems_of(commit), "accepted");
  options.ref = "refs/heads/deps/a";
  const Outcome bot = PolicyRepository::verify_with(options);
  EXPECT_EQ(bot.problems_of(commit), "accepted");
  EXPECT_EQ(bot.words(), (Words{"touch", "no-touch"}));
  EXPECT_EQ(bot.verdicts[1].verdict.signer + " " + std::string(bot.verdicts[1].identity),
            "deps bot");
  options.ranges = {by_alice};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_alice), "accepted");
  // Not given, it is the branch that is named.
  options.ref.reset();
  repository_.git_ok({"update-ref", "refs/heads/main", by_alice});
  options.ranges = {"main"};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_alice), "below-policy");
  options.ranges = {};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_alice), "below-policy");
  // When no branch is named, it may be for that one.
  options.ranges = {by_alice};
  const Outcome unknown = PolicyRepository::verify_with(options);
  EXPECT_EQ(unknown.problems_of(by_alice), "below-policy");
  EXPECT_TRUE(unknown.summary->ref_unknown);
}

TEST_P(ByPolicy, RefusesWhatARevokedKeySignedUnlessItCameBefore) {
  repository_.introduce(policy());
  const std::string by_bob = bobs({repository_.introduction()}, policy());
  const Files revoked =
      policy("[[revoked]]\nkey = \"" + repository_.bob.public_key().fingerprint() +
             "\"\nsince = " + kSinceText + "\nreason = \"lost\"\n");
  const std::string tip = alices({by_bob}, revoked);
  EXPECT_EQ(repository_.verify({by_bob}).problems_of(by_bob), "accepted");
  EXPECT_EQ(repository_.verify({tip}).problems_of(by_bob), "revoked-key");
  VerifyOptions options = repository_.options();
  options.ranges = {tip};
  for (const std::int64_t difference : {-1, 0, 1}) {
    options.received = [&](std::string_view id) {
      return id == by_bob ? std::optional(kSince + static_cast<std::uint64_t>(difference))
                          : std::nullopt;
    };
    EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_bob),
              difference < 0 ? "accepted" : "revoked-key");
  }
  // A server's branch says it also about ranges that end elsewhere.
  options.received = nullptr;
  options.ranges = {by_bob};
  options.newest = tip;
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_bob), "revoked-key");
}

// What a server knows of a commit lies in its log, which is as long as its life.
TEST_P(ByPolicy, AsksWhenACommitCameOnlyWhereThatMatters) {
  repository_.introduce(policy());
  const std::string by_bob = bobs({repository_.introduction()}, policy());
  std::vector<std::string> asked;
  VerifyOptions options = repository_.options();
  options.received = [&](std::string_view id) {
    asked.emplace_back(id);
    return std::nullopt;
  };
  options.ranges = {by_bob};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_bob), "accepted");
  EXPECT_TRUE(asked.empty());
  const Files revoked =
      policy("[[revoked]]\nkey = \"" + repository_.bob.public_key().fingerprint() +
             "\"\nsince = " + kSinceText + "\nreason = \"lost\"\n");
  options.ranges = {alices({by_bob}, revoked)};
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(by_bob), "revoked-key");
  EXPECT_NE(std::find(asked.begin(), asked.end(), by_bob), asked.end());
}

TEST_P(ByPolicy, JudgesTagsByThePolicyOfWhatTheyTag) {
  const Files files = policy(
      "[[ref]]\npattern = \"refs/tags/v*\"\nrequire = \"touch+pin\"\n"
      "[[path]]\npattern = \"x\"\n");
  repository_.introduce(files);
  const auto tag = [&](const std::string& name, const std::string& target,
                       const SoftKey::How& how) {
    const std::string text = "object " + target + "\ntype commit\ntag " + name +
                             "\ntagger A <alice@example.com> 1700000000 +0000\n\nt\n";
    const std::string id = repository_.store("tag", text + repository_.alice.sign(text, how));
    repository_.git_ok({"update-ref", "refs/tags/" + name, id});
    return id;
  };
  const std::string& commit = repository_.introduction();
  const std::string touched = tag("v1", commit, {});
  const Outcome below = repository_.verify({"v1"});
  EXPECT_EQ(below.problems_of(touched), "below-policy");
  ASSERT_EQ(below.verdicts.size(), 2U);
  EXPECT_EQ(below.verdicts[1].id, touched);
  tag("v2", commit, {.flags = kUp | kUv});
  EXPECT_TRUE(repository_.verify({"v2"}).passed());
  tag("other", commit, {});
  EXPECT_TRUE(repository_.verify({"other"}).passed());
  const std::string foreign = tag("f", unrelated(files), {});
  EXPECT_EQ(repository_.verify({"f"}).problems_of(foreign), "not-introduced");
}

TEST_P(ByPolicy, RefusesAShallowCloneThatIsCutTooLate) {
  repository_.introduce(policy());
  const std::string one = alices({repository_.introduction()}, policy());
  const std::string two = alices({one}, policy());
  repository_.set_head(two);
  const auto verify_clone = [&](const std::string& depth, const std::string& range) {
    const std::string folder = (repository_.scratch() / ("clone" + depth)).string();
    run({"git", "clone", "-q", "--depth=" + depth, "file://" + repository_.path(), folder});
    VerifyOptions options = repository_.options();
    options.repository = folder;
    options.ranges = {range};
    return PolicyRepository::verify_with(options);
  };
  const Outcome cut = verify_clone("2", two);
  ASSERT_FALSE(cut.summary);
  EXPECT_EQ(cut.summary.error().code, Code::kShallow);
  EXPECT_TRUE(verify_clone("3", two).passed());
}

TEST_P(ByPolicy, DoesNotFollowReplaceRefsOrGrafts) {
  repository_.introduce(policy());
  const std::string foreign = unrelated(policy());
  const std::string tip = alices({foreign}, policy());
  repository_.git_ok({"replace", "--graft", tip, repository_.introduction()});
  EXPECT_EQ(repository_.verify({tip}).problems_of(tip), "not-introduced");
  repository_.git_ok({"replace", "-d", tip});
  repository_.git_ok({"replace", foreign, repository_.introduction()});
  EXPECT_EQ(repository_.verify({tip}).problems_of(tip), "not-introduced");
}

TEST_P(ByPolicy, WalksPastSubmodules) {
  Files files = policy("[[path]]\npattern = \"vendor\"\nrequire = \"touch+pin\"\n");
  repository_.introduce(files);
  files["vendor"] =
      "\1"
      "160000 " +
      repository_.introduction();
  const std::string commit = alices({repository_.introduction()}, files);
  EXPECT_EQ(repository_.verify({commit}).problems_of(commit), "below-policy");
  const std::string with_pin = alices({repository_.introduction()}, files, {.flags = kUp | kUv});
  EXPECT_TRUE(repository_.verify({with_pin}).passed());
}

TEST_P(ByPolicy, WantsOneWayToJudge) {
  repository_.introduce(policy());
  VerifyOptions options = repository_.options();
  options.signers = "/nowhere";
  const Outcome outcome = PolicyRepository::verify_with(options);
  ASSERT_FALSE(outcome.summary);
  EXPECT_EQ(outcome.summary.error().code, Code::kUsage);
}

}  // namespace
}  // namespace touchstone::git
