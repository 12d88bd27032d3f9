// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_file.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "git-integration/verify_target.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

using base::Code;

class VerifyFile : public testing::Test {
 protected:
  VerifyFile() { repository_.allow(repository_.signers()); }

  // judged gives class and problems of a file in the scratch folder.
  std::string judged(const std::string& name, const std::string& name_space = "file") const {
    FileOptions options;
    options.file = (repository_.scratch() / name).string();
    options.name_space = name_space;
    options.verify.repository = repository_.path();
    const auto object = verify_file(options);
    if (!object) {
      return std::string(base::describe(object.error().code).word);
    }
    EXPECT_EQ(object->file, options.file);
    EXPECT_EQ(object->accepted, object->problems.empty());
    std::string words = to_word(object->verdict.presence);
    for (const base::Error& problem : object->problems) {
      words += " " + std::string(base::describe(problem.code).word);
    }
    return words;
  }
  std::string sign(const SoftKey& key, std::uint8_t flags = base::kFlagUserPresence) const {
    repository_.scratch().write("f", "content\n");
    repository_.scratch().write("f.sig",
                                key.sign("content\n", {.flags = flags, .name_space = "file"}));
    return judged("f");
  }

  PolicyRepository repository_;
};

TEST_F(VerifyFile, HoldsTheLimitOfAFile) {
  sign(repository_.alice);
  FileOptions options;
  EXPECT_EQ(options.size_max, kVerifyFileMax);
  options.file = (repository_.scratch() / "f").string();
  options.verify.repository = repository_.path();
  options.size_max = std::string("content\n").size();
  EXPECT_TRUE(verify_file(options));
  options.size_max -= 1;
  const auto refused = verify_file(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooLong);
  // What is too large is not read first: this file has no bytes at all on the disk.
  std::filesystem::resize_file(options.file, kVerifyFileMax + 1);
  EXPECT_EQ(judged("f"), "too-long");
}

TEST_F(VerifyFile, JudgesByTheSignatureBesideIt) {
  EXPECT_EQ(sign(repository_.alice), "touch");
  EXPECT_EQ(judged("f", "git"), "bad bad-signature");
  EXPECT_EQ(sign(repository_.alice, base::kFlagUserPresence | base::kFlagUserVerification),
            "touch+pin");
  EXPECT_EQ(sign(repository_.alice, 0), "no-touch no-presence");
  EXPECT_EQ(sign(repository_.bot), "no-touch software-key");
  EXPECT_EQ(sign(SoftKey::sk_ed25519()), "bad untrusted-signer");
  sign(repository_.alice);
  repository_.scratch().write("f", "other\n");
  EXPECT_EQ(judged("f"), "bad bad-signature");
  repository_.scratch().write("f.sig", "-----BEGIN PGP SIGNATURE-----\n");
  EXPECT_EQ(judged("f"), "no-touch unsupported");
}

TEST_F(VerifyFile, AgreesWithKeygen) {
  const auto keygen = [&](const std::string& name_space) {
    return run({"ssh-keygen", "-Y", "verify", "-f", (repository_.scratch() / "allowed").string(),
                "-I", "alice@example.com", "-n", name_space, "-s",
                (repository_.scratch() / "f.sig").string()},
               repository_.scratch().read("f"))
        .status;
  };
  EXPECT_EQ(sign(repository_.alice), "touch");
  EXPECT_EQ(keygen("file"), 0);
  EXPECT_NE(keygen("other"), 0);
  EXPECT_EQ(judged("f", "other"), "bad bad-signature");
  repository_.allow("alice@example.com namespaces=\"git\" " +
                    repository_.alice.public_key().line() + "\n");
  EXPECT_EQ(judged("f"), "bad untrusted-signer");
  EXPECT_NE(keygen("file"), 0);
}

