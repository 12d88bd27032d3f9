// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git-integration/policy/repository_policy.h"
#include "tests/git-integration/policy/policy_support.h"

namespace touchstone::git {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class JudgeByPolicy : public testing::Test {
 protected:
  static std::string fingerprint(const SoftKey& key) { return key.public_key().fingerprint(); }
  std::string signers() const {
    return alice.line(kAlice) + bob.line(kBob) + bot.line("bot@example.com");
  }
  RepositoryPolicy policy(const std::string& toml) const { return must_parse(toml, signers()); }
  static std::vector<Code> codes(const RepositoryPolicy& policy, const Candidate& candidate,
                                 const std::vector<Revocation>& newest = {}) {
    return codes_of(judge_by_policy(policy, candidate, newest).problems);
  }
  std::string bot_rule(const std::string& rest) const {
    return "[[identity]]\nname = \"update bot\"\nkind = \"bot\"\nkey = \"" + fingerprint(bot) +
           "\"\n" + rest;
  }
  Candidate bot_commit() const {
    Candidate candidate = candidate_of(bot, "bot@example.com");
    candidate.presence = PresenceClass::kNoTouch;
    return candidate;
  }

  SoftKey alice = SoftKey::sk_ed25519();
  SoftKey bob = SoftKey::sk_p256();
  SoftKey bot = SoftKey::ed25519();
  SoftKey stranger = SoftKey::sk_ed25519();
};

TEST_F(JudgeByPolicy, AcceptsATouchByTheCommitter) {
  const Judgement judgement = judge_by_policy(policy(""), candidate_of(alice, kAlice), {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_EQ(judgement.signer, kAlice);
}

TEST_F(JudgeByPolicy, RefusesLessThanIsDemanded) {
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kNoTouch;
  const auto judgement = judge_by_policy(policy(""), candidate, {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kBelowPolicy));
  EXPECT_EQ(judgement.problems.at(0).context,
            "policy: touch is demanded, the signature proves no-touch");
  candidate.presence = PresenceClass::kTouch;
  const auto pin = policy("[[ref]]\npattern = \"refs/heads/ma?n\"\nrequire = \"touch+pin\"\n");
  EXPECT_EQ(contexts_of(judge_by_policy(pin, candidate, {}).problems),
            "ref refs/heads/ma?n: touch+pin is demanded, the signature proves touch\n");
  candidate.presence = PresenceClass::kTouchPin;
  EXPECT_THAT(codes(pin, candidate), IsEmpty());
  candidate.presence = PresenceClass::kTouch;
  candidate.ref = "refs/heads/other";
  EXPECT_THAT(codes(pin, candidate), IsEmpty());
}

TEST_F(JudgeByPolicy, RefusesUnsignedAndBad) {
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.key = nullptr;
  candidate.presence = PresenceClass::kUnsigned;
  for (const char* word : {"signature", "touch", "touch+pin"}) {
    const auto asked = policy("[policy]\nrequire = \"" + std::string(word) + "\"\n");
    EXPECT_THAT(codes(asked, candidate), ElementsAre(Code::kUnsigned)) << word;
  }
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"nothing\"\n"), candidate), IsEmpty());
  candidate.presence = PresenceClass::kBad;
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"nothing\"\n"), candidate),
              ElementsAre(Code::kBadSignature));
  // OpenPGP: nobody checked it, so it is nobody's.
  candidate.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"signature\"\n"), candidate),
              ElementsAre(Code::kUntrustedSigner));
}

TEST_F(JudgeByPolicy, RefusesKeysOfNobody) {
  const auto judgement = judge_by_policy(policy(""), candidate_of(stranger, kAlice), {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kUntrustedSigner));
  EXPECT_EQ(judgement.signer, "");
  const auto other = must_parse(
      "", kAlice + " namespaces=\"file\" " + alice.public_key().line() + "\n" + bob.line(kBob));
  EXPECT_THAT(codes(other, candidate_of(alice, kAlice)), ElementsAre(Code::kUntrustedSigner));
}

