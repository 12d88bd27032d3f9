// SPDX-License-Identifier: Apache-2.0
#include "ssh/public_key.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "ssh/limits.h"
#include "ssh/sshsig.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

std::string read_data(const std::string& name) {
  std::ifstream file("tests/data/ssh/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Code error_of(base::ByteView blob) {
  const auto key = PublicKey::parse(blob);
  return key.has_value() ? Code{} : key.error().code;
}

base::Bytes ed25519_blob() {
  return base::to_bytes(SoftwareKey(KeyAlgorithm::kEd25519).plain().blob());
}

base::Bytes ecdsa_blob(std::string_view name, std::string_view curve, base::ByteView point) {
  base::Writer out;
  out.string(name).string(curve).string(point);
  return std::move(out).take();
}

base::Bytes rsa_blob(base::ByteView e, base::ByteView n) {
  base::Writer out;
  out.string("ssh-rsa").mpint(e).mpint(n);
  return std::move(out).take();
}

// modulus_of_bits is odd and has its highest bit where it says; whether it is a product of two
// primes no reader can tell.
base::Bytes modulus_of_bits(std::size_t bits) {
  base::Bytes n((bits + 7) / 8, 0xa5);
  n.front() = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
  n.back() |= 1U;
  return n;
}

TEST(PublicKey, FixturesHaveTheirFingerprints) {
  std::istringstream lines(read_data("fingerprints.txt"));
  std::string shown;
  std::size_t count = 0;
  while (std::getline(lines, shown)) {
    const std::size_t type_at = shown.rfind('(');
    const bool is_certificate = shown.find("-CERT)") != std::string::npos;
    std::istringstream words(shown);
    std::string bits;
    std::string fingerprint;
    std::string comment;
    words >> bits >> fingerprint >> comment;
    const auto key =
        PublicKey::parse_line(read_data(comment + (is_certificate ? "-cert.pub" : ".pub")));
    ASSERT_TRUE(key.has_value()) << comment << base::message_of(key.error());
    EXPECT_EQ(std::to_string(key->bits()), bits);
    EXPECT_EQ(key->fingerprint(), fingerprint);
    EXPECT_EQ("(" + std::string(key->short_name()) + ")", shown.substr(type_at));
    EXPECT_EQ(key->is_certificate(), is_certificate);
    EXPECT_EQ(must(PublicKey::parse(key->plain_blob())).fingerprint(), fingerprint);
    ++count;
  }
  EXPECT_EQ(count, 13U);
}

TEST(PublicKey, FixtureSignaturesVerify) {
  PublicKeyCache cache;
  for (const char* name : {"ed25519-256", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048",
                           "rsa-3072", "ed25519-256-cert"}) {
    const auto sig = must(SshSig::parse_armored(read_data(std::string(name) + ".sig"), &cache));
    EXPECT_EQ(sig.key, must(PublicKey::parse_line(read_data(std::string(name) + ".pub"))));
    EXPECT_TRUE(verify_message(sig, "git", base::as_bytes("what is signed\n")).has_value()) << name;
    EXPECT_EQ(verify_message(sig, "git", base::as_bytes("what is signed")).error().code,
              Code::kBadSignature);
  }
}

TEST(PublicKey, EveryTypeRoundTrips) {
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kEcdsaP384,
        KeyAlgorithm::kEcdsaP521, KeyAlgorithm::kRsa}) {
    const SoftwareKey software(algorithm);
    const PublicKey key = software.plain();
    EXPECT_EQ(key.key(), software.material());
    EXPECT_FALSE(key.is_sk());
    EXPECT_EQ(must(PublicKey::parse(key.blob())), key);
    EXPECT_EQ(must(PublicKey::parse_line(key.line())), key);
    EXPECT_EQ(key.plain_blob(), base::to_bytes(key.blob()));
    EXPECT_EQ(PublicKey::from_token(software.material(), "ssh:").has_value(),
              algorithm == KeyAlgorithm::kEd25519 || algorithm == KeyAlgorithm::kEcdsaP256);
  }
}

