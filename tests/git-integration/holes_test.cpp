// SPDX-License-Identifier: Apache-2.0
//
// What stock git and ssh-keygen call good and Touchstone does not, and the reverse. Each test asks
// both. What concerns signing and not verifying has its tests elsewhere: the prompt that git
// swallows in tests/e2e, a signer that fails in git_sign_test.cpp.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/verify_file.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

using Words = std::vector<std::string>;

const std::string kAlice = "alice@example.com";

class Holes : public testing::TestWithParam<const char*> {
 protected:
  Holes() : repository_(GetParam()) { repository_.allow(repository_.signers()); }

  std::string alices(const SoftKey::How& how = {}) const {
    return repository_.commit({.key = &repository_.alice, .how = how});
  }
  Outcome ours(const std::string& id, bool trust_dates = false) const {
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = {id};
    options.workers = 1;
    options.trust_dates = trust_dates;
    options.now_seconds = kIn2026;
    return PolicyRepository::verify_with(options);
  }
  // stock_says gives git's letter for a commit: G, U, B, N.
  std::string stock_says(const std::string& id) const {
    return repository_.git_ok({"log", "-1", "--format=%G?", id});
  }
  bool stock_accepts(const std::string& id) const {
    return repository_.git({"verify-commit", id}).status == 0 && stock_says(id) == "G";
  }

  PolicyRepository repository_;
};

INSTANTIATE_TEST_SUITE_P(ObjectFormats, Holes, testing::Values("sha1", "sha256"));

TEST_P(Holes, AcceptWhatStockGitAccepts) {
  const std::string id = alices();
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_TRUE(ours(id).passed());
}

// Facts 1 and 2: the user presence flag, for both kinds of key.
TEST_P(Holes, RefuseSignaturesWithoutATouch) {
  const std::string ed25519 = alices({.flags = 0});
  EXPECT_TRUE(stock_accepts(ed25519));
  EXPECT_EQ(ours(ed25519).problems_of(ed25519), "no-presence");
  const std::string p256 = repository_.commit(
      {.key = &repository_.bob, .committer = "bob@example.com", .how = {.flags = 0}});
  EXPECT_TRUE(stock_accepts(p256));
  EXPECT_EQ(ours(p256).problems_of(p256), "no-presence");
}

// Fact 3: the byte at the flags' usual place is odd, the flag is not set.
TEST_P(Holes, FindTheFlagsOfWebauthnSignatures) {
  const std::string id = repository_.commit({.key = &repository_.bob,
                                             .committer = "bob@example.com",
                                             .how = {.flags = 0, .webauthn = true}});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "no-presence");
}

// Section 3.10: a signature of another type than its key's, with the flag, is a browser's.
TEST_P(Holes, RefuseWhatABrowserSignedUnlessAllowed) {
  const std::string id = repository_.commit(
      {.key = &repository_.bob, .committer = "bob@example.com", .how = {.webauthn = true}});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "webauthn");
  EXPECT_EQ(ours(id).words(), Words{"no-touch"});
  VerifyOptions options;
  options.repository = repository_.path();
  options.ranges = {id};
  options.trust_dates = true;
  options.allow_webauthn = true;
  EXPECT_TRUE(PolicyRepository::verify_with(options).passed());
}

// RFC 8032 section 5.1.7 asks no more of a key than to be a point. Whose key has a small order says
// nothing: everybody can sign for him, with any flag.
TEST_P(Holes, RefuseKeysOfSmallOrder) {
  const SoftKey nobodys = SoftKey::sk_identity();
  repository_.allow(nobodys.line(kAlice));
  const std::string id = repository_.commit({.key = &nobodys});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "bad-signature");
}

// Section 3.10: a key in sk format that was never in a token signs with any flag it likes.
TEST_P(Holes, AskForEvidenceWhereThePolicyDoes) {
  const auto policy_with = [&](const std::string& more) {
    return PolicyRepository::policy_files(
        std::string(kPlainPolicy) + "[policy]\nrequire_evidence = true\n[[evidence]]\nkey = \"" +
            repository_.alice.public_key().fingerprint() + "\"\nsha256 = \"" +
            std::string(64, '0') + "\"\nclass = \"touch\"\n" + more,
        repository_.signers());
  };
  const Files files = policy_with("");
  const std::string top = repository_.introduce(files);
  const std::string good =
      repository_.commit({.key = &repository_.alice, .parents = {top}, .files = files});
  const std::string id = repository_.commit(
      {.key = &repository_.bob, .parents = {good}, .files = files, .committer = "bob@example.com"});
  EXPECT_TRUE(stock_accepts(id));
  const Outcome outcome = repository_.verify({id});
  EXPECT_EQ(outcome.problems_of(id), "no-evidence");
  EXPECT_EQ(outcome.problems_of(good), "accepted");
  EXPECT_EQ(outcome.words(), (Words{"touch", "touch", "no-touch"}));
  // The key cannot give itself the evidence.
  const std::string itself = repository_.commit(
      {.key = &repository_.bob,
       .parents = {good},
       .files = policy_with("[[evidence]]\nkey = \"" + repository_.bob.public_key().fingerprint() +
                            "\"\nsha256 = \"" + std::string(64, '1') + "\"\nclass = \"touch\"\n"),
       .committer = "bob@example.com"});
  EXPECT_EQ(repository_.verify({itself}).problems_of(itself),
            "no-evidence no-evidence policy-change");
}

