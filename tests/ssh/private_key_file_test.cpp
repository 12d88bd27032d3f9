// SPDX-License-Identifier: Apache-2.0
#include "ssh/private_key_file.h"

#include <gtest/gtest.h>

#include "ssh/armor.h"
#include "ssh/limits.h"
#include "tests/ssh/keygen.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

constexpr std::string_view kLabel = "OPENSSH PRIVATE KEY";
constexpr std::string_view kMagic{"openssh-key-v1\0", 15};

base::Result<base::Secret> no_passphrase() {
  ADD_FAILURE() << "asked for a passphrase";
  return base::fail(Code::kPinCancelled);
}

auto passphrase_is(std::string_view text) {
  return [text] { return base::Secret::copy_of(base::as_bytes(text)); };
}

class PrivateKeyFile : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  static SkPrivateKey make(KeyAlgorithm algorithm) {
    return {SoftwareKey(algorithm).sk("ssh:touchstone-sign"), kSkFlagUserPresence | kSkFlagResident,
            base::Bytes(96, 0x5a), "alice@example.com"};
  }

  static void expect_same(const SkPrivateKey& a, const SkPrivateKey& b) {
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.flags, b.flags);
    EXPECT_EQ(a.key_handle, b.key_handle);
    EXPECT_EQ(a.comment, b.comment);
  }
};

// Parts is a key file to be bent out of shape.
struct Parts {
  std::string cipher = "none";
  std::string kdf = "none";
  base::Bytes kdf_options;
  std::uint32_t keys = 1;
  base::Bytes public_blob;
  base::Bytes private_part;
  base::Bytes after;

  base::Bytes file() const {
    base::Writer out;
    out.raw(kMagic).string(cipher).string(kdf).string(kdf_options).u32(keys).string(public_blob);
    out.string(private_part).raw(after);
    return base::to_bytes(wrap_armor(kLabel, out.bytes()));
  }

  Code error() const {
    const auto parsed = parse_private_key_file(file(), passphrase_is("x"));
    return parsed.has_value() ? Code{} : parsed.error().code;
  }
};

struct PrivateFields {
  std::uint32_t check1 = 5;
  std::uint32_t check2 = 5;
  base::Bytes reserved = {};
  base::Bytes handle{1, 2, 3, 4};
  std::string comment = "c";
  base::Bytes padding = {};
  bool pad = true;

  base::Bytes encode(const PublicKey& key) const {
    base::Writer out;
    out.u32(check1).u32(check2).raw(key.blob()).u8(1).string(handle).string(reserved);
    out.string(comment).raw(padding);
    for (std::uint8_t i = 1; pad && out.size() % 8 != 0; ++i) {
      out.u8(i);
    }
    return std::move(out).take();
  }
};

Parts parts_of(const PublicKey& key, const PrivateFields& fields = {}) {
  Parts parts;
  parts.public_blob = base::to_bytes(key.blob());
  parts.private_part = fields.encode(key);
  return parts;
}

TEST_F(PrivateKeyFile, ReadsWhatItWrites) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256}) {
    const SkPrivateKey key = make(algorithm);
    const base::Bytes clear = must(format_private_key_file(key, nullptr));
    expect_same(must(parse_private_key_file(clear, no_passphrase)), key);
    EXPECT_EQ(must(public_key_of_file(clear)), key.key);
    const base::Secret secret = must(passphrase_is("correct horse")());
    const base::Bytes encrypted = must(format_private_key_file(key, &secret));
    expect_same(must(parse_private_key_file(encrypted, passphrase_is("correct horse"))), key);
    EXPECT_EQ(must(public_key_of_file(encrypted)), key.key);
    EXPECT_EQ(parse_private_key_file(encrypted, passphrase_is("wrong horse")).error().code,
              Code::kWrongPassphrase);
    EXPECT_EQ(parse_private_key_file(encrypted, passphrase_is("")).error().code,
              Code::kWrongPassphrase);
    const auto cancelled = parse_private_key_file(
        encrypted, []() -> base::Result<base::Secret> { return base::fail(Code::kPinCancelled); });
    EXPECT_EQ(cancelled.error().code, Code::kPinCancelled);
  }
}

