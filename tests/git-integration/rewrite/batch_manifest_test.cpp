// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/batch_manifest.h"

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

const std::string kId = "0123456789abcdef0123456789abcdef01234567";
const std::string kTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

BatchManifest manifest_of(std::size_t count) {
  BatchManifest manifest{kId,
                         "refs/heads/main",
                         std::string(40, '0'),
                         1700000000,
                         SoftKey::sk_ed25519().public_key().fingerprint(),
                         {}};
  for (std::size_t i = 0; i < count; ++i) {
    manifest.commits.push_back({std::to_string(100 + i) + kId.substr(3), kTree, "subject"});
  }
  return manifest;
}

Code code_of(const BatchManifest& manifest) {
  const auto parsed = parse_batch_manifest(to_text(manifest));
  return parsed ? Code{} : parsed.error().code;
}

Code code_of_text(const std::string& text) {
  const auto parsed = parse_batch_manifest(text);
  return parsed ? Code{} : parsed.error().code;
}

// replaced demands that there was something to replace.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(BatchManifestText, IsAsDocumented) {
  BatchManifest manifest = manifest_of(1);
  manifest.signer = "SHA256:" + std::string(43, 'a');
  EXPECT_EQ(to_text(manifest),
            "touchstone batch v1\nrepository " + kId + "\nref refs/heads/main\nold " +
                std::string(40, '0') + "\ntime 1700000000\nsigner " + manifest.signer +
                "\ncount 1\ncommit 100" + kId.substr(3) + " " + kTree + " subject\n");
  const auto parsed = parse_batch_manifest(to_text(manifest));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, manifest);
}

TEST(BatchManifestText, TakesEverySubjectThatIsOneLine) {
  for (const std::string& subject :
       {std::string(), std::string(" "), std::string("-----BEGIN SSH SIGNATURE-----"),
        std::string("a\rb\x1b[2J\xff"), std::string(kBatchSubjectMax, 's')}) {
    BatchManifest manifest = manifest_of(2);
    manifest.commits.at(0).subject = subject;
    const auto parsed = parse_batch_manifest(to_text(manifest));
    ASSERT_TRUE(parsed) << subject;
    EXPECT_EQ(*parsed, manifest);
  }
}

TEST(BatchManifestText, HoldsItsLimits) {
  EXPECT_EQ(code_of(manifest_of(kBatchMax)), Code{});
  EXPECT_EQ(code_of(manifest_of(kBatchMax + 1)), Code::kTooLong);
  BatchManifest manifest = manifest_of(1);
  manifest.commits.at(0).subject = std::string(kBatchSubjectMax + 1, 's');
  EXPECT_EQ(code_of(manifest), Code::kTooLong);
  manifest = manifest_of(1);
  manifest.ref = "refs/heads/" + std::string(kRefNameMax - 11, 'r');
  EXPECT_EQ(code_of(manifest), Code{});
  manifest.ref += 'r';
  EXPECT_EQ(code_of(manifest), Code::kTooLong);
  EXPECT_EQ(code_of_text(std::string(kBatchManifestMax + 1, 'x')), Code::kTooLong);
  EXPECT_EQ(code_of_text(std::string(kBatchManifestMax, 'x')), Code::kMalformed);
  // The largest there can be fits.
  manifest = manifest_of(kBatchMax);
  const std::string long_id(24, '7');
  manifest.repository += long_id;
  manifest.old_tip += long_id;
  manifest.ref = "refs/heads/" + std::string(kRefNameMax - 11, 'r');
  for (BatchCommit& commit : manifest.commits) {
    commit = {commit.id + long_id, commit.tree + long_id, std::string(kBatchSubjectMax, 's')};
  }
  EXPECT_EQ(code_of(manifest), Code{});
}

TEST(BatchManifestText, HasOneSpelling) {
  const std::string text = to_text(manifest_of(2));
  EXPECT_EQ(code_of_text(replaced(text, "batch v1", "batch v2")), Code::kUnsupported);
  EXPECT_EQ(code_of_text(replaced(text, "touchstone batch", "Touchstone batch")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "count 2", "count 02")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "count 2", "count 1")), Code::kTrailingBytes);
  EXPECT_EQ(code_of_text(replaced(text, "count 2", "count 3")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "count 2", "count 0")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "count 2", "count -2")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "time 17", "time +17")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "time 1700000000", "time 1700000000000000")),
            Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "ref refs/", "ref  refs/")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "ref refs/heads/main", "ref main")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "ref refs/heads/main", "ref refs/")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "ref refs/heads/main", "ref HEAD")), Code{});
  EXPECT_EQ(code_of_text(replaced(text, "heads/main", "heads/ma\x7fin")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "\n", "\r\n")), Code::kUnsupported);
  EXPECT_EQ(code_of_text(replaced(text, "SHA256:", "MD5:")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "SHA256:", "SHA256:x")), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, kId, kId + std::string(24, '0'))), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, kTree, "4B" + kTree.substr(2))), Code::kMalformed);
  EXPECT_EQ(code_of_text(replaced(text, "commit 101", "commit 100")), Code::kMalformed);
  EXPECT_EQ(code_of_text(text.substr(0, text.size() - 1)), Code::kMalformed);
  EXPECT_EQ(code_of_text(text + "\n"), Code::kTrailingBytes);
  EXPECT_EQ(code_of_text(replaced(text, "subject", std::string("sub\0ect", 7))), Code::kMalformed);
}

TEST(BatchManifestText, IsKeptUnderItsOwnHash) {
  EXPECT_EQ(batch_ref_of("abc"),
            "refs/touchstone/batches/"
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace touchstone::git
