// SPDX-License-Identifier: Apache-2.0
// Identities that hold for all values: what is encoded parses to the same, and whatever parses
// encodes to the very bytes it came from, so that no two texts mean the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ssh/agent_message.h"
#include "ssh/armor.h"
#include "ssh/private_key_file.h"
#include "ssh/sshsig.h"
#include "ssh/touchstone_extension.h"
#include "ssh/userauth.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::KeyAlgorithm;

base::Bytes bytes_up_to(int max) {
  return *rc::gen::resize(max, rc::gen::arbitrary<base::Bytes>());
}

std::string name_up_to(int max) {
  return *rc::gen::resize(max, rc::gen::container<std::string>(rc::gen::nonZero<char>()));
}

std::string nonempty_name() {
  return *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::nonZero<char>()));
}

PublicKey sk_key(const std::string& application) {
  base::PublicKey key{KeyAlgorithm::kEd25519,
                      *rc::gen::container<base::Bytes>(32, rc::gen::arbitrary<std::uint8_t>())};
  return must(PublicKey::from_token(key, application));
}

Signature sk_signature(const PublicKey& key) {
  const base::TokenSignature signature{
      *rc::gen::container<base::Bytes>(64, rc::gen::arbitrary<std::uint8_t>()),
      *rc::gen::arbitrary<std::uint8_t>(), *rc::gen::arbitrary<std::uint32_t>()};
  return must(Signature::from_token(key, signature));
}

TEST(Properties, SignaturesOfTokensRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    const base::PublicKey p256 = SoftwareKey(KeyAlgorithm::kEcdsaP256).material();
    const PublicKey key = must(PublicKey::from_token(p256, nonempty_name()));
    // Many leading zeros, which mpint leaves out and the fixed form must not.
    base::Bytes raw = *rc::gen::container<base::Bytes>(64, rc::gen::arbitrary<std::uint8_t>());
    const auto zeros = *rc::gen::inRange<std::size_t>(0, 33);
    std::fill_n(raw.begin(), zeros, std::uint8_t{0});
    const auto flags = *rc::gen::arbitrary<std::uint8_t>();
    const auto counter = *rc::gen::arbitrary<std::uint32_t>();
    const Signature made = must(Signature::from_token(key, {raw, flags, counter}));
    const Signature parsed = must(Signature::parse(made.blob()));
    RC_ASSERT(base::to_bytes(parsed.raw()) == raw);
    RC_ASSERT(parsed.sk() == (SkFields{flags, counter}));
  }));
}

TEST(Properties, SshSigRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const PublicKey key = sk_key(nonempty_name());
    const SshSig sig{key, nonempty_name(),
                     *rc::gen::element(SshSigHash::kSha256, SshSigHash::kSha512),
                     sk_signature(key)};
    RC_ASSERT(must(SshSig::parse(sig.encode())).encode() == sig.encode());
    RC_ASSERT(must(SshSig::parse_armored(sig.armored())).armored() == sig.armored());
    const auto data = SshSigData::of_message(sig.name_space, sig.hash, bytes_up_to(200));
    RC_ASSERT(must(SshSigData::parse(data.encode())) == data);
  }));
}

TEST(Properties, BentSshSigsNeverHaveTwoTexts) {
  EXPECT_TRUE(rc::check([] {
    const PublicKey key = sk_key("ssh:");
    base::Bytes blob = SshSig{key, "git", SshSigHash::kSha512, sk_signature(key)}.encode();
    const auto at = *rc::gen::inRange<std::size_t>(0, blob.size());
    blob[at] = *rc::gen::arbitrary<std::uint8_t>();
    const auto parsed = SshSig::parse(blob);
    // RC_ASSERT takes an expression apart and would evaluate both sides of ||.
    const bool same = !parsed.has_value() || parsed->encode() == blob;
    RC_ASSERT(same);
  }));
}

