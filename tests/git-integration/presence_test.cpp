// SPDX-License-Identifier: Apache-2.0
#include "git-integration/presence.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

constexpr std::uint64_t kTime = 1'700'000'000;
const std::string kMessage =
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    "author A <a@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\n"
    "\nsubject\n";

class Judge : public testing::Test {
 protected:
  Verdict judge_with(const std::string& lines, const std::string& signature,
                     std::uint64_t time = kTime) {
    auto allowed = ssh::AllowedSigners::parse(lines);
    EXPECT_TRUE(allowed);
    const Trust trust{&*allowed, nullptr, nullptr, touch_};
    return judge(base::as_bytes(kMessage), signature, trust, time);
  }
  Verdict judge_key(const SoftKey& key, const SoftKey::How& how = {}) {
    return judge_with(key.line("alice@example.com"), key.sign(kMessage, how));
  }
  static void expect(const Verdict& verdict, PresenceClass presence, Code code) {
    EXPECT_EQ(to_word(verdict.presence), to_word({presence, 0, 0}));
    ASSERT_TRUE(verdict.reason);
    EXPECT_EQ(verdict.reason->code, code) << base::message_of(*verdict.reason);
  }

  TouchRules touch_;
};

TEST_F(Judge, SaysTouch) {
  for (const SoftKey& key :
       {SoftKey::sk_ed25519(), SoftKey::sk_p256(), SoftKey::sk_ed25519("ssh:touchstone-sign"),
        SoftKey::sk_p256("ssh:project")}) {
    const Verdict verdict = judge_key(key);
    EXPECT_EQ(verdict.presence.presence, PresenceClass::kTouch);
    EXPECT_EQ(verdict.signer, "alice@example.com");
    EXPECT_EQ(verdict.key, key.public_key().fingerprint());
    EXPECT_EQ(verdict.key_type, key.public_key().name());
    EXPECT_EQ(verdict.counter, 7U);
    EXPECT_FALSE(verdict.reason);
  }
}

TEST_F(Judge, SaysTouchWithPin) {
  EXPECT_EQ(judge_key(SoftKey::sk_ed25519(), {.flags = kUp | kUv}).presence.presence,
            PresenceClass::kTouchPin);
  // Backup flags and the like say nothing about presence, and are not refused.
  EXPECT_EQ(judge_key(SoftKey::sk_p256(), {.flags = kUp | 0x18}).presence.presence,
            PresenceClass::kTouch);
}

// reference/git.md fact 1: stock tools call these good.
TEST_F(Judge, SaysNoTouchWithoutTheFlag) {
  for (const std::uint8_t flags : base::Bytes{0x00, 0x04, 0x18}) {
    expect(judge_key(SoftKey::sk_ed25519(), {.flags = flags}), PresenceClass::kNoTouch,
           Code::kNoPresence);
    expect(judge_key(SoftKey::sk_p256(), {.flags = flags}), PresenceClass::kNoTouch,
           Code::kNoPresence);
  }
}

// Fact 3: the last bytes of a webauthn signature are text of the browser's.
TEST_F(Judge, FindsFlagsByType) {
  const SoftKey key = SoftKey::sk_p256();
  for (const bool allowed : {false, true}) {
    touch_.webauthn = allowed;
    expect(judge_key(key, {.flags = 0, .webauthn = true}), PresenceClass::kNoTouch,
           Code::kNoPresence);
  }
  EXPECT_EQ(judge_key(key, {.flags = kUp, .webauthn = true}).presence.presence,
            PresenceClass::kTouch);
}

TEST_F(Judge, BelievesBrowsersOnlyWhereThatIsAllowed) {
  const SoftKey key = SoftKey::sk_p256();
  const Verdict verdict = judge_key(key, {.webauthn = true});
  expect(verdict, PresenceClass::kNoTouch, Code::kWebauthn);
  EXPECT_TRUE(verdict.webauthn);
  EXPECT_EQ(own_counter(verdict), verdict.counter);
  const Verdict plain = judge_key(key);
  EXPECT_EQ(plain.presence.presence, PresenceClass::kTouch);
  EXPECT_FALSE(plain.webauthn);
}

