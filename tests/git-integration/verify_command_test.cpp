// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_command.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

struct Outcome {
  base::Result<VerifySummary> summary = VerifySummary{};
  std::vector<ObjectVerdict> verdicts;

  std::vector<std::string> words() const {
    std::vector<std::string> words;
    for (const ObjectVerdict& verdict : verdicts) {
      words.push_back(to_word(verdict.verdict.presence));
    }
    return words;
  }
};

using Words = std::vector<std::string>;

Outcome verify(const Repository& repository, const std::vector<std::string>& ranges = {},
               unsigned workers = 2) {
  VerifyOptions options;
  options.repository = repository.path();
  options.ranges = ranges;
  options.workers = workers;
  options.any_committer = true;
  Outcome outcome;
  outcome.summary = verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
    outcome.verdicts.push_back(verdict);
    return {};
  });
  return outcome;
}

class Verify : public testing::TestWithParam<const char*> {
 protected:
  Verify() : repository_(GetParam()), key_(SoftKey::sk_ed25519()) {
    repository_.allow(key_.line("alice@example.com"));
  }
  // stock_accepts says what git verify-commit thinks.
  bool stock_accepts(const std::string& id) const {
    return repository_.git({"verify-commit", id}).status == 0;
  }
  Repository repository_;
  SoftKey key_;
};

INSTANTIATE_TEST_SUITE_P(ObjectFormats, Verify, testing::Values("sha1", "sha256"));

TEST_P(Verify, GivesTheOldestFirstWhenThatIsAskedFor) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {one}, "two\n");
  const std::string text =
      "object " + two + "\ntype commit\ntag t\ntagger A <a@example.com> 1 +0000\n\nt\n";
  const std::string tag = repository_.store("tag", text + key_.sign(text));
  repository_.git_ok({"update-ref", "refs/tags/t", tag});
  const auto order = [&](bool oldest_first) {
    VerifyOptions options;
    options.repository = repository_.path();
    options.ranges = {"t"};
    options.any_committer = true;
    options.oldest_first = oldest_first;
    std::vector<std::string> ids;
    EXPECT_TRUE(verify_range(options, [&](const ObjectVerdict& verdict) -> base::Status {
      ids.push_back(verdict.id);
      return {};
    }));
    return ids;
  };
  EXPECT_EQ(order(true), (std::vector<std::string>{one, two, tag}));
  EXPECT_EQ(order(false), (std::vector<std::string>{tag, two, one}));
}

TEST_P(Verify, JudgesEveryCommitInOrder) {
  const SoftKey software = SoftKey::ed25519();
  repository_.allow(key_.line("alice@example.com") + software.line("bob@example.com"));
  const std::string first = repository_.signed_commit(key_, {}, "one\n");
  const std::string second =
      repository_.signed_commit(key_, {first}, "two\n", {.flags = kUp | kUv, .counter = 8});
  const std::string third = repository_.signed_commit(software, {second}, "three\n");
  const std::string fourth = repository_.store("commit", repository_.commit_text({third}, "4\n"));
  const std::string fifth =
      repository_.signed_commit(SoftKey::sk_ed25519(), {fourth}, "stranger\n");
  const std::string sixth = repository_.signed_commit(key_, {fifth}, "malware\n", {.flags = 0});
  repository_.set_head(sixth);

  const Outcome all = verify(repository_);
  ASSERT_TRUE(all.summary) << base::message_of(all.summary.error());
  EXPECT_EQ(all.words(), (Words{"no-touch", "bad", "unsigned", "no-touch", "touch+pin", "touch"}));
  EXPECT_EQ(all.verdicts.front().id, sixth);
  EXPECT_EQ(all.verdicts.back().id, first);
  EXPECT_EQ(all.verdicts.back().verdict.signer, "alice@example.com");
  EXPECT_EQ(all.summary->total, 6U);
  EXPECT_EQ(all.summary->below_touch, 4U);
  EXPECT_FALSE(all.summary->passed());
  EXPECT_FALSE(all.summary->shallow);
  // What stock git says of the one malware made: reference/git.md fact 1.
  EXPECT_TRUE(stock_accepts(sixth));

  const Outcome range = verify(repository_, {first + ".." + second});
  EXPECT_EQ(range.words(), (Words{"touch+pin"}));
  ASSERT_TRUE(range.summary);
  EXPECT_TRUE(range.summary->passed());
}

