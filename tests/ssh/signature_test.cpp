// SPDX-License-Identifier: Apache-2.0
#include "ssh/signature.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "ssh/limits.h"
#include "tests/ssh/keygen.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

base::Bytes hex(std::string text) {
  if (text.size() % 2 != 0) {
    text.insert(0, "0");
  }
  return must(base::from_hex(text));
}

Code signature_error(base::ByteView blob) {
  const auto signature = Signature::parse(blob);
  return signature.has_value() ? Code{} : signature.error().code;
}

base::Bytes ecdsa_body(base::ByteView r, base::ByteView s) {
  base::Writer out;
  out.string(r).string(s);
  return std::move(out).take();
}

base::Bytes blob_of(std::string_view name, base::ByteView body, base::ByteView after = {}) {
  base::Writer out;
  out.string(name).string(body).raw(after);
  return std::move(out).take();
}

struct EddsaVector {
  const char* key;
  const char* message;
  const char* signature;
};

TEST(Signature, Rfc8032Section71) {
  for (const EddsaVector& v :
       {EddsaVector{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33b"
                    "acc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        EddsaVector{"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e1599"
                    "6e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        EddsaVector{"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f2"
                    "90ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}}) {
    const PublicKey key = plain_key_of({KeyAlgorithm::kEd25519, hex(v.key)});
    const auto signature = must(Signature::parse(blob_of("ssh-ed25519", hex(v.signature))));
    const base::Bytes message = hex(v.message);
    EXPECT_TRUE(verify(key, signature, message).has_value());
    EXPECT_EQ(verify(key, signature, base::Bytes{1}).error().code, Code::kBadSignature);
  }
}

struct EcdsaVector {
  KeyAlgorithm algorithm;
  const char* name;
  const char* x;
  const char* y;
  const char* r;
  const char* s;
};

// openssl_accepts asks OpenSSL, which does no more than RFC 8032 says.
bool openssl_accepts(base::ByteView key, base::ByteView message, base::ByteView signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> handle(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

// What is remembered of a verification is good for these.
TEST(Signature, VerifyingLibrariesAreAllNamed) {
  EXPECT_NE(verifying_libraries().find("OpenSSL 3"), std::string::npos);
  EXPECT_NE(verifying_libraries().find("libsodium 1"), std::string::npos);
}

// The points of order 1, 2, 4 and 8, and those whose y is not below 2^255 - 19. By a key of order n
// everybody signs one message in n: with the identity for R and 0 for S.
TEST(Signature, KeysThatAnybodySignsForVerifyNothing) {
  base::Bytes signature(64);
  signature.front() = 1;
  for (const char* point : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "0000000000000000000000000000000000000000000000000000000000000080",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const PublicKey key = plain_key_of({KeyAlgorithm::kEd25519, hex(point)});
    const auto parsed = must(Signature::parse(blob_of("ssh-ed25519", signature)));
    bool accepted_elsewhere = false;
    for (std::uint8_t message = 0; message < 255; ++message) {
      const base::ByteView bytes(&message, 1);
      accepted_elsewhere |= openssl_accepts(hex(point), bytes, signature);
      EXPECT_EQ(verify(key, parsed, bytes).error().code, Code::kBadSignature) << point;
    }
    EXPECT_TRUE(accepted_elsewhere) << point;
  }
}

TEST(Signature, Rfc6979AppendixA2) {
  for (const EcdsaVector& v :
       {EcdsaVector{KeyAlgorithm::kEcdsaP256, "ecdsa-sha2-nistp256",
                    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
                    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
                    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
        EcdsaVector{KeyAlgorithm::kEcdsaP384, "ecdsa-sha2-nistp384",
                    "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA905586"
                    "6064A254515480BC13",
                    "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4"
                    "FE7344FD2533264720",
                    "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44AC"
                    "F96E36DD1E80FABE46",
                    "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E67"
                    "9E7B82C71A38628AC8"},
        EcdsaVector{KeyAlgorithm::kEcdsaP521, "ecdsa-sha2-nistp521",
                    "01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD371123D46E45DB"
                    "6B5D5370A7F20FB633155D38FFA16D2BD761DCAC474B9A2F5023A4",
                    "00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0DB25741B5B"
                    "34A828008B22ACC23F924FAAFBD4D33F81EA66956DFEAA2BFDFCF5",
                    "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017"
                    "B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA",
                    "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B"
                    "5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A"}}) {
    base::Writer point;
    point.u8(4).raw(hex(v.x)).raw(hex(v.y));
    const PublicKey key = plain_key_of({v.algorithm, point.bytes()});
    base::Writer numbers;
    numbers.mpint(hex(v.r)).mpint(hex(v.s));
    const auto signature = must(Signature::parse(blob_of(v.name, numbers.bytes())));
    EXPECT_TRUE(verify(key, signature, base::as_bytes("sample")).has_value()) << v.name;
    EXPECT_FALSE(verify(key, signature, base::as_bytes("test")).has_value()) << v.name;
  }
}

TEST(Signature, RefusesNumbersInAnotherForm) {
  constexpr std::string_view kName = "ecdsa-sha2-nistp256";
  const base::Bytes one{1};
  const base::Bytes widest = [] {
    base::Bytes bytes(33, 0xff);
    bytes[0] = 0;
    return bytes;
  }();
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(one, one))), Code{});
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(widest, widest))), Code{});
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(base::Bytes{0x80}, one))), Code::kMalformed);
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(base::Bytes{0, 1}, one))), Code::kMalformed);
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(base::Bytes{0}, one))), Code::kMalformed);
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(one, base::Bytes(33, 1)))), Code::kTooLong);
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(one, base::Bytes(34, 1)))), Code::kTooLong);
  base::Bytes trailing = ecdsa_body(one, one);
  trailing.push_back(0);
  EXPECT_EQ(signature_error(blob_of(kName, trailing)), Code::kTrailingBytes);
  EXPECT_EQ(signature_error(blob_of(kName, ecdsa_body(one, one), base::Bytes{0})),
            Code::kTrailingBytes);
  EXPECT_EQ(signature_error(blob_of(kName, {})), Code::kTruncated);
}

