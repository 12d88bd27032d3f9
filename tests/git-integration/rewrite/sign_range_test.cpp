// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_range.h"

#include <algorithm>

#include "git-integration/limits.h"
#include "git-integration/rewrite/commit_text.h"
#include "ssh/limits.h"
#include "tests/git-integration/rewrite/rewrite_fixture.h"

namespace touchstone::git {
namespace {

using base::Code;
using Words = std::vector<std::string>;

// payload_of takes the signature out of a commit, as git would.
std::string payload_of(HashAlgorithm algorithm, const std::string& commit) {
  const auto split = split_signed_object(ObjectKind::kCommit, algorithm, base::as_bytes(commit));
  EXPECT_TRUE(split);
  return split ? std::string(base::as_text(split->payload)) : std::string();
}

class SignRange : public SignFixture {};

TEST_F(SignRange, SignsEachCommitWithATouchOfItsOwn) {
  const auto old = line(3);
  const SignSummary summary = sign_ok(options());
  EXPECT_EQ(summary.ref, "refs/heads/main");
  EXPECT_EQ(summary.old_tip, old.back());
  EXPECT_EQ(summary.new_tip, head());
  EXPECT_EQ(summary.touched, 3U);
  EXPECT_EQ(classes(), (Words{"touch", "touch", "touch"}));
  const auto requests = agent_->requests();
  ASSERT_EQ(requests.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(requests[i].position, i + 1);
    EXPECT_EQ(requests[i].count, 3U);
    EXPECT_EQ(requests[i].name_space, "git");
  }
  EXPECT_EQ(repo_.git_ok({"log", "--format=%s"}), "commit 3\ncommit 2\ncommit 1");
  EXPECT_EQ(repo_.git({"fsck", "--strict"}).status, 0);
}

TEST_F(SignRange, StockGitCallsThemGood) {
  line(2);
  sign_ok(options());
  EXPECT_EQ(repo_.git_ok({"-c", "gpg.ssh.program=ssh-keygen", "log", "--format=%G?"}), "G\nG");
}

TEST_F(SignRange, MovesTheBranchOnceAndSaysWhereItWas) {
  repo_.git_ok({"config", "core.logAllRefUpdates", "true"});
  const auto old = line(3);
  const std::size_t before = repo_.git_ok({"reflog", "show", "main"}).size();
  sign_ok(options());
  EXPECT_EQ(repo_.git_ok({"rev-parse", "ORIG_HEAD"}), old.back());
  const std::string log = repo_.git_ok({"reflog", "show", "main"});
  EXPECT_NE(log.find("touchstone sign: 3 commits"), std::string::npos) << log;
  EXPECT_EQ(repo_.git_ok({"rev-parse", "main@{1}"}), old.back());
  EXPECT_GT(log.size(), before);
  repo_.git_ok({"reset", "--soft", "ORIG_HEAD"});
  EXPECT_EQ(head(), old.back());
}

TEST_F(SignRange, LeavesIndexAndFilesAlone) {
  repo_.git_ok({"commit", "-q", "--allow-empty", "-m", "one"});
  std::ofstream(repo_.path() + "/staged") << "staged\n";
  std::ofstream(repo_.path() + "/loose") << "loose\n";
  repo_.git_ok({"add", "staged"});
  const std::string before = repo_.git_ok({"status", "--porcelain"});
  sign_ok(options());
  EXPECT_EQ(repo_.git_ok({"status", "--porcelain"}), before);
}

TEST_F(SignRange, KeepsTheNamesOfCommitsThatHaveTheirTouch) {
  const std::string first = repo_.signed_commit(key_, {}, "one\n");
  const std::string second = repo_.signed_commit(key_, {first}, "two\n");
  const auto rest = line(1, second);
  const SignSummary summary = sign_ok(options());
  EXPECT_EQ(summary.kept, 2U);
  EXPECT_EQ(summary.touched, 1U);
  EXPECT_EQ(repo_.git_ok({"rev-parse", "HEAD^"}), second);
  EXPECT_EQ(agent_->requests().at(0).count, 1U);
}

TEST_F(SignRange, DoesNothingWhereAllHaveTheirTouch) {
  repo_.set_head(repo_.signed_commit(key_, {repo_.signed_commit(key_, {}, "one\n")}, "two\n"));
  const std::string before = head();
  agent_.reset();  // nobody is needed
  const SignSummary summary = sign_ok(options());
  EXPECT_EQ(summary.kept, 2U);
  EXPECT_EQ(head(), before);
  EXPECT_NE(repo_.git({"rev-parse", "--verify", "-q", "ORIG_HEAD"}).status, 0);
}

TEST_F(SignRange, SignsAgainWhatFollowsAChangedCommit) {
  const std::string first = unsigned_commit({}, "one\n");
  repo_.set_head(repo_.signed_commit(key_, {first}, "two\n"));
  EXPECT_EQ(sign_ok(options()).touched, 2U);
  EXPECT_EQ(classes(), (Words{"touch", "touch"}));
}

TEST_F(SignRange, SignsAgainWhatIsNoGoodTouch) {
  const SoftKey software = SoftKey::ed25519();
  const SoftKey stranger = SoftKey::sk_ed25519();
  const std::string untouched = repo_.signed_commit(key_, {}, "one\n", {.flags = 0});
  const std::string by_file = repo_.signed_commit(software, {untouched}, "two\n");
  const std::string by_stranger = repo_.signed_commit(stranger, {by_file}, "three\n");
  const std::string text = repo_.commit_text({by_stranger}, "four\n");
  repo_.set_head(repo_.store("commit", repo_.with_signature(text, key_.sign("other text"))));
  EXPECT_EQ(sign_ok(options()).touched, 4U);
  EXPECT_EQ(classes(), Words(4, "touch"));
}

TEST_F(SignRange, KeepsAnothersGoodCommit) {
  const SoftKey other = SoftKey::sk_ed25519();
  repo_.allow(key_.line("author@example.com") + other.line("author@example.com"));
  const std::string first = repo_.signed_commit(other, {}, "one\n");
  line(1, first);
  EXPECT_EQ(sign_ok(options()).kept, 1U);
  EXPECT_EQ(repo_.git_ok({"rev-parse", "HEAD^"}), first);
}

TEST_F(SignRange, KeepsEveryByteOfACommitButParentsAndSignature) {
  const std::string first = unsigned_commit({}, "one\n");
  const std::string headers =
      "encoding ISO-8859-1\nchange-id kkmpptxzrspx\nx-note one\n  two\n \n three\n";
  const std::string old = unsigned_commit({first}, "\n  s\xFCss\n\nbody\n\n\nmore", headers);
  repo_.set_head(old);
  sign_ok(options());
  std::string expected = text_of(old);
  const std::size_t at = expected.find(first);
  expected.replace(at, first.size(), repo_.git_ok({"rev-parse", "HEAD^"}));
  EXPECT_EQ(payload_of(HashAlgorithm::kSha1, text_of("HEAD")), expected);
}

TEST_F(SignRange, KeepsMergesAndOctopuses) {
  const std::string root = unsigned_commit({}, "root\n");
  const std::string a = unsigned_commit({root}, "a\n");
  const std::string b = unsigned_commit({root}, "b\n");
  const std::string c = unsigned_commit({root}, "c\n");
  const std::string two = unsigned_commit({a, b}, "merge\n");
  repo_.set_head(unsigned_commit({two, c, b}, "octopus\n"));
  EXPECT_EQ(sign_ok(options()).touched, 6U);
  EXPECT_EQ(classes(), Words(6, "touch"));
  EXPECT_EQ(
      repo_.git_ok({"log", "--no-walk=unsorted", "--format=%s", "HEAD^1", "HEAD^2", "HEAD^3"}),
      "merge\nc\nb");
  EXPECT_EQ(repo_.git_ok({"log", "--no-walk=unsorted", "--format=%s", "HEAD^1^1", "HEAD^1^2"}),
            "a\nb");
  // b is one commit, not two.
  EXPECT_EQ(repo_.git_ok({"rev-parse", "HEAD^3"}), repo_.git_ok({"rev-parse", "HEAD^1^2"}));
}

std::string merge_tag_of(const std::string& object) {
  return "mergetag object " + object +
         "\n type commit\n tag v1\n tagger T <t@example.com> 1700000000 +0000\n \n release\n";
}

TEST_F(SignRange, KeepsAMergedTagOfACommitThatKeepsItsName) {
  const std::string tagged = repo_.signed_commit(key_, {}, "tagged\n");
  const std::string side = unsigned_commit({tagged}, "side\n");
  repo_.set_head(unsigned_commit({side, tagged}, "merge\n", merge_tag_of(tagged)));
  EXPECT_EQ(sign_ok(options()).touched, 2U);
  EXPECT_NE(text_of("HEAD").find(merge_tag_of(tagged)), std::string::npos);
  EXPECT_EQ(classes(), Words(3, "touch"));
}

TEST_F(SignRange, RefusesAMergedTagOfACommitThatWouldGetAnotherName) {
  const std::string tagged = unsigned_commit({}, "tagged\n");
  const std::string side = unsigned_commit({tagged}, "side\n");
  repo_.set_head(unsigned_commit({side, tagged}, "merge\n", merge_tag_of(tagged)));
  const base::Error error = refuse(options());
  EXPECT_EQ(error.code, Code::kUsage);
  EXPECT_NE(error.context.find("signed tag"), std::string::npos) << error.context;
}

class SignRangeSha256 : public SignFixture {
 protected:
  SignRangeSha256() : SignFixture("sha256") {}
};

TEST_F(SignRangeSha256, SignsInTheHeaderOfItsAlgorithm) {
  line(2);
  sign_ok(options());
  EXPECT_EQ(classes(), Words(2, "touch"));
  EXPECT_NE(text_of("HEAD").find("\ngpgsig-sha256 -----BEGIN"), std::string::npos);
  EXPECT_EQ(text_of("HEAD").find("\ngpgsig -----"), std::string::npos);
}

TEST_F(SignRange, GoesOnWhereItWasStopped) {
  const auto old = line(4);
  start_agent({.signatures_max = 2});
  const auto stopped = sign(options());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
  EXPECT_NE(stopped.error().context.find("commit 3 of 4"), std::string::npos);
  EXPECT_EQ(head(), old.back());
  EXPECT_NE(repo_.git({"rev-parse", "--verify", "-q", "ORIG_HEAD"}).status, 0);
  start_agent({});
  const SignSummary summary = sign_ok(options());
  EXPECT_EQ(summary.reused, 2U);
  EXPECT_EQ(summary.touched, 2U);
  EXPECT_EQ(agent_->requests().size(), 2U);
  EXPECT_EQ(agent_->requests().at(0).position, 3U);
  EXPECT_EQ(classes(), Words(4, "touch"));
}

TEST_F(SignRange, AsksForNoTouchForTheVerySameBytes) {
  const auto old = line(3);
  const std::string signed_tip = sign_ok(options()).new_tip;
  repo_.git_ok({"reset", "--soft", "ORIG_HEAD"});
  agent_.reset();
  const SignSummary again = sign_ok(options());
  EXPECT_EQ(again.reused, 3U);
  EXPECT_EQ(again.new_tip, signed_tip);
}

TEST_F(SignRange, AsksAgainForOtherBytesOrAnotherKey) {
  line(1);
  sign_ok(options());
  repo_.set_head(unsigned_commit({}, "commit 1!\n"));
  EXPECT_EQ(sign_ok(options()).touched, 1U);
  repo_.git_ok({"reset", "-q", "--soft", "ORIG_HEAD"});
  key_ = SoftKey::sk_ed25519();
  repo_.allow(key_.line("author@example.com"));
  start_agent({});
  EXPECT_EQ(sign_ok(options()).touched, 1U);
}

TEST_F(SignRange, DryRunCountsTouchesAndAsksForNone) {
  const auto old = line(4);
  start_agent({.signatures_max = 1});
  ASSERT_FALSE(sign(options()));
  agent_.reset();
  SignRangeOptions dry = options();
  dry.dry_run = true;
  const SignSummary summary = sign_ok(dry);
  EXPECT_EQ(summary.reused, 1U);
  EXPECT_EQ(summary.touched, 3U);
  EXPECT_EQ(summary.new_tip, old.back());
  EXPECT_EQ(head(), old.back());
  ASSERT_EQ(steps_.size(), 4U);
  EXPECT_EQ(steps_.at(0).step, SignStep::kReused);
  EXPECT_EQ(steps_.at(3).step, SignStep::kToSign);
}

TEST_F(SignRange, RefusesSomebodyElsesCommitAndNamesIt) {
  const auto old = line(1);
  repo_.git_ok({"-c", "user.email=bob@example.com", "commit", "-q", "--allow-empty", "-m", "bobs"});
  repo_.git_ok({"commit", "-q", "--allow-empty", "-m", "mine"});
  const base::Error error = refuse(options());
  EXPECT_EQ(error.code, Code::kCommitterMismatch);
  EXPECT_NE(error.context.find(repo_.git_ok({"rev-parse", "HEAD^"}).substr(0, 12)),
            std::string::npos);
  EXPECT_NE(error.context.find("bob@example.com"), std::string::npos) << error.context;
}

TEST_F(SignRange, RefusesToGiveSomebodyElsesGoodCommitAnotherName) {
  const SoftKey other = SoftKey::sk_ed25519();
  repo_.allow(key_.line("author@example.com") + other.line("bob@example.com"));
  const auto old = line(1);
  const std::string text =
      "tree " + repo_.git_ok({"mktree"}) + "\nparent " + old.front() +
      "\nauthor B <bob@example.com> 1700000000 +0000\ncommitter B <bob@example.com> 1700000000 "
      "+0000\n\nbobs\n";
  repo_.set_head(repo_.store("commit", repo_.with_signature(text, other.sign(text))));
  EXPECT_EQ(refuse(options()).code, Code::kCommitterMismatch);
}

TEST_F(SignRange, RefusesAKeyThatNobodyHas) {
  line(1);
  repo_.allow(SoftKey::sk_ed25519().line("author@example.com"));
  EXPECT_EQ(refuse(options()).code, Code::kUntrustedSigner);
  repo_.git_ok({"config", "gpg.ssh.allowedSignersFile", "/nowhere/allowed"});
  EXPECT_EQ(refuse(options()).code, Code::kNotFound);
}

TEST_F(SignRange, TakesGitsOwnAddressWhereThereIsNoList) {
  repo_.git_ok({"config", "--unset", "gpg.ssh.allowedSignersFile"});
  line(1);
  EXPECT_EQ(sign_ok(options()).touched, 1U);
  EXPECT_EQ(sign_ok(options()).kept, 1U);
  repo_.git_ok({"config", "user.email", "other@example.com"});
  EXPECT_EQ(refuse(options()).code, Code::kCommitterMismatch);
}

TEST_F(SignRange, RefusesWhileGitIsInTheMiddleOfSomething) {
  line(1);
  for (const char* name : {"rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD",
                           "REVERT_HEAD", "sequencer", "BISECT_LOG"}) {
    const std::string file = repo_.path() + "/.git/" + name;
    std::ofstream(file) << head() << "\n";
    const base::Error error = refuse(options());
    EXPECT_EQ(error.code, Code::kUsage) << name;
    EXPECT_NE(error.context.find("in progress"), std::string::npos) << error.context;
    std::filesystem::remove(file);
  }
  sign_ok(options());
}

TEST_F(SignRange, RefusesARangeThatDoesNotEndAtTheTip) {
  const auto old = line(3);
  for (const std::string& range :
       Words{old.at(1), "HEAD~2..HEAD~1", "--all", "", "nothing", "HEAD...HEAD~1"}) {
    EXPECT_EQ(refuse(options(range)).code, Code::kUsage) << range;
  }
}

TEST_F(SignRange, SignsARangeOnly) {
  const auto old = line(3);
  EXPECT_EQ(sign_ok(options("HEAD~1..HEAD")).touched, 1U);
  EXPECT_EQ(repo_.git_ok({"rev-parse", "HEAD^"}), old.at(1));
}

TEST_F(SignRange, SignsWhatAPushWouldPublish) {
  const auto old = line(3);
  repo_.git_ok({"update-ref", "refs/remotes/origin/main", old.at(0)});
  repo_.git_ok({"update-ref", "refs/remotes/other/x", old.at(1)});
  EXPECT_EQ(sign_ok(options()).touched, 1U);
  EXPECT_EQ(repo_.git_ok({"rev-parse", "HEAD^"}), old.at(1));
}

TEST_F(SignRange, RefusesWhatARemoteBranchHasUnlessForced) {
  const auto old = line(3);
  repo_.git_ok({"update-ref", "refs/remotes/origin/main", old.at(1)});
  const base::Error error = refuse(options("HEAD"));
  EXPECT_EQ(error.code, Code::kUsage);
  EXPECT_NE(error.context.find("remote branch"), std::string::npos) << error.context;
  SignRangeOptions forced = options("HEAD");
  forced.force = true;
  EXPECT_EQ(sign_ok(forced).touched, 3U);
}

TEST_F(SignRange, RefusesAShallowBoundaryInsideTheRange) {
  line(3);
  const std::string clone = (repo_.scratch() / "clone").string();
  repo_.git_ok({"clone", "-q", "--depth=2", "file://" + repo_.path(), clone});
  repo_.git_ok({"-C", clone, "remote", "remove", "origin"});
  SignRangeOptions shallow = options("HEAD");
  shallow.repository = clone;
  EXPECT_EQ(refuse(shallow).code, Code::kShallow);
}

TEST_F(SignRange, RefusesOnABranchWithoutACommit) {
  EXPECT_EQ(sign(options()).error().code, Code::kUsage);
}

TEST_F(SignRange, MovesADetachedHead) {
  const auto old = line(2);
  repo_.git_ok({"checkout", "-q", "--detach"});
  const SignSummary summary = sign_ok(options());
  EXPECT_EQ(summary.ref, "HEAD");
  EXPECT_EQ(head(), summary.new_tip);
  EXPECT_EQ(repo_.git_ok({"rev-parse", "main"}), old.back());
}

TEST_F(SignRange, LeavesABranchThatMovedMeanwhile) {
  const auto old = line(2);
  const auto summary = sign_range(options(), key_.public_key(), [&](const SignProgress& progress) {
    if (progress.step == SignStep::kTouched && progress.position == 2) {
      repo_.set_head(old.front());
    }
  });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::kExternalProgram);
  EXPECT_EQ(head(), old.front());
  EXPECT_NE(repo_.git({"rev-parse", "--verify", "-q", "ORIG_HEAD"}).status, 0);
}

TEST_F(SignRange, DoesNotTrustTheAgentsAnswer) {
  const auto old = line(2);
  const auto fails_with = [&](FakeAgent::Behaviour behaviour, Code code) {
    start_agent(std::move(behaviour));
    const auto summary = sign(options());
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().code, code) << base::message_of(summary.error());
    EXPECT_EQ(head(), old.back());
    start_agent({.refusal = base::Error{Code::kTouchTimeout}});
    EXPECT_EQ(sign(options()).error().code, Code::kTouchTimeout) << "a bad signature was kept";
  };
  fails_with({.how = {.flags = 0}}, Code::kNoPresence);
  fails_with({.how = {.name_space = "file"}}, Code::kBadSignature);
  fails_with({.other_key = SoftKey::sk_ed25519()}, Code::kBadSignature);
  fails_with({.changes_object = true}, Code::kBadSignature);
  fails_with({.hangs_up = true}, Code::kConnectionLost);
}

