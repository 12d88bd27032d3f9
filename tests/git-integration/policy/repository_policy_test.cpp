// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy/repository_policy.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/policy/policy_signers.h"
#include "tests/git-integration/policy/policy_support.h"

namespace touchstone::git {
namespace {

using testing::HasSubstr;

const SoftKey& alice() {
  static const SoftKey key = SoftKey::sk_ed25519();
  return key;
}
const SoftKey& bob() {
  static const SoftKey key = SoftKey::sk_p256();
  return key;
}
const SoftKey& bot() {
  static const SoftKey key = SoftKey::ed25519();
  return key;
}
std::string signers() { return alice().line(kAlice) + bob().line(kBob) + bot().line("bot@x"); }
std::string fingerprint(const SoftKey& key) { return key.public_key().fingerprint(); }

// problem_of gives what is wrong with a policy that has one thing wrong.
std::string problem_of(const std::string& toml, const std::string& lines = signers()) {
  return all_problems("version = 1\n" + toml, lines);
}

std::string whole_policy() {
  return "version = 1\n"
         "[policy]\nrequire = \"touch\"\nany_committer = false\nwebauthn = true\n"
         "require_evidence = true\n"
         "[[ref]]\npattern = \"refs/heads/release/*\"\nrequire = \"touch+pin\"\n"
         "[[ref]]\npattern = \"refs/heads/*\"\nany_committer = true\nany_author = false\n"
         "[[path]]\npattern = \"release/*\"\nrequire = \"touch+pin\"\nsigners = [\"" +
         kAlice +
         "\"]\n"
         "[[identity]]\nname = \"update bot\"\nkind = \"bot\"\nkey = \"" +
         fingerprint(bot()) +
         "\"\nrequire = \"signature\"\nrefs = [\"refs/heads/main\"]\npaths = [\"*.lock\"]\n"
         "[[revoked]]\nkey = \"" +
         fingerprint(bob()) +
         "\"\nsince = 2023-11-14T23:13:20+01:00\nreason = \"left in a train\"\n"
         "[[evidence]]\nkey = \"" +
         fingerprint(alice()) + "\"\nsha256 = \"" + std::string(64, 'a') +
         "\"\nclass = \"device-touch\"\n"
         "[batch]\nmax = 20\n[change]\nsigners = 1\nrequire = \"touch+pin\"\n";
}

TEST(RepositoryPolicy, ReadsEverything) {
  const auto parsed = parse_repository_policy(whole_policy(), signers());
  ASSERT_TRUE(parsed) << parsed.error().context;
  const RepositoryPolicy& policy = *parsed;
  EXPECT_EQ(policy.require, Requirement::kTouch);
  EXPECT_FALSE(policy.any_committer);
  EXPECT_TRUE(policy.any_author);
  ASSERT_EQ(policy.refs.size(), 2U);
  EXPECT_EQ(policy.refs[0].require, Requirement::kTouchPin);
  EXPECT_FALSE(policy.refs[0].any_committer);
  EXPECT_EQ(policy.refs[1].require, Requirement::kTouch);
  EXPECT_TRUE(policy.refs[1].any_committer);
  EXPECT_TRUE(policy.refs[0].any_author);
  EXPECT_FALSE(policy.refs[1].any_author);
  EXPECT_TRUE(policy.touch.webauthn);
  ASSERT_TRUE(policy.touch.attested);
  EXPECT_EQ(*policy.touch.attested, std::vector{fingerprint(alice())});
  ASSERT_EQ(policy.paths.size(), 1U);
  EXPECT_EQ(policy.paths[0].signers, std::vector{kAlice});
  ASSERT_EQ(policy.identities.size(), 1U);
  EXPECT_EQ(policy.identities[0].kind, IdentityKind::kBot);
  EXPECT_EQ(policy.identities[0].refs, std::vector<std::string>{"refs/heads/main"});
  EXPECT_EQ(policy.identities[0].paths, std::vector<std::string>{"*.lock"});
  ASSERT_EQ(policy.revocations.size(), 1U);
  EXPECT_EQ(policy.revocations[0].since, kCommitTime);
  EXPECT_EQ(policy.revocations[0].reason, "left in a train");
  ASSERT_EQ(policy.evidence.size(), 1U);
  EXPECT_EQ(policy.evidence[0].presence, PresenceClass::kDeviceTouch);
  EXPECT_EQ(policy.batch_max, 20U);
  EXPECT_EQ(policy.change_signers, 1U);
  EXPECT_EQ(policy.change_require, Requirement::kTouchPin);
  EXPECT_TRUE(needs_paths(policy));
  EXPECT_TRUE(needs_times(policy));  // a key is revoked
}

// The worked example is one: only the bot's key is put in for the one in the text.
TEST(RepositoryPolicy, ReadsTheExampleInTheDocumentation) {
  const auto file = base::read_file("docs/repository-policy.md", kPolicyFileMax);
  ASSERT_TRUE(file) << file.error().context;
  const std::string page(base::as_text(*file));
  const std::string fence = "```toml\n";
  const std::size_t begin = page.find(fence) + fence.size();
  std::string toml = page.substr(begin, page.find("```", begin) - begin);
  const std::size_t key = toml.find("SHA256:");
  toml.replace(key, toml.find('"', key) - key, fingerprint(bot()));
  const auto policy = parse_repository_policy(toml, signers());
  ASSERT_TRUE(policy) << policy.error().context;
  EXPECT_EQ(policy->change_signers, 2U);
  EXPECT_EQ(policy->identities.size(), 1U);
  EXPECT_EQ(policy->revocations.size(), 1U);
}

TEST(RepositoryPolicy, HasStrictDefaults) {
  const RepositoryPolicy policy = must_parse("", alice().line(kAlice));
  EXPECT_EQ(policy.require, Requirement::kTouch);
  EXPECT_FALSE(policy.any_committer);
  EXPECT_FALSE(policy.touch.webauthn || policy.touch.attested);
  EXPECT_EQ(policy.batch_max, 0U);
  EXPECT_EQ(policy.change_signers, 1U);
  EXPECT_EQ(policy.change_require, Requirement::kTouch);
  EXPECT_FALSE(needs_paths(policy));
  EXPECT_FALSE(needs_times(policy));
  EXPECT_EQ(policy.rule_for("refs/heads/main"), nullptr);
}

TEST(RepositoryPolicy, NeedsTimesForLinesWithALimitAndForAuthorities) {
  const std::string key = alice().public_key().line();
  for (const std::string options :
       {"valid-after=\"20200101Z\"", "valid-before=\"20990101Z\"", "cert-authority"}) {
    EXPECT_TRUE(needs_times(must_parse("", std::string(kAlice) + " " + options + " " + key + "\n")))
        << options;
  }
  EXPECT_FALSE(
      needs_times(must_parse("", std::string(kAlice) + " namespaces=\"git\" " + key + "\n")));
}

TEST(RepositoryPolicy, FirstMatchingRefRuleDecides) {
  const auto policy = parse_repository_policy(whole_policy(), signers());
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rule_for("refs/heads/release/1/2"), &policy->refs[0]);
  EXPECT_EQ(policy->rule_for("refs/heads/release"), &policy->refs[1]);
  EXPECT_EQ(policy->rule_for("refs/tags/v1"), nullptr);
  EXPECT_EQ(policy->rule_for(""), nullptr);
  EXPECT_EQ(must_parse("[[ref]]\npattern = \"*\"\n", signers()).rule_for(""), nullptr);
}

// docs/repository-policy.md gives the same with sha256sum.
TEST(RepositoryPolicy, DigestCoversBothFilesApart) {
  const std::string toml = "version = 1\n";
  const auto hex = [](std::string_view text) {
    return base::to_hex(base::sha256(base::as_bytes(text)));
  };
  const auto policy = parse_repository_policy(toml, signers());
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->digest, hex("policy.toml " + hex(toml) + "\nsigners " + hex(signers()) + "\n"));
  EXPECT_NE(policy->digest, parse_repository_policy(toml + "#\n", signers())->digest);
  EXPECT_NE(policy->digest, parse_repository_policy(toml, signers() + "#\n")->digest);
}