// reference/git.md fact 8: the id of a signed commit can be changed, and stock git calls the
// result good.
TEST_P(Verify, RefusesChangedFormsThatStockGitAccepts) {
  const bool sha256 = std::string(GetParam()) == "sha256";
  const std::string ours = sha256 ? "gpgsig-sha256" : "gpgsig";
  const std::string others = sha256 ? "gpgsig" : "gpgsig-sha256";
  const std::string text = repository_.commit_text({}, "subject\n");
  const std::string good = repository_.with_signature(text, key_.sign(text));
  const std::size_t header = good.find(ours + " ");
  const std::size_t header_end = good.find("\n\n") + 1;
  const std::string signature_header = good.substr(header, header_end - header);
  const auto inserted = [&](std::size_t at, const std::string& what) {
    return good.substr(0, at) + what + good.substr(at);
  };
  std::string misplaced = text;
  misplaced.insert(text.find("committer "), signature_header);
  const std::vector<std::string> changed = {
      inserted(header_end, others + " x\n"),
      inserted(header, others + " x\n y\n"),
      inserted(header_end, "gpgsigfoo bar\n"),
      inserted(header_end, " junk\n"),
      inserted(header_end, signature_header),
      repository_.with_signature(text, key_.sign(text, {.reserved = "x"})),
      misplaced,
  };
  repository_.set_head(repository_.store("commit", good));
  EXPECT_EQ(verify(repository_).words(), Words{"touch"});
  EXPECT_TRUE(stock_accepts("HEAD"));
  for (const std::string& object : changed) {
    const std::string id = repository_.store("commit", object);
    EXPECT_EQ(verify(repository_, {id}).words(), Words{"bad"}) << object;
    EXPECT_TRUE(stock_accepts(id)) << object;
  }
}

// Fact 3.
TEST_P(Verify, FindsFlagsOfWebauthnSignatures) {
  const SoftKey key = SoftKey::sk_p256();
  repository_.allow(key.line("alice@example.com"));
  const std::string id = repository_.signed_commit(key, {}, "m\n", {.flags = 0, .webauthn = true});
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(verify(repository_, {id}).words(), Words{"no-touch"});
}

TEST_P(Verify, JudgesMergesWithTheirTags) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {one}, "two\n");
  const std::string three = repository_.signed_commit(key_, {one}, "three\n");
  const std::string tag = "mergetag object " + two +
                          "\n type commit\n tag v1\n tagger A <a@example.com> 1 +0000\n \n t\n"
                          " -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n";
  const std::string octopus = repository_.commit_text({one, two, three}, "octopus\n", tag);
  repository_.set_head(
      repository_.store("commit", repository_.with_signature(octopus, key_.sign(octopus))));
  const Outcome outcome = verify(repository_);
  EXPECT_EQ(outcome.words(), (Words{"touch", "touch", "touch", "touch"}));
  EXPECT_TRUE(stock_accepts("HEAD"));
}

// git calls it "a non-parent" in `git log --show-signature`, and the commit good.
TEST_P(Verify, RefusesAMergedTagThatNamesWhatWasNotMerged) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {one}, "two\n");
  const std::string other = repository_.signed_commit(key_, {one}, "other\n");
  const std::string tag = "mergetag object " + other +
                          "\n type commit\n tag v1\n tagger A <a@example.com> 1 +0000\n \n t\n";
  const std::string merge = repository_.commit_text({one, two}, "merge\n", tag);
  const std::string id =
      repository_.store("commit", repository_.with_signature(merge, key_.sign(merge)));
  EXPECT_TRUE(stock_accepts(id));
  EXPECT_EQ(verify(repository_, {id + "^!"}).words().front(), "bad");
}