TEST_F(SignRange, HoldsTheLimitOfOneObject) {
  const std::string empty = repo_.commit_text({}, "");
  const std::string fits =
      repo_.store("commit", empty + std::string(ssh::kSignObjectMax - empty.size(), 'm'));
  const std::string too_long =
      repo_.store("commit", empty + std::string(ssh::kSignObjectMax - empty.size() + 1, 'm'));
  repo_.set_head(too_long);
  EXPECT_EQ(refuse(options()).code, Code::kTooLong);
  repo_.set_head(fits);
  EXPECT_EQ(sign_ok(options()).touched, 1U);
}

TEST_F(SignRange, HoldsTheLimitOfCommits) {
  std::string stream;
  for (std::size_t i = 0; i <= kSignCommitsMax; ++i) {
    stream +=
        "commit refs/heads/many\ncommitter A <author@example.com> 1700000000 +0000\ndata 2\nm\n";
  }
  repo_.git_ok({"fast-import", "--quiet"}, stream);
  repo_.git_ok({"symbolic-ref", "HEAD", "refs/heads/many"});
  SignRangeOptions dry = options();
  dry.dry_run = true;
  EXPECT_EQ(refuse(dry).code, Code::kTooLong);
  dry.range = "HEAD~" + std::to_string(kSignCommitsMax) + "..HEAD";
  EXPECT_EQ(sign_ok(dry).touched, kSignCommitsMax);
}

