// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/policy_edit.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/git-integration/policy/policy_support.h"

namespace touchstone::git {
namespace {

using base::Code;
using testing::HasSubstr;

class PolicyEdit : public testing::Test {
 protected:
  PolicyText text() const {
    return {"# ours\nversion = 1  # one\n",
            "# people\n" + alice.line(kAlice) + "\n# more\n" + bob.line(kBob + ",b@x")};
  }
  static Code code_of(const base::Result<PolicyText>& result) {
    return result ? Code{} : result.error().code;
  }

  SoftKey alice = SoftKey::sk_ed25519();
  SoftKey bob = SoftKey::sk_p256();
  SoftKey other = SoftKey::sk_ed25519();
};

TEST_F(PolicyEdit, NewPolicyIsValidAndAsksForWhatItSays) {
  for (const Requirement require : {Requirement::kNothing, Requirement::kSignature,
                                    Requirement::kTouch, Requirement::kTouchPin}) {
    const auto policy =
        parse_repository_policy(new_policy(require, 2), alice.line(kAlice) + bob.line(kBob));
    ASSERT_TRUE(policy) << policy.error().context;
    EXPECT_EQ(policy->require, require);
    EXPECT_EQ(policy->change_signers, 2U);
  }
}

TEST_F(PolicyEdit, AddingASignerKeepsEveryOtherByte) {
  const auto edited = add_policy_signer(text(), "carol@example.com", other.public_key(), "laptop");
  ASSERT_TRUE(edited) << edited.error().context;
  EXPECT_EQ(edited->policy, text().policy);
  EXPECT_EQ(edited->signers, text().signers + "carol@example.com namespaces=\"git\" " +
                                 other.public_key().line() + " laptop\n");
  PolicyText unended = text();
  unended.signers.pop_back();
  EXPECT_EQ(add_policy_signer(unended, "carol@example.com", other.public_key(), "laptop")->signers,
            edited->signers);
}

TEST_F(PolicyEdit, AddingASignerRefusesWhatTheGrammarWouldTakeApart) {
  for (const char* principal :
       {"", "a b", "a,b", "*@x", "a?", "!a", "a\"b", "#a", "a\nb", "\xc3\xa9", "a\x7f"}) {
    EXPECT_EQ(code_of(add_policy_signer(text(), principal, other.public_key(), "")),
              Code::kMalformed)
        << principal;
  }
  EXPECT_EQ(code_of(add_policy_signer(text(), kAlice, alice.public_key(), "")),
            Code::kAlreadyExists);
  const auto line = policy_signer_line("a", other.public_key(), "x\ny\x1b[0m");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->find('\n'), line->size() - 1);
}

TEST_F(PolicyEdit, ReplacingAKeyStaysInItsPlace) {
  const std::string fingerprint = alice.public_key().fingerprint();
  const auto edited = replace_policy_signer(text(), kAlice, fingerprint, other.public_key(), "");
  ASSERT_TRUE(edited) << edited.error().context;
  EXPECT_EQ(edited->signers, "# people\n" + kAlice + " namespaces=\"git\" " +
                                 other.public_key().line() + "\n\n# more\n" +
                                 bob.line(kBob + ",b@x"));
  EXPECT_EQ(code_of(replace_policy_signer(text(), kBob, fingerprint, other.public_key(), "")),
            Code::kNotFound);
  EXPECT_EQ(code_of(replace_policy_signer(text(), kBob, bob.public_key().fingerprint(),
                                          other.public_key(), "")),
            Code::kUnsupported);
}

TEST_F(PolicyEdit, ReplacingAKeyTakesItsEvidenceOut) {
  const std::string old_key = alice.public_key().fingerprint();
  const Evidence evidence{other.public_key().fingerprint(), std::string(64, '1')};
  const std::string rest = "\n# about batches\n[batch]\nmax = 2\n";
  PolicyText named = text();
  named.policy += "\n[[evidence]]\nkey = \"" + old_key + "\"\nsha256 = \"" + std::string(64, '0') +
                  "\"\nclass = \"touch\"\n" + rest;
  const auto edited = replace_policy_signer(named, kAlice, old_key, other.public_key(), "");
  ASSERT_TRUE(edited) << edited.error().context;
  EXPECT_EQ(edited->policy, text().policy + "\n" + rest);
  const auto with = replace_policy_signer(named, kAlice, old_key, other.public_key(), "", evidence);
  ASSERT_TRUE(with) << with.error().context;
  const auto policy = parse_repository_policy(with->policy, with->signers);
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->evidence.size(), 1U);
  EXPECT_EQ(policy->evidence[0].fingerprint, evidence.fingerprint);
  // Written in one line, it is not for a program to take apart.
  PolicyText inline_table = text();
  inline_table.policy += "evidence = [{key = \"" + old_key + "\", sha256 = \"" +
                         std::string(64, '0') + "\", class = \"touch\"}]\n";
  EXPECT_EQ(code_of(replace_policy_signer(inline_table, kAlice, old_key, other.public_key(), "")),
            Code::kUnsupported);
}

