// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "ssh/agent_message.h"
#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

base::Result<AgentReplyMessage> read_identities(base::Reader& reader) {
  TRY(count, reader.u32());
  if (count > kKeysPerListMax) {
    return base::fail(Code::kTooLong, std::to_string(count) + " identities");
  }
  IdentitiesAnswer answer;
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(key_blob, reader.string(kKeyBlobMax));
    TRY(comment, reader.text(kCommentMax));
    answer.identities.push_back({base::to_bytes(key_blob), std::move(comment)});
  }
  return AgentReplyMessage(std::move(answer));
}

base::Result<AgentReplyMessage> read_reply(base::Reader& reader, std::uint8_t number) {
  switch (static_cast<AgentMessageType>(number)) {
    case AgentMessageType::kFailure:
      return AgentReplyMessage(Failure{});
    case AgentMessageType::kExtensionFailure:
      return AgentReplyMessage(ExtensionFailure{});
    case AgentMessageType::kSuccess:
      return AgentReplyMessage(Success{});
    case AgentMessageType::kIdentitiesAnswer:
      return read_identities(reader);
    case AgentMessageType::kSignResponse: {
      TRY(signature, reader.string(kSignatureMax));
      return AgentReplyMessage(SignResponse{base::to_bytes(signature)});
    }
    case AgentMessageType::kExtensionResponse: {
      TRY(name, read_name(reader, kExtensionNameMax, 1));
      TRY(contents, reader.take(reader.remaining()));
      return AgentReplyMessage(ExtensionResponse{std::move(name), base::to_bytes(contents)});
    }
    case AgentMessageType::kRequestIdentities:
    case AgentMessageType::kSignRequest:
    case AgentMessageType::kAddIdentity:
    case AgentMessageType::kRemoveIdentity:
    case AgentMessageType::kRemoveAllIdentities:
    case AgentMessageType::kAddSmartcardKey:
    case AgentMessageType::kRemoveSmartcardKey:
    case AgentMessageType::kLock:
    case AgentMessageType::kUnlock:
    case AgentMessageType::kAddIdConstrained:
    case AgentMessageType::kAddSmartcardKeyConstrained:
    case AgentMessageType::kExtension:
      break;
  }
  return base::fail(Code::kProtocol, "not an answer");
}

// ReplyWriter writes each kind of reply.
struct ReplyWriter {
  base::Writer& out;

  void type(AgentMessageType number) const { out.u8(static_cast<std::uint8_t>(number)); }

  void operator()(const Failure&) const { type(AgentMessageType::kFailure); }
  void operator()(const ExtensionFailure&) const { type(AgentMessageType::kExtensionFailure); }
  void operator()(const Success&) const { type(AgentMessageType::kSuccess); }
  void operator()(const IdentitiesAnswer& answer) const {
    type(AgentMessageType::kIdentitiesAnswer);
    out.u32(static_cast<std::uint32_t>(answer.identities.size()));
    for (const Identity& identity : answer.identities) {
      out.string(identity.key_blob).string(identity.comment);
    }
  }
  void operator()(const SignResponse& response) const {
    type(AgentMessageType::kSignResponse);
    out.string(response.signature);
  }
  void operator()(const ExtensionResponse& response) const {
    type(AgentMessageType::kExtensionResponse);
    out.string(response.name).raw(response.contents);
  }
};

}  // namespace

base::Result<AgentReplyMessage> parse_agent_reply(ByteView message) {
  if (message.size() > kAgentMessageMax) {
    return base::fail(Code::kTooLong, "agent reply");
  }
  base::Reader reader(message);
  TRY(number, reader.u8().with_context("agent reply"));
  const std::string context = "agent reply " + std::to_string(number);
  TRY(reply, read_reply(reader, number).with_context(context));
  TRY_VOID(reader.expect_end().with_context(context));
  return reply;
}

base::Bytes encode(const AgentReplyMessage& reply) {
  base::Writer out;
  std::visit(ReplyWriter{out}, reply);
  return std::move(out).take();
}

base::Bytes encode_query_answer(const std::vector<std::string>& names) {
  base::Writer out;
  for (const std::string& name : names) {
    out.string(name);
  }
  return std::move(out).take();
}

base::Result<std::vector<std::string>> parse_query_answer(ByteView contents) {
  std::vector<std::string> names;
  base::Reader reader(contents);
  while (!reader.at_end()) {
    if (names.size() == kExtensionsPerQueryMax) {
      return base::fail(Code::kTooLong, "query answer");
    }
    TRY(name, read_name(reader, kExtensionNameMax, 1).with_context("query answer"));
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace touchstone::ssh
