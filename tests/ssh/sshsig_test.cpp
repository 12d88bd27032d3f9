// SPDX-License-Identifier: Apache-2.0
#include "ssh/sshsig.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "ssh/armor.h"
#include "ssh/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----";

// Fields are those of a blob, or of signed data, to be bent.
struct Fields {
  std::string magic = "SSHSIG";
  std::uint32_t version = 1;
  base::Bytes key{};
  std::string name_space = "git";
  std::string reserved{};
  std::string hash = "sha512";
  base::Bytes signature{};  // or digest
  std::string after{};

  base::Bytes blob() const {
    base::Writer out;
    out.raw(magic).u32(version).string(key).string(name_space).string(reserved).string(hash);
    out.string(signature).raw(after);
    return std::move(out).take();
  }
  base::Bytes data() const {
    base::Writer out;
    out.raw(magic).string(name_space).string(reserved).string(hash).string(signature).raw(after);
    return std::move(out).take();
  }
};

class SshSigTest : public ::testing::Test {
 protected:
  Fields good() const {
    Fields fields;
    fields.key = base::to_bytes(sig_.key.blob());
    fields.signature = base::to_bytes(sig_.signature.blob());
    return fields;
  }
  static Code blob_error(const Fields& fields) {
    const auto parsed = SshSig::parse(fields.blob());
    return parsed.has_value() ? Code{} : parsed.error().code;
  }
  static Code armor_error(const std::string& text) {
    const auto parsed = SshSig::parse_armored(text);
    return parsed.has_value() ? Code{} : parsed.error().code;
  }

  SoftwareKey software_{KeyAlgorithm::kEd25519};
  SshSig sig_ = make_sshsig(
      software_.sk(), "git", base::as_bytes("m"),
      [this](base::ByteView data) { return software_.sign_sk(software_.sk(), data, 1); });
};

TEST_F(SshSigTest, RoundTrips) {
  EXPECT_EQ(sig_.encode(), good().blob());
  const auto parsed = must(SshSig::parse(sig_.encode()));
  EXPECT_EQ(parsed.encode(), sig_.encode());
  EXPECT_EQ(must(SshSig::parse_armored(sig_.armored())).encode(), sig_.encode());
  EXPECT_TRUE(verify_message(parsed, "git", base::as_bytes("m")).has_value());
  EXPECT_EQ(verify_message(parsed, "file", base::as_bytes("m")).error().code, Code::kBadSignature);
  EXPECT_EQ(verify_message(parsed, "git", base::as_bytes("n")).error().code, Code::kBadSignature);
}

TEST_F(SshSigTest, NamespaceAndHashAreCovered) {
  Fields bent = good();
  bent.name_space = "file";
  EXPECT_EQ(
      verify_message(must(SshSig::parse(bent.blob())), "file", base::as_bytes("m")).error().code,
      Code::kBadSignature);
  bent = good();
  bent.hash = "sha256";
  EXPECT_EQ(
      verify_message(must(SshSig::parse(bent.blob())), "git", base::as_bytes("m")).error().code,
      Code::kBadSignature);
}

TEST_F(SshSigTest, RefusesBentBlobs) {
  EXPECT_EQ(blob_error(good()), Code{});
  Fields bent = good();
  bent.magic = "SSHSIg";
  EXPECT_EQ(blob_error(bent), Code::kMalformed);
  bent = good();
  for (const std::uint32_t version : {0U, 2U, 0x01000000U}) {
    bent.version = version;
    EXPECT_EQ(blob_error(bent), Code::kUnsupported);
  }
  bent = good();
  bent.name_space.clear();
  EXPECT_EQ(blob_error(bent), Code::kMalformed);
  bent.name_space = std::string("git\0", 4);
  EXPECT_EQ(blob_error(bent), Code::kMalformed);
  bent.name_space = std::string(kNamespaceMax, 'n');
  EXPECT_EQ(blob_error(bent), Code{});
  bent.name_space += "n";
  EXPECT_EQ(blob_error(bent), Code::kTooLong);
  bent = good();
  bent.reserved = "x";
  EXPECT_EQ(blob_error(bent), Code::kTooLong);
  bent = good();
  for (const char* hash : {"", "sha1", "SHA512", "sha512 ", "sha384"}) {
    bent.hash = hash;
    EXPECT_EQ(blob_error(bent), Code::kUnsupported) << hash;
  }
  bent = good();
  bent.after = std::string(1, '\0');
  EXPECT_EQ(blob_error(bent), Code::kTrailingBytes);
  bent = good();
  bent.key.clear();
  EXPECT_EQ(blob_error(bent), Code::kTruncated);
}

TEST_F(SshSigTest, RefusesEveryPrefix) {
  const base::Bytes blob = sig_.encode();
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_FALSE(SshSig::parse(base::ByteView(blob).first(size)).has_value()) << size;
  }
}

