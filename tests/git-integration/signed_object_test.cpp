// SPDX-License-Identifier: Apache-2.0
#include "git-integration/signed_object.h"

#include <string>

#include <gtest/gtest.h>

#include "git-integration/git_object.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;

const std::string kArmor = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";
const std::string kFolded = "-----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n";
const std::string kTop = "tree 1\nauthor a\ncommitter b\n";

SignedObject split(const std::string& text, ObjectKind kind = ObjectKind::kCommit,
                   HashAlgorithm algorithm = HashAlgorithm::kSha1) {
  auto object = split_signed_object(kind, algorithm, base::as_bytes(text));
  EXPECT_TRUE(object) << text;
  return object ? *object : SignedObject{};
}

std::string payload_of(const SignedObject& object) {
  return std::string(base::as_text(object.payload));
}

TEST(SignedObject, TakesCommitApart) {
  const SignedObject object = split(kTop + "gpgsig " + kFolded + "\nmessage\ngpgsig x\n");
  EXPECT_EQ(payload_of(object), kTop + "\nmessage\ngpgsig x\n");
  EXPECT_EQ(object.signature, kArmor);
  EXPECT_EQ(object.format, SignatureFormat::kSsh);
  EXPECT_TRUE(object.findings.empty());
}

TEST(SignedObject, LeavesUnsignedCommitAlone) {
  const SignedObject object = split(kTop + "\nmessage\n" + kArmor);
  EXPECT_EQ(payload_of(object), kTop + "\nmessage\n" + kArmor);
  EXPECT_TRUE(object.signature.empty());
  EXPECT_EQ(object.format, SignatureFormat::kNone);
  EXPECT_TRUE(object.findings.empty());
}

TEST(SignedObject, ReadsTheHeaderOfItsAlgorithm) {
  const std::string text = kTop + "gpgsig-sha256 " + kFolded + "\nm\n";
  EXPECT_EQ(split(text, ObjectKind::kCommit, HashAlgorithm::kSha256).signature, kArmor);
  const SignedObject sha1 = split(text);
  EXPECT_TRUE(sha1.signature.empty());
  ASSERT_EQ(sha1.findings.size(), 1U);
  EXPECT_EQ(sha1.findings.at(0), Finding::kOtherSignature);
  EXPECT_EQ(payload_of(sha1), kTop + "\nm\n");
}

TEST(SignedObject, FindsWhatIsNotCanonical) {
  const std::string one = "gpgsig " + kFolded;
  const auto finding = [](const std::string& text) {
    const SignedObject object = split(text);
    EXPECT_EQ(object.findings.size(), 1U) << text;
    EXPECT_EQ(object.signature, kArmor) << text;
    return object.findings.empty() ? Finding{} : object.findings[0];
  };
  EXPECT_EQ(finding(kTop + one + one + "\nm\n"), Finding::kSecondSignature);
  EXPECT_EQ(finding(kTop + one + "gpgsig-sha256 x\n" + "\nm\n"), Finding::kOtherSignature);
  EXPECT_EQ(finding(kTop + "gpgsig-sha256 x\n y\n" + one + "\nm\n"), Finding::kOtherSignature);
  EXPECT_EQ(finding(kTop + one + "gpgsigfoo bar\n" + "\nm\n"), Finding::kOtherSignature);
  EXPECT_EQ(finding(kTop + one + "gpgsig\n" + "\nm\n"), Finding::kOtherSignature);
  EXPECT_EQ(finding(one + kTop + "\nm\n"), Finding::kSignaturePlace);
  EXPECT_EQ(finding(kTop + one + "encoding x\n" + "\nm\n"), Finding::kSignaturePlace);
  EXPECT_EQ(finding(kTop + one + "change-id k\n" + "\nm\n"), Finding::kSignaturePlace);
}

TEST(SignedObject, AllowsExtraHeadersBefore) {
  const std::string one = "gpgsig " + kFolded;
  EXPECT_TRUE(split(kTop + "encoding x\nchange-id k\n" + one + "\nm\n").findings.empty());
}