TEST(RepositoryPolicy, RefusesOtherVersions) {
  for (const char* toml : {"", "[policy]\n", "version = 2\n", "version = \"1\"\n", "version = 0\n",
                           "version = 1.0\n", "version = [1]\n"}) {
    EXPECT_THAT(all_problems(toml, signers()), HasSubstr("version: takes 1")) << toml;
  }
}

TEST(RepositoryPolicy, RefusesUnknownKeysWithPlaceAndNearestName) {
  EXPECT_EQ(problem_of("[polciy]\nrequire = \"touch\"\n"),
            ".touchstone/policy.toml:2:2: unknown key polciy in the policy, did you mean policy\n");
  EXPECT_EQ(problem_of("[policy]\nany_commiter = true\n"),
            ".touchstone/policy.toml:3:1: unknown key any_commiter in [policy], did you mean "
            "any_committer\n");
  EXPECT_THAT(problem_of("[[ref]]\npattern = \"refs/*\"\nrequired = \"touch\"\n"),
              HasSubstr("policy.toml:4:1: unknown key required in [[ref]], did you mean require"));
  EXPECT_THAT(problem_of("[[path]]\npattern = \"a\"\nsigner = [\"x\"]\n"), HasSubstr("signers"));
  EXPECT_THAT(problem_of("[batch]\nmaximum = 3\n"), HasSubstr("did you mean max"));
  EXPECT_THAT(problem_of("[change]\nsigner = 3\n"), HasSubstr("did you mean signers"));
  EXPECT_THAT(problem_of("[[identity]]\nkeys = 3\n"), HasSubstr("did you mean key"));
  EXPECT_THAT(problem_of("[[revoked]]\nwhy = \"x\"\n"), HasSubstr("unknown key why"));
  EXPECT_THAT(problem_of("[[evidence]]\nsha512 = \"x\"\n"), HasSubstr("did you mean sha256"));
}

