// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verified_signatures.h"

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git-integration/limits.h"
#include "git-integration/verify_command.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

namespace fs = std::filesystem;
using base::Code;

constexpr std::size_t kEntry = VerifiedSignatures::kEntryBytes;

class VerifiedSignaturesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap()); }

  base::Result<std::unique_ptr<VerifiedSignatures>> open() const {
    return VerifiedSignatures::open(places_);
  }
  std::unique_ptr<VerifiedSignatures> must_open() const {
    auto opened = open();
    EXPECT_TRUE(opened) << base::message_of(opened.error());
    return std::move(*opened);
  }
  static ssh::SshSig signature_of(const SoftKey& key, std::string_view text,
                                  const SoftKey::How& how = {}) {
    return *ssh::SshSig::parse_armored(key.sign(text, how));
  }
  static base::Bytes data_of(std::string_view text, std::string_view name_space = "git") {
    return ssh::SshSigData::of_message(name_space, ssh::SshSigHash::kSha512, base::as_bytes(text))
        .encode();
  }
  // remember makes a cache that knows `text` signed by key_.
  void remember(std::string_view text) const {
    const auto verified = must_open();
    ASSERT_TRUE(verified->verify(remembered(text), data_of(text)));
    ASSERT_TRUE(verified->save());
  }
  // remembered is the same signature each time, as Ed25519 makes it.
  ssh::SshSig remembered(std::string_view text) const {
    return signature_of(key_, text, {.counter = 50});
  }
  // spoiled is a signature whose last byte was changed.
  static ssh::SshSig spoiled(const ssh::SshSig& signature) {
    base::Bytes blob = base::to_bytes(signature.signature.blob());
    blob[blob.size() - 6] ^= 1U;  // before flags and counter
    ssh::SshSig other = signature;
    other.signature = *ssh::Signature::parse(blob);
    return other;
  }
  std::string cache_bytes() const {
    std::ifstream file(places_.cache, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void write_cache(const std::string& bytes) const {
    std::ofstream(places_.cache, std::ios::binary) << bytes;
  }

  Scratch scratch_;
  VerifiedSignatures::Places places_{scratch_ / "state/touchstone/key",
                                     scratch_ / "cache/touchstone/verified"};
  SoftKey key_ = SoftKey::sk_ed25519();
};

TEST_F(VerifiedSignaturesTest, RemembersWhatVerified) {
  const ssh::SshSig signature = signature_of(key_, "one");
  {
    const auto verified = must_open();
    EXPECT_EQ(verified->known(), 0U);
    EXPECT_TRUE(verified->verify(signature, data_of("one")));
    EXPECT_EQ(verified->added(), 1U);
    ASSERT_TRUE(verified->save());
  }
  const auto verified = must_open();
  EXPECT_EQ(verified->known(), 1U);
  EXPECT_TRUE(verified->verify(signature, data_of("one")));
  EXPECT_EQ(verified->added(), 0U);
}

TEST_F(VerifiedSignaturesTest, DoesNotRememberWhatDidNotVerify) {
  const auto verified = must_open();
  EXPECT_FALSE(verified->verify(signature_of(key_, "one"), data_of("two")));
  EXPECT_FALSE(verified->verify(spoiled(signature_of(key_, "one")), data_of("one")));
  EXPECT_EQ(verified->added(), 0U);
  ASSERT_TRUE(verified->save());
  EXPECT_FALSE(fs::exists(places_.cache));
}

TEST_F(VerifiedSignaturesTest, KnowsNothingOfAnotherSignatureKeyPayloadOrNamespace) {
  const ssh::SshSig signature = signature_of(key_, "one");
  {
    const auto verified = must_open();
    ASSERT_TRUE(verified->verify(signature, data_of("one")));
    ASSERT_TRUE(verified->save());
  }
  const auto verified = must_open();
  ASSERT_EQ(verified->known(), 1U);
  EXPECT_FALSE(verified->verify(spoiled(signature), data_of("one")));
  EXPECT_FALSE(verified->verify(signature, data_of("two")));
  EXPECT_FALSE(verified->verify(signature, data_of("one", "file")));
  const ssh::SshSig by_other{SoftKey::sk_ed25519().public_key(), signature.name_space,
                             signature.hash, signature.signature};
  EXPECT_FALSE(verified->verify(by_other, data_of("one")));
  // The same curve point with another application is another key.
  const ssh::SshSig for_other{
      *ssh::PublicKey::from_token(key_.public_key().key(), "ssh:touchstone-sign"),
      signature.name_space, signature.hash, signature.signature};
  EXPECT_FALSE(verified->verify(for_other, data_of("one")));
  EXPECT_EQ(verified->added(), 0U);
}

// A flag that says a person was there is signed; one that was changed is another signature.
TEST_F(VerifiedSignaturesTest, KnowsNothingOfChangedFlags) {
  const ssh::SshSig silent = signature_of(key_, "one", SoftKey::How{.flags = 0, .counter = 9});
  {
    const auto verified = must_open();
    ASSERT_TRUE(verified->verify(silent, data_of("one")));
    ASSERT_TRUE(verified->save());
  }
  base::Bytes blob = base::to_bytes(silent.signature.blob());
  blob[blob.size() - 5] = base::kFlagUserPresence;
  ssh::SshSig touched = silent;
  touched.signature = *ssh::Signature::parse(blob);
  EXPECT_FALSE(must_open()->verify(touched, data_of("one")));
}

TEST_F(VerifiedSignaturesTest, BelievesNoFileMadeWithAnotherKey) {
  remember("one");
  const std::string planted = cache_bytes();
  fs::remove(places_.key);
  EXPECT_EQ(must_open()->known(), 0U);
  // Nor does the right beginning make its entries count.
  remember("two");
  std::string mixed = cache_bytes().substr(0, kEntry) + planted.substr(kEntry);
  write_cache(mixed);
  const auto verified = must_open();
  EXPECT_EQ(verified->known(), 1U);
  ASSERT_TRUE(verified->verify(remembered("one"), data_of("one")));
  EXPECT_EQ(verified->added(), 1U);
}

TEST_F(VerifiedSignaturesTest, StartsAnewFromATornFileOrGarbage) {
  remember("one");
  const std::string whole = cache_bytes();
  ASSERT_EQ(whole.size(), 2 * kEntry);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_cache(whole.substr(0, size));
    EXPECT_EQ(must_open()->known(), 0U) << size;
  }
  write_cache(whole + "torn");
  EXPECT_EQ(must_open()->known(), 1U);
  write_cache(std::string(4096, '\xff'));
  EXPECT_EQ(must_open()->known(), 0U);
  remember("one");
  EXPECT_EQ(must_open()->known(), 1U);
}

