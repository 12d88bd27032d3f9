// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_change.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/policy/policy_support.h"

namespace touchstone::git {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kNewDigest(64, 'b');
const std::string kNamespace(kPolicyNamespace);

class PolicyChange : public testing::Test {
 protected:
  std::string signers() const {
    return alice.line(kAlice) + bob.line(kBob) + carol.line("carol@example.com") +
           bot.line("bot@example.com");
  }
  RepositoryPolicy policy(const std::string& toml) const { return must_parse(toml, signers()); }
  static PolicyApproval approve(const RepositoryPolicy& old_policy, const SoftKey& key,
                                SoftKey::How how = {.name_space = kNamespace},
                                const std::string& to = kNewDigest) {
    return {"x.sig", key.sign(policy_change_statement(old_policy.digest, to), how)};
  }
  std::vector<Code> codes(const RepositoryPolicy& old_policy, const Candidate& commit,
                          const std::vector<PolicyApproval>& approvals,
                          const std::vector<Revocation>& newest = {}) {
    auto judgement = judge_policy_change(old_policy, kNewDigest, commit, approvals, newest);
    said = contexts_of(judgement.problems);
    return codes_of(judgement.problems);
  }

  SoftKey alice = SoftKey::sk_ed25519();
  SoftKey bob = SoftKey::sk_p256();
  SoftKey carol = SoftKey::sk_ed25519();
  SoftKey bot = SoftKey::sk_ed25519();
  std::string said;
  const std::string kTwo = "[change]\nsigners = 2\n";
};

TEST_F(PolicyChange, StatementHasExactBytes) {
  EXPECT_EQ(policy_change_statement("aa", "bb"), "touchstone policy change v1\nfrom aa\nto bb\n");
  EXPECT_EQ(policy_change_statement("aa", ""), "touchstone policy change v1\nfrom aa\nto none\n");
}

TEST_F(PolicyChange, StatementIsReadInItsOneForm) {
  const std::string a(64, 'a');
  const auto parse = [](const std::string& text) {
    return parse_policy_change_statement(base::as_bytes(text));
  };
  const auto change = parse(policy_change_statement(a, kNewDigest));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->from, a);
  EXPECT_EQ(change->to, kNewDigest);
  const auto removal = parse(policy_change_statement(a, ""));
  ASSERT_TRUE(removal);
  EXPECT_EQ(removal->to, "");
  const std::string good = policy_change_statement(a, kNewDigest);
  for (const std::string& bad :
       {std::string(), good + "\n", good + "x", good.substr(0, good.size() - 1), "\n" + good,
        policy_change_statement("", a), policy_change_statement(a.substr(1), kNewDigest),
        policy_change_statement(std::string(64, 'A'), kNewDigest),
        policy_change_statement(a, "nonE"), "touchstone policy change v2" + good.substr(27)}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
}

TEST_F(PolicyChange, OneSignerIsTheCommitsOwn) {
  const auto old_policy = policy("");
  const auto judgement =
      judge_policy_change(old_policy, kNewDigest, candidate_of(alice, kAlice), {}, {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_THAT(judgement.signers, ElementsAre(kAlice));
}

TEST_F(PolicyChange, TwoSignersAreTwoPeople) {
  const auto old_policy = policy(kTwo);
  const Candidate commit = candidate_of(alice, kAlice);
  const auto judgement =
      judge_policy_change(old_policy, kNewDigest, commit, {approve(old_policy, bob)}, {});
  EXPECT_THAT(judgement.problems, IsEmpty());
  EXPECT_THAT(judgement.signers, ElementsAre(kAlice, kBob));
  EXPECT_THAT(codes(old_policy, commit, {}), ElementsAre(Code::kPolicyChange));
  EXPECT_EQ(said, "1 of 2 signers: alice@example.com\n");
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, alice)}),
              ElementsAre(Code::kPolicyChange));
  EXPECT_THAT(said, HasSubstr("the same person again"));
}

