// SPDX-License-Identifier: Apache-2.0
// U2F raw messages (FIDO U2F Raw Message Formats 1.2), also known as CTAP1.
#include <algorithm>

#include "tests/emulators/fido2/authenticator.h"
#include "tests/emulators/fido2/limits.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::uint8_t kRegister = 0x01;
constexpr std::uint8_t kAuthenticate = 0x02;
constexpr std::uint8_t kVersion = 0x03;
constexpr std::uint8_t kCheckOnly = 0x07;
constexpr std::uint8_t kEnforcePresence = 0x03;
constexpr std::uint8_t kDoNotEnforcePresence = 0x08;
constexpr std::uint8_t kRegisterReserved = 0x05;

enum class StatusWord : std::uint16_t {
  kNoError = 0x9000,
  kWrongLength = 0x6700,
  kConditionsNotSatisfied = 0x6985,
  kWrongData = 0x6a80,
  kInstructionNotSupported = 0x6d00,
  kClassNotSupported = 0x6e00,
  kUnknown = 0x6f00,
};

base::Bytes reply(StatusWord status, base::ByteView data = {}) {
  return base::Writer().raw(data).u16(static_cast<std::uint16_t>(status)).bytes();
}

struct Apdu {
  std::uint8_t instruction = 0;
  std::uint8_t p1 = 0;
  base::ByteView data;
};

// parse_apdu takes ISO 7816-4 short and extended lengths; what follows the data is Le.
base::Result<Apdu> parse_apdu(base::ByteView bytes) {
  base::Reader reader(bytes);
  Apdu apdu;
  TRY_VOID(reader.u8());  // the class was looked at already
  TRY_ASSIGN(apdu.instruction, reader.u8());
  TRY_ASSIGN(apdu.p1, reader.u8());
  TRY_VOID(reader.u8());
  constexpr std::size_t kShortLeBytes = 1;
  if (reader.remaining() <= kShortLeBytes) {
    return apdu;
  }
  TRY(short_length, reader.u8());
  if (short_length != 0) {
    TRY_ASSIGN(apdu.data, reader.take(short_length));
    return apdu;
  }
  TRY(length, reader.u16());
  if (!reader.at_end()) {
    TRY_ASSIGN(apdu.data, reader.take(length));
  }
  return apdu;
}

}  // namespace

base::Bytes Authenticator::u2f(base::ByteView apdu, UserPresence& presence) {
  const Lock lock(store_.mutex);
  active_ = quirks();
  if (!profile_.u2f) {
    return reply(StatusWord::kInstructionNotSupported);
  }
  if (!apdu.empty() && apdu.front() != 0) {
    return reply(StatusWord::kClassNotSupported);
  }
  const auto parsed = parse_apdu(apdu);
  if (!parsed.has_value()) {
    return reply(StatusWord::kWrongLength);
  }
  switch (parsed->instruction) {
    case kRegister:
      return u2f_register(parsed->data, presence);
    case kAuthenticate:
      return u2f_authenticate(parsed->p1, parsed->data, presence);
    case kVersion:
      return reply(StatusWord::kNoError, base::as_bytes("U2F_V2"));
  }
  return reply(StatusWord::kInstructionNotSupported);
}

base::Bytes Authenticator::u2f_register(base::ByteView data, UserPresence& presence) {
  constexpr std::size_t kRequestBytes = 64;  // challenge, application
  if (data.size() != kRequestBytes) {
    return reply(StatusWord::kWrongLength);
  }
  const base::ByteView challenge = data.first(32);
  const base::ByteView application = data.subspan(32);
  if (!active_.up_without_touch && !presence.touched_now()) {
    return reply(StatusWord::kConditionsNotSatisfied);
  }
  const Pkey key = generate_key(Algorithm::kEs256);
  Credential credential;
  credential.id = random_bytes(kCredentialIdBytes);
  credential.private_key = private_key_der(key);
  std::copy(application.begin(), application.end(), credential.rp_id_hash.begin());
  const Point point = p256_point(key);
  const base::Bytes public_key = base::Writer().u8(0x04).raw(point.x).raw(point.y).bytes();
  const base::Bytes message = base::Writer()
                                  .u8(0)
                                  .raw(application)
                                  .raw(challenge)
                                  .raw(credential.id)
                                  .raw(public_key)
                                  .bytes();
  const auto attestation_key = read_private_key_der(store_.state.attestation_key);
  if (!attestation_key.has_value()) {
    return reply(StatusWord::kUnknown);
  }
  base::Bytes signature = sign(*attestation_key, message);
  if (active_.attestation_bad) {
    signature.back() ^= 1;
  }
  const base::Bytes id = credential.id;
  store_.state.credentials.push_back(std::move(credential));
  if (!store_.save().has_value()) {
    return reply(StatusWord::kUnknown);
  }
  return reply(StatusWord::kNoError, base::Writer()
                                         .u8(kRegisterReserved)
                                         .raw(public_key)
                                         .u8(static_cast<std::uint8_t>(id.size()))
                                         .raw(id)
                                         .raw(store_.state.attestation_certificate)
                                         .raw(signature)
                                         .bytes());
}

base::Bytes Authenticator::u2f_authenticate(std::uint8_t control, base::ByteView data,
                                            UserPresence& presence) {
  base::Reader reader(data);
  const auto challenge = reader.take(32);
  const auto application = reader.take(32);
  const auto id_size = reader.u8();
  const auto id = reader.take(id_size.value_or(0));
  if (!challenge.has_value() || !application.has_value() || !id_size.has_value() ||
      !id.has_value() || !reader.at_end()) {
    return reply(StatusWord::kWrongLength);
  }
  auto& credentials = store_.state.credentials;
  const auto found =
      std::find_if(credentials.begin(), credentials.end(), [&](const Credential& credential) {
        return credential.algorithm == Algorithm::kEs256 && base::equal(credential.id, *id) &&
               base::equal(credential.rp_id_hash, *application) &&
               credential.protect != CredProtect::kRequired;
      });
  if (found == credentials.end() || active_.no_such_credential) {
    return reply(StatusWord::kWrongData);
  }
  if (control == kCheckOnly) {
    return reply(StatusWord::kConditionsNotSatisfied);
  }
  if (control != kEnforcePresence && control != kDoNotEnforcePresence) {
    return reply(StatusWord::kWrongData);
  }
  const bool enforce = control == kEnforcePresence;
  if (enforce && !active_.up_without_touch && !presence.touched_now()) {
    return reply(StatusWord::kConditionsNotSatisfied);
  }
  const std::uint8_t flags = enforce && !active_.up_zero ? kFlagUserPresent : 0;
  const std::uint32_t counter = next_counter(*found);
  ++store_.state.signatures;
  store_.state.silent_signatures += enforce ? 0 : 1;
  if (!store_.save().has_value()) {
    return reply(StatusWord::kUnknown);
  }
  const base::Bytes message =
      base::Writer().raw(*application).u8(flags).u32(counter).raw(*challenge).bytes();
  return reply(StatusWord::kNoError,
               base::Writer().u8(flags).u32(counter).raw(sign_assertion(*found, message)).bytes());
}

}  // namespace touchstone::emulators::fido2
