// SPDX-License-Identifier: Apache-2.0
// The program itself, as git, jj and a shell start it.
#include "git-integration/git_sign.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "git-integration/verify_command.h"
#include "ssh/limits.h"
#include "tests/git-integration/fake_agent.h"

namespace touchstone::git {
namespace {

const std::string kSignProgram = TOUCHSTONE_GIT_SIGN;
const std::string kCommit =
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    "author A <a@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\n"
    "\nsubject\n";

class GitSign : public testing::Test {
 protected:
  GitSign() : key_(SoftKey::sk_ed25519()), socket_(scratch_ / "touchstone/agent.sock") {
    isolate(scratch_);
    key_file_ = scratch_.write("key.pub", key_.public_key().line() + " comment\n");
    message_ = scratch_.write("message", kCommit);
  }
  Ran run_program(std::vector<std::string> arguments, std::string_view input = {}) const {
    arguments.insert(arguments.begin(), kSignProgram);
    return run(arguments, input, {"XDG_RUNTIME_DIR=" + scratch_.path().string()});
  }
  Ran sign(const std::string& name_space = "git") const {
    return run_program({"-Y", "sign", "-n", name_space, "-f", key_file_, message_});
  }
  bool wrote() const { return std::filesystem::exists(message_ + ".sig"); }
  void expect_failure(const Ran& ran, const std::string& message) const {
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.error.starts_with("error: ")) << ran.error;
    EXPECT_NE(ran.error.find("\nhint: "), std::string::npos) << ran.error;
    EXPECT_NE(ran.error.find(message), std::string::npos) << ran.error;
    // git takes this word for a sign of an old ssh-keygen and says something misleading.
    EXPECT_EQ(ran.error.find("usage:"), std::string::npos) << ran.error;
    EXPECT_FALSE(wrote());
  }
  void expect_refusal(FakeAgent::Behaviour behaviour, const std::string& message) {
    const FakeAgent agent(socket_, key_, std::move(behaviour));
    expect_failure(sign(), message);
    const Ran piped = run_program({"-Y", "sign", "-n", "git", "-f", key_file_}, kCommit);
    expect_failure(piped, message);
    std::filesystem::remove(socket_);
  }

  Scratch scratch_;
  SoftKey key_;
  std::filesystem::path socket_;
  std::string key_file_;
  std::string message_;
};

TEST_F(GitSign, SignsAFileAsGitAsks) {
  const FakeAgent agent(socket_, key_);
  const Ran ran = sign();
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.error, "");
  const std::string allowed = scratch_.write("allowed", key_.line("alice"));
  const Ran stock = run({"ssh-keygen", "-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice",
                         "-s", message_ + ".sig"},
                        kCommit);
  EXPECT_EQ(stock.status, 0) << stock.out << stock.error;
  ASSERT_EQ(agent.requests().size(), 1U);
  EXPECT_EQ(base::as_text(agent.requests()[0].object), kCommit);
  EXPECT_EQ(agent.requests()[0].hash_name, "sha512");
  EXPECT_EQ(agent.requests()[0].repository, std::filesystem::current_path());
}

TEST_F(GitSign, SignsStandardInputAsJjAsks) {
  const FakeAgent agent(socket_, key_);
  const Ran ran = run_program({"-Y", "sign", "-f", key_file_, "-n", "git"}, kCommit);
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_EQ(ran.error, "");
  const auto sig = ssh::SshSig::parse_armored(ran.out);
  ASSERT_TRUE(sig);
  EXPECT_TRUE(verify_message(*sig, "git", base::as_bytes(kCommit)));
}

TEST_F(GitSign, TakesADashForStandardInput) {
  const FakeAgent agent(socket_, key_);
  const std::string other = kCommit + "more\n";
  const std::string allowed = scratch_.write("allowed", key_.line("alice"));
  const auto verifies = [&](const std::string& sig, const std::string& message) {
    return run({"ssh-keygen", "-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice", "-s", sig},
               message)
               .status == 0;
  };
  const Ran alone = run_program({"-Y", "sign", "-n", "git", "-f", key_file_, "-"}, kCommit);
  EXPECT_EQ(alone.status, 0) << alone.error;
  EXPECT_TRUE(verifies(scratch_.write("alone.sig", alone.out), kCommit));
  const Ran among = run_program({"-Y", "sign", "-n", "git", "-f", key_file_, message_, "-"}, other);
  EXPECT_EQ(among.status, 0) << among.error;
  EXPECT_TRUE(verifies(scratch_.write("among.sig", among.out), other));
  EXPECT_TRUE(verifies(message_ + ".sig", kCommit));
  EXPECT_FALSE(std::filesystem::exists("-.sig"));
}