TEST_F(Judge, BelievesAttestedKeysWhereThatIsAsked) {
  const SoftKey key = SoftKey::sk_ed25519();
  touch_.attested.emplace();
  expect(judge_key(key), PresenceClass::kNoTouch, Code::kNoEvidence);
  touch_.attested->push_back(SoftKey::sk_ed25519().public_key().fingerprint());
  expect(judge_key(key, {.flags = kUp | kUv}), PresenceClass::kNoTouch, Code::kNoEvidence);
  touch_.attested->push_back(key.public_key().fingerprint());
  EXPECT_EQ(judge_key(key).presence.presence, PresenceClass::kTouch);
  expect(judge_key(key, {.flags = 0}), PresenceClass::kNoTouch, Code::kNoPresence);
  // Evidence makes nobody a signer.
  expect(judge_with("", key.sign(kMessage)), PresenceClass::kBad, Code::kUntrustedSigner);
}

TEST_F(Judge, SaysNoTouchForSoftwareKeys) {
  for (const SoftKey& key : {SoftKey::ed25519(), SoftKey::p256()}) {
    const Verdict verdict = judge_key(key);
    expect(verdict, PresenceClass::kNoTouch, Code::kSoftwareKey);
    EXPECT_EQ(verdict.signer, "alice@example.com");
    EXPECT_FALSE(verdict.counter);
  }
}

TEST_F(Judge, WantsAnApplicationForSigning) {
  for (const char* application :
       {"example.com", "ssh", "touchstone-sign", "", "SSH:x", "ssh:touchstone-approve",
        "ssh:touchstone-release", "ssh:touchstone-signature"}) {
    EXPECT_FALSE(is_signing_application(application)) << application;
  }
  expect(judge_key(SoftKey::sk_ed25519("https://git.example")), PresenceClass::kNoTouch,
         Code::kWrongApplication);
  expect(judge_key(SoftKey::sk_ed25519("ssh:touchstone-approve")), PresenceClass::kNoTouch,
         Code::kWrongApplication);
}

TEST_F(Judge, RefusesUnknownSigner) {
  const SoftKey key = SoftKey::sk_ed25519();
  const Verdict verdict =
      judge_with(SoftKey::sk_ed25519().line("alice@example.com"), key.sign(kMessage));
  expect(verdict, PresenceClass::kBad, Code::kUntrustedSigner);
  EXPECT_EQ(verdict.signer, "");
  EXPECT_EQ(verdict.key, key.public_key().fingerprint());
  expect(judge_with("", key.sign(kMessage)), PresenceClass::kBad, Code::kUntrustedSigner);
}

TEST_F(Judge, HoldsSignerToNamespaceAndTime) {
  const SoftKey key = SoftKey::sk_ed25519();
  const auto with = [&](const std::string& option) {
    return judge_with("alice@example.com " + option + " " + key.public_key().line() + "\n",
                      key.sign(kMessage));
  };
  EXPECT_EQ(with("namespaces=\"git\"").presence.presence, PresenceClass::kTouch);
  expect(with("namespaces=\"file\""), PresenceClass::kBad, Code::kUntrustedSigner);
  expect(with("valid-before=\"20200101Z\""), PresenceClass::kBad, Code::kUntrustedSigner);
  expect(with("valid-after=\"20300101Z\""), PresenceClass::kBad, Code::kUntrustedSigner);
}

TEST_F(Judge, RefusesOtherMessageNamespaceAndHash) {
  const SoftKey key = SoftKey::sk_ed25519();
  expect(judge_with(key.line("a"), key.sign(kMessage + "x")), PresenceClass::kBad,
         Code::kBadSignature);
  expect(judge_key(key, {.name_space = "file"}), PresenceClass::kBad, Code::kBadSignature);
  expect(judge_key(key, {.hash = ssh::SshSigHash::kSha256}), PresenceClass::kBad,
         Code::kUnsupported);
}

// Fact 8, inside the armor: every one of these is good for ssh-keygen.
TEST_F(Judge, RefusesOtherForms) {
  const SoftKey key = SoftKey::sk_ed25519();
  EXPECT_EQ(to_word(judge_key(key, {.reserved = "x"}).presence), "bad");
  const std::string good = key.sign(kMessage);
  std::string wrapped = good;
  const std::size_t line_end = wrapped.find('\n', wrapped.find('\n') + 1);
  wrapped.erase(line_end, 1);
  wrapped.insert(line_end - 6, "\n");
  for (const std::string& other : {good + "junk\n", good + "\n", good + good,
                                   good.substr(0, good.size() - 1), "\n" + good, wrapped}) {
    EXPECT_EQ(to_word(judge_with(key.line("a"), other).presence), "bad") << other;
  }
}

