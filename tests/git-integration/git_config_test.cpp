// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_config.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;
using Wanted = std::vector<std::pair<std::string, std::string>>;

TEST(GitConfig, PlansOnlyWhatChanges) {
  const Repository repository;
  const GitConfig config(ConfigScope::kLocal, repository.path());
  repository.git_ok({"config", "gpg.format", "openpgp"});
  repository.git_ok({"config", "commit.gpgsign", "true"});
  const auto plan = config.plan(
      Wanted{{"gpg.format", "ssh"}, {"commit.gpgsign", "true"}, {"gpg.ssh.program", "/a b"}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(*plan, (std::vector<ConfigChange>{{"gpg.format", "openpgp", "ssh"},
                                              {"gpg.ssh.program", std::nullopt, "/a b"}}));
  EXPECT_EQ(repository.git_ok({"config", "gpg.format"}), "openpgp");
}

TEST(GitConfig, AppliesAndTakesBack) {
  const Repository repository;
  const std::string before = repository.git_ok({"config", "--local", "--list"});
  const GitConfig config(ConfigScope::kLocal, repository.path());
  const SigningSettings settings{"/bin/sign it", "/home/a/key.pub", "~/allowed", true, true};
  const auto plan = config.plan(settings_of(settings));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->size(), 6U);
  ASSERT_TRUE(config.apply(*plan));
  EXPECT_EQ(repository.git_ok({"config", "gpg.ssh.program"}), "/bin/sign it");
  EXPECT_EQ(repository.git_ok({"config", "--type=bool", "tag.gpgSign"}), "true");
  const auto again = config.plan(settings_of(settings));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
  ASSERT_TRUE(config.apply(undo_of(*plan)));
  EXPECT_EQ(repository.git_ok({"config", "--local", "--list"}), before);
}

TEST(GitConfig, KeepsScopesApart) {
  const Repository repository;
  const GitConfig local(ConfigScope::kLocal, repository.path());
  const GitConfig global(ConfigScope::kGlobal, repository.path());
  ASSERT_TRUE(global.apply({{"gpg.format", std::nullopt, "ssh"}}));
  EXPECT_EQ(*global.get("gpg.format"), "ssh");
  EXPECT_EQ(*local.get("gpg.format"), std::nullopt);
  EXPECT_NE(repository.scratch().read("gitconfig").find("format = ssh"), std::string::npos);
}

TEST(GitConfig, ReadsAPathFromItsScopeAlone) {
  const Repository repository;
  const GitConfig global(ConfigScope::kGlobal, repository.path());
  const std::string key = "gpg.ssh.allowedSignersFile";
  repository.git_ok({"config", key, "/local"});
  EXPECT_EQ(*global.path(key), std::nullopt);
  ASSERT_TRUE(global.apply({{key, std::nullopt, "/global"}}));
  EXPECT_EQ(*global.path(key), "/global");
  EXPECT_EQ(*configured_path(repository.path(), key), "/local");
}

TEST(GitConfig, LeavesUnwantedSigningAlone) {
  const Wanted wanted = settings_of({"p", "k", "a", false, false});
  for (const auto& [key, value] : wanted) {
    EXPECT_NE(key, "commit.gpgsign");
    EXPECT_NE(key, "tag.gpgSign");
  }
}

TEST(GitConfig, TakesBackWhatItDidWhenALaterChangeFails) {
  const Repository repository;
  const GitConfig config(ConfigScope::kLocal, repository.path());
  const auto applied =
      config.apply({{"gpg.format", std::nullopt, "ssh"}, {"no section", std::nullopt, "x"}});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, Code::kExternalProgram);
  EXPECT_NE(applied.error().context.find("no section"), std::string::npos);
  EXPECT_EQ(*config.get("gpg.format"), std::nullopt);
}

TEST(GitConfig, ReadsValuesAsTheyAre) {
  const Repository repository;
  const GitConfig config(ConfigScope::kLocal, repository.path());
  for (const std::string value : {" spaces ", "quote\"s", "back\\slash", "line\nend", "#;", ""}) {
    ASSERT_TRUE(config.apply({{"user.signingkey", std::nullopt, value}}));
    EXPECT_EQ(*config.get("user.signingkey"), value);
  }
  repository.git_ok({"config", "--add", "user.signingkey", "second"});
  EXPECT_EQ(*config.get("user.signingkey"), "second");
}

TEST(GitConfig, SaysWhatIsWrong) {
  const Scratch scratch;
  isolate(scratch);
  const GitConfig outside(ConfigScope::kLocal, scratch.path().string());
  EXPECT_FALSE(outside.apply({{"gpg.format", std::nullopt, "ssh"}}));
  const Repository repository;
  const GitConfig broken(ConfigScope::kGlobal, repository.path());
  repository.scratch().write("gitconfig", "[broken\n");
  const auto value = broken.get("gpg.format");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Code::kExternalProgram);
}

TEST(GitConfig, ShowsCommandsToType) {
  EXPECT_EQ(to_command(ConfigScope::kLocal, {"gpg.format", std::nullopt, "ssh"}),
            "git config --local gpg.format ssh");
  EXPECT_EQ(to_command(ConfigScope::kGlobal, {"gpg.format", "ssh", std::nullopt}),
            "git config --global --unset gpg.format");
  EXPECT_EQ(to_command(ConfigScope::kGlobal, {"a.b", std::nullopt, "it's $HOME"}),
            "git config --global a.b 'it'\\\\''s $HOME'");
  EXPECT_EQ(to_command(ConfigScope::kGlobal, {"a.b", std::nullopt, "~/x"}),
            "git config --global a.b '~/x'");
}

TEST(ConfiguredPath, IsExpandedByGit) {
  const Repository repository;
  const std::string path = repository.path();
  EXPECT_EQ(*configured_path(path, "gpg.ssh.allowedSignersFile"), std::nullopt);
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "~/x"});
  EXPECT_EQ(*configured_path(path, "gpg.ssh.allowedSignersFile"), repository.scratch() / "x");
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "sub/x"});
  EXPECT_EQ(*configured_path(path, "gpg.ssh.allowedSignersFile"),
            std::filesystem::path(path) / "sub/x");
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", ""});
  const auto empty = configured_path(path, "gpg.ssh.allowedSignersFile");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Code::kConfigInvalid);
  EXPECT_FALSE(configured_path(path, "nosection"));
}

}  // namespace
}  // namespace touchstone::git