// Section 3.10: the author is anybody's to write, unless the policy holds them to the signer.
TEST_P(Holes, HoldAuthorsToTheSignerWhereThePolicyDoes) {
  const Files files = PolicyRepository::policy_files(
      std::string(kPlainPolicy) + "[policy]\nany_author = false\n", repository_.signers());
  const std::string top = repository_.introduce(files);
  const std::string other =
      repository_.commit({.key = &repository_.alice, .parents = {top}, .files = files});
  EXPECT_TRUE(stock_accepts(other));
  EXPECT_EQ(repository_.verify({other}).problems_of(other), "author-mismatch");
  const std::string own = repository_.commit(
      {.key = &repository_.alice, .parents = {top}, .files = files, .author = kAlice});
  EXPECT_EQ(repository_.verify({own}).problems_of(own), "accepted");
}

// Section 3.4: ssh-keygen looks at a certificate's type, times and principals only.
TEST_P(Holes, HoldCertificatesToAllThatStandsInThem) {
  const SoftKey ca = SoftKey::sk_ed25519();
  repository_.allow("alice@example.com cert-authority " + ca.public_key().line() + "\n");
  const auto by = [&](const SoftKey::Certificate& what, std::uint8_t flags = kUp) {
    const SoftKey key = repository_.alice.certified_by(ca, what);
    const std::string id = repository_.commit({.key = &key, .how = {.flags = flags}});
    EXPECT_TRUE(stock_accepts(id));
    return ours(id).problems_of(id);
  };
  EXPECT_EQ(by({}), "accepted");
  EXPECT_EQ(by({.critical = {{"source-address", "192.0.2.0/24"}}}), "accepted");
  EXPECT_EQ(by({.critical = {{"not-for-git@example.com", "1"}}}), "untrusted-signer");
  EXPECT_EQ(by({.ca_flags = 0}), "untrusted-signer");
  EXPECT_EQ(by({}, 0), "no-presence");
  EXPECT_EQ(by({.critical = {{"verify-required", ""}}}), "no-verification");
  EXPECT_EQ(by({.critical = {{"verify-required", ""}}}, kUp | kUv), "accepted");
}

// Fact 4: a signature by a key in no file is good for check-novalidate, which is what git asks for
// push certificates then: GIT_PUSH_CERT_STATUS is G.
TEST_P(Holes, RefusePushCertificatesByStrangers) {
  const SoftKey stranger = SoftKey::sk_ed25519();
  const std::string id = alices();
  const std::string text = "certificate version 0.1\npusher " +
                           stranger.public_key().fingerprint() + "  1700000000 +0000\n\n" +
                           std::string(id.size(), '0') + " " + id + " refs/heads/main\n";
  const std::string signature = repository_.scratch().write("cert.sig", stranger.sign(text));
  EXPECT_EQ(
      run({"ssh-keygen", "-Y", "check-novalidate", "-n", "git", "-s", signature}, text).status, 0);
  FileOptions options;
  options.verify.repository = repository_.path();
  options.file = repository_.scratch().write("push", text + stranger.sign(text));
  auto verdict = verify_file(options);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->accepted);
  EXPECT_EQ(verdict->problems.at(0).code, base::Code::kUntrustedSigner);
  options.file = repository_.scratch().write("push", text + repository_.alice.sign(text));
  verdict = verify_file(options);
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->accepted);
}

// Fact 5: a revocation file that is not there revokes nobody.
TEST_P(Holes, StopWithoutTheRevocationFile) {
  const std::string id = alices();
  repository_.git_ok({"config", "gpg.ssh.revocationFile", "/nonexistent/revoked"});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_FALSE(ours(id).summary);
}