TEST_F(VerifiedSignaturesTest, TakesEntriesInAnyOrder) {
  remember("one");
  const std::string whole = cache_bytes();
  write_cache(whole.substr(0, kEntry) + std::string(kEntry, '\xff') + whole.substr(kEntry) +
              std::string(kEntry, '\0'));
  const auto verified = must_open();
  EXPECT_EQ(verified->known(), 3U);
  EXPECT_TRUE(verified->verify(remembered("one"), data_of("one")));
  EXPECT_EQ(verified->added(), 0U);
}

TEST_F(VerifiedSignaturesTest, RefusesFilesThatAreOpenToOthersOrLinks) {
  remember("one");
  const fs::path cache_folder = places_.cache.parent_path();
  const auto refused = [&](const char* what) {
    const auto opened = open();
    ASSERT_FALSE(opened) << what;
    EXPECT_EQ(opened.error().code, Code::kPermission) << what;
    EXPECT_EQ(opened.error().native, 0) << what;
  };
  chmod(places_.cache.c_str(), 0640);
  refused("file readable by the group");
  chmod(places_.cache.c_str(), 0600);
  chmod(places_.key.c_str(), 0604);
  refused("key readable by others");
  chmod(places_.key.c_str(), 0600);
  chmod(cache_folder.c_str(), 0755);
  refused("folder open to others");
  chmod(cache_folder.c_str(), 0700);
  chmod(places_.key.parent_path().c_str(), 0722);
  refused("folder of the key writable by others");
  chmod(places_.key.parent_path().c_str(), 0700);
  EXPECT_TRUE(open());

  for (const fs::path& path : {places_.cache, places_.key}) {
    const fs::path moved = scratch_ / "moved";
    fs::rename(path, moved);
    fs::create_symlink(moved, path);
    refused("a link to a file");
    fs::remove(path);
    fs::create_directory(path);
    refused("a folder");
    fs::remove(path);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    refused("a pipe");
    fs::remove(path);
    fs::rename(moved, path);
  }
  fs::rename(cache_folder, scratch_ / "elsewhere");
  fs::create_directory_symlink(scratch_ / "elsewhere", cache_folder);
  refused("a link to a folder");
}

