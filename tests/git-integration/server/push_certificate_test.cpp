// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/push_certificate.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/server/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

using ::testing::Test;

constexpr std::uint64_t kNow = 1'700'000'100;
const std::string kOld(40, '1');
const std::string kNew(40, '2');
const std::string kZero(40, '0');

// A push of two refs, its certificate, and a server that knows the pusher.
class PushCertificateTest : public Test {
 protected:
  std::string payload() const {
    std::string text = "certificate version " + version_ + "\n";
    text += "pusher " + pusher_ + "  1700000000 +0000\n";
    text += "pushee " + pushee_ + "\n";
    text += nonce_.empty() ? "" : "nonce " + nonce_ + "\n";
    for (const std::string& option : options_) {
      text += "push-option " + option + "\n";
    }
    text += "\n";
    for (const PushUpdate& update : updates_) {
      text += update.old_id + " " + update.new_id + " " + update.ref + "\n";
    }
    return text;
  }
  std::string certificate(const SoftKey::How& how = {}) const {
    return payload() + key_.sign(payload(), how);
  }
  base::Result<Pusher> verify(const std::string& text) const {
    const auto allowed = ssh::AllowedSigners::parse(allowed_);
    const auto revoked = RevokedKeys::parse(revoked_);
    return verify_push_certificate(base::as_bytes(text), facts_, rules_,
                                   {&*allowed, &*revoked, nullptr, touch_});
  }
  // refuses says that the certificate fails, and that its error speaks of `why`.
  void refuses(const std::string& text, const std::string& why) const {
    const auto result = verify(text);
    ASSERT_FALSE(result.has_value()) << why;
    EXPECT_EQ(result.error().code, base::Code::kPushCertificate) << why;
    EXPECT_NE(result.error().context.find(why), std::string::npos) << result.error().context;
  }
  void refuses(const std::string& why) const { refuses(certificate(), why); }

  SoftKey key_ = SoftKey::sk_ed25519();
  std::string version_ = "0.1";
  std::string pusher_ = key_.public_key().fingerprint();
  std::string pushee_ = "ssh://server.example/repository";
  std::string nonce_ = "1700000050-abcdef";
  std::vector<std::string> options_ = {"ci.skip", "reviewer=bob"};
  std::vector<PushUpdate> updates_ = {{kOld, kNew, "refs/heads/main"},
                                      {kZero, kNew, "refs/heads/topic"}};
  std::string allowed_ = key_.line("alice@example.org");
  std::string revoked_;
  PushFacts facts_{HashAlgorithm::kSha1, updates_, options_, nonce_, NonceStatus::kOk, 0, kNow};
  CertificateRules rules_;
  TouchRules touch_;
};

TEST_F(PushCertificateTest, SaysWhoPushed) {
  const auto pusher = verify(certificate());
  ASSERT_TRUE(pusher) << base::message_of(pusher.error());
  EXPECT_EQ(*pusher, (Pusher{key_.public_key().fingerprint(), "alice@example.org"}));
}

TEST_F(PushCertificateTest, TakesUpdatesInAnyOrder) {
  std::swap(facts_.updates.front(), facts_.updates.back());
  EXPECT_TRUE(verify(certificate()));
}

TEST_F(PushCertificateTest, RefusesAKeyThatNobodyAllowed) {
  allowed_ = SoftKey::sk_ed25519().line("alice@example.org");
  refuses("bad");
}

TEST_F(PushCertificateTest, RefusesARevokedKey) {
  revoked_ = key_.public_key().line() + "\n";
  refuses("revoked");
}

TEST_F(PushCertificateTest, RefusesASignatureWithoutTouch) {
  SoftKey::How how;
  how.flags = 0;
  refuses(certificate(how), "no-touch");
}

TEST_F(PushCertificateTest, RefusesAKeyWithoutEvidenceWhereThatIsAsked) {
  touch_.attested.emplace();
  refuses("no attestation says that the key is in a token");
  touch_.attested->push_back(key_.public_key().fingerprint());
  EXPECT_TRUE(verify(certificate()));
}

TEST_F(PushCertificateTest, RefusesASoftwareKey) {
  key_ = SoftKey::ed25519();
  pusher_ = key_.public_key().fingerprint();
  allowed_ = key_.line("alice@example.org");
  refuses("no-touch");
}

TEST_F(PushCertificateTest, RefusesAnotherNamespace) {
  SoftKey::How how;
  how.name_space = "file";
  refuses(certificate(how), "bad");
}

TEST_F(PushCertificateTest, RefusesWhatWasChangedAfterSigning) {
  std::string text = certificate();
  text.replace(text.find(kNew), kNew.size(), std::string(40, '3'));
  refuses(text, "bad");
}

TEST_F(PushCertificateTest, RefusesAnUnsignedOne) { refuses(payload(), "unsigned"); }

TEST_F(PushCertificateTest, RefusesWhatFollowsTheSignature) {
  refuses(certificate() + "\n", "bad");
  refuses(certificate() + "junk\n", "bad");
}

