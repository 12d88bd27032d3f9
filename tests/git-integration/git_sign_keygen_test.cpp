// SPDX-License-Identifier: Apache-2.0
// The program beside the stock ssh-keygen: same question, same answer where there was a touch.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "git-integration/limits.h"
#include "tests/git-integration/support.h"

namespace touchstone::git {
namespace {

const std::string kProgram = TOUCHSTONE_GIT_SIGN;

class BesideKeygen : public testing::Test {
 protected:
  BesideKeygen() : key_(SoftKey::sk_ed25519()) { isolate(scratch_); }

  std::string file(const std::string& name, const std::string& text) const {
    return scratch_.write(name, text);
  }
  Ran ours(std::vector<std::string> arguments, const std::string& input = {}) const {
    arguments.insert(arguments.begin(), kProgram);
    return run(arguments, input);
  }
  static Ran stock(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "ssh-keygen");
    return run(arguments, input);
  }
  // expect_same compares what git reads: standard output and whether the status is zero.
  void expect_same(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    const Ran our = ours(arguments, input);
    const Ran their = stock(arguments, input);
    EXPECT_EQ(our.out, their.out) << our.error << their.error;
    EXPECT_EQ(our.status == 0, their.status == 0) << our.error << their.error;
    EXPECT_EQ(our.status == 255, their.status == 255) << our.status << " " << their.status;
  }
  std::string signature(const SoftKey& key, const std::string& message,
                        const SoftKey::How& how = {}) const {
    return file("sig", key.sign(message, how));
  }

  Scratch scratch_;
  SoftKey key_;
};

TEST_F(BesideKeygen, Verifies) {
  for (const SoftKey& key : {SoftKey::sk_ed25519(), SoftKey::sk_p256()}) {
    const std::string sig = signature(key, "message");
    const std::string allowed = file("allowed", "# comment\n\n" + SoftKey::ed25519().line("x") +
                                                    key.line("alice@example.com,b*@example.com"));
    for (const char* who : {"alice@example.com", "bob@example.com", "carol@example.com", ""}) {
      expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", who, "-s", sig}, "message");
    }
    expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", "bob@example.com", "-s", sig},
                "another");
    expect_same({"-Y", "verify", "-n", "file", "-f", allowed, "-I", "bob@example.com", "-s", sig},
                "message");
    expect_same(
        {"-Y", "verify", "-n", "git", "-f", allowed, "-I", "bob@example.com", "-s", sig, "-q"},
        "message");
    expect_same({"-Y", "check-novalidate", "-n", "git", "-s", sig}, "message");
    expect_same({"-Y", "check-novalidate", "-n", "git", "-s", sig, "-Oprint-pubkey"}, "message");
    expect_same({"-Y", "check-novalidate", "-n", "git", "-s", sig}, "another");
  }
}

TEST_F(BesideKeygen, TakesSignaturesWithoutTheLastLineEnd) {
  std::string text = key_.sign("message");
  text.pop_back();
  const std::string sig = file("sig", text);
  const std::string allowed = file("allowed", key_.line("alice"));
  expect_same({"-Y", "find-principals", "-f", allowed, "-s", sig});
  expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice", "-s", sig}, "message");
}

TEST_F(BesideKeygen, FindsPrincipals) {
  const std::string sig = signature(key_, "message");
  for (const std::string& lines :
       {key_.line("alice@example.com"), key_.line("alice@example.com,bob@example.com"),
        key_.line("*@example.com"), SoftKey::sk_ed25519().line("mallory"), std::string(),
        key_.line("alice") + key_.line("bob"),
        "alice namespaces=\"file\" " + key_.public_key().line() + "\n",
        "broken line\n" + key_.line("alice"),
        "alice unknown-option " + key_.public_key().line() + "\n"}) {
    const std::string allowed = file("allowed", lines);
    expect_same({"-Y", "find-principals", "-f", allowed, "-s", sig});
    expect_same({"-Y", "find-principals", "-f", allowed, "-s", sig, ""});
    expect_same(
        {"-Y", "find-principals", "-f", allowed, "-s", sig, "-Overify-time=20231114221320"});
    for (const char* who : {"alice", "bob", "mallory"}) {
      expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", who, "-s", sig}, "message");
    }
  }
  expect_same({"-Y", "find-principals", "-f", "/nonexistent", "-s", sig});
  expect_same({"-Y", "find-principals", "-f", file("allowed", ""), "-s", "/nonexistent"});
}