TEST(RepositoryPolicy, RefusesValuesOfAnotherKind) {
  const std::pair<const char*, const char*> cases[] = {
      {"[policy]\nrequire = 3\n", "[policy] require: takes a string, not a number"},
      {"[policy]\nrequire = \"tuoch\"\n", "not \"tuoch\""},
      {"[policy]\nany_committer = \"no\"\n", "takes true or false, not a string"},
      {"policy = 3\n", "policy is written as [policy]"},
      {"[ref]\npattern = \"x\"\n", "ref is written as [[ref]]"},
      {"path = [3]\n", "path is written as [[path]]"},
      {"[[ref]]\nrequire = \"touch\"\n", "[[ref]] has no pattern"},
      {"[[ref]]\npattern = \"\"\n", "[[ref]] pattern: is empty"},
      {"[[ref]]\npattern = \"main\"\n", "takes whole names: refs/heads/main"},
      {"[[ref]]\npattern = \"!refs/heads/x\"\n", "begins with neither ! nor /"},
      {"[[path]]\npattern = \"/release/*\"\n", "begins with neither ! nor /"},
      {"[[path]]\npattern = \"a\\u202eb\"\n", "cannot be shown as it is"},
      {"[[path]]\npattern = \"a\"\nsigners = []\n", "is empty: leave it out"},
      {"[[path]]\npattern = \"a\"\nsigners = [3]\n", "takes strings, not a number"},
      {"[batch]\nmax = -1\n", "takes 0 to 1000, not -1"},
      {"[batch]\nmax = 1001\n", "takes 0 to 1000, not 1001"},
      {"[batch]\nmax = 1.5\n", "takes a whole number, not a number with a fraction"},
      {"[change]\nsigners = 0\n", "takes 1 to 64, not 0"},
      {"[change]\nsigners = 65\n", "takes 1 to 64, not 65"},
      {"[change]\nrequire = \"nothing\"\n", "takes a signature at least"},
  };
  for (const auto& [toml, expected] : cases) {
    EXPECT_THAT(problem_of(toml), HasSubstr(expected)) << toml;
  }
  EXPECT_EQ(problem_of("[batch]\nmax = 1000\n"), "");
}

std::string revoked(const std::string& key, const std::string& since, const std::string& reason) {
  return "[[revoked]]\nkey = \"" + key + "\"\nsince = " + since + "\nreason = " + reason + "\n";
}