TEST_F(GitSign, WritesNoSignatureBesideAFileThatHasChanged) {
  const std::string second = scratch_.write("second", kCommit);
  for (const char* what : {"changed", "cut short", "grown", "gone", "unchanged"}) {
    const std::string_view how(what);
    scratch_.write("second", kCommit);
    const FakeAgent agent(socket_, key_, {.while_shown = [&] {
                            std::filesystem::remove(second);
                            if (how != "gone") {
                              scratch_.write("second", how == "changed"     ? kCommit + "!"
                                                       : how == "cut short" ? kCommit.substr(1)
                                                       : how == "grown"     ? kCommit + kCommit
                                                                            : kCommit);
                            }
                          }});
    const Ran ran = run_program({"-Y", "sign", "-n", "git", "-f", key_file_, message_, second});
    if (how == "unchanged") {
      EXPECT_EQ(ran.status, 0) << ran.error;
      EXPECT_TRUE(wrote());
    } else {
      expect_failure(ran, how == "gone" ? "not found" : "has changed since it was shown");
      EXPECT_FALSE(std::filesystem::exists(second + ".sig"));
    }
    std::filesystem::remove(socket_);
  }
}

TEST_F(GitSign, TakesPrivateKeyFilesAndNamesWithoutSuffix) {
  const FakeAgent agent(socket_, key_);
  const std::string without_suffix = (scratch_ / "key").string();
  EXPECT_EQ(run_program({"-Y", "sign", "-n", "git", "-f", without_suffix, "-U"}, kCommit).status,
            0);
}

TEST_F(GitSign, SignsOtherNamespaces) {
  const FakeAgent agent(socket_, key_);
  scratch_.write("message", "any bytes");
  EXPECT_EQ(sign("file").status, 0);
  EXPECT_EQ(agent.requests().at(0).name_space, "file");
  const Ran hash = run_program(
      {"-Y", "sign", "-n", "file", "-O", "hashalg=sha256", "-f", key_file_}, "any bytes");
  EXPECT_EQ(hash.status, 0) << hash.error;
  EXPECT_EQ(agent.requests().at(1).hash_name, "sha256");
}

TEST_F(GitSign, SignsSeveralFilesOrNone) {
  const std::string second = scratch_.write("second", kCommit);
  {
    const FakeAgent agent(socket_, key_);
    scratch_.write("second.sig", "is there");
    expect_failure(run_program({"-Y", "sign", "-n", "git", "-f", key_file_, message_, second}),
                   "second.sig");
    EXPECT_EQ(agent.requests().size(), 0U);
    EXPECT_EQ(scratch_.read("second.sig"), "is there");
    std::filesystem::remove(second + ".sig");
    EXPECT_EQ(run_program({"-Y", "sign", "-n", "git", "-f", key_file_, message_, second}).status,
              0);
    EXPECT_TRUE(wrote());
    EXPECT_NE(scratch_.read("second.sig"), "");
  }
}

TEST_F(GitSign, RefusesWhatIsNoGitObject) {
  const FakeAgent agent(socket_, key_);
  scratch_.write("message", "hello\n");
  expect_failure(sign(), "not a git commit, tag or push certificate");
  scratch_.write("message", kCommit + std::string(1, '\0'));
  expect_failure(sign(), "zero byte");
  expect_failure(
      run_program({"-Y", "sign", "-n", "git", "-O", "hashalg=sha256", "-f", key_file_}, kCommit),
      "sha512");
  EXPECT_EQ(agent.requests().size(), 0U);
}

TEST_F(GitSign, HoldsLimitOfObjects) {
  const FakeAgent agent(socket_, key_);
  scratch_.write("message", std::string(ssh::kSignObjectMax, 'm'));
  EXPECT_EQ(sign("file").status, 0);
  std::filesystem::remove(message_ + ".sig");
  scratch_.write("message", std::string(ssh::kSignObjectMax + 1, 'm'));
  expect_failure(sign("file"), "larger than the limit");
}

