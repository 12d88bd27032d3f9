// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/key_files.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/config.h"
#include "base/encoding.h"
#include "base/file.h"
#include "ssh/private_key_file.h"
#include "tests/agent/cli/fake_context.h"
#include "tests/agent/cli/generated_files.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

ssh::SkPrivateKey key() {
  base::PublicKey point;
  point.algorithm = base::KeyAlgorithm::kEd25519;
  // The public key of RFC 8032 section 7.1, test 1.
  point.material =
      *base::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  return ssh::SkPrivateKey{*ssh::PublicKey::from_token(point, "ssh:touchstone-sign"),
                           ssh::kSkFlagUserPresence,
                           {1, 2, 3},
                           "a comment"};
}

json::object exported() {
  const auto file = ssh::format_private_key_file(key(), nullptr);
  return {{"key", {{"name", "sign"}, {"public_key", key().key.line() + " a comment"}}},
          {"private_key", base::to_base64(*file)},
          {"attestation", {{"format", "packed"}}}};
}

class KeyFiles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  base::Result<std::vector<std::filesystem::path>> write(bool passphrase, bool force) {
    return write_key_files(console_, exported(), file_, passphrase, force);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "sign";
  FakeConsole console_;
};

TEST_F(KeyFiles, AreWrittenForTheirOwnerAlone) {
  const auto written = write(false, false);
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(*written, (std::vector<std::filesystem::path>{file_, file_.string() + ".pub",
                                                          file_.string() + ".attestation.json"}));
  struct stat info {};
  ASSERT_EQ(stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(file_text(file_.string() + ".pub"), key().key.line() + " a comment\n");
  EXPECT_EQ(file_text(file_.string() + ".attestation.json"), "{\"format\":\"packed\"}\n");
}

TEST_F(KeyFiles, AreNotOverwritten) {
  std::ofstream(file_.string() + ".pub") << "mine";
  const auto written = write(false, false);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, base::Code::kAlreadyExists);
  EXPECT_FALSE(std::filesystem::exists(file_)) << "nothing is written when one is there";
  EXPECT_EQ(file_text(file_.string() + ".pub"), "mine");
  EXPECT_TRUE(write(false, true).has_value());
  EXPECT_NE(file_text(file_.string() + ".pub"), "mine");
}

TEST_F(KeyFiles, AreNotWrittenThroughALinkToNowhere) {
  std::filesystem::create_symlink(folder_.path() / "elsewhere", file_);
  ASSERT_FALSE(write(false, false).has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "elsewhere"));
}

TEST_F(KeyFiles, ComeBackWithTheirPassphrase) {
  console_.answers = {"correct horse", "correct horse", "correct horse"};
  ASSERT_TRUE(write(true, false).has_value());
  const auto read = read_key_file(console_, file_);
  ASSERT_TRUE(read.has_value()) << base::message_of(read.error());
  EXPECT_EQ(read->application, "ssh:touchstone-sign");
  const auto plain = base::from_base64(read->base64, 65536);
  ASSERT_TRUE(plain.has_value());
  const auto again = ssh::parse_private_key_file(
      *plain, [] { return base::Result<base::Secret>(base::fail(base::Code::kUsage)); });
  ASSERT_TRUE(again.has_value()) << "it goes to the agent without a passphrase";
  EXPECT_EQ(again->key_handle, key().key_handle);
}

TEST_F(KeyFiles, WantThePassphraseTwiceAndRight) {
  console_.answers = {"one", "another"};
  EXPECT_FALSE(write(true, false).has_value());
  EXPECT_FALSE(std::filesystem::exists(file_));
  console_.answers = {"one", "one", "wrong"};
  ASSERT_TRUE(write(true, false).has_value());
  const auto read = read_key_file(console_, file_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, base::Code::kWrongPassphrase);
  EXPECT_NE(console_.questions.back().find(file_.string()), std::string::npos);
}

TEST_F(KeyFiles, AskForNoPassphraseWhereThereIsNone) {
  ASSERT_TRUE(write(false, false).has_value());
  ASSERT_TRUE(read_key_file(console_, file_).has_value());
  EXPECT_TRUE(console_.questions.empty());
}

TEST_F(KeyFiles, ComeWithTheAttestationBesideThem) {
  EXPECT_FALSE(read_attestation(file_, std::nullopt)->has_value());
  EXPECT_EQ(read_attestation(file_, folder_.path() / "none").error().code, base::Code::kNotFound);
  ASSERT_TRUE(write(false, false).has_value());
  const auto beside = read_attestation(file_, std::nullopt);
  ASSERT_TRUE(beside.has_value() && beside->has_value());
  EXPECT_EQ((*beside)->object, (json::object{{"format", "packed"}}));
  EXPECT_EQ((*beside)->path, file_.string() + ".attestation.json");
  EXPECT_FALSE(read_attestation(file_, file_).has_value()) << "no JSON";
}

TEST_F(KeyFiles, RefuseWhatIsNoKeyFile) {
  std::ofstream(file_) << "not a key";
  EXPECT_FALSE(read_key_file(console_, file_).has_value());
  EXPECT_EQ(read_key_file(console_, folder_.path() / "none").error().code, base::Code::kNotFound);
}

TEST(RoleForApplication, IsTheRoleOfKeysMadeHereElseLogin) {
  EXPECT_EQ(role_for_application("ssh:"), "login");
  EXPECT_EQ(role_for_application("ssh:elsewhere"), "login");
  EXPECT_EQ(role_for_application(std::string(application_of(Role::kSign))), "sign");
  EXPECT_EQ(role_for_application(std::string(application_of(Role::kApprove))), "approve");
}

}  // namespace
}  // namespace touchstone::agent::cli