TEST_F(VerifiedSignaturesTest, RefusesSomebodyElsesFiles) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  remember("one");
  for (const fs::path& path :
       {places_.cache, places_.key, places_.cache.parent_path(), places_.key.parent_path()}) {
    ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
    EXPECT_FALSE(open()) << path;
    ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
  }
  EXPECT_TRUE(open());
}

// As when somebody becomes root and keeps the home they had.
TEST_F(VerifiedSignaturesTest, MakesNothingInSomebodyElsesFolderAndFollowsNoLinkOfTheirs) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  const fs::path home = scratch_ / "home";
  const fs::path ours = scratch_ / "ours";
  fs::create_directory(home);
  fs::create_directory(ours);
  fs::create_directory_symlink(ours, scratch_ / "link");
  for (const fs::path& base : {home, scratch_ / "link"}) {
    ASSERT_EQ(lchown(base.c_str(), 65534, 65534), 0);
    const auto opened = VerifiedSignatures::open({base / "state/key", base / "cache/signatures"});
    ASSERT_FALSE(opened) << base;
    EXPECT_EQ(opened.error().code, Code::kPermission) << base;
  }
  EXPECT_TRUE(fs::is_empty(home));
  EXPECT_TRUE(fs::is_empty(ours));
}

TEST_F(VerifiedSignaturesTest, MakesANewKeyInPlaceOfATornOne) {
  remember("one");
  fs::resize_file(places_.key, 31);
  EXPECT_EQ((*open())->known(), 0U);
  EXPECT_EQ(fs::file_size(places_.key), 32U);
}

TEST_F(VerifiedSignaturesTest, MakesItsFilesForItsOwnerOnly) {
  const mode_t before = umask(0);
  remember("one");
  umask(before);
  const auto mode_of = [](const fs::path& path) {
    return fs::status(path).permissions() & fs::perms::mask;
  };
  EXPECT_EQ(mode_of(places_.cache), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(mode_of(places_.key), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(mode_of(places_.cache.parent_path()), fs::perms::owner_all);
}

TEST_F(VerifiedSignaturesTest, LeavesTheOldFileWhenTheDiskIsFull) {
  remember("one");
  const std::string whole = cache_bytes();
  const auto verified = must_open();
  ASSERT_TRUE(verified->verify(signature_of(key_, "two"), data_of("two")));
  // A file that may not grow past its first bytes is a full disk to who writes it.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{kEntry, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const auto saved = verified->save();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(saved);
  EXPECT_EQ(cache_bytes(), whole);
  EXPECT_EQ(std::distance(fs::directory_iterator(places_.cache.parent_path()), {}), 1);
}

TEST_F(VerifiedSignaturesTest, LosesNothingOfRunsThatEndOneAfterTheOther) {
  const auto first = must_open();
  const auto second = must_open();
  ASSERT_TRUE(first->verify(signature_of(key_, "one"), data_of("one")));
  ASSERT_TRUE(second->verify(signature_of(key_, "two"), data_of("two")));
  ASSERT_TRUE(first->save());
  ASSERT_TRUE(second->save());
  EXPECT_EQ(must_open()->known(), 2U);
}

TEST_F(VerifiedSignaturesTest, SurvivesManyWritersAtOnce) {
  constexpr int kWriters = 8;
  must_open();
  std::atomic<int> failed{0};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string text = std::to_string(writer);
      auto verified = open();
      const bool good = verified && (*verified)->verify(signature_of(key_, text), data_of(text)) &&
                        (*verified)->save();
      failed += good ? 0 : 1;
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(failed, 0);
  const std::size_t known = must_open()->known();
  EXPECT_GE(known, 1U);
  EXPECT_EQ(cache_bytes().size(), (known + 1) * kEntry);
}

TEST_F(VerifiedSignaturesTest, IsBounded) {
  remember("one");
  const std::string header = cache_bytes().substr(0, kEntry);
  std::string entries;
  entries.reserve((kVerifiedSignaturesMax + 1) * kEntry);
  for (std::size_t number = 0; number < kVerifiedSignaturesMax; ++number) {
    base::Writer entry;
    entry.u64(number).u64(0);
    entries += base::as_text(entry.bytes());
  }
  write_cache(header + entries);
  {
    const auto verified = must_open();
    EXPECT_EQ(verified->known(), kVerifiedSignaturesMax);
    ASSERT_TRUE(verified->verify(signature_of(key_, "two"), data_of("two")));
    ASSERT_TRUE(verified->save());
  }
  EXPECT_EQ(cache_bytes().size(), (kVerifiedSignaturesMax + 1) * kEntry);
  // One past it is no file of ours.
  write_cache(header + entries + std::string(kEntry, '\0'));
  EXPECT_EQ(must_open()->known(), 0U);
}

// What a run says.
struct Said {
  std::string lines;
  bool passed{false};
};

class WarmRun : public VerifiedSignaturesTest {
 protected:
  Said verify(VerifiedSignatures* verified) const {
    VerifyOptions options;
    options.repository = repository_.path();
    options.workers = 2;
    options.verified = verified;
    Said said;
    const auto summary = verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
      said.lines += to_json_line(verdict);
      return {};
    });
    EXPECT_TRUE(summary);
    said.passed = summary && summary->passed();
    return said;
  }

  Repository repository_;
};