TEST_F(VerifyFile, JudgesStoredObjects) {
  const std::string id = repository_.commit({.key = &repository_.alice});
  repository_.scratch().write("c", repository_.git({"cat-file", "commit", id}).out);
  EXPECT_EQ(judged("c"), "touch");
  const std::string other =
      repository_.commit({.key = &repository_.alice, .committer = "bob@example.com"});
  repository_.scratch().write("c", repository_.git({"cat-file", "commit", other}).out);
  EXPECT_EQ(judged("c"), "touch committer-mismatch");
  const std::string tag = "object " + id +
                          "\ntype commit\ntag v1\ntagger A <alice@example.com> 1700000000 +0000"
                          "\n\nt\n";
  repository_.scratch().write("t", tag + repository_.alice.sign(tag));
  EXPECT_EQ(judged("t"), "touch");
  repository_.scratch().write("t", tag);
  EXPECT_EQ(judged("t"), "unsigned unsigned");
}

TEST_F(VerifyFile, SaysWhenThereIsNothingToGoBy) {
  repository_.scratch().write("plain", "hello\n");
  EXPECT_EQ(judged("plain"), "not-found");
  EXPECT_EQ(judged("missing"), "not-found");
}

TEST_F(VerifyFile, TakesARevisionForOneAndDashesForAFile) {
  const std::string id = repository_.commit({.key = &repository_.alice});
  repository_.set_head(id);
  const auto kind = [&](const std::string& argument, bool after_dashes) -> std::string {
    const auto found = target_kind(repository_.path(), argument, after_dashes);
    if (!found) {
      return std::string(base::describe(found.error().code).word);
    }
    return *found == TargetKind::kRevision ? "revision" : "file";
  };
  const std::string file = repository_.scratch().write("x", "x");
  EXPECT_EQ(kind("main", false), "revision");
  EXPECT_EQ(kind("main~0..main", false), "revision");
  EXPECT_EQ(kind("main^!", false), "revision");
  EXPECT_EQ(kind("nothing^!", false), "not-found");
  EXPECT_EQ(kind(file, false), "file");
  EXPECT_EQ(kind(file, true), "file");
  EXPECT_EQ(kind("main", true), "not-found");
  EXPECT_EQ(kind("nothing", false), "not-found");
  EXPECT_EQ(kind("nothing..main", false), "not-found");
  EXPECT_EQ(kind("--all", false), "not-found");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(repository_.scratch().path());
  repository_.scratch().write("main", "x");
  EXPECT_EQ(kind("main", false), "revision");
  EXPECT_EQ(kind("main", true), "file");
  std::filesystem::current_path(before);
}

TEST_F(VerifyFile, KnowsWhatAPushWouldPublish) {
  const std::string one = repository_.commit({.key = &repository_.alice});
  const std::string two = repository_.commit({.key = &repository_.alice, .parents = {one}});
  repository_.set_head(one);
  const std::string remote = (repository_.scratch() / "remote").string();
  const auto ids = [&] {
    const auto target = push_target(repository_.path());
    EXPECT_TRUE(target) << base::message_of(target.error());
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = target->ranges;
    options.excluded = target->excluded;
    std::string text = target->ref;
    for (const ObjectVerdict& verdict : PolicyRepository::verify_with(options).verdicts) {
      text += verdict.id == one ? " one" : " two";
    }
    return text;
  };
  EXPECT_EQ(ids(), "refs/heads/main one");
  run({"git", "init", "-q", "--bare", remote});
  repository_.git_ok({"remote", "add", "origin", remote});
  repository_.git_ok({"push", "-q", "origin", "main"});
  repository_.set_head(two);
  EXPECT_EQ(ids(), "refs/heads/main two");
  repository_.git_ok({"push", "-q", "-u", "origin", "main:trunk"});
  EXPECT_EQ(ids(), "refs/heads/trunk");
  repository_.git_ok({"checkout", "-q", "--detach"});
  const auto detached = push_target(repository_.path());
  ASSERT_FALSE(detached);
  EXPECT_EQ(detached.error().code, Code::kUsage);
}

}  // namespace
}  // namespace touchstone::git
