// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/stored_signatures.h"

#include <array>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

class StoredSignaturesTest : public testing::Test {
 protected:
  StoredSignatures open(std::uint64_t now = kNow) const {
    auto store = StoredSignatures::open(repo_.path(), now);
    EXPECT_TRUE(store);
    return *store;
  }
  std::filesystem::path folder() const {
    return std::filesystem::path(repo_.path()) / ".git/touchstone/signatures";
  }
  ssh::SshSig signature(const SoftKey& key, const SoftKey::How& how = {}) const {
    auto sig = ssh::SshSig::parse(key.sign_blob(base::as_bytes(payload_), how));
    EXPECT_TRUE(sig);
    return *sig;
  }
  // keep keeps the signature of key_, as if at kNow.
  void keep() const { keep(signature(key_)); }
  void keep(const ssh::SshSig& sig) const {
    EXPECT_TRUE(open().keep(sig, base::as_bytes(payload_)));
    const auto files = entries();
    ASSERT_EQ(files.size(), 1U);
    set_time(files.front(), kNow);
  }
  static void set_time(const std::filesystem::path& file, std::uint64_t seconds) {
    const timeval time{static_cast<time_t>(seconds), 0};
    const std::array<timeval, 2> times = {time, time};
    EXPECT_EQ(utimes(file.c_str(), times.data()), 0);
  }
  std::vector<std::filesystem::path> entries() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      found.push_back(entry.path());
    }
    return found;
  }
  bool finds(const SoftKey& key) const {
    return open().find(key.public_key(), base::as_bytes(payload_)).has_value();
  }

  Repository repo_;
  SoftKey key_{SoftKey::sk_ed25519()};
  const std::string payload_ = repo_.commit_text({}, "one\n");
};

TEST_F(StoredSignaturesTest, FindsWhatWasKept) {
  EXPECT_EQ(open().folder(), folder());
  EXPECT_FALSE(std::filesystem::exists(folder()));
  const ssh::SshSig kept = signature(key_);
  keep(kept);
  const auto found = open().find(key_.public_key(), base::as_bytes(payload_));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->armored(), kept.armored());
  EXPECT_FALSE(open().find(key_.public_key(), base::as_bytes(payload_ + "x")));
  EXPECT_FALSE(finds(SoftKey::sk_ed25519()));
}

TEST_F(StoredSignaturesTest, IsForItsOwnerAlone) {
  keep();
  struct stat info {};
  ASSERT_EQ(stat(entries().at(0).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(folder().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(StoredSignaturesTest, IsSharedByTheWorkTreesOfARepository) {
  repo_.set_head(repo_.store("commit", payload_));
  const std::string tree = (repo_.scratch() / "tree").string();
  repo_.git_ok({"worktree", "add", "-q", "--detach", tree, "main"});
  EXPECT_EQ(StoredSignatures::open(tree, kNow)->folder(), folder());
}

TEST_F(StoredSignaturesTest, UsesNothingThatDoesNotVerify) {
  keep();
  const std::filesystem::path file = entries().at(0);
  const auto put = [&](const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    set_time(file, kNow);
  };
  ASSERT_TRUE(finds(key_));
  put("");
  EXPECT_FALSE(finds(key_));
  put(SoftKey::sk_ed25519().sign(payload_));
  EXPECT_FALSE(finds(key_)) << "another key's";
  put(key_.sign(payload_, {.flags = 0}));
  EXPECT_FALSE(finds(key_)) << "without a touch";
  put(key_.sign(payload_, {.name_space = "file"}));
  EXPECT_FALSE(finds(key_)) << "another namespace";
  put(key_.sign(payload_, {.hash = ssh::SshSigHash::kSha256}));
  EXPECT_FALSE(finds(key_)) << "another hash";
  put(key_.sign(payload_ + "x"));
  EXPECT_FALSE(finds(key_)) << "other bytes";
  put(key_.sign(payload_) + "\n");
  EXPECT_FALSE(finds(key_)) << "not canonical";
  put(key_.sign(payload_));
  EXPECT_TRUE(finds(key_));
}

TEST_F(StoredSignaturesTest, ForgetsWhatIsOld) {
  keep();
  EXPECT_TRUE(
      open(kNow + kStoredSignatureSecondsMax).find(key_.public_key(), base::as_bytes(payload_)));
  EXPECT_FALSE(open(kNow + kStoredSignatureSecondsMax + 1)
                   .find(key_.public_key(), base::as_bytes(payload_)));
  EXPECT_TRUE(entries().empty());
}

TEST_F(StoredSignaturesTest, HoldsTheLimitOfFilesAndForgetsTheOldest) {
  keep();
  set_time(entries().front(), kNow - 1);
  const std::filesystem::path place = folder();
  for (std::size_t i = 1; i < kStoredSignaturesMax; ++i) {
    std::ofstream(place / std::to_string(i)).flush();
    set_time(place / std::to_string(i), kNow);
  }
  EXPECT_TRUE(finds(key_));
  std::ofstream(place / "one more").flush();
  set_time(place / "one more", kNow);
  EXPECT_FALSE(finds(key_));
  EXPECT_EQ(entries().size(), kStoredSignaturesMax);
}

}  // namespace
}  // namespace touchstone::git