// reference/git.md fact 7: stock git compares nothing.
TEST_F(JudgeByPolicy, RefusesAnotherCommitter) {
  const auto judgement = judge_by_policy(policy(""), candidate_of(alice, kBob), {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kCommitterMismatch));
  EXPECT_EQ(judgement.problems.at(0).context,
            ".touchstone/signers:1: the committer is bob@example.com, the key is for "
            "alice@example.com");
  EXPECT_THAT(codes(policy(""), candidate_of(alice, "")), ElementsAre(Code::kCommitterMismatch));
  EXPECT_THAT(codes(policy(""), candidate_of(alice, "ALICE@example.com")),
              ElementsAre(Code::kCommitterMismatch));
  // The text of a pattern is no address.
  const auto pattern = must_parse("", alice.line("!eve@example.com,*@example.com"));
  EXPECT_THAT(codes(pattern, candidate_of(alice, kBob)), IsEmpty());
  EXPECT_THAT(codes(pattern, candidate_of(alice, "eve@example.com")),
              ElementsAre(Code::kCommitterMismatch));
}

TEST_F(JudgeByPolicy, LetsAnyCommitterOnlyWhereARuleSaysSo) {
  const auto rule = policy("[[ref]]\npattern = \"refs/heads/main\"\nany_committer = true\n");
  Candidate candidate = candidate_of(alice, "forge@example.net");
  const auto judgement = judge_by_policy(rule, candidate, {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_EQ(judgement.signer, kAlice);
  candidate.ref = "refs/heads/other";
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kCommitterMismatch));
  candidate.ref = "";
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kCommitterMismatch));
  candidate.key = &stranger.public_key();
  candidate.ref = "refs/heads/main";
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kUntrustedSigner));
  const auto all = policy("[policy]\nany_committer = true\n");
  EXPECT_THAT(codes(all, candidate_of(alice, kBob)), IsEmpty());
}

// What is no touch fulfils "signature"; a batch that is not accepted does not become one.
TEST_F(JudgeByPolicy, RefusesABatchThatIsNotBelievedAsAnyOther) {
  const auto rule = policy(
      "[policy]\nrequire = \"signature\"\nrequire_evidence = true\n[change]\nrequire = "
      "\"signature\"\n");
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kBatch;
  candidate.batch_size = 1;
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kBatchRefused));
}

TEST_F(JudgeByPolicy, TakesWhatStandsInAFoldersPlaceForAChangeOfIt) {
  const auto rule = policy("[[path]]\npattern = \"deploy/*\"\nrequire = \"touch\"\nsigners = [\"" +
                           kBob + "\"]\n");
  Candidate candidate = candidate_of(alice, kAlice);
  for (const char* path : {"deploy/x", "deploy"}) {
    const std::vector<std::string> paths{path};
    candidate.changed_paths = &paths;
    EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kNotPermitted)) << path;
  }
  const std::vector<std::string> other{"deployment"};
  candidate.changed_paths = &other;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
}

// reference/git.md 3.10: the author, where a policy says so.
TEST_F(JudgeByPolicy, HoldsTheAuthorToTheSignerWhereARuleSaysSo) {
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.author_email = kBob;
  EXPECT_THAT(codes(policy(""), candidate), IsEmpty());
  const auto rule = policy("[[ref]]\npattern = \"refs/heads/main\"\nany_author = false\n");
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kAuthorMismatch));
  EXPECT_EQ(contexts_of(judge_by_policy(rule, candidate, {}).problems), kBob + "\n");
  candidate.ref = "refs/heads/other";
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  candidate.ref = "";
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kAuthorMismatch));
  candidate.author_email = kAlice;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  candidate.author_email = "ALICE@example.com";
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kAuthorMismatch));
  candidate.author_email.reset();  // a tag
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  candidate.author_email = kBob;
  const auto all = policy(
      "[policy]\nany_author = false\n[[ref]]\npattern = \"refs/heads/main\"\n"
      "[[ref]]\npattern = \"refs/heads/mail\"\nany_author = true\n");
  candidate.ref = "refs/heads/main";
  EXPECT_THAT(codes(all, candidate), ElementsAre(Code::kAuthorMismatch));
  candidate.ref = "refs/heads/mail";
  EXPECT_THAT(codes(all, candidate), IsEmpty());
}

