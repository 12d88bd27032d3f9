// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/client_pin.h"

#include <algorithm>

#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

// Parameters of authenticatorClientPIN.
constexpr int kProtocol = 1;
constexpr int kSubCommand = 2;
constexpr int kKeyAgreement = 3;
constexpr int kPinUvAuthParam = 4;
constexpr int kNewPinEnc = 5;
constexpr int kPinHashEnc = 6;
constexpr int kPermissions = 9;
constexpr int kRpId = 10;

// Subcommands (6.5.5).
constexpr std::int64_t kGetPinRetries = 0x01;
constexpr std::int64_t kGetKeyAgreement = 0x02;
constexpr std::int64_t kSetPin = 0x03;
constexpr std::int64_t kChangePin = 0x04;
constexpr std::int64_t kGetPinToken = 0x05;
constexpr std::int64_t kGetTokenUsingUv = 0x06;
constexpr std::int64_t kGetUvRetries = 0x07;
constexpr std::int64_t kGetTokenUsingPin = 0x09;

constexpr std::uint8_t kDefaultPermissions =
    static_cast<std::uint8_t>(Permission::kMakeCredential) |
    static_cast<std::uint8_t>(Permission::kGetAssertion);
constexpr std::uint8_t kKnownPermissions =
    kDefaultPermissions | static_cast<std::uint8_t>(Permission::kCredentialManagement);
constexpr int kUvRetries = 3;

// code_points counts UTF-8 lead bytes.
std::size_t code_points(base::ByteView text) {
  const auto leads = [](std::uint8_t byte) { return (byte & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), leads));
}

base::Bytes pin_hash(base::ByteView pin) {
  return base::to_bytes(base::ByteView(base::sha256(pin)).first(kPinHashBytes));
}

}  // namespace

ClientPin::ClientPin(const Profile& profile, Store& store) : profile_(profile), store_(store) {
  power_up();
}

void ClientPin::power_up() {
  protocols_.clear();
  for (const int version : profile_.pin_protocols) {
    protocols_.emplace_back(version);
  }
  mismatches_ = 0;
  permissions_ = 0;
  bound_rp_id_.reset();
}

PinProtocol* ClientPin::find(std::optional<std::int64_t> version) {
  const auto same = [&](const PinProtocol& protocol) { return protocol.version() == version; };
  const auto found = std::find_if(protocols_.begin(), protocols_.end(), same);
  return found == protocols_.end() ? nullptr : &*found;
}

CtapResult ClientPin::handle(const Cbor& parameters, const VerifyBuiltIn& verify_built_in) {
  CTAP_TRY(subcommand, required_field<std::int64_t>(parameters, kSubCommand));
  switch (subcommand) {
    case kGetPinRetries:
      return retries();
    case kGetKeyAgreement: {
      CTAP_TRY(version, required_field<std::int64_t>(parameters, kProtocol));
      const PinProtocol* protocol = find(version);
      if (protocol == nullptr) {
        return refuse(CtapError::kInvalidParameter);
      }
      return Cbor(CborMap{{1, encode_key_agreement(protocol->key_agreement())}});
    }
    case kSetPin:
      return set_pin(parameters);
    case kChangePin:
      return change_pin(parameters);
    case kGetPinToken:
      return get_token(parameters, false);
    case kGetTokenUsingPin:
      if (profile_.permissions) {
        return get_token(parameters, true);
      }
      break;
    case kGetTokenUsingUv:
      if (profile_.built_in_uv) {
        return get_token_by_uv(parameters, verify_built_in);
      }
      break;
    case kGetUvRetries:
      if (profile_.built_in_uv) {
        return Cbor(CborMap{{5, kUvRetries}});
      }
      break;
  }
  // CTAP 2.0 had no code of its own for this.
  return refuse(profile_.permissions ? CtapError::kInvalidSubcommand
                                     : CtapError::kInvalidParameter);
}

