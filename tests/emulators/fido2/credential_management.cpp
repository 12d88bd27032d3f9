// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/credential_management.h"

#include <algorithm>

#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/parameters.h"

namespace touchstone::emulators::fido2 {
namespace {

// Parameters.
constexpr int kSubCommand = 1;
constexpr int kSubCommandParams = 2;
constexpr int kProtocol = 3;
constexpr int kPinUvAuthParam = 4;
// subCommandParams.
constexpr int kRpIdHash = 1;
constexpr int kCredentialId = 2;
constexpr int kUser = 3;
// Subcommands.
constexpr std::int64_t kGetMetadata = 0x01;
constexpr std::int64_t kEnumerateRpsBegin = 0x02;
constexpr std::int64_t kEnumerateRpsNext = 0x03;
constexpr std::int64_t kEnumerateCredentialsBegin = 0x04;
constexpr std::int64_t kEnumerateCredentialsNext = 0x05;
constexpr std::int64_t kDeleteCredential = 0x06;
constexpr std::int64_t kUpdateUser = 0x07;

Cbor encode_user(const User& user) {
  CborMap out = {{"id", user.id}};
  if (!user.name.empty()) {
    out.emplace_back("name", user.name);
  }
  if (!user.display_name.empty()) {
    out.emplace_back("displayName", user.display_name);
  }
  return out;
}

}  // namespace

void CredentialManagement::forget() {
  relying_parties_.clear();
  credentials_.clear();
}

CtapResult CredentialManagement::handle(const Cbor& parameters) {
  CTAP_TRY(subcommand, required_field<std::int64_t>(parameters, kSubCommand));
  // The two continuations carry no authorization of their own (6.8.3, 6.8.4).
  if (subcommand == kEnumerateRpsNext) {
    return next_relying_party(false);
  }
  if (subcommand == kEnumerateCredentialsNext) {
    return next_credential(false);
  }
  forget();
  const Cbor* subparameters = parameters.find(kSubCommandParams);
  CTAP_TRY(parameter, optional_field<base::Bytes>(parameters, kPinUvAuthParam));
  CTAP_TRY(protocol, optional_field<std::int64_t>(parameters, kProtocol));
  if (!parameter.has_value()) {
    return refuse(CtapError::kPuatRequired);
  }
  base::Writer message;
  message.u8(static_cast<std::uint8_t>(subcommand));
  if (subparameters != nullptr) {
    message.raw(encode_cbor(*subparameters));
  }
  CTAP_TRY(authorized, pin_.authorize({*parameter, protocol}, message.bytes(),
                                      Permission::kCredentialManagement, ""));
  if (!authorized) {
    return refuse(CtapError::kPinAuthInvalid);
  }
  const Cbor given = subparameters != nullptr ? *subparameters : Cbor(CborMap{});
  switch (subcommand) {
    case kGetMetadata:
      return metadata();
    case kEnumerateRpsBegin:
      return begin_relying_parties();
    case kEnumerateCredentialsBegin:
      return begin_credentials(given);
    case kDeleteCredential:
      return remove(given);
    case kUpdateUser:
      return update_user(given);
  }
  return refuse(CtapError::kInvalidSubcommand);
}

CtapResult CredentialManagement::metadata() const {
  const auto& all = store_.state.credentials;
  const auto resident = [](const Credential& credential) { return credential.resident; };
  const auto count = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), resident));
  return Cbor(CborMap{{1, count}, {2, kResidentCredentialsMax - count}});
}

CtapResult CredentialManagement::begin_relying_parties() {
  for (const Credential& credential : store_.state.credentials) {
    const auto same = [&credential](const Credential* other) {
      return other->rp_id_hash == credential.rp_id_hash;
    };
    if (credential.resident &&
        std::none_of(relying_parties_.begin(), relying_parties_.end(), same)) {
      relying_parties_.push_back(&credential);
    }
  }
  return next_relying_party(true);
}

CtapResult CredentialManagement::next_relying_party(bool with_total) {
  if (relying_parties_.empty()) {
    return refuse(with_total ? CtapError::kNoCredentials : CtapError::kNotAllowed);
  }
  const std::size_t total = relying_parties_.size();
  const Credential& credential = *relying_parties_.front();
  relying_parties_.pop_front();
  CborMap rp = {{"id", credential.rp_id}};
  if (!credential.rp_name.empty()) {
    rp.emplace_back("name", credential.rp_name);
  }
  CborMap reply = {{3, std::move(rp)}, {4, base::ByteView(credential.rp_id_hash)}};
  if (with_total) {
    reply.emplace_back(5, total);
  }
  return Cbor(std::move(reply));
}

CtapResult CredentialManagement::begin_credentials(const Cbor& parameters) {
  CTAP_TRY(hash, required_field<base::Bytes>(parameters, kRpIdHash));
  for (const Credential& credential : store_.state.credentials) {
    if (credential.resident && base::equal(credential.rp_id_hash, hash)) {
      credentials_.push_back(&credential);
    }
  }
  return next_credential(true);
}

CtapResult CredentialManagement::next_credential(bool with_total) {
  if (credentials_.empty()) {
    return refuse(with_total ? CtapError::kNoCredentials : CtapError::kNotAllowed);
  }
  const std::size_t total = credentials_.size();
  const Credential& credential = *credentials_.front();
  credentials_.pop_front();
  CborMap reply = {{6, encode_user(credential.user)},
                   {7, encode_descriptor(credential)},
                   {8, encode_public_key(credential)},
                   {10, static_cast<int>(credential.protect)}};
  if (with_total) {
    reply.emplace_back(9, total);
  }
  return Cbor(std::move(reply));
}

Credential* CredentialManagement::find_resident(const base::Bytes& id) {
  auto& all = store_.state.credentials;
  const auto found = std::find_if(all.begin(), all.end(), [&id](const Credential& credential) {
    return credential.resident && credential.id == id;
  });
  return found == all.end() ? nullptr : &*found;
}

CtapResult CredentialManagement::remove(const Cbor& parameters) {
  CTAP_TRY(descriptor, required_field<CborMap>(parameters, kCredentialId));
  CTAP_TRY(id, required_field<base::Bytes>(descriptor, "id"));
  const Credential* credential = find_resident(id);
  if (credential == nullptr) {
    return refuse(CtapError::kNoCredentials);
  }
  store_.state.credentials.remove_if(
      [credential](const Credential& other) { return &other == credential; });
  return store_.save().has_value() ? CtapResult(Cbor()) : refuse(CtapError::kOther);
}

CtapResult CredentialManagement::update_user(const Cbor& parameters) {
  CTAP_TRY(descriptor, required_field<CborMap>(parameters, kCredentialId));
  CTAP_TRY(id, required_field<base::Bytes>(descriptor, "id"));
  CTAP_TRY(user_map, required_field<CborMap>(parameters, kUser));
  CTAP_TRY(user, parse_user(user_map));
  Credential* credential = find_resident(id);
  if (credential == nullptr) {
    return refuse(CtapError::kNoCredentials);
  }
  if (credential->user.id != user.id) {
    return refuse(CtapError::kInvalidParameter);
  }
  credential->user = std::move(user);
  return store_.save().has_value() ? CtapResult(Cbor()) : refuse(CtapError::kOther);
}

}  // namespace touchstone::emulators::fido2
