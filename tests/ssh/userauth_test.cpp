// SPDX-License-Identifier: Apache-2.0
#include "ssh/userauth.h"

#include <gtest/gtest.h>

#include "ssh/limits.h"
#include "tests/ssh/keygen.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;
using base::KeyAlgorithm;

// RequestFields are those of RFC 4252 section 7, to be bent.
struct RequestFields {
  base::Bytes session_id = base::Bytes(32, 7);
  std::uint8_t message = 50;
  std::string user = "alice";
  std::string service = "ssh-connection";
  std::string method = "publickey";
  std::uint8_t has_signature = 1;
  std::string algorithm = "ssh-ed25519";
  base::Bytes key{};
  base::Bytes after{};

  base::Bytes encode() const {
    base::Writer out;
    out.string(session_id).u8(message).string(user).string(service).string(method);
    out.u8(has_signature).string(algorithm).string(key).raw(after);
    return std::move(out).take();
  }
  Code error() const {
    const auto parsed = UserauthRequest::parse(encode());
    return parsed.has_value() ? Code{} : parsed.error().code;
  }
};

class Userauth : public ::testing::Test {
 protected:
  RequestFields good() const {
    RequestFields fields;
    fields.key = base::to_bytes(key_.blob());
    return fields;
  }
  base::Bytes host_field() const {
    base::Writer out;
    out.string(host_.blob());
    return std::move(out).take();
  }

  PublicKey key_ = SoftwareKey(KeyAlgorithm::kEd25519).plain();
  PublicKey host_ = SoftwareKey(KeyAlgorithm::kEcdsaP256).plain();
};

TEST_F(Userauth, Plain) {
  const auto request = must(UserauthRequest::parse(good().encode()));
  EXPECT_EQ(request.session_id, base::Bytes(32, 7));
  EXPECT_EQ(request.user, "alice");
  EXPECT_EQ(request.service, "ssh-connection");
  EXPECT_EQ(request.algorithm, "ssh-ed25519");
  EXPECT_EQ(request.key, key_);
  EXPECT_FALSE(request.host_key.has_value());
  EXPECT_EQ(request.encode(), good().encode());
}

TEST_F(Userauth, Hostbound) {
  RequestFields fields = good();
  fields.method = "publickey-hostbound-v00@openssh.com";
  EXPECT_EQ(fields.error(), Code::kTruncated);
  fields.after = host_field();
  const auto request = must(UserauthRequest::parse(fields.encode()));
  EXPECT_EQ(request.host_key, host_);
  EXPECT_EQ(request.encode(), fields.encode());
  fields.method = "publickey";
  EXPECT_EQ(fields.error(), Code::kTrailingBytes);
}

TEST_F(Userauth, RefusesPrefixes) {
  RequestFields fields = good();
  fields.method = "publickey-hostbound-v00@openssh.com";
  fields.after = host_field();
  const base::Bytes bytes = fields.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(UserauthRequest::parse(base::ByteView(bytes).first(size)).has_value()) << size;
  }
}

TEST_F(Userauth, RefusesBentFields) {
  RequestFields bent = good();
  bent.session_id.clear();
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent.session_id.resize(kSessionIdMax);
  EXPECT_EQ(bent.error(), Code{});
  bent.session_id.resize(kSessionIdMax + 1);
  EXPECT_EQ(bent.error(), Code::kTooLong);
  bent = good();
  bent.message = 51;
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good();
  bent.user = std::string(kUserMax, 'u');
  EXPECT_EQ(bent.error(), Code{});
  bent.user += "u";
  EXPECT_EQ(bent.error(), Code::kTooLong);
  bent.user = std::string("root\0x", 6);
  EXPECT_EQ(bent.error(), Code::kMalformed);
  bent = good();
  for (const char* service : {"", "ssh-userauth", "ssh-connection2"}) {
    bent.service = service;
    EXPECT_EQ(bent.error(), Code::kUnsupported) << service;
  }
  bent = good();
  for (const char* method : {"", "password", "hostbased", "publickey-hostbound@openssh.com"}) {
    bent.method = method;
    EXPECT_EQ(bent.error(), Code::kUnsupported) << method;
  }
  bent = good();
  for (const std::uint8_t value : base::Bytes{0, 2, 255}) {
    bent.has_signature = value;
    EXPECT_EQ(bent.error(), Code::kMalformed);
  }
  bent = good();
  bent.after = {0};
  EXPECT_EQ(bent.error(), Code::kTrailingBytes);
  bent = good();
  bent.key.pop_back();
  EXPECT_EQ(bent.error(), Code::kTruncated);
}

