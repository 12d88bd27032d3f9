// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/receive_settings.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/server/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

using base::Code;

const std::string kCommit(40, 'a');
const std::string kKey = "SHA256:" + std::string(43, 'A');

std::string setting(const std::string& key, const std::string& value) {
  return key + "\n" + value + std::string(1, '\0');
}

Code settings_error(const std::string& listing) {
  const auto settings = parse_settings(listing);
  return settings ? Code{} : settings.error().code;
}

TEST(ReceiveSettingsTest, JudgesAndProtectsByDefault) {
  const auto settings = parse_settings("");
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->is_judged("refs/heads/main"));
  EXPECT_TRUE(settings->is_judged("refs/notes/commits"));
  EXPECT_FALSE(settings->is_judged("refs/touchstone/batches/1"));
  EXPECT_TRUE(settings->is_protected("refs/heads/main", "refs/heads/main"));
  EXPECT_FALSE(settings->is_protected("refs/heads/topic", "refs/heads/main"));
  EXPECT_TRUE(settings->is_protected("refs/tags/v1", "refs/heads/main"));
  EXPECT_FALSE(settings->require_certificate);
}

TEST(ReceiveSettingsTest, ReadsWhatGitLists) {
  const auto settings = parse_settings(
      setting("touchstone.introduction", kCommit + " " + kKey) +
      setting("touchstone.requirepushcertificate", "true") +
      setting("touchstone.judgedrefs", "refs/heads/*,!refs/heads/wip/*") +
      setting("touchstone.protectedrefs", "refs/heads/release/*") +
      setting("touchstone.pushee", "ssh://a/*") + setting("touchstone.certnonceslop", "60") +
      setting("gpg.ssh.allowedsignersfile", "/signers") +
      setting("gpg.ssh.revocationfile", "/revoked") + setting("touchstone.other", "x"));
  ASSERT_TRUE(settings) << base::message_of(settings.error());
  ASSERT_TRUE(settings->introduction);
  EXPECT_EQ(settings->introduction->commit, kCommit);
  EXPECT_EQ(settings->introduction->fingerprint, kKey);
  EXPECT_TRUE(settings->require_certificate);
  EXPECT_TRUE(settings->is_judged("refs/heads/main"));
  EXPECT_FALSE(settings->is_judged("refs/heads/wip/x"));
  EXPECT_FALSE(settings->is_judged("refs/tags/v1"));
  EXPECT_TRUE(settings->is_protected("refs/heads/release/1/2", ""));
  EXPECT_FALSE(settings->is_protected("refs/heads/main", "refs/heads/main"));
  EXPECT_EQ(settings->certificates.pushees, "ssh://a/*");
  EXPECT_EQ(settings->certificates.nonce_slop_seconds, 60U);
  EXPECT_EQ(settings->signers, "/signers");
  EXPECT_EQ(settings->revoked, "/revoked");
}

TEST(ReceiveSettingsTest, TakesGitsWaysToSayYesAndNo) {
  for (const char* word : {"true", "yes", "on", "1"}) {
    EXPECT_TRUE(
        parse_settings(setting("touchstone.requirepushcertificate", word))->require_certificate);
  }
  for (const char* word : {"false", "no", "off", "0", ""}) {
    EXPECT_FALSE(
        parse_settings(setting("touchstone.requirepushcertificate", word))->require_certificate);
  }
  // A name without a value is true.
  EXPECT_TRUE(
      parse_settings(std::string("touchstone.requirepushcertificate") + '\0')->require_certificate);
}

TEST(ReceiveSettingsTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(settings_error(setting("touchstone.requirepushcertificate", "sometimes")),
            Code::kConfigInvalid);
  EXPECT_EQ(settings_error(setting("touchstone.certnonceslop", "1m")), Code::kConfigInvalid);
  EXPECT_EQ(
      settings_error(setting("touchstone.certnonceslop", std::to_string(kNonceSlopSecondsMax + 1))),
      Code::kConfigInvalid);
  EXPECT_TRUE(
      parse_settings(setting("touchstone.certnonceslop", std::to_string(kNonceSlopSecondsMax))));
  for (const std::string& text :
       {std::string(), std::string(kCommit), kCommit + " abc", "abc " + kKey,
        kCommit + " " + kKey + " x", std::string(40, 'g') + " " + kKey}) {
    EXPECT_EQ(settings_error(setting("touchstone.introduction", text)), Code::kConfigInvalid)
        << text;
  }
  EXPECT_EQ(settings_error("touchstone.pushee\nx"), Code::kTruncated);
}

TEST(ReceiveSettingsTest, AsksTheRealGit) {
  const Repository repository;
  auto settings = read_settings(repository.path());
  ASSERT_TRUE(settings) << base::message_of(settings.error());
  EXPECT_FALSE(settings->signers);
  repository.git_ok({"config", "touchstone.requirePushCertificate", "true"});
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "~/signers"});
  settings = read_settings(repository.path());
  ASSERT_TRUE(settings) << base::message_of(settings.error());
  EXPECT_TRUE(settings->require_certificate);
  EXPECT_EQ(settings->signers, repository.scratch() / "signers");
  repository.git_ok({"config", "touchstone.requirePushCertificate", "maybe"});
  EXPECT_FALSE(read_settings(repository.path()));
}

}  // namespace
}  // namespace touchstone::git::server
