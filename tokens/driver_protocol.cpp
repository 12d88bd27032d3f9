// SPDX-License-Identifier: Apache-2.0
#include "tokens/driver_protocol.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "tokens/driver_wire.h"

namespace touchstone::tokens {
namespace {

using base::ByteView;
using base::Code;
using base::Reader;
using base::Result;
using base::Status;
using wire::SecretWriter;

enum class Type : std::uint8_t {
  kHello = 1,
  kLocate = 2,
  kSign = 3,
  kEnroll = 4,
  kSetPin = 5,
  kListResident = 6,
  kDeleteResident = 7,
  kCancel = 8,
  kHelloReply = 64,
  kTokens = 65,
  kTouchNeeded = 66,
  kReply = 67,
  kSilent = 68,
};

enum class ReplyKind : std::uint8_t {
  kError = 0,
  kDone = 1,
  kLocation = 2,
  kSignature = 3,
  kEnrollment = 4,
  kResidents = 5,
};

template <class Writer>
Writer& begin(Writer& out, Type type) {
  out.u8(static_cast<std::uint8_t>(type));
  return out;
}

// To the driver.

Status put(SecretWriter& out, const Hello& hello) {
  begin(out, Type::kHello).u32(hello.version);
  return {};
}

Status put(SecretWriter& out, const Locate& locate) {
  begin(out, Type::kLocate).u64(locate.id);
  TRY_VOID(wire::put_key(out, locate.key));
  out.boolean(locate.asking == Asking::kAgain);
  return {};
}

Status put(SecretWriter& out, const Sign& sign) {
  const SignRequest& request = sign.request;
  begin(out, Type::kSign).u64(sign.id);
  TRY_VOID(wire::put_text(out, request.token, kTokenIdMax));
  TRY_VOID(wire::put_key(out, request.key));
  TRY_VOID(wire::put_bytes(out, request.data, kSignDataMax));
  out.boolean(request.user_verification);
  TRY_VOID(wire::put_optional_pin(out, request.pin ? &*request.pin : nullptr));
  out.u8(static_cast<std::uint8_t>(request.last_try));
  return wire::put_timeout(out, request.timeout);
}

Status put(SecretWriter& out, const Enroll& enroll) {
  const EnrollRequest& request = enroll.request;
  begin(out, Type::kEnroll).u64(enroll.id);
  TRY_VOID(wire::put_text(out, request.token, kTokenIdMax));
  TRY_VOID(wire::put_text(out, request.application, kApplicationMax));
  TRY_VOID(wire::put_text(out, request.user_name, kUserNameMax));
  TRY_VOID(wire::put_algorithms(out, request.algorithms));
  out.boolean(request.resident);
  out.u8(static_cast<std::uint8_t>(request.cred_protect));
  out.boolean(request.user_verification);
  out.boolean(request.marker);
  TRY_VOID(wire::put_bytes(out, request.challenge, kChallengeMax));
  TRY_VOID(wire::put_optional_pin(out, request.pin ? &*request.pin : nullptr));
  out.u8(static_cast<std::uint8_t>(request.last_try));
  TRY_VOID(wire::put_count(out, request.exclude.size(), kExcludeMax));
  for (const base::Bytes& id : request.exclude) {
    TRY_VOID(wire::put_bytes(out, id, kCredentialIdMax));
  }
  return wire::put_timeout(out, request.timeout);
}

Status put(SecretWriter& out, const SetPin& set) {
  begin(out, Type::kSetPin).u64(set.id);
  TRY_VOID(wire::put_text(out, set.token, kTokenIdMax));
  TRY_VOID(wire::put_optional_pin(out, set.old_pin ? &*set.old_pin : nullptr));
  TRY_VOID(wire::put_pin(out, set.new_pin));
  out.u8(static_cast<std::uint8_t>(set.last_try));
  return {};
}

Status put(SecretWriter& out, const ListResident& list) {
  begin(out, Type::kListResident).u64(list.id);
  TRY_VOID(wire::put_text(out, list.token, kTokenIdMax));
  TRY_VOID(wire::put_pin(out, list.pin));
  out.u8(static_cast<std::uint8_t>(list.last_try));
  return {};
}

Status put(SecretWriter& out, const DeleteResident& remove) {
  begin(out, Type::kDeleteResident).u64(remove.id);
  TRY_VOID(wire::put_text(out, remove.token, kTokenIdMax));
  TRY_VOID(wire::put_pin(out, remove.pin));
  out.u8(static_cast<std::uint8_t>(remove.last_try));
  return wire::put_bytes(out, remove.credential_id, kCredentialIdMax);
}

Status put(SecretWriter& out, const Cancel& cancel) {
  begin(out, Type::kCancel).u64(cancel.id);
  return {};
}

// From the driver.

Status put(base::Writer& out, const HelloReply& hello) {
  begin(out, Type::kHelloReply).u32(hello.version);
  return wire::put_text(out, hello.driver, kTokenTextMax);
}

Status put(base::Writer& out, const Tokens& tokens) {
  begin(out, Type::kTokens);
  TRY_VOID(wire::put_count(out, tokens.tokens.size(), kTokensMax));
  for (const TokenInfo& info : tokens.tokens) {
    TRY_VOID(wire::put_info(out, info));
  }
  return {};
}

Status put(base::Writer& out, const TouchNeeded& needed) {
  begin(out, Type::kTouchNeeded).u64(needed.id);
  return wire::put_text(out, needed.token, kTokenIdMax);
}

Status put(base::Writer& out, const Silent& silent) {
  begin(out, Type::kSilent);
  return wire::put_silent(out, silent.signature);
}

base::Writer& kind(base::Writer& out, ReplyKind value) {
  return out.u8(static_cast<std::uint8_t>(value));
}

Status put(base::Writer& out, const Done& /*done*/) {
  kind(out, ReplyKind::kDone);
  return {};
}

Status put(base::Writer& out, const Location& location) {
  kind(out, ReplyKind::kLocation);
  return wire::put_text(out, location.token, kTokenIdMax);
}

Status put(base::Writer& out, const base::TokenSignature& signature) {
  kind(out, ReplyKind::kSignature);
  TRY_VOID(wire::put_bytes(out, signature.signature, kSignatureMax));
  out.u8(signature.flags).u32(signature.counter);
  return {};
}

Status put(base::Writer& out, const Enrollment& enrollment) {
  kind(out, ReplyKind::kEnrollment);
  TRY_VOID(wire::put_key(out, enrollment.key));
  out.u8(enrollment.flags);
  TRY_VOID(wire::put_attestation(out, enrollment.attestation));
  TRY_VOID(wire::put_count(out, enrollment.silent.size(), kCounterProbes));
  for (const SilentSignature& signature : enrollment.silent) {
    TRY_VOID(wire::put_silent(out, signature));
  }
  return {};
}

Status put(base::Writer& out, const std::vector<ResidentCredential>& residents) {
  kind(out, ReplyKind::kResidents);
  TRY_VOID(wire::put_count(out, residents.size(), kResidentCredentialsMax));
  for (const ResidentCredential& resident : residents) {
    TRY_VOID(wire::put_resident(out, resident));
  }
  return {};
}

Status put(base::Writer& out, const Reply& reply) {
  begin(out, Type::kReply).u64(reply.id);
  if (reply.value.has_value()) {
    return std::visit([&out](const auto& value) { return put(out, value); }, *reply.value);
  }
  const base::Error& error = reply.value.error();
  kind(out, ReplyKind::kError);
  out.u16(static_cast<std::uint16_t>(error.code)).u64(static_cast<std::uint64_t>(error.native));
  out.string(
      std::string_view(error.context).substr(0, std::min(error.context.size(), kErrorContextMax)));
  return {};
}

// Parsers.

Result<ToDriver> parse_hello(Reader& in) {
  TRY(version, in.u32());
  return Hello{version};
}

Result<ToDriver> parse_locate(Reader& in) {
  Locate locate;
  TRY_ASSIGN(locate.id, in.u64());
  TRY_ASSIGN(locate.key, wire::take_key(in));
  TRY(again, in.boolean());
  locate.asking = again ? Asking::kAgain : Asking::kOnce;
  return locate;
}

Result<ToDriver> parse_sign(Reader& in) {
  Sign sign;
  TRY_ASSIGN(sign.id, in.u64());
  TRY_ASSIGN(sign.request.token, wire::take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(sign.request.key, wire::take_key(in));
  TRY(data, in.string(kSignDataMax));
  sign.request.data = base::to_bytes(data);
  TRY_ASSIGN(sign.request.user_verification, in.boolean());
  TRY_ASSIGN(sign.request.pin, wire::take_optional_pin(in));
  TRY_ASSIGN(sign.request.last_try, wire::take_last_try(in));
  TRY_ASSIGN(sign.request.timeout, wire::take_timeout(in));
  return ToDriver(std::move(sign));
}

Result<ToDriver> parse_enroll(Reader& in) {
  Enroll enroll;
  EnrollRequest& request = enroll.request;
  TRY_ASSIGN(enroll.id, in.u64());
  TRY_ASSIGN(request.token, wire::take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(request.application, wire::take_text(in, kApplicationMax, 1));
  TRY_ASSIGN(request.user_name, wire::take_text(in, kUserNameMax));
  TRY_ASSIGN(request.algorithms, wire::take_algorithms(in));
  TRY_ASSIGN(request.resident, in.boolean());
  TRY_ASSIGN(request.cred_protect, wire::take_cred_protect(in));
  TRY_ASSIGN(request.user_verification, in.boolean());
  TRY_ASSIGN(request.marker, in.boolean());
  TRY(challenge, in.string(kChallengeMax));
  request.challenge = base::to_bytes(challenge);
  TRY_ASSIGN(request.pin, wire::take_optional_pin(in));
  TRY_ASSIGN(request.last_try, wire::take_last_try(in));
  TRY(count, wire::take_count(in, kExcludeMax));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(id, in.string(kCredentialIdMax, 1));
    request.exclude.push_back(base::to_bytes(id));
  }
  TRY_ASSIGN(request.timeout, wire::take_timeout(in));
  return ToDriver(std::move(enroll));
}

Result<ToDriver> parse_set_pin(Reader& in) {
  SetPin set;
  TRY_ASSIGN(set.id, in.u64());
  TRY_ASSIGN(set.token, wire::take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(set.old_pin, wire::take_optional_pin(in));
  TRY_ASSIGN(set.new_pin, wire::take_pin(in));
  TRY_ASSIGN(set.last_try, wire::take_last_try(in));
  return ToDriver(std::move(set));
}

Result<ToDriver> parse_list_resident(Reader& in) {
  ListResident list;
  TRY_ASSIGN(list.id, in.u64());
  TRY_ASSIGN(list.token, wire::take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(list.pin, wire::take_pin(in));
  TRY_ASSIGN(list.last_try, wire::take_last_try(in));
  return ToDriver(std::move(list));
}

Result<ToDriver> parse_delete_resident(Reader& in) {
  DeleteResident remove;
  TRY_ASSIGN(remove.id, in.u64());
  TRY_ASSIGN(remove.token, wire::take_text(in, kTokenIdMax, 1));
  TRY_ASSIGN(remove.pin, wire::take_pin(in));
  TRY_ASSIGN(remove.last_try, wire::take_last_try(in));
  TRY(id, in.string(kCredentialIdMax, 1));
  remove.credential_id = base::to_bytes(id);
  return ToDriver(std::move(remove));
}

Result<ToDriver> parse_cancel(Reader& in) {
  TRY(id, in.u64());
  return Cancel{id};
}

Result<ToDriver> parse_to_driver_body(Reader& in, std::uint8_t type) {
  switch (type) {
    case static_cast<std::uint8_t>(Type::kHello):
      return parse_hello(in);
    case static_cast<std::uint8_t>(Type::kLocate):
      return parse_locate(in);
    case static_cast<std::uint8_t>(Type::kSign):
      return parse_sign(in);
    case static_cast<std::uint8_t>(Type::kEnroll):
      return parse_enroll(in);
    case static_cast<std::uint8_t>(Type::kSetPin):
      return parse_set_pin(in);
    case static_cast<std::uint8_t>(Type::kListResident):
      return parse_list_resident(in);
    case static_cast<std::uint8_t>(Type::kDeleteResident):
      return parse_delete_resident(in);
    case static_cast<std::uint8_t>(Type::kCancel):
      return parse_cancel(in);
    default:  // not an enum
      return base::fail(Code::kMalformed, "message type " + std::to_string(type), type);
  }
}

Result<FromDriver> parse_hello_reply(Reader& in) {
  HelloReply hello;
  TRY_ASSIGN(hello.version, in.u32());
  TRY_ASSIGN(hello.driver, wire::take_text(in, kTokenTextMax, 1));
  return hello;
}

Result<FromDriver> parse_tokens(Reader& in) {
  Tokens tokens;
  TRY(count, wire::take_count(in, kTokensMax));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(info, wire::take_info(in));
    tokens.tokens.push_back(std::move(info));
  }
  return tokens;
}

Result<FromDriver> parse_touch_needed(Reader& in) {
  TouchNeeded needed;
  TRY_ASSIGN(needed.id, in.u64());
  TRY_ASSIGN(needed.token, wire::take_text(in, kTokenIdMax, 1));
  return needed;
}

Result<base::Error> take_error(Reader& in) {
  TRY(number, in.u16());
  TRY(native, in.u64());
  TRY(context, in.text(kErrorContextMax));
  // A number that this build has no words for must not reach base::describe().
  for (const base::ErrorInfo& info : base::all_errors()) {
    if (static_cast<std::uint16_t>(info.code) == number) {
      return base::Error{info.code, static_cast<std::int64_t>(native), std::move(context)};
    }
  }
  return base::fail(Code::kMalformed, "error code " + std::to_string(number), number);
}

Result<ReplyValue> take_signature(Reader& in) {
  base::TokenSignature signature;
  TRY(bytes, in.string(kSignatureMax, 1));
  signature.signature = base::to_bytes(bytes);
  TRY_ASSIGN(signature.flags, in.u8());
  TRY_ASSIGN(signature.counter, in.u32());
  return signature;
}

Result<ReplyValue> take_enrollment(Reader& in) {
  Enrollment enrollment;
  TRY_ASSIGN(enrollment.key, wire::take_key(in));
  TRY_ASSIGN(enrollment.flags, in.u8());
  TRY_ASSIGN(enrollment.attestation, wire::take_attestation(in));
  TRY(count, wire::take_count(in, kCounterProbes));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(signature, wire::take_silent(in));
    enrollment.silent.push_back(std::move(signature));
  }
  return enrollment;
}

Result<ReplyValue> take_residents(Reader& in) {
  std::vector<ResidentCredential> residents;
  TRY(count, wire::take_count(in, kResidentCredentialsMax));
  for (std::size_t i = 0; i < count; ++i) {
    TRY(resident, wire::take_resident(in));
    residents.push_back(std::move(resident));
  }
  return residents;
}

Result<ReplyValue> take_value(Reader& in, std::uint8_t number) {
  switch (number) {
    case static_cast<std::uint8_t>(ReplyKind::kDone):
      return Done{};
    case static_cast<std::uint8_t>(ReplyKind::kLocation): {
      TRY(token, wire::take_text(in, kTokenIdMax, 1));
      return Location{std::move(token)};
    }
    case static_cast<std::uint8_t>(ReplyKind::kSignature):
      return take_signature(in);
    case static_cast<std::uint8_t>(ReplyKind::kEnrollment):
      return take_enrollment(in);
    case static_cast<std::uint8_t>(ReplyKind::kResidents):
      return take_residents(in);
    default:  // not an enum
      return base::fail(Code::kMalformed, "reply kind " + std::to_string(number), number);
  }
}

Result<FromDriver> parse_reply(Reader& in) {
  Reply reply;
  TRY_ASSIGN(reply.id, in.u64());
  TRY(number, in.u8());
  if (number == static_cast<std::uint8_t>(ReplyKind::kError)) {
    TRY(error, take_error(in));
    reply.value = base::fail(std::move(error));
  } else {
    TRY(value, take_value(in, number));
    reply.value = std::move(value);
  }
  return reply;
}

Result<FromDriver> parse_silent(Reader& in) {
  TRY(signature, wire::take_silent(in));
  return Silent{std::move(signature)};
}

Result<FromDriver> parse_from_driver_body(Reader& in, std::uint8_t type) {
  switch (type) {
    case static_cast<std::uint8_t>(Type::kHelloReply):
      return parse_hello_reply(in);
    case static_cast<std::uint8_t>(Type::kTokens):
      return parse_tokens(in);
    case static_cast<std::uint8_t>(Type::kTouchNeeded):
      return parse_touch_needed(in);
    case static_cast<std::uint8_t>(Type::kReply):
      return parse_reply(in);
    case static_cast<std::uint8_t>(Type::kSilent):
      return parse_silent(in);
    default:  // not an enum
      return base::fail(Code::kMalformed, "message type " + std::to_string(type), type);
  }
}

}  // namespace

Result<base::Secret> encode(const ToDriver& message) {
  TRY(out, SecretWriter::make());
  TRY_VOID(std::visit([&out](const auto& value) { return put(out, value); }, message));
  return std::move(out).take();
}

Result<base::Bytes> encode(const FromDriver& message) {
  base::Writer out;
  TRY_VOID(std::visit([&out](const auto& value) { return put(out, value); }, message));
  if (out.size() > kDriverMessageMax) {
    return base::fail(Code::kTooLong, "driver message of " + std::to_string(out.size()) + " bytes");
  }
  return std::move(out).take();
}

Result<ToDriver> parse_to_driver(ByteView message) {
  if (message.size() > kToDriverMessageMax) {
    return base::fail(Code::kTooLong, "message to the driver");
  }
  Reader in(message);
  TRY(type, in.u8());
  TRY(parsed, parse_to_driver_body(in, type));
  TRY_VOID(in.expect_end());
  return parsed;
}

Result<FromDriver> parse_from_driver(ByteView message) {
  if (message.size() > kDriverMessageMax) {
    return base::fail(Code::kTooLong, "message from the driver");
  }
  Reader in(message);
  TRY(type, in.u8());
  TRY(parsed, parse_from_driver_body(in, type));
  TRY_VOID(in.expect_end());
  return parsed;
}

}  // namespace touchstone::tokens