TEST(Signature, ZeroIsNoSignature) {
  const SoftwareKey key(KeyAlgorithm::kEcdsaP256);
  const base::Bytes one{1};
  for (const auto& body : {ecdsa_body({}, {}), ecdsa_body({}, one), ecdsa_body(one, {})}) {
    const auto signature = must(Signature::parse(blob_of("ecdsa-sha2-nistp256", body)));
    EXPECT_EQ(verify(key.plain(), signature, one).error().code, Code::kBadSignature);
  }
}

TEST(Signature, RefusesUnknownTypes) {
  for (const char* name : {"ssh-rsa", "ssh-dss", "rsa-sha2-384", "", "ssh-ed448", "ssh-ed25519\n",
                           "ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com",
                           "webauthn-sk-ssh-ed25519@openssh.com"}) {
    EXPECT_EQ(signature_error(blob_of(name, base::Bytes(64))), Code::kUnsupported) << name;
  }
}

TEST(Signature, RefusesEveryPrefix) {
  const base::Bytes message{1};
  const SoftwareKey p256(KeyAlgorithm::kEcdsaP256);
  for (const Signature& signature : {SoftwareKey(KeyAlgorithm::kRsa).sign_plain(message),
                                     p256.sign_plain(message), p256.sign_sk(p256.sk(), message, 1),
                                     p256.sign_webauthn(p256.sk(), "https://a.example", "{}", 1)}) {
    const base::Bytes blob = base::to_bytes(signature.blob());
    ASSERT_EQ(signature_error(blob), Code{});
    for (std::size_t size = 0; size < blob.size(); ++size) {
      EXPECT_NE(signature_error(base::ByteView(blob).first(size)), Code{})
          << signature.name() << size;
    }
    base::Bytes longer = blob;
    longer.push_back(0);
    EXPECT_EQ(signature_error(longer), Code::kTrailingBytes);
  }
}

TEST(Signature, Bounds) {
  EXPECT_EQ(signature_error(blob_of("ssh-ed25519", base::Bytes(63))), Code::kMalformed);
  EXPECT_EQ(signature_error(blob_of("ssh-ed25519", base::Bytes(65))), Code::kTooLong);
  EXPECT_EQ(signature_error(blob_of("rsa-sha2-512", base::Bytes(kRsaModulusBitsMin / 8))), Code{});
  EXPECT_EQ(signature_error(blob_of("rsa-sha2-512", base::Bytes(kRsaModulusBitsMin / 8 - 1))),
            Code::kMalformed);
  EXPECT_EQ(signature_error(blob_of("rsa-sha2-512", base::Bytes(kRsaModulusBitsMax / 8))), Code{});
  EXPECT_EQ(signature_error(blob_of("rsa-sha2-512", base::Bytes(kRsaModulusBitsMax / 8 + 1))),
            Code::kTooLong);
  EXPECT_EQ(signature_error(base::Bytes(kSignatureMax + 1)), Code::kTooLong);
  const SoftwareKey key(KeyAlgorithm::kEcdsaP256);
  const auto webauthn = [&](std::size_t origin, std::size_t data, std::size_t extensions) {
    base::Writer after;
    after.u8(1).u32(2).string(std::string(origin, 'o')).string(std::string(data, 'd'));
    after.string(base::Bytes(extensions));
    const base::Bytes one{1};
    return signature_error(blob_of("webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
                                   ecdsa_body(one, one), after.bytes()));
  };
  EXPECT_EQ(webauthn(kWebauthnFieldMax, 0, 0), Code{});
  EXPECT_EQ(webauthn(kWebauthnFieldMax + 1, 0, 0), Code::kTooLong);
  EXPECT_EQ(webauthn(0, kWebauthnFieldMax, 0), Code{});
  EXPECT_EQ(webauthn(0, kWebauthnFieldMax + 1, 0), Code::kTooLong);
  EXPECT_EQ(webauthn(0, 0, kWebauthnFieldMax), Code{});
  EXPECT_EQ(webauthn(0, 0, kWebauthnFieldMax + 1), Code::kTooLong);
}