TEST(PublicKey, SkKeysCarryTheirApplication) {
  const SoftwareKey software(KeyAlgorithm::kEd25519);
  const PublicKey key = software.sk("ssh:touchstone-sign");
  EXPECT_TRUE(key.is_sk());
  EXPECT_EQ(key.application(), "ssh:touchstone-sign");
  EXPECT_EQ(key.name(), "sk-ssh-ed25519@openssh.com");
  EXPECT_EQ(key.short_name(), "ED25519-SK");
  EXPECT_NE(key, software.sk("ssh:"));
  EXPECT_EQ(PublicKey::from_token(software.material(), "").error().code, Code::kMalformed);
  EXPECT_TRUE(
      PublicKey::from_token(software.material(), std::string(kApplicationMax, 'a')).has_value());
  EXPECT_EQ(PublicKey::from_token(software.material(), std::string(kApplicationMax + 1, 'a'))
                .error()
                .code,
            Code::kTooLong);
  EXPECT_EQ(PublicKey::from_token(software.material(), std::string_view("ssh:\0x", 6)).error().code,
            Code::kMalformed);
}

TEST(PublicKey, RefusesPrefixesAndTrailingBytes) {
  for (const char* name : {"ed25519-256.pub", "ecdsa-256.pub", "rsa-2048.pub",
                           "ed25519-256-cert.pub", "rsa-2048-cert.pub", "ecdsa-521-cert.pub"}) {
    base::Bytes blob = base::to_bytes(must(PublicKey::parse_line(read_data(name))).blob());
    for (std::size_t size = 0; size < blob.size(); ++size) {
      EXPECT_NE(error_of(base::ByteView(blob).first(size)), Code{}) << name << " " << size;
    }
    blob.push_back(0);
    EXPECT_EQ(error_of(blob), Code::kTrailingBytes) << name;
  }
}

TEST(PublicKey, RefusesUnknownTypes) {
  for (const char* name : {"ssh-dss", "ssh-ed448", "ssh-ed25519 ", "SSH-ED25519", "",
                           "ssh-ed25519-cert-v00@openssh.com", "ecdsa-sha2-nistp224",
                           "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512"}) {
    base::Writer out;
    out.string(name).string(base::Bytes(32, 1));
    EXPECT_EQ(error_of(out.bytes()), Code::kUnsupported) << name;
  }
}

TEST(PublicKey, RefusesEd25519OfAnotherSize) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    base::Writer out;
    out.string("ssh-ed25519").string(base::Bytes(size, 1));
    EXPECT_NE(error_of(out.bytes()), Code{}) << size;
  }
}