TEST_F(PolicyEdit, ReplacingAKeyThatRulesNameIsRefused) {
  PolicyText named = text();
  named.policy += "[[identity]]\nname = \"b\"\nkind = \"bot\"\nkey = \"" +
                  alice.public_key().fingerprint() + "\"\nrefs = [\"*\"]\n";
  const auto edited = replace_policy_signer(named, kAlice, alice.public_key().fingerprint(),
                                            other.public_key(), "");
  EXPECT_EQ(code_of(edited), Code::kConfigInvalid);
}

// Otherwise nobody could change the policy again.
TEST_F(PolicyEdit, LeavesNoPolicyThatNobodyCanChange) {
  const PolicyText one{"version = 1\n", alice.line(kAlice)};
  for (const SoftKey& key :
       {SoftKey::ed25519(), SoftKey::sk_ed25519("ssh:touchstone-login"), SoftKey::p256()}) {
    const auto edited =
        replace_policy_signer(one, kAlice, alice.public_key().fingerprint(), key.public_key(), "");
    EXPECT_EQ(code_of(edited), Code::kConfigInvalid);
  }
  const PolicyText both{"version = 1\n", alice.line(kAlice) + SoftKey::ed25519().line(kBob)};
  EXPECT_EQ(
      code_of(add_policy_revocation(both, {alice.public_key().fingerprint(), kCommitTime, "lost"})),
      Code::kConfigInvalid);
  EXPECT_EQ(parse_repository_policy("version = 1\n", kAlice + " namespaces=\"file\" " +
                                                         alice.public_key().line() + "\n")
                .error()
                .code,
            Code::kConfigInvalid);
}

TEST_F(PolicyEdit, RevocationsAreReadBackAsTheyWereMeant) {
  const Revocation revocation{alice.public_key().fingerprint(), kCommitTime, R"(a "stolen" token)"};
  const auto edited = add_policy_revocation(text(), revocation);
  ASSERT_TRUE(edited) << edited.error().context;
  EXPECT_TRUE(edited->policy.starts_with(text().policy));
  EXPECT_EQ(edited->signers, text().signers);
  const auto policy = parse_repository_policy(edited->policy, edited->signers);
  ASSERT_TRUE(policy);
  const Revocation* found = policy->revocation_of(revocation.fingerprint);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->since, revocation.since);
  EXPECT_EQ(found->reason, revocation.reason);
  EXPECT_EQ(code_of(add_policy_revocation(*edited, revocation)), Code::kAlreadyExists);
}

TEST_F(PolicyEdit, EvidenceIsReadBackAsItWasMeant) {
  const Evidence evidence{alice.public_key().fingerprint(), std::string(64, 'a'),
                          PresenceClass::kTouchPin};
  const auto edited = add_policy_evidence(text(), evidence);
  ASSERT_TRUE(edited) << edited.error().context;
  EXPECT_TRUE(edited->policy.starts_with(text().policy));
  const auto policy = parse_repository_policy(edited->policy, edited->signers);
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->evidence.size(), 1U);
  EXPECT_EQ(policy->evidence[0].fingerprint, evidence.fingerprint);
  EXPECT_EQ(policy->evidence[0].digest, evidence.digest);
  EXPECT_EQ(policy->evidence[0].presence, evidence.presence);
  EXPECT_EQ(code_of(add_policy_evidence(*edited, evidence)), Code::kAlreadyExists);
  for (const Evidence& none :
       {Evidence{other.public_key().fingerprint(), evidence.digest},
        Evidence{bob.public_key().fingerprint(), "\"\nx = 1"},
        Evidence{bob.public_key().fingerprint(), evidence.digest, PresenceClass::kNoTouch}}) {
    EXPECT_EQ(code_of(add_policy_evidence(text(), none)), Code::kConfigInvalid);
  }
}

TEST_F(PolicyEdit, RefusesRevocationsThatWouldBeNoPolicy) {
  const std::string key = alice.public_key().fingerprint();
  for (const Revocation& revocation :
       {Revocation{key, kCommitTime, ""}, Revocation{key, kCommitTime, "two\nlines"},
        Revocation{"SHA256:x", kCommitTime, "x"}}) {
    EXPECT_EQ(code_of(add_policy_revocation(text(), revocation)), Code::kConfigInvalid);
  }
  // The last person who could change the policy stays.
  const PolicyText alone{"version = 1\n", alice.line(kAlice)};
  EXPECT_EQ(code_of(add_policy_revocation(alone, {key, kCommitTime, "x"})), Code::kConfigInvalid);
  EXPECT_EQ(code_of(add_policy_revocation({"version = 2\n", alice.line(kAlice)},
                                          {key, kCommitTime, "x"})),
            Code::kConfigInvalid);
}

TEST_F(PolicyEdit, ReadsTimesWithTheirOffsetOnly) {
  EXPECT_EQ(parse_policy_time("2023-11-14T22:13:20Z"), kCommitTime);
  EXPECT_EQ(parse_policy_time("2023-11-14 23:13:20+01:00"), kCommitTime);
  EXPECT_EQ(policy_time(kCommitTime), "2023-11-14T22:13:20Z");
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-02-30T22:13:20Z",
        "1700000000", "yesterday", "1\nx = 2", "1969-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_policy_time(text)) << text;
  }
}

}  // namespace
}  // namespace touchstone::git