TEST_F(PushCertificateTest, RefusesACommitInItsPlace) {
  const std::string commit =
      "tree " + kOld + "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000" + "\n\nmessage\n";
  refuses(commit + key_.sign(commit), "");
}

TEST_F(PushCertificateTest, RefusesAnotherVersion) {
  version_ = "0.2";
  refuses("bad");
}

TEST_F(PushCertificateTest, RefusesAPusherWhoIsNotTheSigner) {
  pusher_ = SoftKey::sk_ed25519().public_key().fingerprint();
  refuses("as pusher");
  pusher_ = "Alice <alice@example.org>";
  refuses("as pusher");
}

TEST_F(PushCertificateTest, JudgesTheKeyAtTheServersTime) {
  // The pusher's date is before the key's end, the server's clock is behind it.
  allowed_ =
      "alice@example.org valid-before=\"20231114221400Z\" " + key_.public_key().line() + "\n";
  facts_.now_seconds = 1'700'000'000;
  EXPECT_TRUE(verify(certificate()));
  facts_.now_seconds = 1'700'100'000;
  refuses("bad");
}

TEST_F(PushCertificateTest, RefusesAnUpdateThatWasNotCertified) {
  facts_.updates.push_back({kOld, kNew, "refs/heads/other"});
  refuses("does not name what is pushed: refs/heads/other");
  facts_.updates = updates_;
  facts_.updates.insert(facts_.updates.begin(), {kOld, kNew, "refs/heads/a"});
  refuses("does not name what is pushed: refs/heads/a");
}

TEST_F(PushCertificateTest, RefusesACertifiedUpdateThatIsLeftOut) {
  facts_.updates.pop_back();
  refuses("names what is not pushed: refs/heads/topic");
  facts_.updates = {updates_.back()};
  refuses("names what is not pushed: refs/heads/main");
}

TEST_F(PushCertificateTest, RefusesOtherValuesOfARef) {
  facts_.updates.front().old_id = std::string(40, '3');
  refuses("refs/heads/main");
  facts_.updates = updates_;
  facts_.updates.front().new_id = std::string(40, '3');
  refuses("refs/heads/main");
}

TEST_F(PushCertificateTest, RefusesOtherPushOptions) {
  const std::vector<std::vector<std::string>> others = {
      {}, {"ci.skip"}, {"reviewer=bob", "ci.skip"}, {"ci.skip", "reviewer=bob", "more"}};
  for (const auto& other : others) {
    facts_.options = other;
    refuses("push options");
  }
}

TEST_F(PushCertificateTest, RefusesAnotherNonce) {
  facts_.nonce = "1700000051-abcdef";
  refuses("nonce");
  // git's word alone is not enough, and neither is that both are empty.
  facts_.nonce.clear();
  nonce_.clear();
  refuses("nonce");
}

TEST_F(PushCertificateTest, RefusesWhatGitSaysOfTheNonce) {
  for (const auto& [status, why] :
       {std::pair(NonceStatus::kBad, "not given out"), std::pair(NonceStatus::kMissing, "no nonce"),
        std::pair(NonceStatus::kUnsolicited, "receive.certNonceSeed")}) {
    facts_.nonce_status = status;
    refuses(why);
  }
}

TEST_F(PushCertificateTest, TakesAnOldNonceOnlyAsFarAsConfigured) {
  facts_.nonce_status = NonceStatus::kSlop;
  facts_.nonce = "1700000090-123456";
  facts_.nonce_slop_seconds = 40;
  refuses("too old");
  rules_.nonce_slop_seconds = 39;
  refuses("too old");
  rules_.nonce_slop_seconds = 40;
  EXPECT_TRUE(verify(certificate()));
  facts_.nonce_slop_seconds = -41;
  refuses("too old");
}

TEST_F(PushCertificateTest, KnowsGitsWordsForNonces) {
  EXPECT_EQ(nonce_status_named("OK"), NonceStatus::kOk);
  EXPECT_EQ(nonce_status_named("SLOP"), NonceStatus::kSlop);
  EXPECT_EQ(nonce_status_named("MISSING"), NonceStatus::kMissing);
  EXPECT_EQ(nonce_status_named("UNSOLICITED"), NonceStatus::kUnsolicited);
  for (const char* word : {"BAD", "", "ok", "G", "OK "}) {
    EXPECT_EQ(nonce_status_named(word), NonceStatus::kBad) << word;
  }
}

TEST_F(PushCertificateTest, ComparesThePusheeWhenItKnowsItsOwnNames) {
  rules_.pushees = "ssh://server.example/*";
  EXPECT_TRUE(verify(certificate()));
  rules_.pushees = "ssh://other.example/*,file:///*";
  refuses("another server");
}

TEST_F(PushCertificateTest, RefusesTheOtherHashAlgorithm) {
  facts_.algorithm = HashAlgorithm::kSha256;
  refuses("bad");
}

TEST_F(PushCertificateTest, HasALimit) {
  refuses(std::string(kPushCertificateMax + 1, 'a'), "bytes");
}

}  // namespace
}  // namespace touchstone::git::server