TEST_F(BesideKeygen, TakesTimes) {
  const std::string sig = signature(key_, "message");
  const std::string allowed =
      file("allowed", "alice valid-after=\"20200101\",valid-before=\"20250101\" " +
                          key_.public_key().line() + "\n");
  for (const char* time :
       {"20191231", "20200101", "202406011200", "20240601120000Z", "20250101000000", "20250102"}) {
    const std::string option = std::string("-Overify-time=") + time;
    expect_same({"-Y", "find-principals", "-f", allowed, "-s", sig, option});
    expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice", "-s", sig, option},
                "message");
  }
  expect_same({"-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice", "-s", sig}, "message");
  // Push certificates: git gives no time, in one empty form or the other.
  const std::string always = file("always", key_.line("alice"));
  for (const char* none : {"", "-Overify-time="}) {
    EXPECT_EQ(
        ours({"-Y", "verify", "-n", "git", "-f", always, "-I", "alice", "-s", sig, none}, "message")
            .status,
        0);
  }
}

TEST_F(BesideKeygen, MatchesPrincipals) {
  const std::string allowed =
      file("allowed", key_.line("alice@example.com,bob@example.com") + key_.line("*@example.com"));
  expect_same({"-Y", "match-principals", "-I", "alice@example.com", "-f", allowed});
  expect_same({"-Y", "match-principals", "-I", "carol@example.com", "-f", allowed});
  EXPECT_EQ(ours({"-Y", "match-principals", "-I", "nobody", "-f", allowed}).status, 255);
  EXPECT_NE(stock({"-Y", "match-principals", "-I", "nobody", "-f", allowed}).status, 0);
}

TEST_F(BesideKeygen, PrintsFingerprints) {
  for (const SoftKey& key :
       {SoftKey::sk_ed25519(), SoftKey::sk_p256(), SoftKey::ed25519(), SoftKey::p256()}) {
    const std::string pub = file("key.pub", key.public_key().line() + " a comment\n");
    expect_same({"-l", "-f", pub});
    expect_same({"-lf", pub});
    expect_same({"-lf", "-"}, key.public_key().line() + " a comment\n");
  }
  const std::string several = file(
      "several", "# keys\n\n" + key_.public_key().line() + " one\n" + "no-pty,command=\"a b\" " +
                     SoftKey::ed25519().public_key().line() + " two\n");
  expect_same({"-lf", several});
  expect_same({"-lf", file("none", "nothing here\n")});
  expect_same({"-lf", "/nonexistent"});
  ASSERT_EQ(stock({"-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f",
                   (scratch_ / "private").string()})
                .status,
            0);
  expect_same({"-lf", (scratch_ / "private").string()});
}

TEST_F(BesideKeygen, HoldsLimitOfMessages) {
  const std::string message(kVerifyMessageMax, 'm');
  const std::string sig = signature(key_, message);
  expect_same({"-Y", "check-novalidate", "-n", "git", "-s", sig}, message);
  const Ran above = ours({"-Y", "check-novalidate", "-n", "git", "-s", sig}, message + "m");
  EXPECT_EQ(above.status, 255);
  EXPECT_NE(above.error.find("larger than the limit"), std::string::npos) << above.error;
}

// Where there was no touch the answers must differ.
TEST_F(BesideKeygen, DemandsATouchWhereKeygenDoesNot) {
  struct Case {
    SoftKey key;
    SoftKey::How how;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {key_, {.flags = 0}, "user presence flag not set"},
      {SoftKey::sk_p256(), {.flags = 4}, "user presence flag not set"},
      {SoftKey::sk_p256(), {.flags = 0, .webauthn = true}, "user presence flag not set"},
      {SoftKey::sk_p256(), {.webauthn = true}, "made in a browser"},
      {SoftKey::ed25519(), {}, "on no token"},
      {SoftKey::p256(), {}, "on no token"},
      {SoftKey::sk_ed25519("ssh:touchstone-approve"), {}, "another application"},
      {key_, {.reserved = "x"}, "SSHSIG"},
      {key_, {.hash = ssh::SshSigHash::kSha256}, "want sha512"},
  };
  for (const Case& one : cases) {
    const std::string sig = signature(one.key, "message", one.how);
    const std::string allowed = file("allowed", one.key.line("alice"));
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"-Y", "verify", "-n", "git", "-f", allowed, "-I", "alice", "-s",
                                   sig},
          std::vector<std::string>{"-Y", "check-novalidate", "-n", "git", "-s", sig}}) {
      EXPECT_EQ(stock(arguments, "message").status, 0) << one.reason;
      const Ran our = ours(arguments, "message");
      EXPECT_EQ(our.status, 255) << one.reason;
      EXPECT_EQ(our.out, "Could not verify signature.\n");
      EXPECT_NE(our.error.find(one.reason), std::string::npos) << our.error;
    }
  }
}