TEST_F(JudgeByPolicy, LetsForgesCommitWhatOthersWroteAndBotsNot) {
  for (const auto& [kind, expected] :
       {std::pair{"forge", std::vector<Code>{}}, {"bot", {Code::kAuthorMismatch}}}) {
    const auto rule = policy("[policy]\nany_author = false\n[[identity]]\nname = \"b\"\nkind = \"" +
                             std::string(kind) + "\"\nkey = \"" + bot.public_key().fingerprint() +
                             "\"\nrefs = [\"*\"]\n");
    Candidate candidate = bot_commit();
    candidate.author_email = kAlice;
    EXPECT_EQ(codes(rule, candidate), expected) << kind;
  }
}

// reference/git.md 3.10: another signature type than the key's counts only where it is allowed.
TEST_F(JudgeByPolicy, BelievesBrowsersOnlyWhereItSaysSo) {
  Candidate candidate = candidate_of(bob, kBob);
  candidate.webauthn = true;
  const auto judgement = judge_by_policy(policy(""), candidate, {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kWebauthn));
  EXPECT_EQ(contexts_of(judgement.problems), "policy: touch is demanded\n");
  ASSERT_TRUE(judgement.disbelief);
  EXPECT_EQ(judgement.disbelief->code, Code::kWebauthn);
  EXPECT_THAT(codes(policy("[policy]\nwebauthn = true\n"), candidate), IsEmpty());
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"signature\"\n"), candidate), IsEmpty());
}

// A key in sk format need not be in any token: who made it can set every flag.
TEST_F(JudgeByPolicy, BelievesKeysWithEvidenceWhereItIsRequired) {
  const std::string asked = "[policy]\nrequire_evidence = true\n";
  const auto evidence = [](const SoftKey& key) {
    return "[[evidence]]\nkey = \"" + key.public_key().fingerprint() + "\"\nsha256 = \"" +
           std::string(64, '0') + "\"\nclass = \"touch\"\n";
  };
  const auto only_bob = policy(asked + "[batch]\nmax = 1\n" + evidence(bob));
  for (const PresenceClass presence :
       {PresenceClass::kTouch, PresenceClass::kTouchPin, PresenceClass::kBatch}) {
    Candidate candidate = candidate_of(alice, kAlice);
    candidate.presence = presence;
    candidate.batch_size = 1;
    const auto judgement = judge_by_policy(only_bob, candidate, {});
    EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kNoEvidence));
    ASSERT_TRUE(judgement.disbelief);
    EXPECT_EQ(judgement.disbelief->context, alice.public_key().fingerprint());
    EXPECT_EQ(judgement.signer, kAlice);
  }
  EXPECT_THAT(codes(only_bob, candidate_of(bob, kBob)), IsEmpty());
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(only_bob, candidate), ElementsAre(Code::kBelowPolicy));
  // What asks for no touch does not ask for evidence of one.
  EXPECT_THAT(codes(policy(asked + "require = \"signature\"\n" + evidence(bob)),
                    candidate_of(alice, kAlice)),
              IsEmpty());
}

