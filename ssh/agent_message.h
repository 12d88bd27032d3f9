// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"

namespace touchstone::ssh {

// Message numbers of RFC 9987 section 8.1.
enum class AgentMessageType : std::uint8_t {
  kFailure = 5,
  kSuccess = 6,
  kRequestIdentities = 11,
  kIdentitiesAnswer = 12,
  kSignRequest = 13,
  kSignResponse = 14,
  kAddIdentity = 17,
  kRemoveIdentity = 18,
  kRemoveAllIdentities = 19,
  kAddSmartcardKey = 20,
  kRemoveSmartcardKey = 21,
  kLock = 22,
  kUnlock = 23,
  kAddIdConstrained = 25,
  kAddSmartcardKeyConstrained = 26,
  kExtension = 27,
  kExtensionFailure = 28,
  kExtensionResponse = 29,
};

// Sign request flags, RFC 9987 section 5.6.1.
constexpr std::uint32_t kSignRsaSha2_256 = 2;
constexpr std::uint32_t kSignRsaSha2_512 = 4;

// Requests. Each parsed whole: nothing may trail.
struct RequestIdentities {};
struct SignRequest {
  base::Bytes key_blob;
  base::Bytes data;
  std::uint32_t flags{0};
};
// ConstraintLifetime .. ConstraintExtension: RFC 9987 section 5.2.7. An unknown constraint type
// makes the whole request malformed: its length cannot be known, so it cannot be skipped.
struct ConstraintLifetime {
  std::uint32_t seconds{0};
};
struct ConstraintConfirm {};
struct ConstraintExtension {
  std::string name;
  base::Bytes details;  // to the end of the message: an extension constraint is always last
};
using Constraint = std::variant<ConstraintLifetime, ConstraintConfirm, ConstraintExtension>;
// AddIdentity keeps the key fields as one run of bytes: which they are depends on the type, and
// this agent adds keys from files only. The private part stays in locked memory. A type whose
// fields are not known (kUnsupported) hides where the comment begins, so such a request has no
// other reading than a refusal.
struct AddIdentity {
  std::string type;
  base::Secret key_fields;
  std::string comment;
  std::vector<Constraint> constraints;
};
struct RemoveIdentity {
  base::Bytes key_blob;
};
struct RemoveAllIdentities {};
struct AddSmartcardKey {
  std::string id;
  base::Secret pin;
  std::vector<Constraint> constraints;
};
struct RemoveSmartcardKey {
  std::string id;
  base::Secret pin;
};
struct Lock {
  base::Secret passphrase;
};
struct Unlock {
  base::Secret passphrase;
};
struct ExtensionRequest {
  std::string name;
  base::Bytes contents;
};
// UnknownRequest is a number we do not know, or a reserved one (RFC 9987 section 8.1): it gets a
// plain failure and the connection goes on.
struct UnknownRequest {
  std::uint8_t number{0};
};

using AgentRequest = std::variant<RequestIdentities, SignRequest, AddIdentity, RemoveIdentity,
                                  RemoveAllIdentities, AddSmartcardKey, RemoveSmartcardKey, Lock,
                                  Unlock, ExtensionRequest, UnknownRequest>;

// parse_agent_request takes one message without its length field, at most kAgentMessageMax bytes.
// Every failure of it is answered with SSH_AGENT_FAILURE; the framing is whole, so the connection
// may go on. Secrets need the secure heap (base::init_secure_heap).
base::Result<AgentRequest> parse_agent_request(base::ByteView message);
// encode gives the message without its length field; frame puts the uint32 length in front. What
// is encoded from a Secret is in ordinary memory: the caller wipes it.
base::Bytes encode(const AgentRequest& request);
base::Bytes frame(base::ByteView message);

struct Identity {
  base::Bytes key_blob;
  std::string comment;
  bool operator==(const Identity&) const = default;
};

// Replies.
struct Failure {};
struct ExtensionFailure {};
struct Success {};
struct IdentitiesAnswer {
  std::vector<Identity> identities;
};
struct SignResponse {
  base::Bytes signature;
};
struct ExtensionResponse {
  std::string name;
  base::Bytes contents;
};
using AgentReplyMessage = std::variant<Failure, ExtensionFailure, Success, IdentitiesAnswer,
                                       SignResponse, ExtensionResponse>;

base::Result<AgentReplyMessage> parse_agent_reply(base::ByteView message);
base::Bytes encode(const AgentReplyMessage& reply);

// encode_query_answer and parse_query_answer: the contents of the "query" extension's answer,
// names one after another without a count (RFC 9987 section 5.8.1).
base::Bytes encode_query_answer(const std::vector<std::string>& names);
base::Result<std::vector<std::string>> parse_query_answer(base::ByteView contents);

}  // namespace touchstone::ssh