TEST(RepositoryPolicy, RevocationsNeedAKeyATimeAndAReason) {
  const std::string key = fingerprint(bob());
  const std::string time = "2026-03-31T08:00:00Z";
  EXPECT_EQ(problem_of(revoked(key, time, "\"lost\"")), "");
  // A key that is in no line any more can be revoked as well.
  EXPECT_EQ(problem_of(revoked(fingerprint(SoftKey::ed25519()), time, "\"lost\"")), "");
  EXPECT_THAT(problem_of(revoked(key, time, "\"\"")), HasSubstr("reason: is empty"));
  EXPECT_THAT(problem_of(revoked(key, time, "\"  \"")), HasSubstr("reason: is empty"));
  EXPECT_THAT(problem_of("[[revoked]]\nkey = \"" + key + "\"\nsince = " + time + "\n"),
              HasSubstr("policy.toml:2:1: [[revoked]] has no reason"));
  EXPECT_THAT(problem_of("[[revoked]]\nkey = \"" + key + "\"\nreason = \"x\"\n"),
              HasSubstr("[[revoked]] has no since"));
  for (const char* since : {"2026-03-31", "2026-03-31T08:00:00", "08:00:00", "\"2026-03-31\"",
                            "1774944000", "1969-12-31T23:59:59Z"}) {
    EXPECT_THAT(problem_of(revoked(key, since, "\"lost\"")),
                HasSubstr("takes a date and time with its offset"))
        << since;
  }
  EXPECT_THAT(problem_of(revoked(key, time, "\"a\"") + revoked(key, time, "\"b\"")),
              HasSubstr("is revoked already"));
}

TEST(RepositoryPolicy, TakesOneSpellingOfAFingerprint) {
  const std::string key = fingerprint(bob());
  std::string stray = key;
  stray.back() = stray.back() == 'B' ? 'C' : 'B';  // bits beyond the last byte
  for (const std::string& wrong : {std::string("SHA256:"), key + "=", key.substr(1), key + "A",
                                   key.substr(0, key.size() - 1), "MD5:" + key.substr(7), stray}) {
    EXPECT_THAT(problem_of(revoked(wrong, "2026-03-31T08:00:00Z", "\"x\"")),
                HasSubstr("takes a fingerprint"))
        << wrong;
  }
}

std::string identity(const std::string& rest, const std::string& key = fingerprint(bot())) {
  return "[[identity]]\nname = \"b\"\nkind = \"bot\"\nkey = \"" + key + "\"\n" + rest;
}

TEST(RepositoryPolicy, IdentitiesNeedAKeyInSignersAndAPlace) {
  const std::string refs = "refs = [\"refs/heads/main\"]\n";
  EXPECT_EQ(problem_of(identity(refs)), "");
  EXPECT_THAT(problem_of(identity("")), HasSubstr("could commit nowhere"));
  EXPECT_THAT(problem_of(identity("refs = []\n")), HasSubstr("refs: is empty"));
  EXPECT_THAT(problem_of(identity("refs = [\"\"]\n")), HasSubstr("refs: is empty"));
  EXPECT_THAT(problem_of(identity(refs + "paths = []\n")), HasSubstr("paths: is empty"));
  EXPECT_THAT(problem_of(identity(refs + "require = \"nothing\"\n")),
              HasSubstr("an identity is known by its signature"));
  EXPECT_THAT(problem_of(identity(refs, fingerprint(SoftKey::ed25519()))),
              HasSubstr("key: is in no line of .touchstone/signers"));
  EXPECT_THAT(problem_of(identity(refs) + identity(refs, fingerprint(bob()))),
              HasSubstr("name: is another identity's"));
  EXPECT_THAT(problem_of(identity(refs) + "[[identity]]\nname = \"c\"\nkind = \"forge\"\nkey = \"" +
                         fingerprint(bot()) + "\"\n" + refs),
              HasSubstr("key: is another identity's"));
  EXPECT_THAT(problem_of("[[identity]]\nname = \"b\"\nkind = \"robot\"\nkey = \"" +
                         fingerprint(bot()) + "\"\n" + refs),
              HasSubstr("takes \"bot\" or \"forge\", not \"robot\""));
  EXPECT_THAT(problem_of("[[identity]]\n" + refs), HasSubstr("has no name"));
}

