// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_setup.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "git-integration/commit_map.h"
#include "git-integration/limits.h"
#include "git-integration/path_changes.h"
#include "git-integration/process.h"
#include "tests/git-integration/policy_repository.h"

namespace touchstone::git {
namespace {

TEST(RefOf, NamesTheBranchAtTheEndOfARange) {
  const PolicyRepository repository;
  const std::string one = repository.commit({.key = &repository.alice});
  for (const char* ref : {"refs/heads/main", "refs/heads/topic", "refs/tags/v1",
                          "refs/remotes/origin/a/b", "refs/remotes/other/x"}) {
    repository.git_ok({"update-ref", ref, one});
  }
  repository.git_ok({"remote", "add", "origin", "/nowhere"});
  const auto ref = [&](const std::string& range) {
    auto found = ref_of(repository.path(), range);
    return found ? *found : base::message_of(found.error());
  };
  EXPECT_EQ(ref("HEAD"), "refs/heads/main");
  EXPECT_EQ(ref("topic"), "refs/heads/topic");
  EXPECT_EQ(ref("main..topic"), "refs/heads/topic");
  EXPECT_EQ(ref("topic.."), "refs/heads/main");
  EXPECT_EQ(ref("v1"), "refs/tags/v1");
  EXPECT_EQ(ref("origin/a/b"), "refs/heads/a/b");
  for (const std::string& none :
       {std::string("other/x"), one, std::string("^main"), std::string("--all"),
        std::string("nothing"), std::string("main~0"), std::string("main...topic")}) {
    EXPECT_EQ(ref(none), "") << none;
  }
}

TEST(RefOf, RangesIsThatOfTheOnlyOneWithCommits) {
  const PolicyRepository repository;
  const std::string one = repository.commit({.key = &repository.alice});
  for (const char* ref : {"refs/heads/main", "refs/heads/topic"}) {
    repository.git_ok({"update-ref", ref, one});
  }
  const auto ref = [&](const std::vector<std::string>& ranges) {
    auto found = ref_of_ranges(repository.path(), ranges);
    return found ? *found : base::message_of(found.error());
  };
  EXPECT_EQ(ref({}), "refs/heads/main");
  EXPECT_EQ(ref({"topic"}), "refs/heads/topic");
  EXPECT_EQ(ref({"topic", "^main"}), "refs/heads/topic");
  EXPECT_EQ(ref({"^main", "topic"}), "refs/heads/topic");
  EXPECT_EQ(ref({"main", "topic"}), "");
  EXPECT_EQ(ref({"main", "main..topic"}), "");
  EXPECT_EQ(ref({"^main"}), "");
}

// A repository is somebody else's: what its configuration names must not run.
TEST(RunGit, StartsNoProgramThatTheRepositoryNames) {
  const PolicyRepository repository;
  const std::string one = repository.commit({.files = {{"kept", "1"}}});
  repository.git_ok({"read-tree", one});
  const std::string mark = (repository.scratch() / "mark").string();
  const std::string script =
      repository.scratch().write("hook", "#!/bin/sh\ntouch '" + mark + "'\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  repository.git_ok({"config", "core.fsmonitor", script});
  const auto found = run_git(repository.path(), {"rev-parse", ":kept"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, 0);
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(PathChangesTest, GivesPathsAsTheyAre) {
  const PolicyRepository repository;
  const std::string one = repository.commit({.files = {{"kept", "1"}, {"gone", "2"}}});
  const Files odd = {{"kept", "1"}, {"a b", "x"}, {"d/\xff", "x"}, {"d/e\\f", "x"}, {"end-", "x"}};
  const std::string two = repository.commit({.parents = {one}, .files = odd});
  auto changes = PathChanges::start(repository.path(), PathChanges::Limits{});
  ASSERT_TRUE(changes);
  auto paths = changes->between(one, two);
  ASSERT_TRUE(paths) << base::message_of(paths.error());
  std::sort(paths->begin(), paths->end());
  EXPECT_EQ(*paths, (std::vector<std::string>{"a b", "d/e\\f", "d/\xff", "end-", "gone"}));
  const auto none = changes->between(two, two);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_FALSE(changes->between(one + "\n", two));
  EXPECT_FALSE(changes->between(std::string(one.size(), '1'), two));
  EXPECT_FALSE(changes->between(two, "HEAD"));
}

TEST(PathChangesTest, HoldsItsLimits) {
  static_assert(PathChanges::Limits{}.paths == kChangedPathsMax);
  static_assert(PathChanges::Limits{}.bytes == kChangedPathsBytesMax);
  const PolicyRepository repository;
  const std::string one = repository.commit({});
  const std::string two =
      repository.commit({.parents = {one}, .files = {{"aa", "1"}, {"bbb", "2"}, {"c", "3"}}});
  constexpr std::size_t kBytes = sizeof("aa") + sizeof("bbb") + sizeof("c");
  const auto found = [&](const PathChanges::Limits& limits) {
    auto changes = PathChanges::start(repository.path(), limits);
    const auto paths = changes->between(one, two);
    return paths ? std::to_string(paths->size())
                 : std::string(base::describe(paths.error().code).word);
  };
  EXPECT_EQ(found({.paths = 3, .bytes = kBytes}), "3");
  EXPECT_EQ(found({.paths = 2, .bytes = kBytes}), "too-long");
  EXPECT_EQ(found({.paths = 3, .bytes = kBytes - 1}), "too-long");
}

// A dozen trees that stand for a hundred million files (git diff-tree holds them all at once).
TEST(PathChangesTest, IsNotBlownUpByTreesInTrees) {
  const PolicyRepository repository;
  const std::string one = repository.commit({});
  const auto bomb = [&](const std::string& leaf_mode, const std::string& leaf) {
    std::string tree = leaf;
    std::string mode = leaf_mode;
    for (int level = 0; level < 9; ++level) {
      std::string listing;
      for (int i = 0; i < 10; ++i) {
        listing += mode + (mode == "040000" ? " tree " : " blob ") + tree + "\tf" +
                   std::to_string(i) + "\n";
      }
      tree = repository.git_ok({"mktree"}, listing);
      mode = "040000";
    }
    return repository.git_ok({"commit-tree", "-p", one, "-m", "x", tree});
  };
  auto changes = PathChanges::start(repository.path(), {.paths = 1000, .bytes = 1000000});
  ASSERT_TRUE(changes);
  // Also where there is no file at all in the end.
  for (const std::string& two : {bomb("100644", repository.store("blob", "x")),
                                 bomb("040000", repository.git_ok({"mktree"}))}) {
    const auto paths = changes->between(one, two);
    ASSERT_FALSE(paths);
    EXPECT_EQ(paths.error().code, base::Code::kTooLong);
  }
}

TEST(PathChangesTest, GoesThroughWhatIsAFolderOnEitherSide) {
  const PolicyRepository repository;
  const std::string one =
      repository.commit({.files = {{"a", "1"}, {"b/c", "2"}, {"same/x", "3"}, {"e/f", "4"}}});
  const std::string two = repository.commit(
      {.parents = {one}, .files = {{"a/d", "1"}, {"b", "2"}, {"same/x", "3"}, {"e/f", "5"}}});
  auto changes = PathChanges::start(repository.path(), PathChanges::Limits{});
  ASSERT_TRUE(changes);
  auto paths = changes->between(one, two);
  ASSERT_TRUE(paths) << base::message_of(paths.error());
  std::sort(paths->begin(), paths->end());
  const std::string stock = repository.git_ok({"diff-tree", "-r", "--name-only", one, two});
  std::string ours;
  for (const std::string& path : *paths) {
    ours += (ours.empty() ? "" : "\n") + path;
  }
  EXPECT_EQ(ours, "a\na/d\nb\nb/c\ne/f");
  EXPECT_EQ(ours, stock);
}

// git takes whatever has the type of a folder for one, and so checks out what is in it.
TEST(PathChangesTest, GoesIntoFoldersOfAnyMode) {
  const PolicyRepository repository;
  const std::string one = repository.commit({});
  const std::string inside = repository.tree({{"site", "evil"}});
  const auto raw = base::from_hex(inside);
  ASSERT_TRUE(raw);
  for (const std::string mode : {"40000", "040000", "40755"}) {
    std::string listing = mode + " deploy";
    listing += '\0';
    listing += base::as_text(*raw);
    const std::string tree =
        repository.git_ok({"hash-object", "-t", "tree", "-w", "--literally", "--stdin"}, listing);
    const std::string two = repository.git_ok({"commit-tree", "-p", one, "-m", "x", tree});
    auto changes = PathChanges::start(repository.path(), PathChanges::Limits{});
    ASSERT_TRUE(changes);
    const auto paths = changes->between(one, two);
    ASSERT_TRUE(paths) << base::message_of(paths.error());
    EXPECT_EQ(*paths, std::vector<std::string>{"deploy/site"}) << mode;
    EXPECT_EQ(repository.git_ok({"diff-tree", "-r", "--name-only", one, two}), "deploy/site");
  }
}

TEST(ReadSigners, TakesAPipeAsAnyFile) {
  const PolicyRepository repository;
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const std::string line = repository.alice.line("alice@example.com");
  ASSERT_TRUE(base::write_all(pipe->write_end.get(), base::as_bytes(line)));
  VerifyOptions options;
  options.repository = repository.path();
  options.signers = "/proc/self/fd/" + std::to_string(pipe->read_end.get());
  pipe->write_end.reset();
  const auto signers = read_signers(options);
  ASSERT_TRUE(signers) << base::message_of(signers.error());
  EXPECT_TRUE(signers->knows(repository.alice.public_key()));
}

TEST(ReadSigners, SaysThatNobodyWasNamed) {
  const Repository repository;
  VerifyOptions options;
  options.repository = repository.path();
  const auto signers = read_signers(options);
  ASSERT_FALSE(signers);
  EXPECT_EQ(signers.error().code, base::Code::kNoSigners);
  EXPECT_EQ(base::describe(signers.error().code).exit, base::Exit::kUsage);
}

TEST(WalkTags, HoldsTheLimitItIsGiven) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_ed25519();
  std::string id = repository.signed_commit(key, {}, "one\n");
  for (int depth = 1; depth <= 4; ++depth) {
    id = repository.store("tag", "object " + id + "\ntype " + (depth == 1 ? "commit" : "tag") +
                                     "\ntag t\ntagger A <a@example.com> 1 +0000\n\nt\n");
  }
  const auto four = walk_tags(repository.path(), id, 4);
  ASSERT_TRUE(four) << base::message_of(four.error());
  EXPECT_EQ(four->tags.size(), 4U);
  const auto three = walk_tags(repository.path(), id, 3);
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().code, base::Code::kTooLong);
}

TEST(EachGitLine, GivesLinesHoweverManyAndStopsAtOneTooLong) {
  const Repository repository;
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    text += "line " + std::to_string(i) + "\n";
  }
  const std::string many = repository.store("blob", text + "end");
  std::string read;
  ASSERT_TRUE(each_git_line(repository.path(), {"cat-file", "blob", many}, [&](auto line) {
    read += std::string(line) + "\n";
    return base::Status();
  }));
  EXPECT_EQ(read, text + "end\n");
  const auto of_line = [&](std::size_t size) {
    const std::string blob = repository.store("blob", std::string(size, 'a') + "\nb\n");
    std::size_t lines = 0;
    const auto done = each_git_line(repository.path(), {"cat-file", "blob", blob}, [&](auto) {
      ++lines;
      return base::Status();
    });
    return done ? std::to_string(lines) : std::string(base::describe(done.error().code).word);
  };
  EXPECT_EQ(of_line(kGitLineMax), "2");
  EXPECT_EQ(of_line(kGitLineMax + 1), "too-long");
  EXPECT_EQ(of_line(3 * kGitLineMax), "too-long");
  const auto failed = each_git_line(repository.path(), {"cat-file", "blob", "none"},
                                    [](auto) { return base::Status(); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Code::kExternalProgram);
}

TEST(CommitMapTest, KeepsNamesOfBothKinds) {
  CommitMap<int> map;
  const std::string sha1(40, 'a');
  map.add(sha1, 1);
  map.add(std::string(40, 'b'), 2);
  map.add(std::string(39, 'c'), 3);
  map.add(std::string(40, 'g'), 4);
  EXPECT_EQ(map.size(), 2U);
  ASSERT_NE(map.find(sha1), nullptr);
  EXPECT_EQ(*map.find(sha1), 1);
  EXPECT_EQ(map.find(std::string(40, 'd')), nullptr);
  EXPECT_EQ(map.find("A"), nullptr);
  map.add(sha1, 5);
  EXPECT_EQ(*map.find(sha1), 5);
}

TEST(CommitMapTest, NumbersCommitsAsTheyComeHoweverManyThereAre) {
  constexpr std::uint32_t kCommits = 5000;
  const auto name_of = [](std::uint32_t number) {
    const std::string digits = std::to_string(number);
    return std::string(40 - digits.size(), '0') + digits;
  };
  CommitMap<std::uint32_t> map;
  for (std::uint32_t number = 0; number < kCommits; ++number) {
    ASSERT_EQ(map.number_of(name_of(number)), number);
    map.at(number) = number * 2;
  }
  EXPECT_EQ(map.number_of(name_of(17)), 17U);
  EXPECT_EQ(map.number_of("no name"), std::nullopt);
  EXPECT_EQ(map.size(), kCommits);
  for (std::uint32_t number = 0; number < kCommits; ++number) {
    ASSERT_EQ(map.name(number), name_of(number));
    ASSERT_NE(map.find(name_of(number)), nullptr);
    ASSERT_EQ(*map.find(name_of(number)), number * 2);
  }
  EXPECT_EQ(map.find(name_of(kCommits)), nullptr);
}

}  // namespace
}  // namespace touchstone::git