TEST(Properties, AgentMessagesRoundTrip) {
  ASSERT_TRUE(base::init_secure_heap().has_value());
  EXPECT_TRUE(rc::check([] {
    const AgentRequest sign(
        SignRequest{bytes_up_to(300), bytes_up_to(3000), *rc::gen::arbitrary<std::uint32_t>()});
    RC_ASSERT(encode(must(parse_agent_request(encode(sign)))) == encode(sign));
    const AgentRequest extension(ExtensionRequest{nonempty_name(), bytes_up_to(300)});
    RC_ASSERT(encode(must(parse_agent_request(encode(extension)))) == encode(extension));
    IdentitiesAnswer answer;
    for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
      answer.identities.push_back({bytes_up_to(100), name_up_to(100)});
    }
    const AgentReplyMessage reply(answer);
    RC_ASSERT(encode(must(parse_agent_reply(encode(reply)))) == encode(reply));
  }));
}

TEST(Properties, WhateverParsesAsARequestIsWrittenBack) {
  ASSERT_TRUE(base::init_secure_heap().has_value());
  EXPECT_TRUE(rc::check([] {
    base::Bytes message = bytes_up_to(60);
    message.insert(message.begin(),
                   *rc::gen::element<std::uint8_t>(11, 13, 18, 19, 20, 21, 22, 23, 27));
    const auto parsed = parse_agent_request(message);
    const bool same = !parsed.has_value() || encode(*parsed) == message;
    RC_ASSERT(same);
  }));
}

TEST(Properties, SignObjectRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::uint32_t>(1, 1000);
    base::Bytes key_blob = bytes_up_to(200);
    key_blob.push_back(1);
    const SignObject object{key_blob,
                            nonempty_name(),
                            *rc::gen::element<std::string>("sha256", "sha512"),
                            bytes_up_to(2000),
                            name_up_to(100),
                            *rc::gen::inRange<std::uint32_t>(1, count + 1),
                            count};
    RC_ASSERT(must(SignObject::parse(object.encode())).encode() == object.encode());
  }));
}

TEST(Properties, UserauthRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    base::Bytes session_id = *rc::gen::container<base::Bytes>(
        *rc::gen::inRange<std::size_t>(1, 129), rc::gen::arbitrary<std::uint8_t>());
    const PublicKey key = sk_key("ssh:");
    std::optional<PublicKey> host;
    if (*rc::gen::arbitrary<bool>()) {
      host = sk_key("ssh:host");
    }
    const UserauthRequest request{
        session_id, name_up_to(100), "ssh-connection", std::string(key.name()), key, host};
    RC_ASSERT(must(UserauthRequest::parse(request.encode())).encode() == request.encode());
    const SessionBind bind{key, session_id, sk_signature(key), *rc::gen::arbitrary<bool>()};
    RC_ASSERT(must(SessionBind::parse(bind.encode())).encode() == bind.encode());
  }));
}

TEST(Properties, KeyFilesRoundTrip) {
  ASSERT_TRUE(base::init_secure_heap().has_value());
  EXPECT_TRUE(rc::check([] {
    base::Bytes handle = bytes_up_to(300);
    handle.push_back(1);
    const SkPrivateKey key{sk_key(nonempty_name()), *rc::gen::arbitrary<std::uint8_t>(), handle,
                           name_up_to(200)};
    const base::Bytes file = must(format_private_key_file(key, nullptr));
    const auto parsed = must(parse_private_key_file(
        file, [] { return base::Result<base::Secret>(base::fail(base::Code::kPinCancelled)); }));
    RC_ASSERT(parsed.key == key.key);
    RC_ASSERT(parsed.flags == key.flags);
    RC_ASSERT(parsed.key_handle == key.key_handle);
    RC_ASSERT(parsed.comment == key.comment);
  }));
}

TEST(Properties, ArmorRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const base::Bytes bytes = bytes_up_to(1000);
    RC_ASSERT(must(unwrap_armor("L", wrap_armor("L", bytes), 1000000, ArmorForm::kStrict)) ==
              bytes);
  }));
}

}  // namespace
}  // namespace touchstone::ssh