TEST_F(SignRange, RefusesWhatTheAgentWouldNotTake) {
  const std::string text = repo_.commit_text({}, "one\n");
  repo_.set_head(repo_.store("commit", text + std::string(1, '\0')));
  EXPECT_EQ(refuse(options()).code, Code::kMalformed);
}

TEST_F(SignRange, TakesTheKeyGitIsSetToSignWith) {
  EXPECT_EQ(signing_key_of(repo_.path(), {}).error().code, Code::kConfigInvalid);
  const std::string file = repo_.scratch().write("key.pub", key_.public_key().line() + "\n");
  for (const std::string& value : {file, "key::" + key_.public_key().line()}) {
    repo_.git_ok({"config", "user.signingkey", value});
    const auto key = signing_key_of(repo_.path(), {});
    ASSERT_TRUE(key) << base::message_of(key.error());
    EXPECT_EQ(*key, key_.public_key());
  }
  const auto asked = signing_key_of(repo_.path(), file);
  EXPECT_TRUE(asked);
  repo_.git_ok({"config", "user.signingkey", "key::nonsense"});
  EXPECT_FALSE(signing_key_of(repo_.path(), {}));
}

TEST(CommitText, FindsTheEndOfTheHeaders) {
  const std::string payload = "tree a\nparent b\nx-header one\n \n two\n\nmessage\n\nparent c\n";
  const auto map = [](const std::string& id) { return id + id; };
  EXPECT_EQ(with_parents(payload, map),
            "tree a\nparent bb\nx-header one\n \n two\n\nmessage\n\nparent c\n");
  EXPECT_EQ(with_signature(HashAlgorithm::kSha1, payload, "one\n\ntwo\n"),
            "tree a\nparent b\nx-header one\n \n two\ngpgsig one\n \n two\n\nmessage\n\nparent "
            "c\n");
}

}  // namespace
}  // namespace touchstone::git
