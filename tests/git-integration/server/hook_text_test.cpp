// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "git-integration/server/hook_run.h"
#include "git-integration/server/hook_scripts.h"
#include "git-integration/server/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git::server {
namespace {

using base::Code;

TEST(RefusalTextTest, SaysWhatWhyAndWhatHelps) {
  const std::string text =
      refusal_text("refused", {{"commit 1234", {Code::kUnsigned, 0, {}}, "touchstone sign a..b"},
                               {"commit 5678", {Code::kUnsigned, 0, {}}, "touchstone sign a..b"}});
  EXPECT_EQ(text,
            "refused\n"
            "  commit 1234: not signed\n"
            "  commit 5678: not signed\n"
            "hint: " +
                std::string(describe(Code::kUnsigned).hint) +
                "\n"
                "hint: touchstone sign a..b\n");
}

// Whoever pushes cannot edit what lies on the server.
TEST(RefusalTextTest, SendsAStrangerToWhoRunsTheServer) {
  const std::vector<Refusal> refusals = {{"commit 1234", {Code::kUntrustedSigner, 0, {}}, {}}};
  const std::string own(describe(Code::kUntrustedSigner).hint);
  EXPECT_EQ(refusal_text("refused", refusals).find(own), std::string::npos);
  EXPECT_NE(refusal_text("refused", refusals).find("ask who runs it"), std::string::npos);
  EXPECT_NE(refusal_text("refused", refusals, RefusedBy::kOwnHook).find(own), std::string::npos);
}

TEST(RefusalTextTest, ListsUpToALimit) {
  const Refusal refusal{"commit", {Code::kUnsigned, 0, {}}, {}};
  const auto lines = [&](std::size_t count) {
    const std::string text = refusal_text("refused", std::vector<Refusal>(count, refusal));
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto limit = static_cast<std::ptrdiff_t>(kRefusalsShownMax);
  EXPECT_EQ(lines(kRefusalsShownMax), limit + 2);
  EXPECT_EQ(lines(kRefusalsShownMax + 1), limit + 3);
  const std::string text =
      refusal_text("refused", std::vector<Refusal>(kRefusalsShownMax + 7, refusal));
  EXPECT_NE(text.find("… and 7 more\n"), std::string::npos);
}

TEST(RefusalTextTest, EscapesWhatThePusherWrote) {
  const std::string text = refusal_text(
      "refused", {{"tag \x1b[2J", {Code::kMalformed, 0, "named \x1b]52;x"}, "git tag \n x"}});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
}

class HookScriptsTest : public ::testing::Test {
 protected:
  std::vector<HookStep> install(bool chain = false) {
    auto steps = plan_install(folder_, "pre-receive", "/opt/it's/touchstone", chain);
    EXPECT_TRUE(steps) << base::message_of(steps.error());
    EXPECT_TRUE(carry_out(*steps));
    return std::move(*steps);
  }
  InstalledHook look() const { return *look_at_hook(folder_, "pre-receive"); }
  std::string script() const { return scratch_.read("hooks/pre-receive"); }

  Scratch scratch_;
  std::filesystem::path folder_ = scratch_ / "hooks";
};

TEST_F(HookScriptsTest, InstallsOnceAndTakesAwayAgain) {
  EXPECT_EQ(look().state, HookState::kMissing);
  EXPECT_EQ(install().size(), 1U);
  EXPECT_EQ(look().state, HookState::kOurs);
  EXPECT_TRUE(look().executable);
  EXPECT_NE(script().find("exec '/opt/it'\\''s/touchstone' hook run pre-receive -- \"$@\"\n"),
            std::string::npos);
  EXPECT_TRUE(install().empty());
  ASSERT_TRUE(carry_out(*plan_uninstall(folder_, "pre-receive")));
  EXPECT_EQ(look().state, HookState::kMissing);
  EXPECT_TRUE(plan_uninstall(folder_, "pre-receive")->empty());
}

TEST_F(HookScriptsTest, NeverOverwritesSomebodyElses) {
  std::filesystem::create_directory(folder_);
  scratch_.write("hooks/pre-receive", "#!/bin/sh\n");
  const auto refused = plan_install(folder_, "pre-receive", "/touchstone", false);
  EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
  EXPECT_EQ(script(), "#!/bin/sh\n");
  EXPECT_TRUE(plan_uninstall(folder_, "pre-receive")->empty());

  EXPECT_EQ(install(true).size(), 2U);
  EXPECT_EQ(scratch_.read("hooks/pre-receive.before-touchstone"), "#!/bin/sh\n");
  EXPECT_TRUE(look().chained);
  EXPECT_NE(script().find("--chained \"$0.before-touchstone\""), std::string::npos);
  // Installing again keeps the chain.
  EXPECT_TRUE(install().empty());

  ASSERT_TRUE(carry_out(*plan_uninstall(folder_, "pre-receive")));
  EXPECT_EQ(script(), "#!/bin/sh\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "pre-receive.before-touchstone"));
}

TEST_F(HookScriptsTest, MakesItsScriptExecutableAgain) {
  install();
  chmod((folder_ / "pre-receive").c_str(), 0644);
  EXPECT_EQ(install().size(), 1U);
  EXPECT_TRUE(look().executable);
}

TEST_F(HookScriptsTest, WantsTheRepositorysOwnFolder) {
  const Repository repository;
  EXPECT_EQ(*hooks_folder(repository.path()),
            std::filesystem::path(repository.path()) / ".git" / "hooks");
  repository.git_ok({"config", "core.hooksPath", "/somewhere/else"});
  EXPECT_EQ(hooks_folder(repository.path()).error().code, Code::kConfigInvalid);
}

}  // namespace
}  // namespace touchstone::git::server