std::string tag_text(const std::string& object, const std::string& name,
                     const std::string& type = "commit") {
  return "object " + object + "\ntype " + type + "\ntag " + name +
         "\ntagger A <a@example.com> 1700000000 +0000\n\nrelease\n";
}

TEST_P(Verify, JudgesTags) {
  const std::string commit = repository_.signed_commit(key_, {}, "one\n");
  const std::string text = tag_text(commit, "v1");
  const std::string tag = repository_.store("tag", text + key_.sign(text));
  repository_.git_ok({"update-ref", "refs/tags/v1", tag});
  const Outcome outcome = verify(repository_, {"v1"});
  ASSERT_EQ(outcome.words(), (Words{"touch", "touch"}));
  EXPECT_EQ(outcome.verdicts[0].kind, ObjectKind::kTag);
  EXPECT_EQ(outcome.verdicts[0].id, tag);
  EXPECT_EQ(outcome.verdicts[0].name, "v1");
  EXPECT_EQ(outcome.verdicts[1].kind, ObjectKind::kCommit);

  // The same good tag under another name, which git verify-tag does not mind.
  repository_.git_ok({"update-ref", "refs/tags/v2", tag});
  EXPECT_EQ(repository_.git({"verify-tag", "v2"}).status, 0);
  EXPECT_EQ(verify(repository_, {"v2"}).words(), (Words{"bad", "touch"}));
  EXPECT_EQ(verify(repository_, {"refs/tags/v2"}).words(), (Words{"bad", "touch"}));
  EXPECT_EQ(verify(repository_, {tag}).words(), (Words{"touch", "touch"}));

  const std::string outer_text = tag_text(tag, "outer", "tag");
  const std::string outer =
      repository_.store("tag", outer_text + key_.sign(outer_text, {.flags = 0}));
  repository_.git_ok({"update-ref", "refs/tags/outer", outer});
  EXPECT_EQ(verify(repository_, {"outer"}).words(), (Words{"no-touch", "touch", "touch"}));

  const std::string unsigned_tag = repository_.store("tag", tag_text(commit, "u"));
  repository_.git_ok({"update-ref", "refs/tags/u", unsigned_tag});
  EXPECT_EQ(verify(repository_, {"u"}).words(), (Words{"unsigned", "touch"}));
}

TEST_P(Verify, JudgesTagsOfOtherThings) {
  const std::string blob = repository_.store("blob", "data");
  const std::string text = tag_text(blob, "b", "blob");
  repository_.git_ok(
      {"update-ref", "refs/tags/b", repository_.store("tag", text + key_.sign(text))});
  EXPECT_EQ(verify(repository_, {"b"}).words(), Words{"touch"});
}

TEST_P(Verify, HoldsLimitOfTagsOfTags) {
  std::string id = repository_.signed_commit(key_, {}, "one\n");
  for (std::size_t depth = 1; depth <= kTagDepthMax + 1; ++depth) {
    const std::string text = tag_text(id, "t", depth == 1 ? "commit" : "tag");
    id = repository_.store("tag", text + key_.sign(text));
    const Outcome outcome = verify(repository_, {id});
    EXPECT_EQ(outcome.summary.has_value(), depth <= kTagDepthMax);
    if (!outcome.summary) {
      EXPECT_EQ(outcome.summary.error().code, Code::kTooLong);
    } else {
      EXPECT_EQ(outcome.verdicts.size(), depth + 1);
    }
  }
}

TEST_P(Verify, RefusesTagsThatGoOnAfterTheSignature) {
  const std::string commit = repository_.signed_commit(key_, {}, "one\n");
  const std::string text = tag_text(commit, "v1");
  const std::string id = repository_.store("tag", text + key_.sign(text) + "more\n");
  EXPECT_EQ(verify(repository_, {id}).words(), (Words{"bad", "touch"}));
  EXPECT_EQ(repository_.git({"verify-tag", id}).status, 0);
}