TEST_F(GitSign, SaysThatNoAgentAnswers) { expect_failure(sign(), "no agent answers"); }

// git prints "error: " before all that its signing program said; nobody else does.
TEST_F(GitSign, LeavesTheWordErrorToGitAlone) {
  const auto sign_file = [&](const std::string& name) {
    return run_program({"-Y", "sign", "-n", "git", "-f", key_file_, scratch_.write(name, kCommit)});
  };
  EXPECT_FALSE(sign_file(".git_signing_buffer_tmpAbc123").error.starts_with("error: "));
  EXPECT_TRUE(sign_file("git_signing_buffer").error.starts_with("error: "));
  EXPECT_TRUE(run_program({"-Y", "sign", "-n", "git", "-f", key_file_}, kCommit)
                  .error.starts_with("error: "));
}

TEST_F(GitSign, SaysWhyTheAgentRefuses) {
  expect_refusal({.refusal = base::Error{base::Code::kTouchTimeout, 0, {}}}, "not touched in time");
  expect_refusal({.refusal = base::Error{base::Code::kNoToken, 0, {}}}, "no token is plugged in");
  expect_refusal({.refusal = base::Error{base::Code::kCancelled, 0, {}}}, "cancelled");
  expect_refusal({.hangs_up = true}, "connection to the agent broke");
  expect_refusal({.knows_sign_object = false}, "not supported");
  expect_refusal({.lists_key = false}, "the agent holds no such key");
  expect_refusal({.raw_answer = base::Bytes{0xff, 0xff, 0xff, 0xff}}, "protocol");
}

TEST_F(GitSign, DoesNotTrustTheAgentsAnswer) {
  expect_refusal({.how = {.flags = 0}}, "proves no touch");
  expect_refusal({.how = {.name_space = "file"}}, "does not verify");
  expect_refusal({.how = {.hash = ssh::SshSigHash::kSha256}}, "another hash");
  expect_refusal({.how = {.reserved = "x"}}, "SSHSIG");
  expect_refusal({.other_key = SoftKey::sk_ed25519()}, "another key");
  expect_refusal({.changes_object = true}, "does not verify");
}

TEST_F(GitSign, RefusesKeysThatCannotShowATouch) {
  key_ = SoftKey::ed25519();
  scratch_.write("key.pub", key_.public_key().line() + "\n");
  expect_refusal({}, "proves no touch");
}

TEST_F(GitSign, SaysWhatIsWrongWithTheKeyFile) {
  scratch_.write("key.pub", "not a key\n");
  expect_failure(sign(), "signing key");
  expect_failure(run_program({"-Y", "sign", "-n", "git", "-f", "/nonexistent/key", message_}),
                 "/nonexistent/key");
}

TEST_F(GitSign, RefusesWrongArguments) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"-Y"},
      {"-Y", "bogus", "-n", "git"},
      {"-Y", "sign", "-f", key_file_},
      {"-Y", "sign", "-n", "git"},
      {"-Y", "sign", "-n", "", "-f", key_file_},
      {"-Y", "sign", "-n", "git", "-f", key_file_, "-x"},
      {"-Y", "sign", "-n", "git", "-f", key_file_, "-O", "bogus"},
      {"-Y", "sign", "-n", "git", "-f", key_file_, "-Ohashalg=md5"},
      {"-Y", "verify", "-n", "git", "-f", key_file_, "-I", "a"},
      {"-Y", "verify", "-n", "git", "-f", key_file_, "-I", "a", "-s", "x", "extra"},
      {"-Y", "verify", "-n", "git", "-f", key_file_, "-I", "a", "-s", "x", "-r", ""},
      {"-Y", "verify", "-n", "git", "-f", key_file_, "-I", "a", "-s", "x", "-Overify-time=x"},
      {"-l"},
  };
  for (const auto& arguments : wrong) {
    expect_failure(run_program(arguments), "");
  }
}

