// SPDX-License-Identifier: Apache-2.0
#include "ssh/agent_message.h"

#include <array>
#include <utility>

#include "ssh/limits.h"
#include "ssh/wire.h"

namespace touchstone::ssh {
namespace {

using base::ByteView;
using base::Code;

constexpr std::uint8_t kConstraintLifetime = 1;
constexpr std::uint8_t kConstraintConfirm = 2;
constexpr std::uint8_t kConstraintExtension = 255;

// KeyFields says which fields stand between type and comment when a key is added: s for a string
// or mpint, b for a byte (RFC 9987 section 5.2, PROTOCOL.u2f; certificates as ssh-add sends them:
// the certificate first, then what of the key it does not say).
struct KeyFields {
  std::string_view type;
  std::string_view fields;
};
constexpr std::array<KeyFields, 16> kKeyFields{{
    {"ssh-ed25519", "ss"},
    {"ssh-ed25519-cert-v01@openssh.com", "sss"},
    {"ssh-ed448", "ss"},
    {"ssh-dss", "sssss"},
    {"ssh-rsa", "ssssss"},
    {"ssh-rsa-cert-v01@openssh.com", "sssss"},
    {"ecdsa-sha2-nistp256", "sss"},
    {"ecdsa-sha2-nistp384", "sss"},
    {"ecdsa-sha2-nistp521", "sss"},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ss"},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ss"},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ss"},
    {"sk-ssh-ed25519@openssh.com", "ssbss"},
    {"sk-ssh-ed25519-cert-v01@openssh.com", "sssbss"},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "sssbss"},
    {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ssbss"},
}};

// take_key_fields gives the run of bytes that are the key's own.
base::Result<ByteView> take_key_fields(base::Reader& reader, std::string_view type) {
  const KeyFields* known = nullptr;
  for (const KeyFields& candidate : kKeyFields) {
    if (candidate.type == type) {
      known = &candidate;
    }
  }
  if (known == nullptr) {
    return base::fail(Code::kUnsupported, "key type " + std::string(type));
  }
  const ByteView start = reader.rest();
  const std::size_t before = reader.offset();
  for (const char field : known->fields) {
    if (field == 'b') {
      TRY_VOID(reader.u8());
    } else {
      TRY_VOID(reader.string(kKeyBlobMax));
    }
  }
  return start.first(reader.offset() - before);
}

base::Result<std::vector<Constraint>> read_constraints(base::Reader& reader) {
  std::vector<Constraint> constraints;
  while (!reader.at_end()) {
    if (constraints.size() == kConstraintsMax) {
      return base::fail(Code::kTooLong, "constraints");
    }
    TRY(type, reader.u8());
    if (type == kConstraintLifetime) {
      TRY(seconds, reader.u32());
      constraints.emplace_back(ConstraintLifetime{seconds});
    } else if (type == kConstraintConfirm) {
      constraints.emplace_back(ConstraintConfirm{});
    } else if (type == kConstraintExtension) {
      TRY(name, read_name(reader, kExtensionNameMax, 1));
      TRY(details, reader.take(reader.remaining()));
      constraints.emplace_back(ConstraintExtension{std::move(name), base::to_bytes(details)});
    } else {
      return base::fail(Code::kMalformed, "constraint type " + std::to_string(type));
    }
  }
  return constraints;
}

base::Result<base::Secret> read_secret(base::Reader& reader) {
  TRY(bytes, reader.string(base::kSecretMax));
  return base::Secret::copy_of(bytes);
}

base::Result<AgentRequest> read_sign_request(base::Reader& reader) {
  TRY(key_blob, reader.string(kKeyBlobMax));
  TRY(data, reader.string(kAgentMessageMax));
  TRY(flags, reader.u32());
  return AgentRequest(SignRequest{base::to_bytes(key_blob), base::to_bytes(data), flags});
}

base::Result<AgentRequest> read_add_identity(base::Reader& reader, bool constrained) {
  AddIdentity add;
  TRY_ASSIGN(add.type, read_name(reader, kExtensionNameMax, 1));
  TRY(key_fields, take_key_fields(reader, add.type));
  TRY_ASSIGN(add.key_fields, base::Secret::copy_of(key_fields));
  TRY_ASSIGN(add.comment, reader.text(kCommentMax));
  if (constrained) {
    TRY_ASSIGN(add.constraints, read_constraints(reader));
  }
  return AgentRequest(std::move(add));
}

base::Result<AgentRequest> read_add_smartcard(base::Reader& reader, bool constrained) {
  AddSmartcardKey add;
  TRY_ASSIGN(add.id, read_name(reader, kCommentMax));
  TRY_ASSIGN(add.pin, read_secret(reader));
  if (constrained) {
    TRY_ASSIGN(add.constraints, read_constraints(reader));
  }
  return AgentRequest(std::move(add));
}

base::Result<AgentRequest> read_remove_smartcard(base::Reader& reader) {
  RemoveSmartcardKey remove;
  TRY_ASSIGN(remove.id, read_name(reader, kCommentMax));
  TRY_ASSIGN(remove.pin, read_secret(reader));
  return AgentRequest(std::move(remove));
}

base::Result<AgentRequest> read_extension(base::Reader& reader) {
  TRY(name, read_name(reader, kExtensionNameMax, 1));
  TRY(contents, reader.take(reader.remaining()));
  return AgentRequest(ExtensionRequest{std::move(name), base::to_bytes(contents)});
}

base::Result<AgentRequest> read_contents(base::Reader& reader, std::uint8_t number) {
  switch (static_cast<AgentMessageType>(number)) {
    case AgentMessageType::kRequestIdentities:
      return AgentRequest(RequestIdentities{});
    case AgentMessageType::kSignRequest:
      return read_sign_request(reader);
    case AgentMessageType::kAddIdentity:
    case AgentMessageType::kAddIdConstrained:
      return read_add_identity(
          reader, static_cast<AgentMessageType>(number) == AgentMessageType::kAddIdConstrained);
    case AgentMessageType::kRemoveIdentity: {
      TRY(key_blob, reader.string(kKeyBlobMax));
      return AgentRequest(RemoveIdentity{base::to_bytes(key_blob)});
    }
    case AgentMessageType::kRemoveAllIdentities:
      return AgentRequest(RemoveAllIdentities{});
    case AgentMessageType::kAddSmartcardKey:
    case AgentMessageType::kAddSmartcardKeyConstrained:
      return read_add_smartcard(reader, static_cast<AgentMessageType>(number) ==
                                            AgentMessageType::kAddSmartcardKeyConstrained);
    case AgentMessageType::kRemoveSmartcardKey:
      return read_remove_smartcard(reader);
    case AgentMessageType::kLock: {
      TRY(passphrase, read_secret(reader));
      return AgentRequest(Lock{std::move(passphrase)});
    }
    case AgentMessageType::kUnlock: {
      TRY(passphrase, read_secret(reader));
      return AgentRequest(Unlock{std::move(passphrase)});
    }
    case AgentMessageType::kExtension:
      return read_extension(reader);
    case AgentMessageType::kFailure:
    case AgentMessageType::kSuccess:
    case AgentMessageType::kIdentitiesAnswer:
    case AgentMessageType::kSignResponse:
    case AgentMessageType::kExtensionFailure:
    case AgentMessageType::kExtensionResponse:
      break;
  }
  // Reserved, an answer, or nothing at all: whatever it holds is passed over.
  TRY_VOID(reader.take(reader.remaining()));
  return AgentRequest(UnknownRequest{number});
}

}  // namespace