TEST_F(PolicyChange, TwoKeysOfOnePersonCountOnce) {
  const SoftKey second = SoftKey::sk_ed25519();
  const auto old_policy = must_parse(kTwo, signers() + second.line(kAlice));
  EXPECT_THAT(codes(old_policy, candidate_of(alice, kAlice), {approve(old_policy, second)}),
              ElementsAre(Code::kPolicyChange));
  // Nor do a name and a pattern that can stand for it.
  const auto loose = must_parse(
      kTwo, alice.line(kAlice) + second.line("*@example.com") + bob.line("bob@other.example"));
  EXPECT_THAT(codes(loose, candidate_of(alice, kAlice), {approve(loose, second)}),
              ElementsAre(Code::kPolicyChange));
}

TEST_F(PolicyChange, ApprovalsAreForThisChangeOnly) {
  const auto old_policy = policy(kTwo);
  const Candidate commit = candidate_of(alice, kAlice);
  const auto other = must_parse(kTwo, signers() + "#\n");
  const SoftKey::How how{.name_space = kNamespace};
  for (const PolicyApproval& approval :
       {approve(old_policy, bob, how, std::string(64, 'c')), approve(old_policy, bob, how, ""),
        approve(other, bob), approve(old_policy, bob, {.name_space = "git"}),
        approve(old_policy, bob, {.name_space = kNamespace, .reserved = "x"}),
        approve(old_policy, bob, {.name_space = kNamespace, .hash = ssh::SshSigHash::kSha256}),
        PolicyApproval{"x.sig", ""}, PolicyApproval{"x.sig", "junk"}}) {
    EXPECT_THAT(codes(old_policy, commit, {approval}), ElementsAre(Code::kPolicyChange));
    EXPECT_THAT(said, HasSubstr("not counted: x.sig ("));
  }
}

TEST_F(PolicyChange, ApprovalsAreByPeopleOfTheOldPolicy) {
  const auto old_policy = policy(
      kTwo + "[[identity]]\nname = \"b\"\nkind = \"bot\"\nkey = \"" +
      bot.public_key().fingerprint() + "\"\nrefs = [\"*\"]\n[[revoked]]\nkey = \"" +
      carol.public_key().fingerprint() + "\"\nsince = 2023-01-01T00:00:00Z\nreason = \"x\"\n");
  const Candidate commit = candidate_of(alice, kAlice);
  const SoftKey stranger = SoftKey::sk_ed25519();
  for (const SoftKey* key : std::initializer_list<const SoftKey*>{&stranger, &bot, &carol}) {
    EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, *key)}),
                ElementsAre(Code::kPolicyChange));
  }
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, bob)}), IsEmpty());
  const std::vector<Revocation> newest{{bob.public_key().fingerprint(), kCommitTime, "lost"}};
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, bob)}, newest),
              ElementsAre(Code::kPolicyChange));
  EXPECT_THAT(said, HasSubstr("lost"));
}

TEST_F(PolicyChange, ApprovalsProveTheSamePresence) {
  const auto old_policy = policy(kTwo);
  const Candidate commit = candidate_of(alice, kAlice);
  EXPECT_THAT(
      codes(old_policy, commit, {approve(old_policy, bob, {.flags = 0, .name_space = kNamespace})}),
      ElementsAre(Code::kPolicyChange));
  EXPECT_THAT(said, HasSubstr("touch is demanded, the signature proves no-touch"));
  const auto pin = policy(kTwo + "require = \"touch+pin\"\n");
  Candidate with_pin = commit;
  with_pin.presence = PresenceClass::kTouchPin;
  EXPECT_THAT(codes(pin, with_pin, {approve(pin, bob)}), ElementsAre(Code::kPolicyChange));
  const std::uint8_t both = base::kFlagUserPresence | base::kFlagUserVerification;
  EXPECT_THAT(codes(pin, with_pin, {approve(pin, bob, {.flags = both, .name_space = kNamespace})}),
              IsEmpty());
}