TEST(PublicKey, RefusesPointsOffTheCurve) {
  struct Curve {
    KeyAlgorithm algorithm;
    const char* name;
    const char* curve;
  };
  for (const Curve& c : {Curve{KeyAlgorithm::kEcdsaP256, "ecdsa-sha2-nistp256", "nistp256"},
                         Curve{KeyAlgorithm::kEcdsaP384, "ecdsa-sha2-nistp384", "nistp384"},
                         Curve{KeyAlgorithm::kEcdsaP521, "ecdsa-sha2-nistp521", "nistp521"}}) {
    const base::Bytes point = SoftwareKey(c.algorithm).material().material;
    const std::size_t size = (point.size() - 1) / 2;
    ASSERT_EQ(error_of(ecdsa_blob(c.name, c.curve, point)), Code{});
    base::Bytes bent = point;
    bent.back() ^= 1U;
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, bent)), Code::kMalformed);
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, base::Bytes{0})), Code::kMalformed);
    bent.assign(point.size(), 0);
    bent.front() = 4;
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, bent)), Code::kMalformed);
    bent.assign(point.size(), 0xff);  // coordinates above the field's prime
    bent.front() = 4;
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, bent)), Code::kMalformed);
    bent = point;  // hybrid form: the same point, another encoding
    bent.front() = static_cast<std::uint8_t>(6U + (point.back() & 1U));
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, bent)), Code::kMalformed);
    bent.assign(point.begin(), point.begin() + 1 + static_cast<std::ptrdiff_t>(size));
    bent.front() = static_cast<std::uint8_t>(2U + (point.back() & 1U));
    EXPECT_EQ(error_of(ecdsa_blob(c.name, c.curve, bent)), Code::kMalformed);
    EXPECT_NE(error_of(ecdsa_blob(c.name, "nistp224", point)), Code{});
    EXPECT_NE(error_of(ecdsa_blob(c.name, "nistp25x", point)), Code{});
    EXPECT_NE(error_of(ecdsa_blob(c.name, "", point)), Code{});
  }
  const base::Bytes p384 = SoftwareKey(KeyAlgorithm::kEcdsaP384).material().material;
  EXPECT_NE(error_of(ecdsa_blob("ecdsa-sha2-nistp256", "nistp384", p384)), Code{});
  EXPECT_NE(error_of(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", p384)), Code{});
}

TEST(PublicKey, BoundsRsa) {
  const base::Bytes e{1, 0, 1};
  EXPECT_EQ(error_of(rsa_blob(e, modulus_of_bits(kRsaModulusBitsMin))), Code{});
  EXPECT_EQ(error_of(rsa_blob(e, modulus_of_bits(kRsaModulusBitsMin - 1))), Code::kUnsupported);
  EXPECT_EQ(error_of(rsa_blob(e, modulus_of_bits(1024))), Code::kUnsupported);
  EXPECT_EQ(error_of(rsa_blob(e, modulus_of_bits(kRsaModulusBitsMax))), Code{});
  EXPECT_NE(error_of(rsa_blob(e, modulus_of_bits(kRsaModulusBitsMax + 1))), Code{});
  EXPECT_EQ(error_of(rsa_blob({}, modulus_of_bits(2048))), Code::kMalformed);
  EXPECT_EQ(error_of(rsa_blob(base::Bytes{1}, modulus_of_bits(2048))), Code::kMalformed);
  EXPECT_EQ(error_of(rsa_blob(base::Bytes{4}, modulus_of_bits(2048))), Code::kMalformed);
  EXPECT_EQ(error_of(rsa_blob(base::Bytes{3}, modulus_of_bits(2048))), Code{});
  base::Bytes even = modulus_of_bits(2048);
  even.back() = 2;
  EXPECT_EQ(error_of(rsa_blob(e, even)), Code::kMalformed);
  EXPECT_EQ(must(PublicKey::parse(rsa_blob(e, modulus_of_bits(2049)))).bits(), 2049U);
}

TEST(PublicKey, RefusesRsaNumbersInAnotherForm) {
  const base::Bytes n = modulus_of_bits(2048);  // its highest bit is set: it needs the zero
  const base::Bytes padded_e{0, 1, 0, 1};
  base::Writer negative;
  negative.string("ssh-rsa").mpint(base::Bytes{3}).string(n);
  EXPECT_EQ(error_of(negative.bytes()), Code::kMalformed);
  base::Writer padded;
  padded.string("ssh-rsa").string(padded_e).mpint(n);
  EXPECT_EQ(error_of(padded.bytes()), Code::kMalformed);
}

TEST(PublicKey, BoundsTheBlob) {
  base::Bytes blob = ed25519_blob();
  blob.resize(kKeyBlobMax);
  EXPECT_EQ(error_of(blob), Code::kTrailingBytes);
  blob.push_back(0);
  EXPECT_EQ(error_of(blob), Code::kTooLong);
}

TEST(PublicKey, LinesAreStrict) {
  const PublicKey key = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  const std::string line = key.line();
  const std::string base64 = line.substr(line.find(' ') + 1);
  for (const std::string& good :
       {line, line + " comment", line + "\n", line + "\r\n", line + " two words\n",
        "ssh-ed25519\t" + base64, "ssh-ed25519  \t " + base64 + "\tc"}) {
    const auto parsed = PublicKey::parse_line(good);
    EXPECT_TRUE(parsed.has_value() && *parsed == key) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string("ssh-ed25519"), std::string("ssh-ed25519 "),
        base64, " " + line, "ssh-rsa " + base64, "sk-ssh-ed25519@openssh.com " + base64, line + "=",
        line + "AAAA", line.substr(0, line.size() - 1), line + "\n" + line, "restrict " + line,
        "ssh-ed25519 =" + base64}) {
    EXPECT_FALSE(PublicKey::parse_line(bad).has_value()) << bad;
  }
}

TEST(PublicKeyCache, GivesTheSameKey) {
  PublicKeyCache cache;
  const base::Bytes blob = ed25519_blob();
  const PublicKey first = must(cache.parse(blob));
  const PublicKey second = must(cache.parse(blob));
  EXPECT_EQ(first, second);
  EXPECT_EQ(&first.prepared(), &second.prepared());
  EXPECT_EQ(cache.parse(base::Bytes{1}).error().code, Code::kTruncated);
}

}  // namespace
}  // namespace touchstone::ssh
