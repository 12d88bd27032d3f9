// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <functional>
#include <iterator>

#include <gtest/gtest.h>

#include "ssh/limits.h"
#include "ssh/public_key.h"
#include "tests/ssh/keygen.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

// TestCertificate is a certificate of an Ed25519 key with every field open to mischief.
struct TestCertificate {
  std::string name = "ssh-ed25519-cert-v01@openssh.com";
  base::Bytes nonce = base::Bytes(32, 1);
  std::uint32_t type = 1;
  std::string key_id = "id";
  base::Bytes principals{};
  base::Bytes critical{};
  base::Bytes extensions{};
  base::Bytes reserved{};
  base::Bytes ca_key{};
  base::Bytes after{};

  base::Bytes encode(const SoftwareKey& key,
                     const std::function<Signature(base::ByteView)>& sign) const {
    base::Writer out;
    out.string(name).string(nonce).string(key.material().material).u64(9).u32(type);
    out.string(key_id).string(principals).u64(100).u64(200).string(critical).string(extensions);
    out.string(reserved).string(ca_key);
    const base::Bytes signature = base::to_bytes(sign(out.bytes()).blob());
    out.string(signature).raw(after);
    return std::move(out).take();
  }
};

class CertificateTest : public ::testing::Test {
 protected:
  TestCertificate good() const {
    TestCertificate certificate;
    certificate.ca_key = base::to_bytes(ca_.plain().blob());
    return certificate;
  }
  base::Result<PublicKey> parse(const TestCertificate& certificate) const {
    return PublicKey::parse(
        certificate.encode(key_, [this](base::ByteView data) { return ca_.sign_plain(data); }));
  }
  Code error_of(const TestCertificate& certificate) const {
    const auto parsed = parse(certificate);
    return parsed.has_value() ? Code{} : parsed.error().code;
  }

  SoftwareKey key_{KeyAlgorithm::kEd25519};
  SoftwareKey ca_{KeyAlgorithm::kEcdsaP256};
};

base::Bytes strings(const std::vector<std::string>& values) {
  base::Writer out;
  for (const std::string& value : values) {
    out.string(value);
  }
  return std::move(out).take();
}