TEST_F(BesideKeygen, Revokes) {
  const std::string sig = signature(key_, "message");
  const std::string allowed = file("allowed", key_.line("alice"));
  const auto verify_with = [&](const std::string& list) {
    return std::vector<std::string>{"-Y", "verify", "-n", "git", "-f", allowed,
                                    "-I", "alice",  "-s", sig,   "-r", list};
  };
  expect_same(verify_with(file("revoked", key_.public_key().line() + "\n")), "message");
  expect_same(verify_with(file("revoked", SoftKey::ed25519().public_key().line() + "\n")),
              "message");
  expect_same(verify_with("/nonexistent/revoked"), "message");
  // After the empty argument that git gives for push certificates ssh-keygen reads no more.
  std::vector<std::string> arguments =
      verify_with(file("revoked", key_.public_key().line() + "\n"));
  arguments.insert(arguments.begin() + 10, "");
  EXPECT_EQ(stock(arguments, "message").status, 0);
  EXPECT_EQ(ours(arguments, "message").status, 255);
  // A binary list is asked about; with nobody to ask, it is not passed over.
  const std::string krl = (scratch_ / "krl").string();
  ASSERT_EQ(
      stock({"-k", "-f", krl, file("other.pub", SoftKey::ed25519().public_key().line() + "\n")})
          .status,
      0);
  expect_same(verify_with(krl), "message");
  std::vector<std::string> alone = verify_with(krl);
  alone.insert(alone.begin(), kProgram);
  EXPECT_EQ(run(alone, "message").status, 0);
  EXPECT_EQ(run(alone, "message", {"PATH=/nonexistent"}).status, 255);
}

// `<(…)` of a shell is a pipe, and /dev/null an empty file.
TEST_F(BesideKeygen, ReadsPipesAndDevices) {
  const std::string allowed = file("allowed", key_.line("alice"));
  const std::string sig = signature(key_, "message");
  const std::string pub = file("key.pub", key_.public_key().line() + " a comment\n");
  const std::string revoked = file("revoked", key_.public_key().line() + "\n");
  const auto in_bash = [&](const std::string& program, const std::string& arguments) {
    return run({"bash", "-c", "exec " + program + " " + arguments}, "message");
  };
  const auto expect_same_in_bash = [&](const std::string& arguments, int status) {
    const Ran our = in_bash(kProgram, arguments);
    const Ran their = in_bash("ssh-keygen", arguments);
    EXPECT_EQ(our.out, their.out) << arguments << our.error << their.error;
    EXPECT_EQ(our.status, status) << arguments << our.error;
    EXPECT_EQ(their.status, status) << arguments << their.error;
  };
  const std::string verify = "-Y verify -n git -I alice ";
  expect_same_in_bash(verify + "-f <(cat " + allowed + ") -s <(cat " + sig + ")", 0);
  expect_same_in_bash(verify + "-f " + allowed + " -s " + sig + " -r /dev/null", 0);
  expect_same_in_bash(verify + "-f /dev/null -s " + sig, 255);
  expect_same_in_bash("-l -f <(cat " + pub + ")", 0);
  // ssh-keygen opens a list twice, and finds nothing in a pipe it has emptied.
  const Ran piped =
      in_bash(kProgram, verify + "-f " + allowed + " -s " + sig + " -r <(cat " + revoked + ")");
  EXPECT_EQ(piped.status, 255);
  EXPECT_NE(piped.error.find("revoked"), std::string::npos) << piped.error;
  const Ran endless = ours({"-Y", "check-novalidate", "-n", "git", "-s", "/dev/zero"});
  EXPECT_EQ(endless.status, 255);
  EXPECT_NE(endless.error.find("larger than the limit"), std::string::npos) << endless.error;
}

TEST_F(BesideKeygen, TakesCertificates) {
  const std::string ca = (scratch_ / "ca").string();
  ASSERT_EQ(stock({"-q", "-t", "ed25519", "-N", "", "-f", ca}).status, 0);
  const std::string pub = file("key.pub", key_.public_key().line() + " me\n");
  ASSERT_EQ(stock({"-q", "-s", ca, "-I", "id", "-n", "alice,bob", pub}).status, 0);
  expect_same({"-lf", (scratch_ / "key-cert.pub").string()});
}

}  // namespace
}  // namespace touchstone::git
