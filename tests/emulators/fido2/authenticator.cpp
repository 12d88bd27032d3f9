// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/authenticator.h"

#include <algorithm>
#include <stdexcept>

#include "tests/emulators/fido2/attestation.h"
#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr int kFirmwareVersion = 0x050000;

base::Bytes status_reply(CtapError error) { return {static_cast<std::uint8_t>(error)}; }

base::Bytes cbor_reply(const Cbor& body) {
  base::Bytes reply = {0};
  if (body != Cbor()) {
    const base::Bytes encoded = encode_cbor(body);
    reply.insert(reply.end(), encoded.begin(), encoded.end());
  }
  return reply;
}

}  // namespace

Authenticator::Authenticator(Profile profile, Store& store, const base::Clock& clock)
    : profile_(std::move(profile)),
      store_(store),
      clock_(clock),
      pin_(profile_, store),
      credential_management_(store, pin_),
      powered_up_(clock.steady()) {}

base::Status Authenticator::power_up() {
  const Lock lock(store_.mutex);
  powered_up_ = clock_.steady();
  assertions_.reset();
  credential_management_.forget();
  pin_.power_up();
  if (!store_.state.attestation_certificate.empty()) {
    return {};
  }
  TRY(key, read_private_key_der(store_.state.attestation_key));
  store_.state.attestation_certificate = issue_attestation_certificate(key, profile_.aaguid);
  return store_.save();
}

Quirks Authenticator::quirks() const {
  const std::lock_guard lock(quirks_mutex_);
  return quirks_;
}

base::Status Authenticator::set_quirk(std::string_view assignment) {
  const std::lock_guard lock(quirks_mutex_);
  return fido2::set_quirk(quirks_, assignment);
}

base::Bytes Authenticator::ctap2(base::ByteView message, UserPresence& presence) {
  if (!profile_.ctap2 || message.empty()) {
    return status_reply(CtapError::kInvalidCommand);
  }
  Lock lock(store_.mutex);
  active_ = quirks();
  const std::uint8_t command = message.front();
  const bool failing = active_.fail_command == 0 || active_.fail_command == command;
  if (active_.fail_status != 0 && failing) {
    return {static_cast<std::uint8_t>(active_.fail_status)};
  }
  if (CtapCommand{command} != CtapCommand::kGetNextAssertion) {
    assertions_.reset();
  }
  if (CtapCommand{command} != CtapCommand::kCredentialManagement &&
      CtapCommand{command} != CtapCommand::kCredentialManagementPreview) {
    credential_management_.forget();
  }
  const CtapResult result = dispatch(CtapCommand{command}, message.subspan(1), presence, lock);
  return result.has_value() ? cbor_reply(*result) : status_reply(result.error());
}

CtapResult Authenticator::dispatch(CtapCommand command, base::ByteView body, UserPresence& presence,
                                   Lock& lock) {
  Cbor parameters;
  if (!body.empty()) {
    auto decoded = decode_cbor(body);
    if (!decoded.has_value()) {
      return refuse(CtapError::kInvalidCbor);
    }
    if (decoded->map() == nullptr) {
      return refuse(CtapError::kCborUnexpectedType);
    }
    parameters = *std::move(decoded);
  }
  switch (command) {
    case CtapCommand::kMakeCredential:
      return make_credential(parameters, presence, lock);
    case CtapCommand::kGetAssertion:
      return get_assertion(parameters, presence, lock);
    case CtapCommand::kGetInfo:
      return get_info();
    case CtapCommand::kReset:
      return reset(presence, lock);
    case CtapCommand::kGetNextAssertion:
      return get_next_assertion();
    case CtapCommand::kSelection: {
      if (!profile_.selection) {
        return refuse(CtapError::kInvalidCommand);
      }
      CTAP_TRY(touched, touch(presence, lock));
      return touched ? CtapResult(Cbor()) : refuse(CtapError::kOperationDenied);
    }
    case CtapCommand::kClientPin:
      return pin_.handle(parameters, [&] { return verify_built_in(presence, lock); });
    case CtapCommand::kCredentialManagement:
      if (profile_.credential_management) {
        return credential_management_.handle(parameters);
      }
      break;
    case CtapCommand::kCredentialManagementPreview:
      if (profile_.credential_management_preview) {
        return credential_management_.handle(parameters);
      }
      break;
  }
  return refuse(CtapError::kInvalidCommand);
}

Cbor Authenticator::options_info() const {
  CborMap options = {{"rk", true}, {"up", true}, {"plat", false}, {"clientPin", pin_.is_set()}};
  if (profile_.built_in_uv) {
    options.emplace_back("uv", true);
  }
  if (profile_.permissions) {
    options.emplace_back("pinUvAuthToken", true);
  }
  if (profile_.make_credential_uv_optional) {
    options.emplace_back("makeCredUvNotRqd", true);
  }
  if (profile_.credential_management) {
    options.emplace_back("credMgmt", true);
  }
  if (profile_.credential_management_preview) {
    options.emplace_back("credentialMgmtPreview", true);
  }
  return options;
}