TEST_F(Userauth, AlgorithmMustBeTheKeys) {
  const PublicKey rsa = SoftwareKey(KeyAlgorithm::kRsa).plain();
  const PublicKey sk = SoftwareKey(KeyAlgorithm::kEcdsaP256).sk();
  const auto error = [this](const PublicKey& key, const char* algorithm) {
    RequestFields fields = good();
    fields.key = base::to_bytes(key.blob());
    fields.algorithm = algorithm;
    return fields.error();
  };
  EXPECT_EQ(error(rsa, "rsa-sha2-256"), Code{});
  EXPECT_EQ(error(rsa, "rsa-sha2-512"), Code{});
  EXPECT_EQ(error(rsa, "ssh-rsa"), Code::kMalformed);
  EXPECT_EQ(error(rsa, "rsa-sha2-512-cert-v01@openssh.com"), Code::kMalformed);
  EXPECT_EQ(error(key_, "ssh-ed25519-cert-v01@openssh.com"), Code::kMalformed);
  EXPECT_EQ(error(key_, "sk-ssh-ed25519@openssh.com"), Code::kMalformed);
  EXPECT_EQ(error(key_, ""), Code::kMalformed);
  EXPECT_EQ(error(sk, "sk-ecdsa-sha2-nistp256@openssh.com"), Code{});
  EXPECT_EQ(error(sk, "ecdsa-sha2-nistp256"), Code::kMalformed);
}

class SessionBindTest : public ::testing::TestWithParam<KeyAlgorithm> {
 protected:
  SoftwareKey software_{GetParam()};
  base::Bytes session_id_ = base::Bytes(32, 9);
};

TEST_P(SessionBindTest, VerifiesTheHostKey) {
  const SessionBind bind{software_.plain(), session_id_, software_.sign_plain(session_id_), true};
  const base::Bytes bytes = bind.encode();
  const auto parsed = must(SessionBind::parse(bytes));
  EXPECT_EQ(parsed.encode(), bytes);
  EXPECT_TRUE(parsed.is_forwarding);
  EXPECT_TRUE(verify_session_bind(parsed).has_value());
  const SessionBind other_id{software_.plain(), base::Bytes(32, 8),
                             software_.sign_plain(session_id_), false};
  EXPECT_EQ(verify_session_bind(other_id).error().code, Code::kBadSignature);
  const SessionBind other_key{SoftwareKey(GetParam()).plain(), session_id_,
                              software_.sign_plain(session_id_), false};
  EXPECT_EQ(verify_session_bind(other_key).error().code, Code::kBadSignature);
}

TEST_P(SessionBindTest, VerifiesAHostCertificate) {
  if (!have_keygen()) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const Scratch scratch;
  const std::string ca = (scratch / "ca").string();
  ASSERT_EQ(run_keygen({"-q", "-t", "ed25519", "-N", "", "-f", ca}).status, 0);
  const std::string path = scratch.write("key.pub", software_.plain().line() + "\n").string();
  ASSERT_EQ(run_keygen({"-q", "-s", ca, "-h", "-I", "host", "-n", "host.example", path}).status, 0);
  const PublicKey host = must(PublicKey::parse_line(scratch.read("key-cert.pub")));
  const SessionBind bind{host, session_id_, software_.sign_plain(session_id_), false};
  const auto parsed = must(SessionBind::parse(bind.encode()));
  EXPECT_TRUE(parsed.host_key.is_certificate());
  EXPECT_TRUE(verify_session_bind(parsed).has_value());
  const SessionBind bad{host, session_id_, SoftwareKey(GetParam()).sign_plain(session_id_), false};
  EXPECT_EQ(verify_session_bind(bad).error().code, Code::kBadSignature);
}

TEST_P(SessionBindTest, RefusesBentFields) {
  const SessionBind bind{software_.plain(), session_id_, software_.sign_plain(session_id_), true};
  base::Bytes bytes = bind.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(SessionBind::parse(base::ByteView(bytes).first(size)).has_value()) << size;
  }
  bytes.back() = 2;
  EXPECT_EQ(SessionBind::parse(bytes).error().code, Code::kMalformed);
  bytes.back() = 1;
  bytes.push_back(0);
  EXPECT_EQ(SessionBind::parse(bytes).error().code, Code::kTrailingBytes);
  SessionBind sized = bind;
  sized.session_id.resize(kSessionIdMax);
  EXPECT_TRUE(SessionBind::parse(sized.encode()).has_value());
  sized.session_id.resize(kSessionIdMax + 1);
  EXPECT_EQ(SessionBind::parse(sized.encode()).error().code, Code::kTooLong);
  sized.session_id.clear();
  EXPECT_EQ(SessionBind::parse(sized.encode()).error().code, Code::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(HostKeys, SessionBindTest,
                         ::testing::Values(KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256,
                                           KeyAlgorithm::kEcdsaP384, KeyAlgorithm::kEcdsaP521,
                                           KeyAlgorithm::kRsa));

}  // namespace
}  // namespace touchstone::ssh
