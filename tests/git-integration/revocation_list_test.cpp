// SPDX-License-Identifier: Apache-2.0
// Binary key revocation lists, made by the stock ssh-keygen and decided as it does.
#include "git-integration/revocation_list.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "git-integration/revoked_keys.h"
#include "git-integration/verify_command.h"
#include "ssh/sshsig.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

using base::Code;

// Who is somebody that signs: with a key, or with a certificate of it.
struct Who {
  std::string name;
  ssh::PublicKey key;
  std::string signature;  // file
};

class RevocationListTest : public testing::Test {
 protected:
  RevocationListTest() : path_(std::getenv("PATH")) {
    isolate(scratch_);
    keygen({"-q", "-t", "ed25519", "-N", "", "-f", (scratch_ / "ca").string()});
    allowed_ = scratch_.write("allowed", alice_.line("alice") + bob_.line("bob") +
                                             "carol cert-authority " + scratch_.read("ca.pub"));
  }
  ~RevocationListTest() override { setenv("PATH", path_.c_str(), 1); }

  static Ran keygen(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "ssh-keygen");
    Ran ran = run(arguments, input);
    EXPECT_EQ(ran.status, 0) << ran.error;
    return ran;
  }
  // list makes a list of what a specification names (ssh-keygen(1), "Key Revocation Lists").
  std::string list(const std::string& specification) const {
    const std::string file = (scratch_ / "krl").string();
    keygen({"-q", "-k", "-f", file, "-s", (scratch_ / "ca.pub").string(),
            scratch_.write("specification", specification)});
    return file;
  }
  // certified gives a certificate of that key; serial and identifier are what lists know it by.
  ssh::PublicKey certified(const SoftKey& key, const std::string& id, const std::string& serial) {
    const std::string file = scratch_.write(id + ".pub", key.public_key().line() + "\n");
    keygen({"-q", "-s", (scratch_ / "ca").string(), "-I", id, "-z", serial, "-n", "carol", file});
    return ssh::PublicKey::parse_line(scratch_.read(id + "-cert.pub")).value();
  }
  Who who(const std::string& name, const SoftKey& key, const ssh::PublicKey& public_key) const {
    ssh::SshSig sig = ssh::SshSig::parse_armored(key.sign("message")).value();
    sig.key = public_key;
    return Who{name, public_key, scratch_.write(name + ".sig", sig.armored())};
  }
  std::vector<std::string> verify(const std::string& program, const Who& who,
                                  const std::string& list) const {
    const std::string principal = who.key.is_certificate() ? "carol" : who.name;
    return {program, "-Y",      "verify", "-n",          "git", "-f", allowed_,
            "-I",    principal, "-s",     who.signature, "-r",  list};
  }

  // fake puts a program in ssh-keygen's place.
  void fake(const std::string& script) {
    const std::string folder = (scratch_ / "bin").string();
    std::filesystem::create_directories(folder);
    const std::string program = scratch_.write("bin/ssh-keygen", "#!/bin/sh\n" + script);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    setenv("PATH", (folder + ":" + path_).c_str(), 1);
  }
  // count_calls lets each call of ssh-keygen leave a line behind; calls gives their number.
  void count_calls() {
    fake("echo >>" + (scratch_ / "calls").string() + "\nPATH='" + path_ +
         "' exec ssh-keygen \"$@\"\n");
  }
  std::size_t calls() const {
    const std::string lines = scratch_.read("calls");
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }

  std::string path_;
  Scratch scratch_;
  SoftKey alice_{SoftKey::sk_ed25519()};
  SoftKey bob_{SoftKey::sk_p256()};
  std::string allowed_;
};

TEST_F(RevocationListTest, DecidesAsStockKeygenDoes) {
  const SoftKey carol = SoftKey::sk_ed25519();
  const std::vector<Who> all = {who("alice", alice_, alice_.public_key()),
                                who("bob", bob_, bob_.public_key()),
                                who("seven", carol, certified(carol, "seven", "7")),
                                who("eight", carol, certified(carol, "eight", "8"))};
  struct Case {
    std::string specification;
    std::vector<std::string> revoked;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {alice_.public_key().line() + "\n", {"alice"}},
      {"key: " + bob_.public_key().line() + "\n", {"bob"}},
      {"sha1: " + alice_.public_key().line() + "\n", {"alice"}},
      {"sha256: " + bob_.public_key().line() + "\n", {"bob"}},
      {"hash: " + alice_.public_key().fingerprint() + "\n", {"alice"}},
      {"serial: 7\n", {"seven"}},
      {"serial: 8-20\n", {"eight"}},
      {"id: eight\n", {"eight"}},
      {carol.public_key().line() + "\n", {"seven", "eight"}},
      {scratch_.read("ca.pub"), {"seven", "eight"}},
      {"id: seven\nserial: 8\nsha256: " + alice_.public_key().line() + "\n",
       {"alice", "seven", "eight"}},
  };
  for (const Case& item : cases) {
    const std::string file = list(item.specification);
    const auto revoked = RevokedKeys::read(file);
    ASSERT_TRUE(revoked) << revoked.error().context;
    for (const Who& one : all) {
      const bool expected =
          std::find(item.revoked.begin(), item.revoked.end(), one.name) != item.revoked.end();
      const auto answer = revoked->check(one.key);
      EXPECT_EQ(!answer.has_value(), expected) << item.specification << one.name;
      EXPECT_TRUE(answer.has_value() || answer.error().code == Code::kRevokedKey);
      const Ran stock = run(verify("ssh-keygen", one, file), "message");
      EXPECT_EQ(stock.status != 0, expected) << item.specification << one.name << stock.error;
      const Ran ours = run(verify(TOUCHSTONE_GIT_SIGN, one, file), "message");
      EXPECT_EQ(ours.status == 0, stock.status == 0) << ours.error;
      EXPECT_EQ(ours.out, stock.out) << ours.error;
    }
  }
}