TEST_F(Judge, DoesNotCheckOtherKindsOfSignature) {
  expect(judge_with("", "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"),
         PresenceClass::kNoTouch, Code::kUnsupported);
  expect(judge_with("", "-----BEGIN SIGNED MESSAGE-----\nx\n-----END SIGNED MESSAGE-----\n"),
         PresenceClass::kNoTouch, Code::kUnsupported);
  expect(judge_with("", "-----BEGIN NONSENSE-----\n"), PresenceClass::kBad, Code::kMalformed);
  expect(judge_with("", ""), PresenceClass::kUnsigned, Code::kUnsigned);
}

TEST_F(Judge, RefusesRevokedKeys) {
  const SoftKey key = SoftKey::sk_ed25519();
  const auto allowed = ssh::AllowedSigners::parse(key.line("a"));
  const auto revoked = RevokedKeys::parse("# gone\n\n" + key.public_key().line() + " comment\n");
  ASSERT_TRUE(revoked);
  const Trust trust{&*allowed, &*revoked};
  expect(judge(base::as_bytes(kMessage), key.sign(kMessage), trust, kTime), PresenceClass::kBad,
         Code::kRevokedKey);
  const auto none = RevokedKeys::parse("# nobody\n");
  ASSERT_TRUE(none);
  const Trust trusting{&*allowed, &*none};
  EXPECT_EQ(judge(base::as_bytes(kMessage), key.sign(kMessage), trusting, kTime).presence.presence,
            PresenceClass::kTouch);
}

TEST(RevokedKeys, RefusesWhatItCannotRead) {
  const auto binary = RevokedKeys::parse(std::string_view("SSHKRL\n\0\0\0\0\1", 12));
  ASSERT_FALSE(binary);
  EXPECT_EQ(binary.error().code, Code::kExternalProgram);
  EXPECT_FALSE(RevokedKeys::parse("SHA256:abcdef\n"));
  EXPECT_FALSE(RevokedKeys::parse("serial: 1\n"));
  const auto missing = RevokedKeys::read("/nonexistent/revoked");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

TEST(RevokedKeys, HoldsLimit) {
  const Scratch scratch;
  const std::string comment(kRevokedKeysFileMax, '#');
  EXPECT_TRUE(RevokedKeys::read(scratch.write("revoked", comment)));
  const auto above = RevokedKeys::read(scratch.write("revoked", comment + "#"));
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().code, Code::kTooLong);
}

TEST(Presence, HasTheWordsOfTheDesign) {
  EXPECT_EQ(to_word({PresenceClass::kTouch, 0, 0}), "touch");
  EXPECT_EQ(to_word({PresenceClass::kTouchPin, 0, 0}), "touch+pin");
  EXPECT_EQ(to_word({PresenceClass::kDeviceTouch, 0, 0}), "device-touch");
  EXPECT_EQ(to_word({PresenceClass::kQuorum, 2, 3}), "quorum 2/3");
  EXPECT_EQ(to_word({PresenceClass::kBatch, 4, 9}), "batch 4/9");
  EXPECT_EQ(to_word({PresenceClass::kNoTouch, 0, 0}), "no-touch");
  EXPECT_EQ(to_word({PresenceClass::kUnsigned, 0, 0}), "unsigned");
  EXPECT_EQ(to_word({PresenceClass::kBad, 0, 0}), "bad");
}

TEST(Presence, BatchIsNoTouch) {
  EXPECT_TRUE(is_touch(PresenceClass::kTouch));
  EXPECT_TRUE(is_touch(PresenceClass::kTouchPin));
  EXPECT_TRUE(is_touch(PresenceClass::kDeviceTouch));
  EXPECT_TRUE(is_touch(PresenceClass::kQuorum));
  EXPECT_FALSE(is_touch(PresenceClass::kBatch));
  EXPECT_FALSE(is_touch(PresenceClass::kNoTouch));
  EXPECT_FALSE(is_touch(PresenceClass::kUnsigned));
  EXPECT_FALSE(is_touch(PresenceClass::kBad));
}

}  // namespace
}  // namespace touchstone::git