TEST_F(GitSign, HoldsLimitOfArguments) {
  const std::vector<std::string> start = {"-Y", "sign", "-n", "file", "-f"};
  for (const std::size_t size : {kArgumentMax, kArgumentMax + 1}) {
    std::vector<std::string> arguments = start;
    arguments.emplace_back(size, 'k');
    const auto options = parse_git_sign_options(arguments, 0);
    EXPECT_EQ(options.has_value(), size == kArgumentMax);
  }
}

TEST_F(GitSign, ShowsHelpAndVersion) {
  const Ran help = run_program({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("-Y sign"), std::string::npos);
  EXPECT_EQ(run_program({"--version"}).out.substr(0, 20), "touchstone-git-sign ");
}

TEST_F(GitSign, FindsTheKeyInTheForwardedAgent) {
  const std::filesystem::path other = scratch_ / "other.sock";
  const FakeAgent own(socket_, SoftKey::sk_ed25519());
  const FakeAgent forwarded(other, key_);
  const Ran ran =
      run({kSignProgram, "-Y", "sign", "-n", "git", "-f", key_file_, message_}, {},
          {"XDG_RUNTIME_DIR=" + scratch_.path().string(), "SSH_AUTH_SOCK=" + other.string()});
  EXPECT_EQ(ran.status, 0) << ran.error;
  EXPECT_EQ(own.requests().size(), 0U);
  EXPECT_EQ(forwarded.requests().size(), 1U);
}

TEST(RebaseProgress, ReadsGitsNotes) {
  const Scratch scratch;
  EXPECT_EQ(rebase_progress(scratch.path()).count, 0U);
  std::filesystem::create_directories(scratch / ".git/rebase-merge");
  scratch.write(".git/rebase-merge/msgnum", "3\n");
  EXPECT_EQ(rebase_progress(scratch.path()).count, 0U);
  scratch.write(".git/rebase-merge/end", "10\n");
  EXPECT_EQ(rebase_progress(scratch.path()).position, 3U);
  EXPECT_EQ(rebase_progress(scratch.path()).count, 10U);
  EXPECT_EQ(rebase_progress(scratch / ".git").count, 10U);
  for (const char* wrong : {"11\n", "0\n", "-1\n", "x", "", "99999999999999999999\n"}) {
    scratch.write(".git/rebase-merge/msgnum", wrong);
    EXPECT_EQ(rebase_progress(scratch.path()).count, 0U) << wrong;
  }
}

// The whole way: git commits and tags with the program, and checks with it.
class GitWithProgram : public testing::TestWithParam<const char*> {
 protected:
  GitWithProgram()
      : repository_(GetParam()),
        key_(SoftKey::sk_ed25519()),
        agent_(repository_.scratch() / "touchstone/agent.sock", key_) {
    setenv("XDG_RUNTIME_DIR", repository_.scratch().path().c_str(), 1);
    repository_.allow(key_.line("alice@example.com"));
    set("gpg.format", "ssh");
    set("gpg.ssh.program", kSignProgram);
    set("user.signingkey", "key::" + key_.public_key().line());
  }
  void set(const std::string& key, const std::string& value) const {
    repository_.git_ok({"config", key, value});
  }
  Repository repository_;
  SoftKey key_;
  FakeAgent agent_;
};

INSTANTIATE_TEST_SUITE_P(ObjectFormats, GitWithProgram, testing::Values("sha1", "sha256"));

TEST_P(GitWithProgram, CommitsAndTags) {
  repository_.git_ok({"commit", "-q", "-S", "--allow-empty", "-m", "one"});
  repository_.git_ok({"tag", "-s", "-m", "release", "v1"});
  EXPECT_EQ(repository_.git({"verify-commit", "HEAD"}).status, 0);
  EXPECT_EQ(repository_.git({"verify-tag", "v1"}).status, 0);
  EXPECT_EQ(repository_.git_ok({"log", "-1", "--format=%G? %GS %GK"}),
            "G alice@example.com " + key_.public_key().fingerprint());
  set("gpg.ssh.program", "ssh-keygen");
  EXPECT_EQ(repository_.git({"verify-commit", "HEAD"}).status, 0);
  EXPECT_EQ(repository_.git({"verify-tag", "v1"}).status, 0);
  EXPECT_EQ(agent_.requests().size(), 2U);
  EXPECT_EQ(agent_.requests()[0].repository, repository_.path());

  VerifyOptions options;
  options.repository = repository_.path();
  options.ranges = {"v1"};
  options.any_committer = true;
  const auto summary =
      verify_range(options, [](const ObjectVerdict&) -> base::Status { return {}; });
  ASSERT_TRUE(summary);
  EXPECT_TRUE(summary->passed());
  EXPECT_EQ(summary->total, 2U);
}

TEST_P(GitWithProgram, ShowsMalwaresCommitAsBad) {
  const std::string id = repository_.signed_commit(key_, {}, "malware\n", {.flags = 0});
  repository_.set_head(id);
  EXPECT_NE(repository_.git({"verify-commit", "HEAD"}).status, 0);
  EXPECT_EQ(repository_.git_ok({"log", "-1", "--format=%G?"}), "B");
  const Ran shown = repository_.git({"log", "-1", "--show-signature"});
  EXPECT_NE((shown.out + shown.error).find("proves no touch"), std::string::npos) << shown.out;
  set("gpg.ssh.program", "ssh-keygen");
  EXPECT_EQ(repository_.git_ok({"log", "-1", "--format=%G?"}), "G");
}

TEST_P(GitWithProgram, LeavesTheRepositoryAsItWasOnFailure) {
  repository_.git_ok({"commit", "-q", "-S", "--allow-empty", "-m", "one"});
  const std::string before = repository_.git_ok({"rev-parse", "HEAD"});
  set("user.signingkey", "key::" + SoftKey::sk_ed25519().public_key().line());
  const Ran refused = repository_.git({"commit", "-q", "-S", "--allow-empty", "-m", "two"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.error.find("the agent holds no such key"), std::string::npos) << refused.error;
  EXPECT_EQ(refused.error.find("needed"), std::string::npos) << refused.error;
  EXPECT_TRUE(refused.error.starts_with("error: SHA256:")) << refused.error;
  EXPECT_EQ(refused.error.find("error: ", 1), std::string::npos) << refused.error;
  EXPECT_NE(refused.error.find("\nhint: "), std::string::npos) << refused.error;
  EXPECT_EQ(repository_.git_ok({"rev-parse", "HEAD"}), before);
  EXPECT_EQ(repository_.git_ok({"status", "--porcelain"}), "");
}

TEST_P(GitWithProgram, TellsHowFarARebaseIs) {
  for (const char* name : {"base", "a", "b", "c"}) {
    repository_.scratch().write(std::string("repo/") + name, name);
    repository_.git_ok({"add", name});
    repository_.git_ok({"commit", "-q", "-m", name});
  }
  set("commit.gpgsign", "true");
  repository_.git_ok({"rebase", "-q", "--force-rebase", "HEAD~3"});
  const auto requests = agent_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].position, 1U);
  EXPECT_EQ(requests[2].position, 3U);
  EXPECT_EQ(requests[2].count, 3U);
}