TEST_F(PrivateKeyFile, KeygenReadsWhatWeWrite) {
  if (!have_keygen()) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const Scratch scratch;
  const base::Secret secret = must(passphrase_is("open sesame")());
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256}) {
    const SkPrivateKey key = make(algorithm);
    const std::string expected = key.key.line() + " " + key.comment + "\n";
    const auto clear = scratch.write("clear", must(format_private_key_file(key, nullptr)));
    EXPECT_EQ(run_keygen({"-y", "-P", "", "-f", clear.string()}).out, expected);
    const auto encrypted = scratch.write("enc", must(format_private_key_file(key, &secret)));
    EXPECT_EQ(run_keygen({"-y", "-P", "open sesame", "-f", encrypted.string()}).out, expected);
    EXPECT_NE(run_keygen({"-y", "-P", "shut sesame", "-f", encrypted.string()}).status, 0);
  }
}

TEST_F(PrivateKeyFile, WeReadWhatKeygenWrites) {
  if (!have_keygen()) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const Scratch scratch;
  const SkPrivateKey key = make(KeyAlgorithm::kEd25519);
  std::string old;
  const auto path = scratch.write("key", must(format_private_key_file(key, nullptr)));
  for (const char* cipher : {"aes256-ctr", "aes256-cbc", "aes256-gcm@openssh.com"}) {
    for (const char* rounds : {"1", "5"}) {
      const std::string fresh = std::string(cipher) + rounds;
      ASSERT_EQ(run_keygen(
                    {"-p", "-Z", cipher, "-a", rounds, "-P", old, "-N", fresh, "-f", path.string()})
                    .status,
                0);
      const std::string file = scratch.read("key");
      expect_same(must(parse_private_key_file(base::as_bytes(file), passphrase_is(fresh))), key);
      EXPECT_EQ(parse_private_key_file(base::as_bytes(file), passphrase_is("wrong")).error().code,
                Code::kWrongPassphrase);
      old = fresh;
    }
  }
  ASSERT_EQ(run_keygen({"-p", "-P", old, "-N", "", "-f", path.string()}).status, 0);
  const std::string clear = scratch.read("key");
  expect_same(must(parse_private_key_file(base::as_bytes(clear), no_passphrase)), key);
}

TEST_F(PrivateKeyFile, PublicKeyOfAnyFile) {
  if (!have_keygen()) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const Scratch scratch;
  for (const char* cipher : {"aes256-ctr", "aes128-cbc", "chacha20-poly1305@openssh.com"}) {
    const std::string path = (scratch / cipher).string();
    ASSERT_EQ(
        run_keygen({"-q", "-t", "ecdsa", "-Z", cipher, "-a", "1", "-N", "some pass", "-f", path})
            .status,
        0);
    const std::string secret_file = scratch.read(cipher);
    const std::string public_file = scratch.read(std::string(cipher) + ".pub");
    const auto key = public_key_of_file(base::as_bytes(secret_file));
    ASSERT_TRUE(key.has_value()) << base::message_of(key.error());
    EXPECT_EQ(*key, must(public_key_of_file(base::as_bytes("# comment\n\n" + public_file))));
    EXPECT_EQ(parse_private_key_file(base::as_bytes(secret_file), passphrase_is("some pass"))
                  .error()
                  .code,
              Code::kUnsupported);
  }
}

TEST_F(PrivateKeyFile, RefusesWhatIsNotAKeyFile) {
  for (const std::string_view text :
       {"", "\n", "#\n", "ssh-ed25519\n", "ssh-ed25519 AAAA\n", "-----BEGIN RSA PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"}) {
    EXPECT_FALSE(public_key_of_file(base::as_bytes(text)).has_value()) << text;
    EXPECT_FALSE(parse_private_key_file(base::as_bytes(text), no_passphrase).has_value()) << text;
  }
}

TEST_F(PrivateKeyFile, RefusesEveryPrefix) {
  const Parts parts = parts_of(SoftwareKey(KeyAlgorithm::kEd25519).sk());
  ASSERT_EQ(parts.error(), Code{});
  const base::Bytes file = parts.file();
  for (std::size_t size = 0; size + 1 < file.size(); ++size) {
    const auto parsed =
        parse_private_key_file(base::ByteView(file).first(size), passphrase_is("x"));
    EXPECT_FALSE(parsed.has_value()) << size;
  }
}