TEST_F(RevocationListTest, AsksOnceForEachKey) {
  const std::string file = list(alice_.public_key().line() + "\n");
  count_calls();
  const auto revoked = RevokedKeys::read(file);
  ASSERT_TRUE(revoked) << revoked.error().context;
  EXPECT_EQ(calls(), 1U);  // whether it can be read at all
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, copy = *revoked] {
      for (int j = 0; j < 10; ++j) {
        EXPECT_FALSE(copy.check(alice_.public_key()));
        EXPECT_TRUE(copy.check(bob_.public_key()));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(calls(), 3U);
}

TEST_F(RevocationListTest, KeepsSoManyAnswersAndNoMore) {
  const SoftKey carol = SoftKey::ed25519();
  const std::string file = list(alice_.public_key().line() + "\n");
  count_calls();
  auto revoked = RevocationList::open(base::as_bytes(scratch_.read("krl")), 2);
  ASSERT_TRUE(revoked);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(revoked->contains(alice_.public_key()).value(), true);
    EXPECT_EQ(revoked->contains(bob_.public_key()).value(), false);
  }
  EXPECT_EQ(calls(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(revoked->contains(carol.public_key()).value(), false);
  }
  EXPECT_EQ(calls(), 6U);
}

TEST_F(RevocationListTest, IsTheOneThatWasRead) {
  const std::string file = list(alice_.public_key().line() + "\n");
  const auto revoked = RevokedKeys::read(file);
  ASSERT_TRUE(revoked);
  EXPECT_EQ(list(bob_.public_key().line() + "\n"), file);
  EXPECT_FALSE(revoked->check(alice_.public_key()));
  std::filesystem::remove(file);
  EXPECT_TRUE(revoked->check(bob_.public_key()));
}

TEST_F(RevocationListTest, TakesNothingForNoButNo) {
  const std::string file = list(alice_.public_key().line() + "\n");
  for (const char* answer :
       {"", "exit 1", "exit 255", "kill -9 $$", "echo ok", "echo '/dev/fd/0: ok'; exit 1",
        "echo '/dev/fd/0: ok'; exit 2", "echo '/dev/fd/0: REVOKED'", "printf '/dev/fd/0: ok'",
        "echo '/dev/fd/0: REVOKED'; echo '/dev/fd/0: ok'", "echo 'other: ok'",
        "echo '/dev/fd/0: unknown'", "echo '/dev/fd/0: ok' >&2"}) {
    // It can read the list, and then says that about the key.
    fake("[ $# -gt 3 ] || exit 0\n" + std::string(answer) + "\n");
    const auto revoked = RevokedKeys::read(file);
    ASSERT_TRUE(revoked) << revoked.error().context;
    const auto said = revoked->check(bob_.public_key());
    ASSERT_FALSE(said) << answer;
    EXPECT_EQ(said.error().code, Code::kExternalProgram) << answer;
  }
}

TEST_F(RevocationListTest, NeedsAListThatCanBeReadAndSomebodyToReadIt) {
  const std::string whole =
      scratch_.read(std::filesystem::path(list("serial: 7\n")).filename().string());
  const auto code_of = [](const std::string& text) {
    const auto revoked = RevokedKeys::parse(text);
    return revoked ? Code{} : revoked.error().code;
  };
  EXPECT_EQ(code_of(whole), Code{});
  for (const std::size_t size :
       {std::size_t{7}, std::size_t{8}, std::size_t{20}, whole.size() - 1}) {
    EXPECT_EQ(code_of(whole.substr(0, size)), Code::kExternalProgram) << size;
  }
  std::filesystem::create_directories(scratch_ / "empty");
  setenv("PATH", (scratch_ / "empty").c_str(), 1);
  EXPECT_EQ(code_of(whole), Code::kExternalProgram);
}

TEST_F(RevocationListTest, CountsForWholeHistories) {
  const Repository repository;
  repository.allow(alice_.line("alice") + bob_.line("bob"));
  std::string head;
  for (int i = 0; i < 20; ++i) {
    const std::vector<std::string> parents =
        head.empty() ? std::vector<std::string>() : std::vector{head};
    head = repository.signed_commit(i % 4 == 0 ? alice_ : bob_, parents, std::to_string(i) + "\n");
  }
  repository.set_head(head);
  repository.git_ok({"config", "gpg.ssh.revocationFile", list(alice_.public_key().line() + "\n")});
  count_calls();
  VerifyOptions options;
  options.repository = repository.path();
  std::map<std::string, int> words;
  const auto summary = verify_range(options, [&words](const ObjectVerdict& verdict) {
    ++words[to_word(verdict.verdict.presence)];
    EXPECT_EQ(verdict.verdict.signer, verdict.verdict.reason ? "alice" : "bob");
    return base::Status();
  });
  ASSERT_TRUE(summary) << summary.error().context;
  EXPECT_EQ(words, (std::map<std::string, int>{{"bad", 5}, {"touch", 15}}));
  EXPECT_EQ(calls(), 3U);
}

}  // namespace
}  // namespace touchstone::git