CtapResult Authenticator::get_info() const {
  CborArray versions;
  for (const std::string& version : profile_.versions) {
    versions.push_back(version);
  }
  CborArray extensions = {"hmac-secret"};
  if (profile_.cred_protect) {
    extensions.insert(extensions.begin(), "credProtect");
  }
  CborArray protocols;
  for (const int protocol : profile_.pin_protocols) {
    protocols.push_back(protocol);
  }
  CborMap info = {
      {1, std::move(versions)},   {2, std::move(extensions)}, {3, base::ByteView(aaguid())},
      {4, options_info()},        {5, kMessageBytesMax},      {6, std::move(protocols)},
      {7, kCredentialsInListMax}, {8, kCredentialIdBytesMax}, {9, CborArray{"usb"}}};
  if (profile_.permissions && !active_.algorithms_unlisted) {
    CborArray algorithms;
    for (const Algorithm algorithm : profile_.algorithms) {
      algorithms.push_back(CborMap{{"alg", static_cast<int>(algorithm)}, {"type", "public-key"}});
    }
    info.emplace_back(10, std::move(algorithms));
  }
  if (profile_.permissions) {
    info.emplace_back(13, kPinCodePointsMin);
    info.emplace_back(14, kFirmwareVersion);
  }
  return Cbor(std::move(info));
}

CtapResult Authenticator::reset(UserPresence& presence, Lock& lock) {
  // CTAP 2.1 6.6: only shortly after power-up, so that malware cannot reset a token in use.
  if (clock_.steady() - powered_up_ > kResetWindow) {
    return refuse(CtapError::kNotAllowed);
  }
  CTAP_TRY(touched, touch(presence, lock));
  if (!touched) {
    return refuse(CtapError::kOperationDenied);
  }
  State& state = store_.state;
  state.credentials.clear();
  state.pin_hash.reset();
  state.pin_tries = kPinTriesMax;
  pin_.reset();
  if (!store_.save().has_value()) {
    return refuse(CtapError::kOther);
  }
  return Cbor();
}

CtapExpected<bool> Authenticator::touch(UserPresence& presence, Lock& lock) const {
  if (active_.up_without_touch) {
    return true;
  }
  lock.unlock();
  const Presence result = presence.wait();
  lock.lock();
  switch (result) {
    case Presence::kTouched:
      return true;
    case Presence::kTimedOut:
      return refuse(CtapError::kUserActionTimeout);
    case Presence::kCancelled:
    case Presence::kGone:
      break;
  }
  return refuse(CtapError::kKeepaliveCancel);
}

CtapExpected<bool> Authenticator::verify_built_in(UserPresence& presence, Lock& lock) const {
  CTAP_TRY(touched, touch(presence, lock));
  if (active_.uv_fails) {
    return refuse(CtapError::kUvInvalid);
  }
  return touched;
}

CtapExpected<Authenticator::Verification> Authenticator::verify_user(
    const std::optional<PinAuth>& auth, bool uv_option, Permission permission,
    const std::string& rp_id, const base::Bytes& client_data_hash, UserPresence& presence,
    Lock& lock) {
  if (auth.has_value() && auth->parameter.empty()) {
    // CTAP 2.1 6.1.2 step 1: an empty parameter asks the person to choose among tokens.
    CTAP_TRY(touched, touch(presence, lock));
    return refuse(!touched        ? CtapError::kOperationDenied
                  : pin_.is_set() ? CtapError::kPinInvalid
                                  : CtapError::kPinNotSet);
  }
  if (auth.has_value()) {
    CTAP_TRY(authorized, pin_.authorize(*auth, client_data_hash, permission, rp_id));
    return Verification{authorized, false};
  }
  if (!uv_option) {
    return Verification{};
  }
  if (!profile_.built_in_uv) {
    return refuse(profile_.permissions ? CtapError::kInvalidOption : CtapError::kUnsupportedOption);
  }
  CTAP_TRY(verified, verify_built_in(presence, lock));
  return Verification{verified, verified};
}

std::uint32_t Authenticator::next_counter(Credential& credential) {
  if (active_.counter_zero) {
    return 0;
  }
  std::uint32_t& counter =
      active_.counter_per_credential ? credential.counter : store_.state.counter;
  if (active_.counter_back > 0) {
    counter -= std::min(counter, active_.counter_back);
  } else if (active_.counter_random > 0) {
    counter += 1 + random_bytes(1).front() % active_.counter_random;
  } else if (!active_.counter_stuck) {
    counter += active_.counter_step;
  }
  return counter;
}

base::Bytes Authenticator::authenticator_data(const base::Sha256& rp_id_hash, std::uint8_t flags,
                                              std::uint32_t counter) const {
  base::Sha256 hash = rp_id_hash;
  // Enrolment stays honest: clients would not get as far as an assertion.
  const bool assertion = (flags & kFlagAttestedCredential) == 0;
  if (assertion && active_.wrong_rp) {
    hash = base::sha256(base::as_bytes("another.example"));
  }
  if (assertion && active_.up_zero) {
    flags = static_cast<std::uint8_t>(flags & ~kFlagUserPresent);
  }
  if (assertion && active_.uv_zero) {
    flags = static_cast<std::uint8_t>(flags & ~kFlagUserVerified);
  }
  return base::Writer().raw(hash).u8(flags).u32(counter).bytes();
}

base::Bytes Authenticator::sign_assertion(const Credential& credential,
                                          base::ByteView message) const {
  auto key = read_private_key_der(credential.private_key);
  if (!key.has_value()) {
    throw std::runtime_error("private key in the token's state");
  }
  if (active_.wrong_key) {
    key = generate_key(credential.algorithm);
  }
  base::Bytes signature = sign(*key, message);
  if (active_.bad_signature) {
    signature.back() ^= 1;
  }
  return signature;
}

}  // namespace touchstone::emulators::fido2
