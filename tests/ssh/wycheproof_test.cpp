// SPDX-License-Identifier: Apache-2.0
// Every Wycheproof vector for our algorithms, put into SSH's encodings. They are read where they
// lie and are not part of this tree: without them these tests are skipped.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "ssh/signature.h"
#include "ssh/wire.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::KeyAlgorithm;
namespace json = boost::json;

struct VectorFile {
  const char* name;
  KeyAlgorithm algorithm;
  const char* signature_name;
  bool is_der;
};

std::string folder() {
  const char* chosen = std::getenv("TOUCHSTONE_WYCHEPROOF");
  return chosen != nullptr ? chosen : TOUCHSTONE_WYCHEPROOF;
}

base::Bytes hex(const json::value& value) {
  return must(base::from_hex(std::string_view(value.as_string())));
}

PublicKey key_of(const json::object& group, KeyAlgorithm algorithm) {
  const json::object& key = group.at("publicKey").as_object();
  if (algorithm == KeyAlgorithm::kRsa) {
    base::Writer blob;
    blob.string("ssh-rsa").mpint(hex(key.at("publicExponent"))).mpint(hex(key.at("modulus")));
    return must(PublicKey::parse(blob.bytes()));
  }
  const char* field = algorithm == KeyAlgorithm::kEd25519 ? "pk" : "uncompressed";
  return plain_key_of({algorithm, hex(key.at(field))});
}

// take_der reads one tag, a DER length and the contents; the contents are not looked at.
base::Result<base::ByteView> take_der(base::Reader& reader, std::uint8_t tag) {
  TRY_VOID(reader.expect(base::Bytes{tag}));
  TRY(first, reader.u8());
  std::size_t size = first;
  if (first == 0x81) {
    TRY(second, reader.u8());
    size = second;
    if (second < 0x80) {
      return base::fail(base::Code::kMalformed);
    }
  } else if (first > 0x7f) {
    return base::fail(base::Code::kMalformed);
  }
  return reader.take(size);
}

// from_der carries the two integers over as they are, sign and padding included: what was wrong
// with them as DER must be wrong as mpint. What breaks the structure has no counterpart in SSH.
base::Result<base::Bytes> from_der(base::ByteView der) {
  base::Reader outer(der);
  TRY(body, take_der(outer, 0x30));
  TRY_VOID(outer.expect_end());
  base::Reader inner(body);
  TRY(r, take_der(inner, 0x02));
  TRY(s, take_der(inner, 0x02));
  TRY_VOID(inner.expect_end());
  if (r.empty() || s.empty()) {
    return base::fail(base::Code::kMalformed);
  }
  base::Writer out;
  out.string(r).string(s);
  return std::move(out).take();
}

base::Result<Signature> signature_of(const json::object& test, const VectorFile& file,
                                     const PublicKey& key) {
  const base::Bytes bytes = hex(test.at("sig"));
  if (!file.is_der && file.algorithm != KeyAlgorithm::kRsa) {
    return Signature::from_token(key, {bytes, 0, 0});
  }
  base::Writer blob;
  blob.string(file.signature_name);
  if (file.is_der) {
    TRY(numbers, from_der(bytes));
    blob.string(numbers);
  } else {
    blob.string(bytes);
  }
  return Signature::parse(blob.bytes());
}

class Wycheproof : public ::testing::TestWithParam<VectorFile> {};

TEST_P(Wycheproof, DecidesEveryVector) {
  const VectorFile& file = GetParam();
  std::ifstream stream(folder() + "/" + file.name + ".json");
  if (!stream) {
    GTEST_SKIP() << file.name << ".json is not there; set TOUCHSTONE_WYCHEPROOF to its folder";
  }
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const json::value root = json::parse(text);
  std::int64_t decided = 0;
  std::int64_t good = 0;
  for (const json::value& group : root.at("testGroups").as_array()) {
    const PublicKey key = key_of(group.as_object(), file.algorithm);
    for (const json::value& value : group.at("tests").as_array()) {
      const json::object& test = value.as_object();
      const auto signature = signature_of(test, file, key);
      const bool accepted =
          signature.has_value() && verify(key, *signature, hex(test.at("msg"))).has_value();
      const std::string_view expected(test.at("result").as_string());
      if (expected != "acceptable") {
        EXPECT_EQ(accepted, expected == "valid")
            << "tcId " << test.at("tcId") << ": " << test.at("comment");
      }
      ++decided;
      good += accepted ? 1 : 0;
    }
  }
  EXPECT_EQ(decided, root.at("numberOfTests").as_int64());
  EXPECT_GT(good, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Files, Wycheproof,
    ::testing::Values(
        VectorFile{"ed25519_test", KeyAlgorithm::kEd25519, "ssh-ed25519", false},
        VectorFile{"ecdsa_secp256r1_sha256_p1363_test", KeyAlgorithm::kEcdsaP256,
                   "ecdsa-sha2-nistp256", false},
        VectorFile{"ecdsa_secp256r1_sha256_test", KeyAlgorithm::kEcdsaP256, "ecdsa-sha2-nistp256",
                   true},
        VectorFile{"ecdsa_secp384r1_sha384_test", KeyAlgorithm::kEcdsaP384, "ecdsa-sha2-nistp384",
                   true},
        VectorFile{"ecdsa_secp521r1_sha512_test", KeyAlgorithm::kEcdsaP521, "ecdsa-sha2-nistp521",
                   true},
        VectorFile{"rsa_signature_2048_sha256_test", KeyAlgorithm::kRsa, "rsa-sha2-256", false},
        VectorFile{"rsa_signature_2048_sha512_test", KeyAlgorithm::kRsa, "rsa-sha2-512", false},
        VectorFile{"rsa_signature_4096_sha512_test", KeyAlgorithm::kRsa, "rsa-sha2-512", false}),
    [](const auto& entry) { return std::string(entry.param.name); });

}  // namespace
}  // namespace touchstone::ssh
