// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/rewrite/sign_range.h"
#include "git-integration/verify_command.h"
#include "tests/git-integration/fake_agent.h"

namespace touchstone::git {

// SignFixture is a repository with branch main checked out, a key on a fake agent, and a file that
// lets that key sign for author@example.com.
class SignFixture : public testing::Test {
 protected:
  explicit SignFixture(std::string_view object_format = "sha1") : repo_(object_format) {
    repo_.allow(key_.line("author@example.com"));
    start_agent({});
  }

  void start_agent(FakeAgent::Behaviour behaviour) {
    agent_.reset();
    std::filesystem::remove(socket());
    agent_ = std::make_unique<FakeAgent>(socket(), key_, std::move(behaviour));
  }
  std::filesystem::path socket() const { return repo_.scratch() / "agent.sock"; }

  // unsigned_commit stores one with the empty tree.
  std::string unsigned_commit(const std::vector<std::string>& parents, std::string_view message,
                              std::string_view extra_headers = {}) const {
    return repo_.store("commit", repo_.commit_text(parents, message, extra_headers));
  }
  // line makes so many unsigned commits, one on the other, and sets main to the last.
  std::vector<std::string> line(std::size_t count, std::string parent = {}) const {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string message = "commit " + std::to_string(i + 1) + "\n";
      parent = unsigned_commit(
          parent.empty() ? std::vector<std::string>{} : std::vector<std::string>{parent}, message);
      ids.push_back(parent);
    }
    repo_.set_head(parent);
    return ids;
  }

  SignRangeOptions options(const std::optional<std::string>& range = {}) const {
    SignRangeOptions options;
    options.repository = repo_.path();
    options.range = range;
    options.agents.own = socket();
    options.now_seconds = static_cast<std::uint64_t>(std::time(nullptr));
    return options;
  }
  base::Result<SignSummary> sign(const SignRangeOptions& options) {
    steps_.clear();
    return sign_range(options, key_.public_key(),
                      [&](const SignProgress& step) { steps_.push_back(step); });
  }
  SignSummary sign_ok(const SignRangeOptions& options) {
    auto summary = sign(options);
    if (!summary) {
      ADD_FAILURE() << base::message_of(summary.error());
      return {};
    }
    return *summary;
  }
  // refuse demands that nothing is signed and nothing moves.
  base::Error refuse(const SignRangeOptions& options) {
    const std::string refs = repo_.git_ok({"for-each-ref"}) + repo_.git_ok({"rev-parse", "HEAD"});
    const std::size_t asked = agent_->requests().size();
    const auto summary = sign(options);
    EXPECT_FALSE(summary);
    EXPECT_EQ(repo_.git_ok({"for-each-ref"}) + repo_.git_ok({"rev-parse", "HEAD"}), refs);
    EXPECT_EQ(agent_->requests().size(), asked) << "a touch was asked for";
    return summary ? base::Error{} : summary.error();
  }
  std::string head() const { return repo_.git_ok({"rev-parse", "HEAD"}); }
  std::string text_of(const std::string& id) const {
    return repo_.git_ok({"cat-file", "commit", id});
  }
  // classes gives the class of each commit of main, newest first, all of which must be accepted.
  std::vector<std::string> classes() const {
    std::vector<std::string> words;
    VerifyOptions options;
    options.repository = repo_.path();
    const auto summary = verify_range(options, [&](const ObjectVerdict& object) -> base::Status {
      words.push_back(to_word(object.verdict.presence));
      EXPECT_TRUE(object.accepted) << object.id;
      return {};
    });
    EXPECT_TRUE(summary);
    return words;
  }

  Repository repo_;
  SoftKey key_{SoftKey::sk_ed25519("ssh:touchstone-sign")};
  std::unique_ptr<FakeAgent> agent_;
  std::vector<SignProgress> steps_;
};

}  // namespace touchstone::git
