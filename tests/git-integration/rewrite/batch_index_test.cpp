// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_index.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

// A repository in which anybody may put what they like under refs/touchstone/batches/.
class BatchIndexTest : public testing::Test {
 protected:
  BatchIndexTest() {
    const std::string text = repository_.commit_text({}, "one\n");
    commit_ = repository_.store("commit", text);
    tree_ = text.substr(5, commit_.size());
  }

  std::string manifest(const SoftKey& key, std::uint64_t seconds) const {
    return to_text(BatchManifest{commit_,
                                 "refs/heads/main",
                                 std::string(commit_.size(), '0'),
                                 seconds,
                                 key.public_key().fingerprint(),
                                 {{commit_, tree_, "one"}}});
  }
  static std::string signed_text(const SoftKey& key, const std::string& text) {
    return text + key.sign(text, {.flags = base::kFlagUserPresence | base::kFlagUserVerification,
                                  .name_space = std::string(kBatchNamespace)});
  }
  void store(const SoftKey& key, std::uint64_t seconds) const {
    const std::string text = manifest(key, seconds);
    repository_.git_ok(
        {"update-ref", batch_ref_of(text), repository_.store("blob", signed_text(key, text))});
  }
  // crowd puts so many refs there, before any real one, all of them for one blob.
  void crowd(const std::string& blob, std::size_t count) const {
    std::string input;
    for (std::size_t i = 0; i < count; ++i) {
      std::string digits = std::to_string(i);
      digits.insert(0, hex_size(HashAlgorithm::kSha256) - digits.size(), '0');
      input += "create " + std::string(kBatchRefs) + digits + " " + blob + "\n";
    }
    repository_.git_ok({"update-ref", "--stdin"}, input);
  }
  BatchIndex read(const KnownKey& known = {}, std::size_t batches_max = kBatchesMax) const {
    auto index = read_batches(repository_.path(), known, {}, {}, batches_max);
    EXPECT_TRUE(index) << base::message_of(index.error());
    return index ? std::move(*index) : BatchIndex();
  }

  Repository repository_;
  std::string commit_;
  std::string tree_;
  SoftKey key_ = SoftKey::sk_ed25519();
  SoftKey stranger_ = SoftKey::sk_ed25519();
  KnownKey known_ = [this](const ssh::PublicKey& key) { return key == key_.public_key(); };
};

TEST_F(BatchIndexTest, LooksAtKnownKeysOnly) {
  store(key_, 1);
  store(stranger_, 2);
  const BatchIndex index = read(known_);
  EXPECT_EQ(index.find(commit_).size(), 1U);
  EXPECT_EQ(index.strangers(), 1U);
  EXPECT_TRUE(index.problems().empty());
  EXPECT_EQ(read().find(commit_).size(), 2U);
  // Of a stranger's not even the manifest is read, and it need not be one.
  const std::string junk =
      "junk\n" + stranger_.sign("", {.name_space = std::string(kBatchNamespace)});
  crowd(repository_.store("blob", junk), 1);
  EXPECT_EQ(read(known_).strangers(), 2U);
  EXPECT_TRUE(read(known_).problems().empty());
  EXPECT_EQ(read().problems().size(), 1U);
}

TEST_F(BatchIndexTest, IsCrowdedOutByNothing) {
  constexpr std::size_t kMax = 2;
  constexpr std::size_t kCrowd = kBatchProblemsMax + 1;
  store(key_, 1);
  crowd(repository_.store("blob", signed_text(stranger_, manifest(stranger_, 2))), kCrowd);
  const BatchIndex strangers = read(known_, kMax);
  EXPECT_EQ(strangers.strangers(), kCrowd);
  EXPECT_EQ(strangers.find(commit_).size(), 1U);
  EXPECT_TRUE(strangers.problems().empty());
  // Nor is it by what is under a name that is not its own, whoever signed it.
  const BatchIndex misnamed = read({}, kMax);
  EXPECT_EQ(misnamed.find(commit_).size(), 1U);
  EXPECT_EQ(misnamed.problems().size(), kBatchProblemsMax);
  EXPECT_EQ(misnamed.more_problems(), kCrowd - kBatchProblemsMax);
}

TEST_F(BatchIndexTest, HoldsTheLimitOfWhatCounts) {
  constexpr std::size_t kMax = 3;
  for (std::size_t i = 1; i <= kMax; ++i) {
    store(key_, i);
  }
  const BatchIndex at_limit = read(known_, kMax);
  EXPECT_EQ(at_limit.find(commit_).size(), kMax);
  EXPECT_TRUE(at_limit.problems().empty());
  store(key_, kMax + 1);
  const BatchIndex one_past = read(known_, kMax);
  EXPECT_EQ(one_past.find(commit_).size(), kMax);
  ASSERT_EQ(one_past.problems().size(), 1U);
  EXPECT_EQ(one_past.problems().front().error.code, Code::kTooLong);
  EXPECT_EQ(read(known_).find(commit_).size(), kMax + 1);
}

}  // namespace
}  // namespace touchstone::git