TEST_F(JudgeByPolicy, HoldsWhatIsForNoKnownRefToEveryRule) {
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.ref = "";
  const auto strict = policy(
      "[[ref]]\npattern = \"refs/heads/wip/*\"\nrequire = \"nothing\"\n"
      "[[ref]]\npattern = \"refs/heads/main\"\nrequire = \"touch+pin\"\n"
      "[[ref]]\npattern = \"refs/heads/release\"\nrequire = \"touch\"\n");
  EXPECT_EQ(contexts_of(judge_by_policy(strict, candidate, {}).problems),
            "ref refs/heads/main (it may be for that one): touch+pin is demanded, the signature "
            "proves touch\n");
  candidate.presence = PresenceClass::kTouchPin;
  EXPECT_THAT(codes(strict, candidate), IsEmpty());
  // A rule that asks for less than the policy's own takes nothing off that.
  const auto lax = policy("[[ref]]\npattern = \"refs/heads/*\"\nrequire = \"nothing\"\n");
  candidate.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(lax, candidate), ElementsAre(Code::kBelowPolicy));
}

TEST_F(JudgeByPolicy, LetsNoOtherCommitterOfNoKnownRefUnlessEveryRuleDoes) {
  Candidate candidate = candidate_of(alice, "forge@example.net");
  candidate.ref = "";
  const std::string any = "[policy]\nany_committer = true\n";
  EXPECT_THAT(codes(policy(any), candidate), IsEmpty());
  EXPECT_THAT(codes(policy(any + "[[ref]]\npattern = \"refs/heads/*\"\n"), candidate), IsEmpty());
  EXPECT_THAT(codes(policy(any + "[[ref]]\npattern = \"refs/heads/*\"\nany_committer = false\n"),
                    candidate),
              ElementsAre(Code::kCommitterMismatch));
}

// reference/git.md fact 6: the commit's own date is the attacker's to choose.
TEST_F(JudgeByPolicy, RefusesABackdatedCommitOfAnExpiredKey) {
  const auto expired = must_parse("", kAlice + " valid-before=\"20231201Z\" " +
                                          alice.public_key().line() + "\n" + bob.line(kBob));
  Candidate candidate = candidate_of(alice, kAlice);
  EXPECT_THAT(codes(expired, candidate), ElementsAre(Code::kExpiredKey));
  candidate.received_seconds = kCommitTime + 1;
  EXPECT_THAT(codes(expired, candidate), IsEmpty());
  candidate.received_seconds = kNow;
  EXPECT_THAT(codes(expired, candidate), ElementsAre(Code::kExpiredKey));
  // Any date at all, when a server knows better.
  candidate.claimed_seconds = kNow + kDay;
  candidate.received_seconds = kCommitTime;
  EXPECT_THAT(codes(expired, candidate), IsEmpty());
}

TEST_F(JudgeByPolicy, RefusesAKeyBeforeItsTime) {
  const auto later = must_parse("", kAlice + " valid-after=\"20231201Z\" " +
                                        alice.public_key().line() + "\n" + bob.line(kBob));
  Candidate candidate = candidate_of(alice, kAlice);
  EXPECT_THAT(codes(later, candidate), ElementsAre(Code::kExpiredKey));
  candidate.claimed_seconds = kNow;
  EXPECT_THAT(codes(later, candidate), IsEmpty());
  candidate.received_seconds = kCommitTime;
  EXPECT_THAT(codes(later, candidate), ElementsAre(Code::kExpiredKey));
}

TEST_F(JudgeByPolicy, RefusesARevokedKeyUnlessReceivedBefore) {
  const auto revoked = policy("[[revoked]]\nkey = \"" + fingerprint(alice) +
                              "\"\nsince = 2023-12-01T00:00:00Z\nreason = \"stolen\"\n");
  const std::uint64_t since = revoked.revocations.at(0).since;
  Candidate candidate = candidate_of(alice, kAlice);
  const auto judgement = judge_by_policy(revoked, candidate, {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kRevokedKey));
  EXPECT_THAT(judgement.problems.at(0).context, HasSubstr("stolen: no server's record"));
  candidate.received_seconds = since;
  EXPECT_THAT(codes(revoked, candidate), ElementsAre(Code::kRevokedKey));
  candidate.received_seconds = since - 1;
  EXPECT_THAT(codes(revoked, candidate), IsEmpty());
  EXPECT_THAT(codes(revoked, candidate_of(bob, kBob)), IsEmpty());
}