TEST(RepositoryPolicy, EvidenceIsOfAKeyInSigners) {
  const auto evidence = [](const std::string& key, const std::string& digest,
                           const std::string& word) {
    return "[[evidence]]\nkey = \"" + key + "\"\nsha256 = \"" + digest + "\"\nclass = \"" + word +
           "\"\n";
  };
  const std::string digest(64, '0');
  EXPECT_EQ(problem_of(evidence(fingerprint(bob()), digest, "touch")), "");
  EXPECT_THAT(problem_of(evidence(fingerprint(SoftKey::p256()), digest, "touch")),
              HasSubstr("is in no line"));
  EXPECT_THAT(problem_of(evidence(fingerprint(bob()), digest.substr(1), "touch")),
              HasSubstr("64 digits"));
  EXPECT_THAT(problem_of(evidence(fingerprint(bob()), std::string(64, 'A'), "touch")),
              HasSubstr("64 digits"));
  for (const char* word : {"quorum", "no-touch", "bad", "touched"}) {
    EXPECT_THAT(problem_of(evidence(fingerprint(bob()), digest, word)), HasSubstr("class: takes"));
  }
  EXPECT_THAT(problem_of(evidence(fingerprint(bob()), digest, "touch") +
                         evidence(fingerprint(bob()), digest, "touch")),
              HasSubstr("has evidence already"));
}

TEST(RepositoryPolicy, RefusesRulesThatCannotApply) {
  const auto refs = [](const std::string& a, const std::string& b) {
    return "[[ref]]\npattern = \"" + a + "\"\n[[ref]]\npattern = \"" + b + "\"\n";
  };
  for (const auto& [a, b] : {std::pair{"refs/heads/*", "refs/heads/main"},
                             {"refs/heads/*", "refs/heads/release/*"},
                             {"*", "refs/tags/v?"},
                             {"refs/heads/main", "refs/heads/main"}}) {
    EXPECT_THAT(problem_of(refs(a, b)),
                HasSubstr("policy.toml:4:1: [[ref]] " + std::string(b) + " never decides"));
  }
  for (const auto& [a, b] : {std::pair{"refs/heads/main", "refs/heads/*"},
                             {"refs/heads/v?", "refs/heads/v*"},
                             {"refs/heads/a*", "refs/heads/*a"}}) {
    EXPECT_EQ(problem_of(refs(a, b)), "");
  }
  EXPECT_THAT(problem_of("[[path]]\npattern = \"a\"\nsigners = [\"eve@example.com\"]\n"),
              HasSubstr("eve@example.com is a principal of no line"));
  EXPECT_THAT(problem_of("[[path]]\npattern = \"a\"\n[[path]]\npattern = \"a\"\n"),
              HasSubstr("has a rule already"));
  EXPECT_THAT(problem_of("[policy]\nrequire = \"batch\"\n"), HasSubstr("no batch is accepted"));
  EXPECT_THAT(problem_of("[policy]\nrequire = \"batch\"\n[batch]\nmax = 0\n"),
              HasSubstr("policy.toml:4:2: a rule asks for \"batch\""));
  EXPECT_EQ(problem_of("[policy]\nrequire = \"batch\"\n[batch]\nmax = 2\n"), "");
}

TEST(RepositoryPolicy, RefusesSignersItCannotRead) {
  const std::string good = alice().line(kAlice);
  for (const char* line : {"bob@example.com\n", "bob@example.com ssh-ed25519 AAAA\n",
                           "bob@example.com touch-required ssh-ed25519 AAAA\n", "\r\n"}) {
    EXPECT_THAT(problem_of("", good + line), HasSubstr(".touchstone/signers:2: ")) << line;
  }
  EXPECT_EQ(problem_of("", "# people\n\n" + good), "");
  EXPECT_THAT(problem_of("", "a,,b " + alice().public_key().line() + "\n"),
              HasSubstr("signers:1: an empty principal"));
  EXPECT_THAT(problem_of("", ""), HasSubstr("has 0 people who can"));
}

