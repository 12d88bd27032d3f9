// SPDX-License-Identifier: Apache-2.0
// What the stock ssh-keygen makes, we read; what it says of a signature, we say.
#include <gtest/gtest.h>

#include "ssh/public_key.h"
#include "ssh/sshsig.h"
#include "tests/ssh/keygen.h"

namespace touchstone::ssh {
namespace {

struct KeygenCase {
  const char* name;
  const char* type;
  const char* bits;
  const char* short_name;
};

class KeygenKeys : public ::testing::TestWithParam<KeygenCase> {
 protected:
  void SetUp() override {
    if (!have_keygen()) {
      GTEST_SKIP() << "ssh-keygen is not installed";
    }
    ASSERT_EQ(run_keygen({"-q", "-t", GetParam().type, "-b", GetParam().bits, "-N", "", "-C",
                          "a comment", "-f", (scratch_ / "key").string()})
                  .status,
              0);
  }

  Scratch scratch_;
};

TEST_P(KeygenKeys, PublicKeyLineAndFingerprint) {
  const auto key = PublicKey::parse_line(scratch_.read("key.pub"));
  ASSERT_TRUE(key.has_value()) << base::message_of(key.error());
  EXPECT_EQ(key->line() + " a comment\n", scratch_.read("key.pub"));
  const std::string shown = run_keygen({"-lf", (scratch_ / "key.pub").string()}).out;
  EXPECT_EQ(std::to_string(key->bits()) + " " + key->fingerprint() + " a comment (" +
                std::string(key->short_name()) + ")\n",
            shown);
  EXPECT_EQ(key->short_name(), GetParam().short_name);
}

TEST_P(KeygenKeys, SignaturesVerify) {
  const std::string message = "what is signed\n";
  scratch_.write("message", message);
  for (const char* hash : {"sha256", "sha512"}) {
    ASSERT_EQ(run_keygen({"-Y", "sign", "-n", "git", "-O", std::string("hashalg=") + hash, "-f",
                          (scratch_ / "key").string(), (scratch_ / "message").string()})
                  .status,
              0);
    const std::string armored = scratch_.read("message.sig");
    std::filesystem::remove(scratch_ / "message.sig");
    const auto sig = SshSig::parse_armored(armored);
    ASSERT_TRUE(sig.has_value()) << base::message_of(sig.error());
    EXPECT_EQ(sig->armored(), armored);
    EXPECT_EQ(name_of(sig->hash), hash);
    EXPECT_TRUE(verify_message(*sig, "git", base::as_bytes(message)).has_value());
    EXPECT_FALSE(verify_message(*sig, "file", base::as_bytes(message)).has_value());
    EXPECT_FALSE(verify_message(*sig, "git", base::as_bytes("what is Signed\n")).has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Types, KeygenKeys,
                         ::testing::Values(KeygenCase{"Ed25519", "ed25519", "256", "ED25519"},
                                           KeygenCase{"P256", "ecdsa", "256", "ECDSA"},
                                           KeygenCase{"P384", "ecdsa", "384", "ECDSA"},
                                           KeygenCase{"P521", "ecdsa", "521", "ECDSA"},
                                           KeygenCase{"Rsa2048", "rsa", "2048", "RSA"}),
                         [](const auto& entry) { return std::string(entry.param.name); });

}  // namespace
}  // namespace touchstone::ssh