TEST_P(GitWithProgram, SignsPushes) {
  const std::string bare = (repository_.scratch() / "bare.git").string();
  ASSERT_EQ(run({"git", "init", "-q", "--bare", std::string("--object-format=") + GetParam(), bare})
                .status,
            0);
  ASSERT_EQ(run({"git", "-C", bare, "config", "receive.certNonceSeed", "seed"}).status, 0);
  repository_.git_ok({"commit", "-q", "--allow-empty", "-m", "one"});
  // git runs ssh-keygen -lf with the key's text for the pusher line: it wants a path or a key.
  set("user.signingkey",
      repository_.scratch().write("key.pub", key_.public_key().line() + " me\n"));
  const Ran pushed = repository_.git({"push", "-q", "--signed", bare, "main:main"});
  EXPECT_EQ(pushed.status, 0) << pushed.error;
  const auto requests = agent_.requests();
  ASSERT_EQ(requests.size(), 1U);
  const auto parsed = parse_payload(requests[0].object);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->kind(), ObjectKind::kPushCertificate);
  EXPECT_NE(parsed->push_certificate()->pusher.find(key_.public_key().fingerprint()),
            std::string_view::npos);
  EXPECT_EQ(parsed->push_certificate()->updates.at(0).ref, "refs/heads/main");
}

}  // namespace
}  // namespace touchstone::git