// Local time would make two computers judge one commit differently.
TEST(RepositoryPolicy, RefusesTimesWithoutZone) {
  const std::string key = alice().public_key().line() + "\n";
  for (const char* option : {"valid-before=\"20300101\"", "VALID-AFTER=\"202001010000\"",
                             "valid-after=\"20200101Z\",valid-before=\"20300101\""}) {
    EXPECT_THAT(problem_of("", kAlice + " " + option + " " + key),
                HasSubstr("signers:1: a time without Z"))
        << option;
  }
  // Quotes in the principals do not hide the option behind them.
  EXPECT_THAT(problem_of("", "\"valid-after=\"20200101Z,valid-after=\"20200101\" " + key),
              HasSubstr("signers:1: "));
  EXPECT_EQ(problem_of("", kAlice + " valid-before=\"20300101Z\" " + key), "");
  EXPECT_EQ(problem_of("", kAlice + " valid-before=\"20300101UTC\" " + key), "");
}

TEST(RepositoryPolicy, CountsPeopleNotKeys) {
  const SoftKey second = SoftKey::sk_ed25519();
  const SoftKey third = SoftKey::sk_ed25519();
  const auto people = [](const std::string& lines, const std::string& toml = "") {
    return people_who_count(must_parse(toml, lines));
  };
  EXPECT_EQ(people(alice().line(kAlice) + bob().line(kBob)), 2U);
  EXPECT_EQ(people(alice().line(kAlice) + second.line(kAlice)), 1U);
  // Linked through a second address, or through one key for two names.
  EXPECT_EQ(
      people(alice().line(kAlice) + second.line("alice@work") + third.line(kAlice + ",alice@work")),
      1U);
  EXPECT_EQ(people(alice().line(kAlice) + alice().line(kBob)), 1U);
  // An authority's line stands for anybody it names, and so do their own lines.
  const std::string authority = kAlice + " cert-authority " + third.public_key().line() + "\n";
  EXPECT_EQ(people(authority + alice().line(kAlice) + bob().line(kBob)), 2U);
  EXPECT_EQ(people(authority + alice().line("a@x") + bob().line(kBob)), 3U);
  // A pattern can sign as anybody it matches, and two patterns perhaps as the same.
  EXPECT_EQ(people(alice().line(kAlice) + bob().line("*@example.com")), 1U);
  EXPECT_EQ(people(alice().line("*@a") + bob().line("b@*")), 1U);
  EXPECT_EQ(people(alice().line(kAlice) + bob().line("*@other.example")), 2U);
  EXPECT_EQ(people(signers(), identity("refs = [\"*\"]\n")), 2U);
  EXPECT_EQ(people(signers(), revoked(fingerprint(bob()), "2026-01-01T00:00:00Z", "\"x\"")), 1U);
  const std::string two = "[change]\nsigners = 2\n";
  EXPECT_THAT(problem_of(two, alice().line(kAlice) + second.line(kAlice)),
              HasSubstr("policy.toml:2:2: a change of the policy takes 2 signers, and "
                        ".touchstone/signers has 1 person who can"));
  EXPECT_EQ(problem_of(two, alice().line(kAlice) + bob().line(kBob)), "");
}

TEST(RepositoryPolicy, HoldsItsLimits) {
  const auto rules = [](std::size_t count) {
    std::string toml;
    for (std::size_t i = 0; i < count; ++i) {
      toml += "[[path]]\npattern = \"p" + std::to_string(i) + "\"\n";
    }
    return problem_of(toml);
  };
  EXPECT_EQ(rules(kPolicyRulesMax), "");
  EXPECT_THAT(rules(kPolicyRulesMax + 1), HasSubstr("more than 128 of [[path]]"));
  const auto pattern = [](std::size_t size) {
    return problem_of("[[path]]\npattern = \"" + std::string(size, 'p') + "\"\n");
  };
  EXPECT_EQ(pattern(kPolicyPatternMax), "");
  EXPECT_THAT(pattern(kPolicyPatternMax + 1), HasSubstr("takes at most 256 bytes"));
  const auto reason = [](std::size_t size) {
    return problem_of(
        revoked(fingerprint(bob()), "2026-03-31T08:00:00Z", "\"" + std::string(size, 'r') + "\""));
  };
  EXPECT_EQ(reason(kPolicyReasonMax), "");
  EXPECT_THAT(reason(kPolicyReasonMax + 1), HasSubstr("takes at most 1024 bytes"));
  const auto file = [](std::size_t size) {
    std::string toml = "version = 1\n#";
    toml.resize(size, 'x');
    return all_problems(toml, signers());
  };
  EXPECT_EQ(file(kPolicyFileMax), "");
  EXPECT_THAT(file(kPolicyFileMax + 1), HasSubstr("limit 262144 bytes"));
  const auto signers_file = [](std::size_t size) {
    std::string lines = signers() + "#";
    lines.resize(size, 'x');
    return problem_of("", lines);
  };
  // A comment is a line too, and lines have a limit of their own.
  EXPECT_THAT(signers_file(kPolicySignersFileMax + 1), HasSubstr("limit 1048576 bytes"));
  EXPECT_EQ(signers_file(1024), "");
}