TEST_F(JudgeByPolicy, HoldsOldPoliciesToTheNewestRevocations) {
  const std::vector<Revocation> newest{{fingerprint(alice), kCommitTime, "stolen"}};
  Candidate candidate = candidate_of(alice, kAlice);
  EXPECT_THAT(codes(policy(""), candidate, newest), ElementsAre(Code::kRevokedKey));
  candidate.received_seconds = kCommitTime - 1;
  EXPECT_THAT(codes(policy(""), candidate, newest), IsEmpty());
  // Also where nothing is asked: a revoked key is never to be taken for its owner.
  candidate.received_seconds.reset();
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"nothing\"\n"), candidate, newest),
              ElementsAre(Code::kRevokedKey));
}

TEST_F(JudgeByPolicy, LetsAnybodyWhereNothingIsAsked) {
  const auto open = policy("[policy]\nrequire = \"nothing\"\n");
  const auto judgement = judge_by_policy(open, candidate_of(stranger, kBob), {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_EQ(judgement.signer, "");
  EXPECT_EQ(judge_by_policy(open, candidate_of(alice, kAlice), {}).signer, kAlice);
}

TEST_F(JudgeByPolicy, HoldsIdentitiesToTheirRefs) {
  const auto rule = policy(bot_rule("refs = [\"refs/heads/main\"]\n"));
  Candidate candidate = bot_commit();
  const auto judgement = judge_by_policy(rule, candidate, {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_EQ(judgement.signer, "update bot");
  for (const char* ref : {"refs/heads/mainly", "refs/heads/x/main", "refs/tags/main", ""}) {
    candidate.ref = ref;
    EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kNotPermitted)) << ref;
  }
  // A pattern for everything is still no pattern for a ref that is not known.
  candidate.ref = "";
  EXPECT_THAT(codes(policy(bot_rule("refs = [\"*\"]\n")), candidate),
              ElementsAre(Code::kNotPermitted));
}

TEST_F(JudgeByPolicy, HoldsIdentitiesToTheirPaths) {
  const auto rule = policy(bot_rule("refs = [\"*\"]\npaths = [\"*.lock\", \"deps/*\"]\n"));
  Candidate candidate = bot_commit();
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kNotPermitted));
  std::vector<std::string> paths{"a.lock", "deps/x/y"};
  candidate.changed_paths = &paths;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  paths.emplace_back("src/main.c");
  const auto judgement = judge_by_policy(rule, candidate, {});
  EXPECT_EQ(contexts_of(judgement.problems), "bot update bot may not change src/main.c\n");
}

TEST_F(JudgeByPolicy, HoldsForgesToMerges) {
  const auto rule =
      policy("[[identity]]\nname = \"forge\"\nkind = \"forge\"\nkey = \"" + fingerprint(bot) +
             "\"\nrefs = [\"refs/heads/main\"]\nmerges_only = true\n");
  Candidate candidate = bot_commit();
  candidate.parents = 2;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  for (const std::size_t parents : {std::size_t{0}, std::size_t{1}}) {
    candidate.parents = parents;
    EXPECT_EQ(contexts_of(judge_by_policy(rule, candidate, {}).problems),
              "forge forge may make merges only\n");
  }
}

TEST_F(JudgeByPolicy, HoldsIdentitiesToTheirOwnClassAndCommitter) {
  const auto rule = policy(bot_rule("refs = [\"*\"]\nrequire = \"touch\"\n"));
  EXPECT_EQ(contexts_of(judge_by_policy(rule, bot_commit(), {}).problems),
            "identity update bot: touch is demanded, the signature proves no-touch\n");
  const auto good = policy(bot_rule("refs = [\"*\"]\n"));
  Candidate candidate = bot_commit();
  candidate.committer_email = kAlice;
  EXPECT_THAT(codes(good, candidate), ElementsAre(Code::kCommitterMismatch));
  // What lets the bot in lets nobody else in.
  candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(good, candidate), ElementsAre(Code::kBelowPolicy));
}