TEST_P(Verify, DoesNotFollowReplaceRefsOrGrafts) {
  const std::string real = repository_.store("commit", repository_.commit_text({}, "unsigned\n"));
  const std::string other = repository_.signed_commit(key_, {}, "signed\n");
  const std::string tip = repository_.signed_commit(key_, {real}, "tip\n");
  repository_.set_head(tip);
  repository_.git_ok({"replace", real, other});
  EXPECT_EQ(verify(repository_).words(), (Words{"touch", "unsigned"}));
  repository_.git_ok({"replace", "-d", real});
  repository_.git_ok({"replace", "--graft", tip, other});
  EXPECT_EQ(verify(repository_).words(), (Words{"touch", "unsigned"}));
}

TEST_P(Verify, RefusesAHistoryThatAShallowCloneCutsOff) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {one}, "two\n");
  const std::string three = repository_.signed_commit(key_, {two}, "three\n");
  repository_.set_head(three);
  const std::string folder = (repository_.scratch() / "shallow").string();
  ASSERT_EQ(run({"git", "clone", "-q", "--depth=2", "file://" + repository_.path(), folder}).status,
            0);
  VerifyOptions options;
  options.repository = folder;
  options.signers = repository_.scratch() / "allowed";
  options.any_committer = true;
  const auto ignore = [](const ObjectVerdict&) -> base::Status { return {}; };
  const auto summary = verify_range(options, ignore);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->total, 2U);
  EXPECT_TRUE(summary->shallow);
  EXPECT_EQ(summary->refused, 0U);
  EXPECT_FALSE(summary->passed());
  ASSERT_EQ(summary->findings.size(), 1U);
  EXPECT_EQ(summary->findings.front().error.code, base::Code::kShallow);
  EXPECT_EQ(summary->findings.front().id, two);
  // As deep as there is history, nothing is cut off.
  const std::string whole = (repository_.scratch() / "whole").string();
  ASSERT_EQ(run({"git", "clone", "-q", "--depth=3", "file://" + repository_.path(), whole}).status,
            0);
  VerifyOptions deep = options;
  deep.repository = whole;
  const auto all = verify_range(deep, ignore);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->passed());
  // What a range leaves out stands for all before it.
  options.ranges = {two + ".." + three};
  const auto range = verify_range(options, ignore);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->total, 1U);
  EXPECT_FALSE(range->shallow);
  EXPECT_TRUE(range->passed());
}

TEST_P(Verify, FailsWhenAnObjectIsMissing) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  const std::string two = repository_.signed_commit(key_, {one}, "two\n");
  repository_.set_head(two);
  std::filesystem::remove(repository_.path() + "/.git/objects/" + one.substr(0, 2) + "/" +
                          one.substr(2));
  const Outcome outcome = verify(repository_);
  ASSERT_FALSE(outcome.summary);
  EXPECT_EQ(outcome.summary.error().code, Code::kExternalProgram);
}

TEST_P(Verify, FailsForUnknownRanges) {
  repository_.set_head(repository_.signed_commit(key_, {}, "one\n"));
  for (const char* range : {"nothing", "nothing..HEAD", "--all", "-n1", "--output=x", ""}) {
    const Outcome outcome = verify(repository_, {range});
    ASSERT_FALSE(outcome.summary) << range;
    EXPECT_EQ(outcome.summary.error().code, Code::kExternalProgram) << range;
    EXPECT_FALSE(outcome.summary.error().context.empty());
  }
}

TEST_P(Verify, FailsInAnEmptyRepository) {
  const Outcome outcome = verify(repository_);
  ASSERT_FALSE(outcome.summary);
  EXPECT_EQ(outcome.summary.error().code, Code::kExternalProgram);
}