TEST(RepositoryPolicy, HoldsTheLimitsOfSigners) {
  const auto lines = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += alice().line("p" + std::to_string(i));
    }
    return problem_of("", text);
  };
  EXPECT_EQ(lines(kPolicySignersMax), "");
  EXPECT_THAT(lines(kPolicySignersMax + 1), HasSubstr("limit 2048 lines"));
  const auto principals = [](std::size_t count) {
    std::string text = "p";
    for (std::size_t i = 1; i < count; ++i) {
      text += ",p" + std::to_string(i);
    }
    return problem_of("", alice().line(text));
  };
  EXPECT_EQ(principals(kPolicyListMax), "");
  EXPECT_THAT(principals(kPolicyListMax + 1), HasSubstr("more principals than 64"));
  const auto patterns = [](std::size_t count) {
    std::string text = alice().line("alice@example.com");
    for (std::size_t i = 0; i < count; ++i) {
      text += bob().line("*@p" + std::to_string(i));
    }
    return problem_of("", text);
  };
  EXPECT_EQ(patterns(kPolicyPatternsMax), "");
  EXPECT_THAT(patterns(kPolicyPatternsMax + 1), HasSubstr("more patterns in the file than 64"));
  EXPECT_EQ(problem_of("", alice().line(std::string(kPolicyPatternMax, 'p'))), "");
  EXPECT_THAT(problem_of("", alice().line(std::string(kPolicyPatternMax + 1, 'p'))),
              HasSubstr("a principal longer than 256 bytes"));
}

TEST(RepositoryPolicy, TellsAllProblemsAtOnceUpToALimit) {
  const std::string text =
      all_problems("version = 1\n[policy]\nrequire = \"x\"\n[batch]\nmax = -1\n", "what\n");
  EXPECT_THAT(text, HasSubstr("signers:1:"));
  EXPECT_THAT(text, HasSubstr("policy.toml:3:1:"));
  EXPECT_THAT(text, HasSubstr("policy.toml:5:1:"));
  const auto parsed = parse_repository_policy("version = 1\n[batch]\nmax = -1\n", "what\n");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, base::Code::kConfigInvalid);
  std::string many;
  for (std::size_t i = 0; i <= kPolicyProblemsMax; ++i) {
    many += "unknown" + std::to_string(i) + " = 1\n";
  }
  EXPECT_EQ(read_repository_policy("version = 1\n" + many, signers()).problems.size(),
            kPolicyProblemsMax);
}

TEST(Requirement, IsInOrder) {
  using P = PresenceClass;
  const struct {
    P presence;
    int fulfilled;  // how many of the five, from below
  } rows[] = {{P::kBad, 0},   {P::kUnsigned, 1},    {P::kNoTouch, 2},  {P::kBatch, 3},
              {P::kTouch, 4}, {P::kDeviceTouch, 4}, {P::kTouchPin, 5}, {P::kQuorum, 5}};
  for (const auto& row : rows) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(fulfils(row.presence, static_cast<Requirement>(i)), i < row.fulfilled)
          << to_word(Presence{row.presence, 0, 0}) << " " << i;
    }
  }
}

TEST(Requirement, HasAWordEach) {
  for (const auto requirement :
       {Requirement::kNothing, Requirement::kSignature, Requirement::kBatch, Requirement::kTouch,
        Requirement::kTouchPin}) {
    const auto named = requirement_named(to_word(requirement));
    ASSERT_TRUE(named);
    EXPECT_EQ(*named, requirement);
  }
  for (const char* word : {"", "Touch", "touch ", "no-touch", "pin"}) {
    EXPECT_FALSE(requirement_named(word)) << word;
  }
}

}  // namespace
}  // namespace touchstone::git