TEST_F(PrivateKeyFile, RefusesBentContainers) {
  const Parts good = parts_of(SoftwareKey(KeyAlgorithm::kEcdsaP256).sk());
  Parts bent = good;
  bent.keys = 2;
  EXPECT_EQ(bent.error(), Code::kUnsupported);
  bent.keys = 0;
  EXPECT_EQ(bent.error(), Code::kUnsupported);
  bent = good;
  bent.after = {0};
  EXPECT_EQ(bent.error(), Code::kTrailingBytes);
  bent = good;
  bent.cipher = "aes256-ctr";
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good;
  bent.kdf = "bcrypt";
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good;
  bent.kdf_options = {0};
  EXPECT_EQ(bent.error(), Code::kTrailingBytes);
  bent = good;
  bent.cipher = "3des-cbc";
  EXPECT_EQ(bent.error(), Code::kUnsupported);
  bent = good;
  bent.private_part.clear();
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good;
  bent.private_part.push_back(9);
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good;
  bent.public_blob = base::to_bytes(SoftwareKey(KeyAlgorithm::kEcdsaP256).sk().blob());
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = parts_of(SoftwareKey(KeyAlgorithm::kEd25519).plain());
  EXPECT_EQ(bent.error(), Code::kUnsupported);
}

TEST_F(PrivateKeyFile, BoundsBcrypt) {
  Parts parts = parts_of(SoftwareKey(KeyAlgorithm::kEd25519).sk());
  parts.cipher = "aes256-ctr";
  parts.kdf = "bcrypt";
  parts.private_part.resize(parts.private_part.size() / 16 * 16);
  const auto with = [&](std::uint32_t rounds, std::size_t salt_bytes) {
    base::Writer options;
    options.string(base::Bytes(salt_bytes, 1)).u32(rounds);
    parts.kdf_options = options.bytes();
    return parts.error();
  };
  EXPECT_EQ(with(1, 16), Code::kWrongPassphrase);
  EXPECT_EQ(with(0, 16), Code::kUnsupported);
  EXPECT_EQ(with(kBcryptRoundsMax + 1, 16), Code::kUnsupported);
  EXPECT_EQ(with(1, 0), Code::kMalformed);
  EXPECT_EQ(with(1, kBcryptSaltMax), Code::kWrongPassphrase);
  EXPECT_EQ(with(1, kBcryptSaltMax + 1), Code::kTooLong);
}

TEST_F(PrivateKeyFile, RefusesBentPrivateParts) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).sk();
  const auto error = [&key](const PrivateFields& fields) { return parts_of(key, fields).error(); };
  EXPECT_EQ(error({}), Code{});
  EXPECT_EQ(error({.check1 = 4}), Code::kMalformed);
  EXPECT_EQ(error({.reserved = {0}}), Code::kTooLong);
  EXPECT_EQ(error({.handle = {}}), Code::kMalformed);
  EXPECT_EQ(error({.handle = base::Bytes(kKeyHandleMax)}), Code{});
  EXPECT_EQ(error({.handle = base::Bytes(kKeyHandleMax + 1)}), Code::kTooLong);
  EXPECT_EQ(error({.comment = std::string(kCommentMax, 'c')}), Code{});
  EXPECT_EQ(error({.comment = std::string(kCommentMax + 1, 'c')}), Code::kTooLong);
  EXPECT_EQ(error({.padding = {2}}), Code::kMalformed);
  EXPECT_EQ(error({.padding = base::Bytes(8, 0)}), Code::kTrailingBytes);
}

TEST_F(PrivateKeyFile, DoesNotWriteWhatItCannotRead) {
  SkPrivateKey key = make(KeyAlgorithm::kEd25519);
  key.key_handle.clear();
  EXPECT_EQ(format_private_key_file(key, nullptr).error().code, Code::kMalformed);
  key.key_handle.resize(kKeyHandleMax + 1);
  EXPECT_EQ(format_private_key_file(key, nullptr).error().code, Code::kMalformed);
  key = make(KeyAlgorithm::kEd25519);
  key.comment.resize(kCommentMax + 1);
  EXPECT_EQ(format_private_key_file(key, nullptr).error().code, Code::kMalformed);
  key = make(KeyAlgorithm::kEd25519);
  key.key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  EXPECT_EQ(format_private_key_file(key, nullptr).error().code, Code::kMalformed);
}

}  // namespace
}  // namespace touchstone::ssh