base::Result<AgentRequest> parse_agent_request(ByteView message) {
  if (message.size() > kAgentMessageMax) {
    return base::fail(Code::kTooLong, "agent request");
  }
  base::Reader reader(message);
  TRY(number, reader.u8().with_context("agent request"));
  const std::string context = "agent request " + std::to_string(number);
  TRY(request, read_contents(reader, number).with_context(context));
  TRY_VOID(reader.expect_end().with_context(context));
  return request;
}

namespace {

// RequestWriter writes each kind of request.
struct RequestWriter {
  base::Writer& out;

  void type(AgentMessageType number) const { out.u8(static_cast<std::uint8_t>(number)); }

  void write_constraints(const std::vector<Constraint>& constraints) const {
    for (const Constraint& constraint : constraints) {
      if (const auto* lifetime = std::get_if<ConstraintLifetime>(&constraint)) {
        out.u8(kConstraintLifetime).u32(lifetime->seconds);
      } else if (const auto* extension = std::get_if<ConstraintExtension>(&constraint)) {
        out.u8(kConstraintExtension).string(extension->name).raw(extension->details);
      } else {
        out.u8(kConstraintConfirm);
      }
    }
  }

  void operator()(const RequestIdentities&) const { type(AgentMessageType::kRequestIdentities); }
  void operator()(const SignRequest& request) const {
    type(AgentMessageType::kSignRequest);
    out.string(request.key_blob).string(request.data).u32(request.flags);
  }
  // Without constraints the plain message is the one to send (RFC 9987 section 5.2).
  void operator()(const AddIdentity& request) const {
    type(request.constraints.empty() ? AgentMessageType::kAddIdentity
                                     : AgentMessageType::kAddIdConstrained);
    out.string(request.type).raw(request.key_fields.view()).string(request.comment);
    write_constraints(request.constraints);
  }
  void operator()(const RemoveIdentity& request) const {
    type(AgentMessageType::kRemoveIdentity);
    out.string(request.key_blob);
  }
  void operator()(const RemoveAllIdentities&) const {
    type(AgentMessageType::kRemoveAllIdentities);
  }
  void operator()(const AddSmartcardKey& request) const {
    type(request.constraints.empty() ? AgentMessageType::kAddSmartcardKey
                                     : AgentMessageType::kAddSmartcardKeyConstrained);
    out.string(request.id).string(request.pin.view());
    write_constraints(request.constraints);
  }
  void operator()(const RemoveSmartcardKey& request) const {
    type(AgentMessageType::kRemoveSmartcardKey);
    out.string(request.id).string(request.pin.view());
  }
  void operator()(const Lock& request) const {
    type(AgentMessageType::kLock);
    out.string(request.passphrase.view());
  }
  void operator()(const Unlock& request) const {
    type(AgentMessageType::kUnlock);
    out.string(request.passphrase.view());
  }
  void operator()(const ExtensionRequest& request) const {
    type(AgentMessageType::kExtension);
    out.string(request.name).raw(request.contents);
  }
  void operator()(const UnknownRequest& request) const { out.u8(request.number); }
};

}  // namespace

base::Bytes encode(const AgentRequest& request) {
  base::Writer out;
  std::visit(RequestWriter{out}, request);
  return std::move(out).take();
}

base::Bytes frame(ByteView message) {
  base::Writer out;
  out.string(message);
  return std::move(out).take();
}

}  // namespace touchstone::ssh