CtapResult ClientPin::retries() const {
  CborMap reply = {{3, int{store_.state.pin_tries}}};
  if (profile_.permissions) {
    reply.emplace_back(4, mismatches_ >= kPinTriesPerPowerCycleMax);
  }
  return Cbor(std::move(reply));
}

CtapExpected<ClientPin::Request> ClientPin::parse(const Cbor& parameters) {
  CTAP_TRY(version, required_field<std::int64_t>(parameters, kProtocol));
  CTAP_TRY(key, required_field<CborMap>(parameters, kKeyAgreement));
  CTAP_TRY(point, parse_key_agreement(key));
  CTAP_TRY(auth, optional_field<base::Bytes>(parameters, kPinUvAuthParam));
  CTAP_TRY(new_pin_enc, optional_field<base::Bytes>(parameters, kNewPinEnc));
  CTAP_TRY(pin_hash_enc, optional_field<base::Bytes>(parameters, kPinHashEnc));
  PinProtocol* protocol = find(version);
  if (protocol == nullptr) {
    return refuse(CtapError::kInvalidParameter);
  }
  CTAP_TRY(secret, protocol->decapsulate(point));
  return Request{protocol, std::move(secret), pin_hash_enc.value_or(base::Bytes{}),
                 new_pin_enc.value_or(base::Bytes{}), auth.value_or(base::Bytes{})};
}

CtapResult ClientPin::set_pin(const Cbor& parameters) {
  CTAP_TRY(request, parse(parameters));
  if (request.new_pin_enc.empty() || request.auth.empty()) {
    return refuse(CtapError::kMissingParameter);
  }
  if (is_set() ||
      !request.protocol->verify(request.secret.hmac_key, request.new_pin_enc, request.auth)) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  return store_new_pin(request);
}

CtapResult ClientPin::change_pin(const Cbor& parameters) {
  CTAP_TRY(request, parse(parameters));
  if (request.new_pin_enc.empty() || request.auth.empty() || request.pin_hash_enc.empty()) {
    return refuse(CtapError::kMissingParameter);
  }
  if (store_.state.pin_tries == 0) {
    return refuse(CtapError::kPinBlocked);
  }
  const base::Bytes message =
      base::Writer().raw(request.new_pin_enc).raw(request.pin_hash_enc).bytes();
  if (!request.protocol->verify(request.secret.hmac_key, message, request.auth)) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  CTAP_TRY(good, check_pin(request));
  return good ? store_new_pin(request) : refuse(CtapError::kPinInvalid);
}

CtapResult ClientPin::store_new_pin(const Request& request) {
  CTAP_TRY(padded, request.protocol->decrypt(request.secret, request.new_pin_enc));
  if (padded.size() != kPinPaddedBytes) {
    return refuse(CtapError::kInvalidParameter);
  }
  const auto end = std::find(padded.begin(), padded.end(), std::uint8_t{0});
  const base::ByteView pin =
      base::ByteView(padded).first(static_cast<std::size_t>(end - padded.begin()));
  if (pin.size() > kPinBytesMax || code_points(pin) < kPinCodePointsMin) {
    return refuse(CtapError::kPinPolicyViolation);
  }
  store_.state.pin_hash = pin_hash(pin);
  store_.state.pin_tries = kPinTriesMax;
  for (PinProtocol& protocol : protocols_) {
    protocol.reset_token();
  }
  return store_.save().has_value() ? CtapResult(Cbor()) : refuse(CtapError::kOther);
}

CtapExpected<bool> ClientPin::check_pin(const Request& request) {
  State& state = store_.state;
  if (!is_set()) {
    return refuse(CtapError::kPinNotSet);
  }
  if (state.pin_tries == 0) {
    return refuse(CtapError::kPinBlocked);
  }
  if (mismatches_ >= kPinTriesPerPowerCycleMax) {
    return refuse(CtapError::kPinAuthBlocked);
  }
  // The try is counted before it is made: pulling the plug wins nothing.
  --state.pin_tries;
  if (!store_.save().has_value()) {
    return refuse(CtapError::kOther);
  }
  const auto given = request.protocol->decrypt(request.secret, request.pin_hash_enc);
  if (!given.has_value() || *given != *state.pin_hash) {
    request.protocol->regenerate();
    ++mismatches_;
    if (state.pin_tries == 0) {
      return refuse(CtapError::kPinBlocked);
    }
    return refuse(mismatches_ >= kPinTriesPerPowerCycleMax ? CtapError::kPinAuthBlocked
                                                           : CtapError::kPinInvalid);
  }
  state.pin_tries = kPinTriesMax;
  mismatches_ = 0;
  if (!store_.save().has_value()) {
    return refuse(CtapError::kOther);
  }
  return true;
}

