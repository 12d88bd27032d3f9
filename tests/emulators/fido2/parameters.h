// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/emulators/fido2/client_pin.h"
#include "tests/emulators/fido2/crypto.h"
#include "tests/emulators/fido2/ctap.h"
#include "tests/emulators/fido2/state.h"

namespace touchstone::emulators::fido2 {

// optional_field gives nothing when the key is not there, and CTAP2_ERR_CBOR_UNEXPECTED_TYPE when
// the value is of another type.
template <class T>
CtapExpected<std::optional<T>> optional_field(const Cbor& map, const Cbor& key) {
  const Cbor* item = map.find(key);
  if (item == nullptr) {
    return std::optional<T>();
  }
  const T* value = std::get_if<T>(&item->value);
  if (value == nullptr) {
    return refuse(CtapError::kCborUnexpectedType);
  }
  return std::optional<T>(*value);
}

// required_field gives CTAP2_ERR_MISSING_PARAMETER when the key is not there.
template <class T>
CtapExpected<T> required_field(const Cbor& map, const Cbor& key) {
  CTAP_TRY(value, optional_field<T>(map, key));
  if (!value.has_value()) {
    return refuse(CtapError::kMissingParameter);
  }
  return *std::move(value);
}

// parse_credential_list reads an allow or exclude list (at most kCredentialsInListMax, else
// CTAP2_ERR_LIMIT_EXCEEDED): the ids of the descriptors of type "public-key".
CtapExpected<std::vector<base::Bytes>> parse_credential_list(const Cbor& list);
CtapExpected<base::Bytes> parse_client_data_hash(const Cbor& parameters, const Cbor& key);
// parse_pin_auth reads a pinUvAuthParam and its protocol, which are under different keys in
// different commands; nothing when there is no parameter.
CtapExpected<std::optional<PinAuth>> parse_pin_auth(const Cbor& parameters, const Cbor& key,
                                                    const Cbor& protocol_key);
CtapExpected<User> parse_user(const Cbor& user);
// parse_key_agreement reads a COSE_Key of ECDH-ES+HKDF-256 on P-256 (CTAP 2.1 6.5.6).
CtapExpected<Point> parse_key_agreement(const Cbor& key);

Cbor encode_key_agreement(const Point& point);
Cbor encode_public_key(const Credential& credential);  // COSE_Key
Cbor encode_descriptor(const Credential& credential);  // PublicKeyCredentialDescriptor

}  // namespace touchstone::emulators::fido2