// Fact 5, the reverse: one that is there turns the whole past of a key bad. With the time at which
// a server received it, what came before stays good.
TEST_P(Holes, KeepWhatWasReceivedBeforeARevocation) {
  const Files first = PolicyRepository::policy_files(kPlainPolicy, repository_.signers());
  const Files second =
      PolicyRepository::policy_files(std::string(kPlainPolicy) + "[[revoked]]\nkey = \"" +
                                         repository_.bob.public_key().fingerprint() +
                                         "\"\nsince = 2026-03-30T00:00:00Z\nreason = \"lost\"\n",
                                     repository_.signers());
  repository_.introduce(first);
  const std::string id = repository_.commit({.key = &repository_.bob,
                                             .parents = {repository_.introduction()},
                                             .files = first,
                                             .committer = "bob@example.com"});
  const std::string tip =
      repository_.commit({.key = &repository_.alice, .parents = {id}, .files = second});
  repository_.git_ok(
      {"config", "gpg.ssh.revocationFile",
       repository_.scratch().write("revoked", repository_.bob.public_key().line() + "\n")});
  EXPECT_EQ(stock_says(id), "B");
  VerifyOptions options = repository_.options();
  options.ranges = {tip};
  options.received = [](std::string_view) { return kIn2023; };
  EXPECT_TRUE(PolicyRepository::verify_with(options).passed());
  options.received = nullptr;
  EXPECT_EQ(PolicyRepository::verify_with(options).problems_of(id), "revoked-key");
}

// Fact 6: git takes the committer's word for when it was.
TEST_P(Holes, DoNotTakeTheCommittersWordForTheTime) {
  repository_.allow("alice@example.com valid-before=\"20240101Z\" " +
                    repository_.alice.public_key().line() + "\n");
  const std::string backdated = repository_.commit({.key = &repository_.alice, .seconds = kIn2023});
  EXPECT_TRUE(stock_accepts(backdated));
  EXPECT_EQ(ours(backdated).problems_of(backdated), "expired-key");
  EXPECT_EQ(ours(backdated).words(), Words{"touch"});
  EXPECT_TRUE(ours(backdated, true).passed());
}

// Fact 7: the committer may be anybody, and a pattern is taken for a name.
TEST_P(Holes, RefuseCommittersWhoDidNotSign) {
  const std::string id =
      repository_.commit({.key = &repository_.alice, .committer = "mallory@evil.example"});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "committer-mismatch");
  repository_.allow(repository_.alice.line("*@example.com"));
  EXPECT_EQ(ours(id).problems_of(id), "committer-mismatch");
  const std::string good = alices();
  EXPECT_EQ(repository_.git_ok({"log", "-1", "--format=%GS", good}), "*@example.com");
  const Outcome outcome = ours(good);
  EXPECT_TRUE(outcome.passed());
  EXPECT_EQ(outcome.verdicts.at(0).verdict.signer, kAlice);
}

// Fact 8: one signed commit under many names. All forms of it: verify_command_test.cpp.
TEST_P(Holes, KnowASignedCommitByOneName) {
  const std::string text = repository_.git_ok({"cat-file", "commit", alices()}) + "\n";
  const std::size_t end = text.find("\n\n") + 1;
  const std::string id =
      repository_.store("commit", text.substr(0, end) + "gpgsigfoo bar\n" + text.substr(end));
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "malformed");
}

// The same signature in armor of other columns: another commit by name, and good for ssh-keygen.
TEST_P(Holes, KnowASignatureByOneArmor) {
  const std::string text = repository_.git_ok({"cat-file", "commit", alices()}) + "\n";
  constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
  const std::size_t begin = text.find(kBegin) + kBegin.size();
  const std::size_t end = text.find(" -----END SSH SIGNATURE-----", begin);
  std::string digits = text.substr(begin, end - begin);
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\n'; });
  for (const std::size_t columns : {std::size_t{64}, digits.size()}) {
    std::string armor;
    for (std::size_t i = 0; i < digits.size(); i += columns) {
      armor += " " + digits.substr(i, columns) + "\n";
    }
    const std::string id =
        repository_.store("commit", text.substr(0, begin) + armor + text.substr(end));
    EXPECT_TRUE(stock_accepts(id));
    EXPECT_EQ(ours(id).problems_of(id), "malformed");
  }
}

// Fact 10: commit-tree and others drop signatures without a word, and git log shows N and succeeds,
// as it does when nothing says who may sign.
TEST_P(Holes, FailForWhatIsNotSigned) {
  repository_.git_ok({"config", "commit.gpgsign", "true"});
  const std::string id = repository_.git_ok({"commit-tree", "-m", "m", repository_.tree({})});
  EXPECT_EQ(stock_says(id), "N");
  EXPECT_EQ(ours(id).problems_of(id), "unsigned");
  const std::string touched = alices();
  repository_.git_ok({"config", "--unset", "gpg.ssh.allowedSignersFile"});
  EXPECT_EQ(stock_says(touched), "N");
  EXPECT_FALSE(ours(touched).summary);
}

// Complaint 25 and section 6.3: for git every key in the file may sign everything, everywhere.
TEST_P(Holes, HoldKeysToWhatTheyAreFor) {
  const SoftKey login = SoftKey::sk_ed25519("ssh:touchstone-login");
  repository_.allow(login.line(kAlice));
  const std::string id = repository_.commit({.key = &login});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(ours(id).problems_of(id), "wrong-application");
}

}  // namespace
}  // namespace touchstone::git
