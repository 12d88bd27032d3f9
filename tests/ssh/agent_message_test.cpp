// SPDX-License-Identifier: Apache-2.0
#include "ssh/agent_message.h"

#include <gtest/gtest.h>

#include "ssh/limits.h"
#include "tests/ssh/software_key.h"

namespace touchstone::ssh {
namespace {

using base::Code;

// m writes a message: its number, then what the calls add.
base::Writer m(std::uint8_t number) {
  base::Writer out;
  out.u8(number);
  return out;
}

class AgentMessage : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  static Code error_of(base::ByteView message) {
    const auto request = parse_agent_request(message);
    return request.has_value() ? Code{} : request.error().code;
  }
  static Code reply_error_of(base::ByteView message) {
    const auto reply = parse_agent_reply(message);
    return reply.has_value() ? Code{} : reply.error().code;
  }
  // An Ed25519 key as section 5.2.3 of RFC 9987 adds it.
  static base::Writer add_ed25519(std::uint8_t number) {
    base::Writer out = m(number);
    out.string("ssh-ed25519").string(base::Bytes(32, 1)).string(base::Bytes(64, 2));
    out.string("comment");
    return out;
  }
};

template <class T>
T as(base::ByteView message) {
  return std::get<T>(must(parse_agent_request(message)));
}

TEST_F(AgentMessage, SignRequestOfRfc9987Section56) {
  const base::Bytes message{13, 0, 0, 0, 2,   0xaa, 0xbb,  // key blob
                            0,  0, 0, 3, 'a', 'b',  'c',   // data
                            0,  0, 0, 4};                  // SSH_AGENT_RSA_SHA2_512
  const auto request = as<SignRequest>(message);
  EXPECT_EQ(request.key_blob, (base::Bytes{0xaa, 0xbb}));
  EXPECT_EQ(request.data, base::to_bytes("abc"));
  EXPECT_EQ(request.flags, kSignRsaSha2_512);
  EXPECT_EQ(encode(AgentRequest(SignRequest(request))), message);
}

TEST_F(AgentMessage, RequestsWithoutContents) {
  EXPECT_EQ(encode(AgentRequest(as<RequestIdentities>(base::Bytes{11}))), base::Bytes{11});
  EXPECT_EQ(encode(AgentRequest(as<RemoveAllIdentities>(base::Bytes{19}))), base::Bytes{19});
  EXPECT_EQ(error_of(base::Bytes{11, 0}), Code::kTrailingBytes);
  EXPECT_EQ(error_of(base::Bytes{19, 0}), Code::kTrailingBytes);
  EXPECT_EQ(error_of({}), Code::kTruncated);
}

TEST_F(AgentMessage, ReservedNumbersAndAnswersAreUnknownRequests) {
  for (int number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    const bool known = (byte == 11 || byte == 13 || (byte >= 17 && byte <= 23) || byte == 25 ||
                        byte == 26 || byte == 27);
    const auto request = parse_agent_request(base::Bytes{byte, 1, 2, 3});
    if (known) {
      EXPECT_FALSE(request.has_value()) << number;
    } else {
      ASSERT_TRUE(request.has_value()) << number;
      EXPECT_EQ(std::get<UnknownRequest>(*request).number, byte);
    }
  }
}

TEST_F(AgentMessage, AddIdentityKeepsTheKeyWhole) {
  const base::Bytes message = add_ed25519(17).bytes();
  auto add = as<AddIdentity>(message);
  EXPECT_EQ(add.type, "ssh-ed25519");
  EXPECT_EQ(add.key_fields.size(), 4U + 32 + 4 + 64);
  EXPECT_EQ(add.comment, "comment");
  EXPECT_TRUE(add.constraints.empty());
  EXPECT_EQ(encode(AgentRequest(std::move(add))), message);
}

struct AddedKey {
  const char* type;
  const char* fields;
};

// As ssh-add of OpenSSH 9.2 sent them.
TEST_F(AgentMessage, AddIdentityOfEveryType) {
  for (const AddedKey& key : {AddedKey{"ssh-ed25519", "ss"},
                              {"ssh-ed25519-cert-v01@openssh.com", "sss"},
                              {"ecdsa-sha2-nistp256", "sss"},
                              {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ss"},
                              {"ssh-rsa", "ssssss"},
                              {"ssh-rsa-cert-v01@openssh.com", "sssss"},
                              {"sk-ssh-ed25519@openssh.com", "ssbss"},
                              {"sk-ssh-ed25519-cert-v01@openssh.com", "sssbss"},
                              {"sk-ecdsa-sha2-nistp256@openssh.com", "sssbss"},
                              {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ssbss"}}) {
    base::Writer out = m(25);
    out.string(key.type);
    for (const char* field = key.fields; *field != 0; ++field) {
      if (*field == 'b') {
        out.u8(1);
      } else {
        out.string("field");
      }
    }
    out.string("the comment").u8(255).string("sk-provider@openssh.com").string("internal");
    auto add = as<AddIdentity>(out.bytes());
    EXPECT_EQ(add.comment, "the comment") << key.type;
    ASSERT_EQ(add.constraints.size(), 1U);
    EXPECT_EQ(std::get<ConstraintExtension>(add.constraints[0]).name, "sk-provider@openssh.com");
    EXPECT_EQ(encode(AgentRequest(std::move(add))), out.bytes());
  }
}

TEST_F(AgentMessage, AddIdentityOfUnknownTypeIsRefused) {
  base::Writer out = m(17);
  out.string("ssh-kyber").string("x").string("y");
  EXPECT_EQ(error_of(out.bytes()), Code::kUnsupported);
  base::Writer empty = m(17);
  empty.string("").string("x").string("y");
  EXPECT_EQ(error_of(empty.bytes()), Code::kMalformed);
}

TEST_F(AgentMessage, Constraints) {
  base::Writer out = add_ed25519(25);
  out.u8(1).u32(600).u8(2).u8(255).string("x@example.com").raw("rest");
  auto add = as<AddIdentity>(out.bytes());
  ASSERT_EQ(add.constraints.size(), 3U);
  EXPECT_EQ(std::get<ConstraintLifetime>(add.constraints[0]).seconds, 600U);
  EXPECT_TRUE(std::holds_alternative<ConstraintConfirm>(add.constraints[1]));
  EXPECT_EQ(std::get<ConstraintExtension>(add.constraints[2]).details, base::to_bytes("rest"));
  EXPECT_EQ(encode(AgentRequest(std::move(add))), out.bytes());
}

TEST_F(AgentMessage, EmptyConstraintsAreThePlainMessage) {
  EXPECT_EQ(encode(AgentRequest(as<AddIdentity>(add_ed25519(25).bytes()))),
            add_ed25519(17).bytes());
}

TEST_F(AgentMessage, UnknownConstraintsSpoilTheRequest) {
  for (int type = 0; type < 256; ++type) {
    if (type == 1 || type == 2 || type == 255) {
      continue;
    }
    base::Writer out = add_ed25519(25);
    out.u8(static_cast<std::uint8_t>(type)).u32(1);
    EXPECT_EQ(error_of(out.bytes()), Code::kMalformed) << type;
  }
  base::Writer plain = add_ed25519(17);
  plain.u8(2);
  EXPECT_EQ(error_of(plain.bytes()), Code::kTrailingBytes);
  base::Writer cut = add_ed25519(25);
  cut.u8(1).u16(1);
  EXPECT_EQ(error_of(cut.bytes()), Code::kTruncated);
  base::Writer nameless = add_ed25519(25);
  nameless.u8(255).string("");
  EXPECT_EQ(error_of(nameless.bytes()), Code::kMalformed);
}

TEST_F(AgentMessage, BoundsConstraints) {
  base::Writer out = add_ed25519(25);
  for (std::size_t i = 0; i < kConstraintsMax; ++i) {
    out.u8(2);
  }
  EXPECT_EQ(error_of(out.bytes()), Code{});
  out.u8(2);
  EXPECT_EQ(error_of(out.bytes()), Code::kTooLong);
}

TEST_F(AgentMessage, SmartcardKeys) {
  base::Writer out = m(20);
  out.string("/usr/lib/x.so").string("123456");
  auto add = as<AddSmartcardKey>(out.bytes());
  EXPECT_EQ(add.id, "/usr/lib/x.so");
  EXPECT_EQ(base::as_text(add.pin.view()), "123456");
  EXPECT_EQ(encode(AgentRequest(std::move(add))), out.bytes());
  out.u8(2);
  EXPECT_EQ(error_of(out.bytes()), Code::kTrailingBytes);
  base::Writer constrained = m(26);
  constrained.string("id").string("").u8(1).u32(5);
  EXPECT_EQ(encode(AgentRequest(as<AddSmartcardKey>(constrained.bytes()))), constrained.bytes());
  base::Writer remove = m(21);
  remove.string("id").string("pin");
  EXPECT_EQ(encode(AgentRequest(as<RemoveSmartcardKey>(remove.bytes()))), remove.bytes());
  base::Writer zero = m(20);
  zero.string(std::string_view("a\0b", 3)).string("");
  EXPECT_EQ(error_of(zero.bytes()), Code::kMalformed);
}

TEST_F(AgentMessage, LockAndUnlock) {
  for (const std::uint8_t number : base::Bytes{22, 23}) {
    base::Writer out = m(number);
    out.string("secret");
    EXPECT_EQ(encode(must(parse_agent_request(out.bytes()))), out.bytes());
    out.u8(0);
    EXPECT_EQ(error_of(out.bytes()), Code::kTrailingBytes);
    base::Writer longest = m(number);
    longest.string(base::Bytes(base::kSecretMax));
    EXPECT_EQ(error_of(longest.bytes()), Code{});
    base::Writer longer = m(number);
    longer.string(base::Bytes(base::kSecretMax + 1));
    EXPECT_EQ(error_of(longer.bytes()), Code::kTooLong);
  }
}

TEST_F(AgentMessage, Extensions) {
  base::Writer out = m(27);
  out.string("session-bind@openssh.com").raw("contents");
  const auto request = as<ExtensionRequest>(out.bytes());
  EXPECT_EQ(request.name, "session-bind@openssh.com");
  EXPECT_EQ(request.contents, base::to_bytes("contents"));
  EXPECT_EQ(encode(AgentRequest(ExtensionRequest(request))), out.bytes());
  const auto named = [](std::size_t size) {
    base::Writer extension = m(27);
    extension.string(std::string(size, 'n'));
    return error_of(extension.bytes());
  };
  EXPECT_EQ(named(0), Code::kMalformed);
  EXPECT_EQ(named(kExtensionNameMax), Code{});
  EXPECT_EQ(named(kExtensionNameMax + 1), Code::kTooLong);
}

TEST_F(AgentMessage, RefusesEveryPrefix) {
  base::Writer sign = m(13);
  sign.string("key").string("data").u32(0);
  base::Writer remove = m(18);
  remove.string("key");
  for (const base::Bytes& whole : {sign.bytes(), remove.bytes(), add_ed25519(17).bytes()}) {
    ASSERT_EQ(error_of(whole), Code{});
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_NE(error_of(base::ByteView(whole).first(size)), Code{}) << size;
    }
    base::Bytes longer = whole;
    longer.push_back(0);
    EXPECT_EQ(error_of(longer), Code::kTrailingBytes);
  }
}

TEST_F(AgentMessage, BoundsTheMessage) {
  base::Bytes largest(kAgentMessageMax, 0);
  EXPECT_EQ(error_of(largest), Code{});
  largest.push_back(0);
  EXPECT_EQ(error_of(largest), Code::kTooLong);
  EXPECT_EQ(reply_error_of(largest), Code::kTooLong);
  base::Writer sign = m(13);
  sign.string(base::Bytes(kKeyBlobMax + 1)).string("").u32(0);
  EXPECT_EQ(error_of(sign.bytes()), Code::kTooLong);
}

TEST_F(AgentMessage, LengthsThatLieAreRefused) {
  EXPECT_EQ(error_of(base::Bytes{18, 0xff, 0xff, 0xff, 0xff}), Code::kTooLong);
  EXPECT_EQ(error_of(base::Bytes{18, 0, 0, 0, 5, 1}), Code::kTruncated);
}

TEST_F(AgentMessage, Frame) { EXPECT_EQ(frame(base::Bytes{11}), (base::Bytes{0, 0, 0, 1, 11})); }

TEST_F(AgentMessage, RepliesRoundTrip) {
  const IdentitiesAnswer answer{{{{1, 2}, "one"}, {{3}, ""}}};
  const std::vector<AgentReplyMessage> replies{
      Failure{},
      ExtensionFailure{},
      Success{},
      answer,
      IdentitiesAnswer{},
      SignResponse{{7, 8}},
      ExtensionResponse{"query", encode_query_answer({"query", "sign-object@touchstone.example"})}};
  for (const AgentReplyMessage& reply : replies) {
    base::Bytes bytes = encode(reply);
    EXPECT_EQ(encode(must(parse_agent_reply(bytes))), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = parse_agent_reply(base::ByteView(bytes).first(size));
      EXPECT_TRUE(!cut.has_value() || std::holds_alternative<ExtensionResponse>(*cut));
    }
    if (!std::holds_alternative<ExtensionResponse>(reply)) {
      bytes.push_back(0);
      EXPECT_EQ(reply_error_of(bytes), Code::kTrailingBytes);
    }
  }
  EXPECT_EQ(encode(AgentReplyMessage(Failure{})), base::Bytes{5});
  EXPECT_EQ(encode(AgentReplyMessage(Success{})), base::Bytes{6});
  EXPECT_EQ(encode(AgentReplyMessage(ExtensionFailure{})), base::Bytes{28});
  EXPECT_EQ(std::get<IdentitiesAnswer>(must(parse_agent_reply(encode(replies[3])))).identities,
            answer.identities);
}

TEST_F(AgentMessage, RepliesAreBounded) {
  for (const std::uint8_t number : base::Bytes{0, 11, 13, 27, 255}) {
    EXPECT_EQ(reply_error_of(base::Bytes{number}), Code::kProtocol);
  }
  IdentitiesAnswer answer;
  answer.identities.resize(kKeysPerListMax);
  EXPECT_EQ(reply_error_of(encode(AgentReplyMessage(answer))), Code{});
  answer.identities.emplace_back();
  EXPECT_EQ(reply_error_of(encode(AgentReplyMessage(answer))), Code::kTooLong);
  EXPECT_EQ(reply_error_of(base::Bytes{12, 0, 0, 4, 0}), Code::kTruncated);
  EXPECT_EQ(reply_error_of(base::Bytes{12, 0xff, 0xff, 0xff, 0xff}), Code::kTooLong);
}

TEST_F(AgentMessage, QueryAnswer) {
  const std::vector<std::string> names{"query", "session-bind@openssh.com"};
  EXPECT_EQ(must(parse_query_answer(encode_query_answer(names))), names);
  EXPECT_TRUE(must(parse_query_answer({})).empty());
  EXPECT_EQ(parse_query_answer(base::Bytes{0, 0, 0, 0}).error().code, Code::kMalformed);
  EXPECT_EQ(parse_query_answer(base::Bytes{0, 0, 0, 1}).error().code, Code::kTruncated);
  std::vector<std::string> many(kExtensionsPerQueryMax, "x");
  EXPECT_TRUE(parse_query_answer(encode_query_answer(many)).has_value());
  many.emplace_back("x");
  EXPECT_EQ(parse_query_answer(encode_query_answer(many)).error().code, Code::kTooLong);
}

}  // namespace
}  // namespace touchstone::ssh