TEST_F(PolicyChange, WantsEvidenceOfEveryKeyWhereItIsRequired) {
  const auto evidence = [](const SoftKey& key) {
    return "[[evidence]]\nkey = \"" + key.public_key().fingerprint() + "\"\nsha256 = \"" +
           std::string(64, '0') + "\"\nclass = \"touch\"\n";
  };
  const std::string asked = "[policy]\nrequire_evidence = true\n" + evidence(alice);
  const auto old_policy = policy(asked + evidence(carol) + kTwo);
  const Candidate commit = candidate_of(alice, kAlice);
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, bob)}),
              ElementsAre(Code::kPolicyChange));
  EXPECT_THAT(said, HasSubstr("no attestation says that the key is in a token"));
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, carol)}), IsEmpty());
  EXPECT_THAT(codes(old_policy, candidate_of(bob, kBob), {approve(old_policy, carol)}),
              ElementsAre(Code::kNoEvidence, Code::kPolicyChange));
  // Two people are asked for, and only one could.
  EXPECT_THAT(all_problems("version = 1\n" + asked + kTwo, signers()),
              HasSubstr("1 person who can"));
}

TEST_F(PolicyChange, ApprovalsFromBrowsersCountWhereTheyAreAllowed) {
  const SoftKey::How how{.name_space = kNamespace, .webauthn = true};
  const Candidate commit = candidate_of(alice, kAlice);
  const auto strict = policy(kTwo);
  EXPECT_THAT(codes(strict, commit, {approve(strict, bob, how)}), ElementsAre(Code::kPolicyChange));
  const auto open = policy("[policy]\nwebauthn = true\n" + kTwo);
  EXPECT_THAT(codes(open, commit, {approve(open, bob, how)}), IsEmpty());
  Candidate own = candidate_of(bob, kBob);
  own.webauthn = true;
  EXPECT_THAT(codes(policy(""), own, {}), ElementsAre(Code::kWebauthn, Code::kPolicyChange));
}

TEST_F(PolicyChange, ApprovalsAreValidWhenReceived) {
  const auto old_policy =
      must_parse(kTwo, alice.line(kAlice) + kBob + " valid-before=\"20231201Z\" " +
                           bob.public_key().line() + "\n");
  Candidate commit = candidate_of(alice, kAlice);
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, bob)}),
              ElementsAre(Code::kPolicyChange));
  commit.received_seconds = kCommitTime;
  EXPECT_THAT(codes(old_policy, commit, {approve(old_policy, bob)}), IsEmpty());
}

TEST_F(PolicyChange, TheCommitterHasToBeAmongThem) {
  const auto old_policy = policy(kTwo + "[[identity]]\nname = \"b\"\nkind = \"forge\"\nkey = \"" +
                                 bot.public_key().fingerprint() + "\"\nrefs = [\"*\"]\n");
  const std::vector<PolicyApproval> enough{approve(old_policy, bob), approve(old_policy, carol)};
  EXPECT_THAT(codes(old_policy, candidate_of(alice, kAlice), enough), IsEmpty());
  EXPECT_THAT(codes(old_policy, candidate_of(bot, "bot@example.com"), enough),
              ElementsAre(Code::kNotPermitted));
  const SoftKey stranger = SoftKey::sk_ed25519();
  EXPECT_THAT(codes(old_policy, candidate_of(stranger, kAlice), enough),
              ElementsAre(Code::kUntrustedSigner));
  Candidate commit = candidate_of(alice, kAlice);
  commit.presence = PresenceClass::kNoTouch;
  EXPECT_THAT(codes(old_policy, commit, enough), ElementsAre(Code::kBelowPolicy));
  commit.presence = PresenceClass::kBad;
  EXPECT_THAT(codes(old_policy, commit, enough), ElementsAre(Code::kPolicyChange));
  commit.key = nullptr;
  commit.presence = PresenceClass::kUnsigned;
  EXPECT_THAT(codes(old_policy, commit, enough), ElementsAre(Code::kUnsigned));
}

TEST_F(PolicyChange, LimitsTheApprovals) {
  const auto old_policy = policy("");
  std::vector<PolicyApproval> many(kPolicyApprovalsMax, PolicyApproval{"x.sig", "junk"});
  EXPECT_THAT(codes(old_policy, candidate_of(alice, kAlice), many), IsEmpty());
  many.push_back(many.front());
  EXPECT_THAT(codes(old_policy, candidate_of(alice, kAlice), many), ElementsAre(Code::kTooLong));
}

}  // namespace
}  // namespace touchstone::git
