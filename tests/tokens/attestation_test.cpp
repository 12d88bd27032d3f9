// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/attestation.h"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "tests/tokens/driver_bench.h"
#include "tokens/attestation/chain.h"
#include "tokens/attestation/statement.h"

namespace touchstone::tokens {
namespace {

using base::Code;

struct Made {
  Enrollment enrollment;
  base::Bytes challenge;

  Code judged() const {
    const base::Status status = check_statement(enrollment.attestation, challenge, enrollment.key);
    return status.has_value() ? Code{} : status.error().code;
  }
};

Made make(DriverBench& bench) {
  EnrollRequest request = enroll_request(bench.tokens().front().id);
  Made made;
  made.challenge = request.challenge;
  auto enrolled = bench.enroll(std::move(request));
  EXPECT_TRUE(enrolled.has_value()) << base::message_of(enrolled.error());
  made.enrollment = std::move(*enrolled);
  return made;
}

// What tokens of every kind say of the keys they make; the driver has had it checked by libfido2.
TEST(Statement, OfEveryKindOfTokenIsGood) {
  for (const char* profile : {"2_1", "2_1_es256", "2_1_pre", "fido_2_0", "u2f"}) {
    DriverBench bench({std::string("name=a,profile=") + profile});
    const Made made = make(bench);
    EXPECT_EQ(made.judged(), Code{}) << profile;
    EXPECT_EQ(aaguid_of(made.enrollment.attestation).size(), 16U);
  }
}

TEST(Statement, IsBadWithAnyByteChanged) {
  for (const char* profile : {"2_1", "u2f"}) {
    DriverBench bench({std::string("name=a,profile=") + profile});
    const Made made = make(bench);
    for (base::Bytes Attestation::*part : {&Attestation::auth_data, &Attestation::signature}) {
      // The authenticator data that libfido2 puts together for U2F has flags, a counter and an
      // AAGUID that are not signed: the key, its id and its application are.
      const bool u2f_data =
          made.enrollment.attestation.format == "fido-u2f" && part == &Attestation::auth_data;
      for (std::size_t i = 0; i < (made.enrollment.attestation.*part).size(); ++i) {
        Made changed = made;
        (changed.enrollment.attestation.*part).at(i) ^= 1U;
        if (!u2f_data || i < 33 || i >= 53) {
          EXPECT_NE(changed.judged(), Code{}) << profile << " " << i;
        }
      }
      Made cut = made;
      (cut.enrollment.attestation.*part).pop_back();
      EXPECT_NE(cut.judged(), Code{});
    }
    Made other = made;
    other.challenge.at(0) ^= 1U;
    EXPECT_EQ(other.judged(), Code::kBadSignature);
    Made bare = made;
    bare.enrollment.attestation.certificates.clear();
    EXPECT_NE(bare.judged(), Code{}) << "the certificate's signature is not the key's";
    Made rubbish = made;
    rubbish.enrollment.attestation.certificates.front() = base::to_bytes("rubbish");
    EXPECT_EQ(rubbish.judged(), Code::kBadSignature);
  }
}

TEST(Statement, IsAboutOneKey) {
  DriverBench bench({"name=a"});
  const Made made = make(bench);
  const Made second = make(bench);
  Made swapped = made;
  swapped.enrollment.key = second.enrollment.key;
  EXPECT_EQ(swapped.judged(), Code::kBadSignature);
  Made other_role = made;
  other_role.enrollment.key.application = "ssh:touchstone-approve";
  EXPECT_EQ(other_role.judged(), Code::kBadSignature);
  Made other_id = made;
  other_id.enrollment.key.credential_id.push_back(0);
  EXPECT_EQ(other_id.judged(), Code::kBadSignature);
  Made other_kind = made;
  other_kind.enrollment.attestation.format = "android-key";
  EXPECT_EQ(other_kind.judged(), Code::kUnsupported);
}

// self_signed gives a root that anybody could make, with the name of the test CA.
std::string self_signed() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  const base::Bytes der = emulators::fido2::test_root_der();
  const std::uint8_t* from = der.data();
  const std::unique_ptr<X509, decltype(&X509_free)> root(
      d2i_X509(nullptr, &from, static_cast<long>(der.size())), X509_free);
  X509_set_pubkey(root.get(), key.get());
  X509_sign(root.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(text.get(), root.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

TEST(Chain, LeadsToTheMakersRoot) {
  const std::string root = emulators::fido2::test_root_pem();
  for (const char* profile : {"2_1", "u2f"}) {
    DriverBench bench({std::string("name=a,profile=") + profile});
    const Attestation attestation = make(bench).enrollment.attestation;
    const auto code = [&](const std::string& roots) {
      const base::Status status = check_chain(attestation, base::as_bytes(roots));
      return status.has_value() ? Code{} : status.error().code;
    };
    EXPECT_EQ(code(root), Code{}) << profile;
    EXPECT_EQ(code("a comment\n" + root + root), Code{});
    // The name is the same; the signature is not that key's.
    EXPECT_EQ(code(self_signed()), Code::kNoEvidence);
    for (const std::string& none : {std::string(), std::string("rubbish"), root.substr(0, 100)}) {
      EXPECT_EQ(code(none), Code::kMalformed);
    }
    std::string many;
    for (std::size_t i = 0; i <= kRootsMax; ++i) {
      many += root;
    }
    EXPECT_EQ(code(many), Code::kTooLong);
  }
}

// Maker is a root of its own that issues whatever certificate a test wants of it.
class Maker {
 public:
  struct Leaf {
    const char* unit{"Authenticator Attestation"};
    const char* constraints{"CA:FALSE"};
    std::string aaguid{};    // hex; empty: no such extension
    bool transports{false};  // the U2F extension
  };

  std::string root() const {
    const auto certificate = issue({.unit = "Root", .constraints = "CA:TRUE"});
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(text.get(), certificate.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
  }
  base::Bytes leaf(const Leaf& what) const {
    const auto certificate = issue(what);
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    base::Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
  }

 private:
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static void add(X509* certificate, int number, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, number, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  // number_of gives OpenSSL's number for an extension it does not know.
  static int number_of(const char* object) {
    const int known = OBJ_txt2nid(object);
    return known != NID_undef ? known : OBJ_create(object, object, object);
  }
  static void add_raw(X509* certificate, const char* object, const base::Bytes& value) {
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> data(
        ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free);
    ASN1_OCTET_STRING_set(data.get(), value.data(), static_cast<int>(value.size()));
    X509_EXTENSION* const extension =
        X509_EXTENSION_create_by_NID(nullptr, number_of(object), 0, data.get());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  // issue signs with the one key there is, in the root's name.
  Certificate issue(const Leaf& what) const {
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 1000);
    const auto name = [](X509_NAME* to, const char* unit) {
      X509_NAME_add_entry_by_txt(to, "OU", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(unit), -1, -1, 0);
    };
    name(X509_get_subject_name(certificate.get()), what.unit);
    const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> issuer(X509_NAME_new(),
                                                                       X509_NAME_free);
    name(issuer.get(), "Root");
    X509_set_issuer_name(certificate.get(), issuer.get());
    X509_set_pubkey(certificate.get(), key_.get());
    add(certificate.get(), NID_basic_constraints, what.constraints);
    if (!what.aaguid.empty()) {
      base::Bytes value = *base::from_hex(what.aaguid);
      value.insert(value.begin(), {0x04, static_cast<std::uint8_t>(value.size())});
      add_raw(certificate.get(), "1.3.6.1.4.1.45724.1.1.4", value);
    }
    if (what.transports) {
      add_raw(certificate.get(), "1.3.6.1.4.1.45724.2.1.1", {0x03, 0x02, 0x05, 0x20});
    }
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    return certificate;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
};

// Makers have other keys below the same roots: cards' that sign anything, servers', authorities'.
TEST(Chain, TakesCertificatesForAttestingFidoKeysOnly) {
  DriverBench bench({"name=a"});
  Attestation attestation = make(bench).enrollment.attestation;
  const Maker maker;
  const auto code = [&](const char* format, const Maker::Leaf& leaf) {
    attestation.format = format;
    attestation.certificates = {maker.leaf(leaf)};
    const base::Status status = check_chain(attestation, base::as_bytes(maker.root()));
    return status.has_value() ? Code{} : status.error().code;
  };
  const std::string model = base::to_hex(aaguid_of(attestation));
  EXPECT_EQ(code("packed", {}), Code{});
  EXPECT_EQ(code("packed", {.aaguid = model}), Code{});
  EXPECT_EQ(code("packed", {.aaguid = std::string(32, '2')}), Code::kNoEvidence);
  EXPECT_EQ(code("packed", {.aaguid = model.substr(2)}), Code::kNoEvidence);
  for (const char* unit : {"YubiKey PIV Attestation 9a", "www.example.com", "Root",
                           "authenticator attestation", "Authenticator Attestation "}) {
    EXPECT_EQ(code("packed", {.unit = unit}), Code::kNoEvidence) << unit;
    EXPECT_EQ(code("packed", {.unit = unit, .transports = true}), Code::kNoEvidence) << unit;
    EXPECT_EQ(code("fido-u2f", {.unit = unit}), Code::kNoEvidence) << unit;
    if (std::string_view(unit) != "Root") {  // that one would be the root's own
      EXPECT_EQ(code("fido-u2f", {.unit = unit, .transports = true}), Code{}) << unit;
    }
  }
  EXPECT_EQ(code("packed", {.constraints = "CA:TRUE"}), Code::kNoEvidence);
  EXPECT_EQ(code("fido-u2f", {.constraints = "CA:TRUE", .transports = true}), Code::kNoEvidence);
  EXPECT_EQ(code("fido-u2f", {}), Code{});
}

TEST(Chain, SaysWhoIssuedTheCertificate) {
  DriverBench bench({"name=a"});
  Made made = make(bench);
  const auto issuer = issuer_of(made.enrollment.attestation);
  ASSERT_TRUE(issuer) << base::message_of(issuer.error());
  EXPECT_NE(issuer->find("CN="), std::string::npos) << *issuer;
  EXPECT_EQ(credential_id_of(made.enrollment.attestation), made.enrollment.key.credential_id);
  made.enrollment.attestation.certificates.front().push_back(0);
  EXPECT_EQ(issuer_of(made.enrollment.attestation).error().code, Code::kMalformed);
  made.enrollment.attestation.certificates.clear();
  EXPECT_EQ(issuer_of(made.enrollment.attestation).error().code, Code::kNoEvidence);
  EXPECT_EQ(
      check_chain(made.enrollment.attestation, base::as_bytes(emulators::fido2::test_root_pem()))
          .error()
          .code,
      Code::kNoEvidence);
  made.enrollment.attestation.auth_data.resize(54);
  EXPECT_TRUE(credential_id_of(made.enrollment.attestation).empty());
}

}  // namespace
}  // namespace touchstone::tokens