CtapResult ClientPin::get_token(const Cbor& parameters, bool with_permissions) {
  CTAP_TRY(request, parse(parameters));
  std::uint8_t permissions = kDefaultPermissions;
  std::optional<std::string> rp_id;
  if (with_permissions) {
    CTAP_TRY(wanted, required_field<std::int64_t>(parameters, kPermissions));
    CTAP_TRY(bound, optional_field<std::string>(parameters, kRpId));
    if (wanted <= 0 || wanted > 0xff) {
      return refuse(CtapError::kInvalidParameter);
    }
    if ((wanted & ~std::int64_t{kKnownPermissions}) != 0) {
      return refuse(CtapError::kUnauthorizedPermission);
    }
    permissions = static_cast<std::uint8_t>(wanted);
    rp_id = bound;
  }
  if (request.pin_hash_enc.empty()) {
    return refuse(CtapError::kMissingParameter);
  }
  CTAP_TRY(good, check_pin(request));
  return good ? issue(*request.protocol, request.secret, permissions, rp_id)
              : refuse(CtapError::kPinInvalid);
}

CtapResult ClientPin::get_token_by_uv(const Cbor& parameters,
                                      const VerifyBuiltIn& verify_built_in) {
  CTAP_TRY(request, parse(parameters));
  CTAP_TRY(wanted, required_field<std::int64_t>(parameters, kPermissions));
  CTAP_TRY(rp_id, optional_field<std::string>(parameters, kRpId));
  if (wanted <= 0 || (wanted & ~std::int64_t{kKnownPermissions}) != 0) {
    return refuse(CtapError::kUnauthorizedPermission);
  }
  CTAP_TRY(verified, verify_built_in());
  return verified
             ? issue(*request.protocol, request.secret, static_cast<std::uint8_t>(wanted), rp_id)
             : refuse(CtapError::kUvInvalid);
}

CtapResult ClientPin::issue(PinProtocol& protocol, const PinSecret& secret,
                            std::uint8_t permissions, std::optional<std::string> rp_id) {
  for (PinProtocol& other : protocols_) {
    other.reset_token();
  }
  permissions_ = permissions;
  bound_rp_id_ = std::move(rp_id);
  return Cbor(CborMap{{2, protocol.encrypt(secret, protocol.token())}});
}

CtapExpected<bool> ClientPin::authorize(const PinAuth& auth, base::ByteView message,
                                        Permission permission, const std::string& rp_id) {
  if (!auth.protocol.has_value()) {
    return refuse(CtapError::kMissingParameter);
  }
  const PinProtocol* protocol = find(auth.protocol);
  if (protocol == nullptr) {
    return refuse(CtapError::kInvalidParameter);
  }
  if (!protocol->verify_token(message, auth.parameter)) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  if (!profile_.permissions) {
    return true;  // before 2.1 a token is good for everything
  }
  const bool permitted = (permissions_ & static_cast<std::uint8_t>(permission)) != 0;
  const bool bound_elsewhere = bound_rp_id_.has_value() && !rp_id.empty() && *bound_rp_id_ != rp_id;
  if (!permitted || bound_elsewhere) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  if (!bound_rp_id_.has_value() && !rp_id.empty()) {
    bound_rp_id_ = rp_id;
  }
  return true;
}

void ClientPin::consume() {
  if (profile_.permissions) {
    permissions_ = 0;
  }
}

}  // namespace touchstone::emulators::fido2