TEST_P(Verify, GoesThroughManyBatches) {
  // More objects than the window holds, made fast by unsigned history of one tree.
  std::string stream;
  constexpr int kCommits = 1500;
  for (int i = 1; i <= kCommits; ++i) {
    stream += "commit refs/heads/main\nmark :" + std::to_string(i) +
              "\ncommitter A <a@example.com> 1700000000 +0000\ndata 2\nm\n";
    if (i > 1) {
      stream += "from :" + std::to_string(i - 1) + "\n";
    }
    stream += "\n";
  }
  repository_.git_ok({"fast-import", "--quiet"}, stream);
  const Outcome outcome = verify(repository_, {}, 3);
  ASSERT_TRUE(outcome.summary);
  EXPECT_EQ(outcome.summary->total, static_cast<std::uint64_t>(kCommits));
  std::string ids;
  for (const ObjectVerdict& verdict : outcome.verdicts) {
    ids += verdict.id + "\n";
  }
  ids.pop_back();
  EXPECT_EQ(ids, repository_.git_ok({"rev-list", "main"}));
}

TEST_P(Verify, StopsWhenToldTo) {
  const std::string one = repository_.signed_commit(key_, {}, "one\n");
  repository_.set_head(repository_.signed_commit(key_, {one}, "two\n"));
  VerifyOptions options;
  options.repository = repository_.path();
  int seen = 0;
  const auto summary = verify_range(options, [&](const ObjectVerdict&) -> base::Status {
    ++seen;
    return base::fail(Code::kCancelled);
  });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::kCancelled);
  EXPECT_EQ(seen, 1);
}

TEST(VerifySettings, WantsAllowedSigners) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_ed25519();
  repository.set_head(repository.signed_commit(key, {}, "one\n"));
  const Outcome unset = verify(repository);
  ASSERT_FALSE(unset.summary);
  EXPECT_EQ(unset.summary.error().code, Code::kNoSigners);
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "/nonexistent/allowed"});
  const Outcome missing = verify(repository);
  ASSERT_FALSE(missing.summary);
  EXPECT_EQ(missing.summary.error().code, Code::kNotFound);
  EXPECT_TRUE(missing.verdicts.empty());
}

// reference/git.md fact 5: for stock git a missing revocation file is a warning.
TEST(VerifySettings, WantsTheRevocationFileThatIsConfigured) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_ed25519();
  repository.allow(key.line("alice@example.com"));
  repository.set_head(repository.signed_commit(key, {}, "one\n"));
  repository.git_ok({"config", "gpg.ssh.revocationFile", "/nonexistent/revoked"});
  EXPECT_EQ(repository.git({"verify-commit", "HEAD"}).status, 0);
  const Outcome missing = verify(repository);
  ASSERT_FALSE(missing.summary);
  EXPECT_EQ(missing.summary.error().code, Code::kNotFound);
  repository.git_ok({"config", "gpg.ssh.revocationFile",
                     repository.scratch().write("revoked", key.public_key().line() + "\n")});
  EXPECT_EQ(verify(repository).words(), Words{"bad"});
}

TEST(VerifySettings, FindsSignersWhereGitDoes) {
  const Repository repository;
  const SoftKey key = SoftKey::sk_ed25519();
  repository.set_head(repository.signed_commit(key, {}, "one\n"));
  repository.scratch().write("signers", key.line("alice@example.com"));
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "~/signers"});
  EXPECT_EQ(verify(repository).words(), Words{"touch"});
  repository.git_ok({"config", "gpg.ssh.allowedSignersFile", "../signers"});
  EXPECT_EQ(verify(repository).words(), Words{"touch"});
}

TEST(VerifySettings, FailsOutsideARepository) {
  const Scratch scratch;
  isolate(scratch);
  VerifyOptions options;
  options.repository = scratch.path().string();
  const auto summary = verify_range(options, [](const ObjectVerdict&) { return base::Status(); });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::kNoRepository);
}

}  // namespace
}  // namespace touchstone::git
