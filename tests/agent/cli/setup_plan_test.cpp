// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/setup_plan.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/agent/temporary_folder.h"

namespace touchstone::agent::cli {
namespace {

// ssh-keygen's own, from a key made for this test.
constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMvF6ssGeyIQ8OrR4EAokSGVmoRTm3E8eUHqpq34xJF7";

using Changes = std::vector<git::ConfigChange>;

TEST(Remember, GoesBackToWhatWasBeforeTheFirstChange) {
  Changes made;
  remember(made, {{"gpg.format", "openpgp", "ssh"}});
  remember(made, {{"gpg.format", "ssh", "x509"}, {"tag.gpgsign", std::nullopt, "true"}});
  EXPECT_EQ(made, (Changes{{"gpg.format", "openpgp", "x509"}, {"tag.gpgsign", {}, "true"}}));
}

TEST(Remember, GoesBackToWhatSomebodyElseSetInBetween) {
  Changes made;
  remember(made, {{"gpg.format", "openpgp", "ssh"}});
  remember(made, {{"gpg.format", "x509", "ssh"}});
  EXPECT_EQ(made, (Changes{{"gpg.format", "x509", "ssh"}}));
}

TEST(Changes, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "deep" / "setup.json";
  const Changes changes{{"a.b", std::nullopt, "1"}, {"c.d", "caf\xc3\xa9 \n", std::nullopt}};
  ASSERT_TRUE(write_changes(file, changes).has_value());
  const auto read = read_changes(file);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, changes);
}

TEST(Changes, AreNoneWithoutAFileAndAnErrorInAnother) {
  const TemporaryFolder folder;
  const auto none = read_changes(folder.path() / "none");
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
  for (const char* text : {"", "{}", "{\"version\":2,\"changes\":[]}", "[]", "garbage"}) {
    const auto file = folder.path() / "setup.json";
    std::ofstream(file) << text;
    const auto read = read_changes(file);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, base::Code::kMalformed) << text;
  }
}

TEST(Signers, LetOneKeySignForOneAddress) {
  const auto line = signer_line("alice@example.org", kKey, "sign");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(*line, "alice@example.org namespaces=\"git\" " + std::string(kKey) + " sign\n");
  EXPECT_TRUE(has_signer(*line, "alice@example.org", kKey));
  EXPECT_FALSE(has_signer(*line, "mallory@example.org", kKey));
  EXPECT_FALSE(has_signer("", "alice@example.org", kKey));
  EXPECT_FALSE(has_signer("# " + *line, "alice@example.org", kKey));
  EXPECT_FALSE(has_signer(*line, "alice@example.org", "no key"));
}

TEST(Signers, RefuseAddressesThatTheGrammarTakesApart) {
  for (const char* wrong : {"", "a b@example.org", "*@example.org", "a,b@example.org",
                            "!a@example.org", "\"a\"@example.org", "a?@example.org", "#a", "a\n"}) {
    EXPECT_FALSE(signer_line(wrong, kKey, "").has_value()) << wrong;
  }
}

TEST(Signers, AreAddedOnALineOfTheirOwn) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "new" / "allowed_signers";
  ASSERT_TRUE(add_signer(file, "one\n").has_value());
  std::ofstream(file, std::ios::app) << "two";  // without its line end
  ASSERT_TRUE(add_signer(file, "three\n").has_value());
  const auto text = read_signers(file);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text, "one\ntwo\nthree\n");
}

}  // namespace
}  // namespace touchstone::agent::cli