TEST_F(CertificateTest, FieldsOfAFixture) {
  std::ifstream file("tests/data/ssh/ecdsa-384-cert.pub");
  const std::string line{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const PublicKey key = must(PublicKey::parse_line(line));
  const Certificate* certificate = key.certificate();
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(certificate->serial, 42U);
  EXPECT_EQ(certificate->type, CertificateType::kUser);
  EXPECT_EQ(certificate->key_id, "id of ecdsa-384");
  EXPECT_EQ(certificate->principals, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_EQ(certificate->valid_after, 1577836800U);
  EXPECT_EQ(certificate->valid_before, 1893456000U);
  ASSERT_EQ(certificate->critical_options.size(), 1U);
  EXPECT_EQ(certificate->critical_options[0].name, "force-command");
  EXPECT_EQ(certificate->critical_options[0].data, strings({"/bin/true"}));
  ASSERT_EQ(certificate->extensions.size(), 1U);
  EXPECT_EQ(certificate->extensions[0].name, "permit-pty");
  EXPECT_TRUE(verify_certificate(key).has_value());
  EXPECT_EQ(key.plain_name(), "ecdsa-sha2-nistp384");
}

TEST_F(CertificateTest, OnlyACertificateCanBeVerifiedAsOne) {
  EXPECT_EQ(verify_certificate(key_.plain()).error().code, Code::kMalformed);
}

TEST_F(CertificateTest, EveryBitIsCoveredByTheSignature) {
  const base::Bytes blob =
      good().encode(key_, [this](base::ByteView data) { return ca_.sign_plain(data); });
  ASSERT_TRUE(verify_certificate(must(PublicKey::parse(blob))).has_value());
  for (std::size_t i = 0; i < blob.size(); ++i) {
    base::Bytes bent = blob;
    bent[i] ^= 1U;
    const auto parsed = PublicKey::parse(bent);
    EXPECT_FALSE(parsed.has_value() && verify_certificate(*parsed).has_value()) << "byte " << i;
  }
}

TEST_F(CertificateTest, RefusesBentFields) {
  EXPECT_EQ(error_of(good()), Code{});
  TestCertificate bent = good();
  bent.type = 0;
  EXPECT_EQ(error_of(bent), Code::kUnsupported);
  bent.type = 3;
  EXPECT_EQ(error_of(bent), Code::kUnsupported);
  bent = good();
  bent.after = {0};
  EXPECT_EQ(error_of(bent), Code::kTrailingBytes);
  bent = good();
  bent.principals = {0, 0, 0, 9, 'a'};
  EXPECT_EQ(error_of(bent), Code::kTruncated);
  bent.principals = strings({std::string("a\0b", 3)});
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent = good();
  bent.ca_key = base::to_bytes(must(parse(good())).blob());
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent.ca_key = strings({"ssh-dss"});
  EXPECT_EQ(error_of(bent), Code::kUnsupported);
  bent = good();
  bent.key_id = std::string("a\0b", 3);
  EXPECT_EQ(error_of(bent), Code::kMalformed);
  bent = good();
  bent.name = "ssh-ed25519-cert-v02@openssh.com";
  EXPECT_EQ(error_of(bent), Code::kUnsupported);
}

TEST_F(CertificateTest, OptionsAreInOrderAndOnce) {
  TestCertificate certificate = good();
  for (base::Bytes* options : {&certificate.critical, &certificate.extensions}) {
    *options = strings({"a", "", "b", ""});
    EXPECT_EQ(error_of(certificate), Code{});
    for (const auto& bent : {strings({"b", "", "a", ""}), strings({"a", "", "a", ""}),
                             strings({"", ""}), strings({std::string("a\0", 2), ""})}) {
      *options = bent;
      EXPECT_EQ(error_of(certificate), Code::kMalformed);
    }
    *options = strings({"a"});
    EXPECT_EQ(error_of(certificate), Code::kTruncated);
    options->clear();
  }
}

TEST_F(CertificateTest, BoundsItsLists) {
  TestCertificate certificate = good();
  std::vector<std::string> names(kPrincipalsMax, "p");
  certificate.principals = strings(names);
  EXPECT_EQ(error_of(certificate), Code{});
  names.emplace_back("p");
  certificate.principals = strings(names);
  EXPECT_EQ(error_of(certificate), Code::kTooLong);
  certificate = good();
  std::vector<std::string> options;
  for (std::size_t i = 0; i < kCertificateOptionsMax; ++i) {
    options.push_back(std::to_string(100 + i));
    options.emplace_back();
  }
  certificate.extensions = strings(options);
  EXPECT_EQ(error_of(certificate), Code{});
  options.insert(options.end(), {"999", ""});
  certificate.extensions = strings(options);
  EXPECT_EQ(error_of(certificate), Code::kTooLong);
  certificate = good();
  certificate.nonce.resize(kCertificateNonceMax);
  EXPECT_EQ(error_of(certificate), Code{});
  certificate.nonce.resize(kCertificateNonceMax + 1);
  EXPECT_EQ(error_of(certificate), Code::kTooLong);
}

TEST_F(CertificateTest, AnSkCaMustHaveBeenTouched) {
  const PublicKey ca = ca_.sk();
  TestCertificate certificate = good();
  certificate.ca_key = base::to_bytes(ca.blob());
  for (const std::uint8_t flags : base::Bytes{0, 1, 4, 5}) {
    const auto key = must(PublicKey::parse(certificate.encode(
        key_, [&](base::ByteView data) { return ca_.sign_sk(ca, data, flags); })));
    const auto status = verify_certificate(key);
    EXPECT_EQ(status.has_value() ? Code{} : status.error().code,
              (flags & 1) != 0 ? Code{} : Code::kNoPresence);
  }
}

TEST_F(CertificateTest, KeygenCertifiesEveryType) {
  if (!have_keygen()) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const Scratch scratch;
  const std::string ca = (scratch / "ca").string();
  ASSERT_EQ(run_keygen({"-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", ca}).status, 0);
  const SoftwareKey p256(KeyAlgorithm::kEcdsaP256);
  for (const PublicKey& key :
       {key_.plain(), key_.sk(), p256.plain(), p256.sk("ssh:touchstone-login"),
        SoftwareKey(KeyAlgorithm::kEcdsaP521).plain(), SoftwareKey(KeyAlgorithm::kRsa).plain()}) {
    const std::string path = scratch.write("key.pub", key.line() + "\n").string();
    ASSERT_EQ(run_keygen({"-q", "-s", ca, "-h", "-I", "host", "-n", "host.example", path}).status,
              0);
    const auto certified = PublicKey::parse_line(scratch.read("key-cert.pub"));
    ASSERT_TRUE(certified.has_value()) << base::message_of(certified.error());
    EXPECT_TRUE(verify_certificate(*certified).has_value()) << key.name();
    EXPECT_EQ(certified->plain_blob(), base::to_bytes(key.blob()));
    EXPECT_EQ(certified->application(), key.application());
    EXPECT_EQ(certified->certificate()->type, CertificateType::kHost);
    const std::string shown = run_keygen({"-lf", (scratch / "key-cert.pub").string()}).out;
    EXPECT_NE(shown.find("(" + std::string(certified->short_name()) + ")"), std::string::npos)
        << shown;
  }
}

}  // namespace
}  // namespace touchstone::ssh