TEST_F(SshSigTest, ArmorIsOneTextPerValue) {
  const std::string text = sig_.armored();
  EXPECT_EQ(armor_error(text), Code{});
  EXPECT_EQ(armor_error(text.substr(0, text.size() - 1)), Code{});
  EXPECT_EQ(armor_error(text + "\n"), Code::kTrailingBytes);
  EXPECT_EQ(armor_error(text + "x"), Code::kTrailingBytes);
  EXPECT_EQ(armor_error(text + text), Code::kTrailingBytes);
  EXPECT_EQ(armor_error("\n" + text), Code::kMalformed);
  EXPECT_EQ(armor_error(" " + text), Code::kMalformed);
  EXPECT_EQ(armor_error("\xef\xbb\xbf" + text), Code::kMalformed);
  EXPECT_EQ(armor_error(""), Code::kMalformed);
  EXPECT_EQ(armor_error(std::string(kBegin)), Code::kTruncated);
  EXPECT_EQ(armor_error(text.substr(0, text.find(kEnd))), Code::kTruncated);
  EXPECT_EQ(armor_error(std::string(kBegin) + std::string(kEnd)), Code::kTruncated);
  std::string bent = text;
  bent.replace(bent.find("SIGNATURE"), 9, "SIGNATURe");
  EXPECT_EQ(armor_error(bent), Code::kMalformed);
  bent = text;
  bent.insert(kBegin.size(), "\n");
  EXPECT_EQ(armor_error(bent), Code::kMalformed);
  for (const char* middle : {" ", "\r", "\t", "=", "-", "_", "."}) {
    bent = text;
    bent.insert(kBegin.size() + 10, middle);
    EXPECT_NE(armor_error(bent), Code{}) << middle;
  }
  bent = text;
  for (std::size_t at = 0; (at = bent.find('\n', at)) != std::string::npos; at += 2) {
    bent.insert(at, "\r");
  }
  EXPECT_EQ(armor_error(bent), Code::kMalformed);
}

TEST_F(SshSigTest, ArmorTakesLinesUpTo76Columns) {
  const std::string digits = base::to_base64(sig_.encode());
  const auto wrapped = [&](std::size_t columns) {
    std::string text(kBegin);
    for (std::size_t i = 0; i < digits.size(); i += columns) {
      text += digits.substr(i, columns) + "\n";
    }
    return text + std::string(kEnd) + "\n";
  };
  for (const std::size_t columns : {1U, 64U, 70U, 76U}) {
    EXPECT_EQ(armor_error(wrapped(columns)), Code{}) << columns;
  }
  EXPECT_EQ(armor_error(wrapped(77)), Code::kMalformed);
}

TEST_F(SshSigTest, OnlyLinesOf70ColumnsAreCanonical) {
  const std::string digits = base::to_base64(sig_.encode());
  for (std::size_t columns = 1; columns <= 76; ++columns) {
    std::string text(kBegin);
    for (std::size_t i = 0; i < digits.size(); i += columns) {
      text += digits.substr(i, columns) + "\n";
    }
    text += kEnd;
    EXPECT_FALSE(is_canonical_armor(text)) << "no line end after the last line";
    text += "\n";
    ASSERT_EQ(armor_error(text), Code{});
    EXPECT_EQ(is_canonical_armor(text), text == sig_.armored()) << columns;
  }
  // One line broken in two, wherever.
  const std::string armored = sig_.armored();
  for (std::size_t i = kBegin.size() + 1; i + kEnd.size() + 2 < armored.size(); ++i) {
    std::string text = armored;
    text.insert(i, "\n");
    if (armor_error(text) == Code{}) {
      EXPECT_FALSE(is_canonical_armor(text)) << i;
    }
  }
}

TEST(Armor, BoundsTheContent) {
  const base::Bytes bytes(100, 7);
  const std::string text = wrap_armor("X", bytes);
  EXPECT_EQ(must(unwrap_armor("X", text, 100, ArmorForm::kStrict)), bytes);
  EXPECT_EQ(unwrap_armor("X", text, 99, ArmorForm::kStrict).error().code, Code::kTooLong);
  EXPECT_EQ(unwrap_armor("X", text, 10, ArmorForm::kStrict).error().code, Code::kTooLong);
  EXPECT_EQ(unwrap_armor("Y", text, 100, ArmorForm::kStrict).error().code, Code::kMalformed);
}

TEST(Armor, FilesMayHaveOtherLineEnds) {
  std::string text = wrap_armor("X", base::Bytes(100, 7));
  EXPECT_TRUE(unwrap_armor("X", text + "\n\r\n", 100, ArmorForm::kFile).has_value());
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, "\r");
  }
  EXPECT_TRUE(unwrap_armor("X", text, 100, ArmorForm::kFile).has_value());
  EXPECT_FALSE(unwrap_armor("X", text + "x", 100, ArmorForm::kFile).has_value());
}

TEST(SshSigData, RoundTripsAndRefuses) {
  const auto data = SshSigData::of_message("git", SshSigHash::kSha512, base::as_bytes("m"));
  EXPECT_EQ(must(SshSigData::parse(data.encode())), data);
  const auto error = [](const Fields& fields) {
    const auto parsed = SshSigData::parse(fields.data());
    return parsed.has_value() ? Code{} : parsed.error().code;
  };
  const Fields good{.signature = base::Bytes(64, 1)};
  EXPECT_EQ(error(good), Code{});
  Fields bent = good;
  bent.name_space.clear();
  EXPECT_EQ(error(bent), Code::kMalformed);
  bent = good;
  bent.reserved = "r";
  EXPECT_EQ(error(bent), Code::kTooLong);
  bent = good;
  bent.hash = "sha1";
  EXPECT_EQ(error(bent), Code::kUnsupported);
  bent.hash = "sha256";
  EXPECT_EQ(error(bent), Code::kTooLong);
  bent.signature.resize(32);
  EXPECT_EQ(error(bent), Code{});
  bent.hash = "sha512";
  EXPECT_EQ(error(bent), Code::kMalformed);
  bent = good;
  bent.after = "x";
  EXPECT_EQ(error(bent), Code::kTrailingBytes);
  bent = good;
  bent.magic = "sshsig";
  EXPECT_EQ(error(bent), Code::kMalformed);
}

}  // namespace
}  // namespace touchstone::ssh