TEST_F(WarmRun, SaysWhatTheColdRunSaid) {
  const SoftKey stranger = SoftKey::sk_p256();
  const SoftKey soft = SoftKey::ed25519();
  repository_.allow(key_.line("author@example.com") + soft.line("author@example.com"));
  std::string tip = repository_.signed_commit(key_, {}, "touched\n");
  tip = repository_.signed_commit(key_, {tip}, "silent\n", {.flags = 0});
  tip = repository_.signed_commit(stranger, {tip}, "stranger\n");
  tip = repository_.signed_commit(soft, {tip}, "software\n");
  tip = repository_.signed_commit(key_, {tip}, "namespace\n", {.name_space = "file"});
  tip = repository_.signed_commit(key_, {tip}, "counter\n", {.counter = 2});
  const std::string text = repository_.commit_text({tip}, "changed\n");
  tip = repository_.store("commit", repository_.with_signature(text, key_.sign("other")));
  tip = repository_.store("commit", repository_.commit_text({tip}, "unsigned\n"));
  repository_.set_head(tip);

  const Said plain = verify(nullptr);
  const auto cold = must_open();
  EXPECT_EQ(verify(cold.get()).lines, plain.lines);
  EXPECT_EQ(cold->added(), 5U);
  ASSERT_TRUE(cold->save());
  const auto warm = must_open();
  EXPECT_EQ(verify(warm.get()).lines, plain.lines);
  EXPECT_EQ(warm->known(), 5U);
  EXPECT_EQ(warm->added(), 0U);
  EXPECT_FALSE(plain.passed);
}

// The cache has no part in whose key it is: a signer who is taken out is out.
TEST_F(WarmRun, AsksTheSignersAgain) {
  repository_.allow(key_.line("author@example.com"));
  repository_.set_head(repository_.signed_commit(key_, {}, "one\n"));
  const auto cold = must_open();
  EXPECT_TRUE(verify(cold.get()).passed);
  ASSERT_TRUE(cold->save());
  repository_.allow(SoftKey::sk_ed25519().line("author@example.com"));
  const auto warm = must_open();
  const Said said = verify(warm.get());
  EXPECT_FALSE(said.passed);
  EXPECT_EQ(warm->added(), 0U);
  EXPECT_NE(said.lines.find("untrusted-signer"), std::string::npos) << said.lines;
}

TEST_F(WarmRun, AsksTheRevocationListAgain) {
  repository_.allow(key_.line("author@example.com"));
  repository_.set_head(repository_.signed_commit(key_, {}, "one\n"));
  const auto cold = must_open();
  EXPECT_TRUE(verify(cold.get()).passed);
  ASSERT_TRUE(cold->save());
  repository_.git_ok({"config", "gpg.ssh.revocationFile",
                      repository_.scratch().write("revoked", key_.public_key().line() + "\n")});
  EXPECT_FALSE(verify(must_open().get()).passed);
}

}  // namespace
}  // namespace touchstone::git