TEST(SignedObject, DropsContinuationLinesWithTheirHeader) {
  EXPECT_EQ(payload_of(split("tree 1\ngpgsigx a\n b\n c\nauthor d\n e\n\nm\n")),
            "tree 1\nauthor d\n e\n\nm\n");
}

TEST(SignedObject, TakesTagApart) {
  const std::string body = "object 1\ntype commit\ntag v\n\nmessage\n";
  const SignedObject object = split(body + kArmor, ObjectKind::kTag);
  EXPECT_EQ(payload_of(object), body);
  EXPECT_EQ(object.signature, kArmor);
  EXPECT_TRUE(object.findings.empty());
  // The last one counts, and what follows it belongs to it, as for git.
  const SignedObject twice = split(body + kArmor + kArmor + "junk", ObjectKind::kTag);
  EXPECT_EQ(payload_of(twice), body + kArmor);
  EXPECT_EQ(twice.signature, kArmor + "junk");
}

TEST(SignedObject, NotesForeignHeaderInTag) {
  const SignedObject object =
      split("object 1\ntag v\ngpgsig-sha256 x\n y\n\nmessage\n" + kArmor, ObjectKind::kTag);
  EXPECT_EQ(payload_of(object), "object 1\ntag v\n\nmessage\n");
  ASSERT_EQ(object.findings.size(), 1U);
  EXPECT_EQ(object.findings[0], Finding::kOtherSignature);
}

TEST(SignedObject, TakesPushCertificateApart) {
  const std::string body = "certificate version 0.1\n\ngpgsig x\n";
  const SignedObject object = split(body + kArmor, ObjectKind::kPushCertificate);
  EXPECT_EQ(payload_of(object), body);
  EXPECT_EQ(object.signature, kArmor);
}

TEST(SignedObject, RefusesHeadersWithoutEnd) {
  for (const char* text : {"", "tree 1", "tree 1\n", "tree 1\n folded\n", "tree 1\nauthor"}) {
    const auto object =
        split_signed_object(ObjectKind::kCommit, HashAlgorithm::kSha1, base::as_bytes(text));
    ASSERT_FALSE(object) << text;
    EXPECT_EQ(object.error().code, Code::kMalformed);
  }
}

TEST(SignedObject, HoldsLimit) {
  const std::string at_limit = kTop + "\n" + std::string(kObjectMax - kTop.size() - 1, 'm');
  EXPECT_TRUE(
      split_signed_object(ObjectKind::kCommit, HashAlgorithm::kSha1, base::as_bytes(at_limit)));
  const auto above = split_signed_object(ObjectKind::kCommit, HashAlgorithm::kSha1,
                                         base::as_bytes(at_limit + "m"));
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().code, Code::kTooLong);
}

TEST(SignedObject, TellsFormatsApart) {
  EXPECT_EQ(format_of(""), SignatureFormat::kNone);
  EXPECT_EQ(format_of(kArmor), SignatureFormat::kSsh);
  EXPECT_EQ(format_of("-----BEGIN PGP SIGNATURE-----\n"), SignatureFormat::kOpenPgp);
  EXPECT_EQ(format_of("-----BEGIN PGP MESSAGE-----\n"), SignatureFormat::kOpenPgp);
  EXPECT_EQ(format_of("-----BEGIN SIGNED MESSAGE-----\n"), SignatureFormat::kX509);
  EXPECT_EQ(format_of("-----BEGIN CERTIFICATE-----\n"), SignatureFormat::kUnknown);
  EXPECT_EQ(format_of(" " + kArmor), SignatureFormat::kUnknown);
}

TEST(SignedObject, FindsOnlyArmorAtLineStart) {
  EXPECT_EQ(find_armor("x" + kArmor), std::string::npos);
  EXPECT_EQ(find_armor(" " + kArmor), std::string::npos);
  EXPECT_EQ(find_armor("x\n" + kArmor), 2U);
  EXPECT_EQ(find_armor(kArmor), 0U);
  EXPECT_EQ(find_armor("-----BEGIN CERTIFICATE-----\n"), std::string::npos);
  EXPECT_EQ(find_armor(kArmor + "-----BEGIN CERTIFICATE-----\n"), 0U);
}

}  // namespace
}  // namespace touchstone::git