TEST(Signature, FromTokenRefusesAnotherSize) {
  const SoftwareKey ed25519(KeyAlgorithm::kEd25519);
  for (const std::size_t size : {0U, 63U, 65U, 72U}) {
    EXPECT_EQ(Signature::from_token(ed25519.sk(), {base::Bytes(size), 1, 2}).error().code,
              Code::kMalformed);
  }
  const auto made = must(Signature::from_token(ed25519.sk(), {base::Bytes(64, 3), 5, 0x01020304}));
  ASSERT_TRUE(made.sk().has_value());
  EXPECT_EQ(made.sk()->flags, 5);
  EXPECT_EQ(made.sk()->counter, 0x01020304U);
  EXPECT_TRUE(made.sk()->user_presence());
  EXPECT_TRUE(made.sk()->user_verification());
  EXPECT_EQ(made.name(), "sk-ssh-ed25519@openssh.com");
}

TEST(Verify, TypeMustBeTheKeys) {
  const base::Bytes message{1, 2, 3};
  const SoftwareKey ed25519(KeyAlgorithm::kEd25519);
  const SoftwareKey p256(KeyAlgorithm::kEcdsaP256);
  const SoftwareKey rsa(KeyAlgorithm::kRsa);
  const auto code = [&](const PublicKey& key, const Signature& signature) {
    const auto status = verify(key, signature, message);
    return status.has_value() ? Code{} : status.error().code;
  };
  EXPECT_EQ(code(ed25519.plain(), ed25519.sign_plain(message)), Code{});
  EXPECT_EQ(code(p256.plain(), ed25519.sign_plain(message)), Code::kMalformed);
  EXPECT_EQ(code(ed25519.sk(), ed25519.sign_plain(message)), Code::kMalformed);
  EXPECT_EQ(code(ed25519.plain(), ed25519.sign_sk(ed25519.sk(), message, 1)), Code::kMalformed);
  EXPECT_EQ(code(ed25519.sk("ssh:a"), ed25519.sign_sk(ed25519.sk("ssh:a"), message, 1)), Code{});
  EXPECT_EQ(code(ed25519.sk("ssh:b"), ed25519.sign_sk(ed25519.sk("ssh:a"), message, 1)),
            Code::kBadSignature);
  const auto sha256 = must(
      Signature::from_token(rsa.plain(), {rsa.sign(message, EVP_sha256()), 0, 0}, "rsa-sha2-256"));
  EXPECT_EQ(code(rsa.plain(), sha256), Code{});
  EXPECT_EQ(code(rsa.plain(), rsa.sign_plain(message)), Code{});
  const auto mislabelled = must(
      Signature::from_token(rsa.plain(), {rsa.sign(message, EVP_sha256()), 0, 0}, "rsa-sha2-512"));
  EXPECT_EQ(code(rsa.plain(), mislabelled), Code::kBadSignature);
  EXPECT_EQ(Signature::from_token(rsa.plain(), {rsa.sign(message), 0, 0}, "ssh-rsa").error().code,
            Code::kUnsupported);
}

TEST(Verify, FlagsAndCounterAreCovered) {
  const base::Bytes message{1, 2, 3};
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256}) {
    const SoftwareKey software(algorithm);
    const PublicKey key = software.sk();
    const Signature signature = software.sign_sk(key, message, 0, 7);
    EXPECT_TRUE(verify(key, signature, message).has_value());
    EXPECT_FALSE(signature.sk()->user_presence());
    for (const auto& [flags, counter] : {std::pair{1, 7U}, {4, 7U}, {0, 8U}}) {
      const auto bent = must(Signature::from_token(
          key, {base::to_bytes(signature.raw()), static_cast<std::uint8_t>(flags), counter}));
      EXPECT_EQ(verify(key, bent, message).error().code, Code::kBadSignature);
    }
  }
}