TEST_F(JudgeByPolicy, HoldsIdentitiesToPathRulesToo) {
  const auto rule = policy(bot_rule("refs = [\"*\"]\n") + "[[path]]\npattern = \"release/*\"\n");
  Candidate candidate = bot_commit();
  std::vector<std::string> paths{"release/notes"};
  candidate.changed_paths = &paths;
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kBelowPolicy));
  paths = {"other"};
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
}

TEST_F(JudgeByPolicy, AppliesEveryPathRuleThatMatches) {
  const auto rule = policy(
      "[[path]]\npattern = \"release/*\"\n[[path]]\npattern = \"*.key\"\n"
      "require = \"touch\"\nsigners = [\"" +
      kAlice + "\"]\n");
  Candidate candidate = candidate_of(bob, kBob);
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kNotPermitted));  // paths not known
  std::vector<std::string> paths{"src/a"};
  candidate.changed_paths = &paths;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  paths = {"src/a", "release/x/b.key"};
  const auto judgement = judge_by_policy(rule, candidate, {});
  EXPECT_THAT(codes_of(judgement.problems), ElementsAre(Code::kBelowPolicy, Code::kNotPermitted));
  EXPECT_THAT(contexts_of(judgement.problems),
              HasSubstr("path release/* (release/x/b.key): touch+pin is demanded"));
  candidate.presence = PresenceClass::kTouchPin;
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kNotPermitted));
  candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kTouchPin;
  candidate.changed_paths = &paths;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
}

TEST_F(JudgeByPolicy, PathRulesHoldWhereTheRefAsksForNothing) {
  const auto rule = policy(
      "[policy]\nrequire = \"nothing\"\n[[path]]\npattern = \"src/*\"\nrequire = \"touch\"\n");
  Candidate candidate = candidate_of(stranger, kBob);
  std::vector<std::string> paths{"src/a"};
  candidate.changed_paths = &paths;
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kUntrustedSigner));
  paths = {"docs/a"};
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  paths = {"src/a"};
  candidate.key = nullptr;
  candidate.presence = PresenceClass::kUnsigned;
  EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kUnsigned));
}

TEST_F(JudgeByPolicy, TakesBatchesUpToTheLimit) {
  const auto rule = policy("[policy]\nrequire = \"batch\"\n[batch]\nmax = 3\n");
  Candidate candidate = candidate_of(alice, kAlice);
  candidate.presence = PresenceClass::kBatch;
  candidate.batch_size = 3;
  EXPECT_THAT(codes(rule, candidate), IsEmpty());
  for (const std::uint32_t size : {0U, 4U}) {
    candidate.batch_size = size;
    EXPECT_THAT(codes(rule, candidate), ElementsAre(Code::kBatchRefused)) << size;
  }
  candidate.batch_size = 1;
  EXPECT_THAT(codes(policy(""), candidate), ElementsAre(Code::kBelowPolicy, Code::kBatchRefused));
  // Signed is less than batch, yet batches have to be allowed by name.
  EXPECT_THAT(codes(policy("[policy]\nrequire = \"signature\"\n"), candidate),
              ElementsAre(Code::kBatchRefused));
}

TEST_F(JudgeByPolicy, TellsEveryProblem) {
  const std::vector<Revocation> newest{{fingerprint(alice), kCommitTime, "stolen"}};
  Candidate candidate = candidate_of(alice, kBob);
  candidate.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(policy(""), candidate, newest),
              ElementsAre(Code::kRevokedKey, Code::kCommitterMismatch, Code::kBelowPolicy));
}

}  // namespace
}  // namespace touchstone::git
