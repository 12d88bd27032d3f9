// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "tokens/token.h"

namespace touchstone::tokens {

// The protocol between the agent and a driver process (touchstone-token), over a stream socket
// pair that the driver finds as descriptor 3.
// Each message is a uint32 length, at most kDriverMessageMax from the driver and
// kToDriverMessageMax to it, and so many bytes: a type byte and its fields in the manner of
// RFC 4251 section 5. Strict both ways: a message that does not parse
// whole ends the connection, and with it the driver process.
//
// Requests carry an id that the agent chooses, rising from 1; each gets exactly one Reply with
// it. Tokens, TouchNeeded and Silent come unasked.
constexpr std::uint32_t kDriverProtocolVersion = 3;
constexpr int kDriverDescriptor = 3;

using RequestId = std::uint64_t;

// From the agent.
struct Hello {
  std::uint32_t version{kDriverProtocolVersion};
};
// Locate asks all tokens silently which of them holds the key. Reply: Location, or kNoToken,
// kWrongToken.
struct Locate {
  RequestId id{0};
  KeyReference key;
  Asking asking{Asking::kOnce};
};
struct Sign {
  RequestId id{0};
  SignRequest request;
};
struct Enroll {
  RequestId id{0};
  EnrollRequest request;
};
struct SetPin {
  RequestId id{0};
  TokenId token;
  std::optional<base::Secret> old_pin;
  base::Secret new_pin;
  LastTry last_try{LastTry::kRefuse};
};
struct ListResident {
  RequestId id{0};
  TokenId token;
  base::Secret pin;
  LastTry last_try{LastTry::kRefuse};
};
struct DeleteResident {
  RequestId id{0};
  TokenId token;
  base::Secret pin;
  LastTry last_try{LastTry::kRefuse};
  base::Bytes credential_id;
};
// Cancel ends the request with that id, waiting or under way: its Reply says kCancelled. Unknown
// ids are passed over, as the reply may have crossed it.
struct Cancel {
  RequestId id{0};
};

using ToDriver =
    std::variant<Hello, Locate, Sign, Enroll, SetPin, ListResident, DeleteResident, Cancel>;

// From the driver.
struct HelloReply {
  std::uint32_t version{kDriverProtocolVersion};
  std::string driver;  // "fido2"
};
// Tokens is the whole list, sent after HelloReply and whenever it changes.
struct Tokens {
  std::vector<TokenInfo> tokens;
};
// TouchNeeded: that request now waits for a touch on that token.
struct TouchNeeded {
  RequestId id{0};
  TokenId token;
};
// Silent: a silent signature was made. Sent before the Reply to the request that took it, whatever
// that says; those of an Enrollment are in it instead.
struct Silent {
  SilentSignature signature;
};
struct Done {};
using ReplyValue =
    std::variant<Done, Location, base::TokenSignature, Enrollment, std::vector<ResidentCredential>>;
struct Reply {
  RequestId id{0};
  base::Result<ReplyValue> value = ReplyValue{Done{}};
};

using FromDriver = std::variant<HelloReply, Tokens, TouchNeeded, Reply, Silent>;

// encode gives a message without its length field, or the error that keeps it from being one:
// kTooLong above a limit, kMalformed for a text with a NUL byte (the libraries behind the drivers
// take C strings, and would see another application), kPinPolicy for an impossible PIN. An error's
// context is cut at kErrorContextMax. PINs pass through the first: its bytes are kept in a Secret,
// and whoever writes them out drops it at once.
base::Result<base::Secret> encode(const ToDriver& message);
base::Result<base::Bytes> encode(const FromDriver& message);
base::Result<ToDriver> parse_to_driver(base::ByteView message);
base::Result<FromDriver> parse_from_driver(base::ByteView message);

}  // namespace touchstone::tokens