// SkKeygen asks the stock ssh-keygen the same question: there is no token here, so signatures of
// the sk types are made by software keys, and it is the judge of whether they are real.
class SkKeygen : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_keygen()) {
      GTEST_SKIP() << "ssh-keygen is not installed";
    }
  }

  bool stock_says_good(const SshSig& sig) const {
    const Scratch scratch;
    const std::string signers = scratch.write("signers", "a@x " + sig.key.line() + "\n").string();
    const std::string file = scratch.write("sig", sig.armored()).string();
    return run_keygen({"-Y", "verify", "-n", "git", "-f", signers, "-I", "a@x", "-s", file},
                      message_)
               .status == 0;
  }
  bool we_say_good(const SshSig& sig) const {
    return verify_message(sig, "git", base::as_bytes(message_)).has_value();
  }

  std::string message_ = "tree 0\n";
};

TEST_F(SkKeygen, AgreesWhateverTheFlags) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256}) {
    const SoftwareKey software(algorithm);
    const PublicKey key = software.sk();
    for (const std::uint8_t flags : base::Bytes{0x00, 0x01, 0x04, 0x05, 0x1d}) {
      const SshSig sig =
          make_sshsig(key, "git", base::as_bytes(message_),
                      [&](base::ByteView data) { return software.sign_sk(key, data, flags); });
      EXPECT_TRUE(stock_says_good(sig));
      EXPECT_TRUE(we_say_good(sig));
      const auto parsed = must(SshSig::parse_armored(sig.armored()));
      EXPECT_EQ(parsed.signature.sk()->user_presence(), (flags & 1) != 0);
      EXPECT_EQ(parsed.signature.sk()->user_verification(), (flags & 4) != 0);
    }
  }
}

struct WebauthnCase {
  const char* what;
  std::string prefix;  // of the client data, before the challenge
  std::string origin_in_data;
  std::string origin;
  std::uint8_t flags;
  bool extensions;
  bool good;
};

TEST_F(SkKeygen, AgreesOnWebauthn) {
  const SoftwareKey software(KeyAlgorithm::kEcdsaP256);
  const PublicKey key = software.sk("example.org");
  const std::string get = R"({"type":"webauthn.get","challenge":")";
  const std::string create = R"({"type":"webauthn.create","challenge":")";
  const std::string site = "https://example.org";
  for (const WebauthnCase& c :
       {WebauthnCase{"good", get, site, site, 1, false, true},
        WebauthnCase{"not touched", get, site, site, 0, false, true},
        WebauthnCase{"extensions", get, site, site, 0x81, true, true},
        WebauthnCase{"extension flag alone", get, site, site, 0x81, false, false},
        WebauthnCase{"extension data alone", get, site, site, 1, true, false},
        WebauthnCase{"attested data", get, site, site, 0x41, false, false},
        WebauthnCase{"another origin", get, site, "https://example.net", 1, false, false},
        WebauthnCase{"another type", create, site, site, 1, false, false},
        WebauthnCase{"quote in origin", get, "x\",\"a\":\"", "x\",\"a\":\"", 1, false, false},
        WebauthnCase{"another order", R"({"challenge":")", site, site, 1, false, false}}) {
    const SshSig sig = make_sshsig(key, "git", base::as_bytes(message_), [&](base::ByteView data) {
      std::string challenge = base::to_base64(data, base::Padding::kWithout);
      std::replace(challenge.begin(), challenge.end(), '+', '-');
      std::replace(challenge.begin(), challenge.end(), '/', '_');
      const std::string client_data =
          c.prefix + challenge + R"(","origin":")" + c.origin_in_data + R"(","crossOrigin":false})";
      const base::Bytes extensions = c.extensions ? base::Bytes{0xa0} : base::Bytes{};
      return software.sign_webauthn(key, c.origin, client_data, c.flags, extensions);
    });
    EXPECT_EQ(we_say_good(sig), c.good) << c.what;
    EXPECT_EQ(stock_says_good(sig), c.good) << c.what;
    // The last byte is the browser's; whether there was a touch is not.
    EXPECT_EQ(sig.signature.sk()->user_presence(), (c.flags & 1) != 0) << c.what;
  }
}

TEST_F(SkKeygen, AgreesOnAnotherChallenge) {
  const SoftwareKey software(KeyAlgorithm::kEcdsaP256);
  const PublicKey key = software.sk();
  const SshSig sig = make_sshsig(key, "git", base::as_bytes(message_), [&](base::ByteView) {
    return software.sign_webauthn(
        key, "https://a", R"({"type":"webauthn.get","challenge":"AAAA","origin":"https://a"})", 1);
  });
  EXPECT_FALSE(we_say_good(sig));
  EXPECT_FALSE(stock_says_good(sig));
}

}  // namespace
}  // namespace touchstone::ssh
