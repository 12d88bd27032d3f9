// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/parameters.h"

#include <algorithm>
#include <stdexcept>

#include "tests/emulators/fido2/limits.h"

namespace touchstone::emulators::fido2 {
namespace {

// COSE (RFC 9052, RFC 9053).
constexpr int kKeyType = 1;
constexpr int kKeyAlgorithm = 3;
constexpr int kKeyCurve = -1;
constexpr int kKeyX = -2;
constexpr int kKeyY = -3;
constexpr int kTypeOkp = 1;
constexpr int kTypeEc2 = 2;
constexpr int kCurveP256 = 1;
constexpr int kCurveEd25519 = 6;
constexpr int kAlgorithmEcdh = -25;

Cbor encode_ec2(const Point& point, int algorithm) {
  return CborMap{{kKeyType, kTypeEc2},
                 {kKeyAlgorithm, algorithm},
                 {kKeyCurve, kCurveP256},
                 {kKeyX, base::ByteView(point.x)},
                 {kKeyY, base::ByteView(point.y)}};
}

}  // namespace

CtapExpected<std::vector<base::Bytes>> parse_credential_list(const Cbor& list) {
  const CborArray* descriptors = list.array();
  if (descriptors == nullptr) {
    return refuse(CtapError::kCborUnexpectedType);
  }
  if (descriptors->size() > kCredentialsInListMax) {
    return refuse(CtapError::kLimitExceeded);
  }
  std::vector<base::Bytes> ids;
  for (const Cbor& descriptor : *descriptors) {
    if (descriptor.map() == nullptr) {
      return refuse(CtapError::kCborUnexpectedType);
    }
    CTAP_TRY(type, required_field<std::string>(descriptor, "type"));
    CTAP_TRY(id, required_field<base::Bytes>(descriptor, "id"));
    if (type == "public-key" && id.size() <= kCredentialIdBytesMax) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

CtapExpected<base::Bytes> parse_client_data_hash(const Cbor& parameters, const Cbor& key) {
  CTAP_TRY(hash, required_field<base::Bytes>(parameters, key));
  if (hash.size() != std::tuple_size_v<base::Sha256>) {
    return refuse(CtapError::kInvalidLength);
  }
  return hash;
}

CtapExpected<std::optional<PinAuth>> parse_pin_auth(const Cbor& parameters, const Cbor& key,
                                                    const Cbor& protocol_key) {
  CTAP_TRY(parameter, optional_field<base::Bytes>(parameters, key));
  CTAP_TRY(protocol, optional_field<std::int64_t>(parameters, protocol_key));
  if (!parameter.has_value()) {
    return std::optional<PinAuth>();
  }
  return std::optional<PinAuth>(PinAuth{*std::move(parameter), protocol});
}

CtapExpected<User> parse_user(const Cbor& user) {
  CTAP_TRY(id, required_field<base::Bytes>(user, "id"));
  CTAP_TRY(name, optional_field<std::string>(user, "name"));
  CTAP_TRY(display_name, optional_field<std::string>(user, "displayName"));
  if (id.size() > kUserIdBytesMax) {
    return refuse(CtapError::kInvalidLength);
  }
  // CTAP 2.1 6.1.2: an authenticator may truncate names, to no less than 64 bytes.
  User out{std::move(id), name.value_or(""), display_name.value_or("")};
  out.name.resize(std::min(out.name.size(), kUserNameBytesMax));
  out.display_name.resize(std::min(out.display_name.size(), kUserNameBytesMax));
  return out;
}

CtapExpected<Point> parse_key_agreement(const Cbor& key) {
  CTAP_TRY(type, required_field<std::int64_t>(key, kKeyType));
  CTAP_TRY(curve, required_field<std::int64_t>(key, kKeyCurve));
  CTAP_TRY(x, required_field<base::Bytes>(key, kKeyX));
  CTAP_TRY(y, required_field<base::Bytes>(key, kKeyY));
  Point point{};
  if (type != kTypeEc2 || curve != kCurveP256 || x.size() != point.x.size() ||
      y.size() != point.y.size()) {
    return refuse(CtapError::kInvalidParameter);
  }
  std::copy(x.begin(), x.end(), point.x.begin());
  std::copy(y.begin(), y.end(), point.y.begin());
  return point;
}

Cbor encode_key_agreement(const Point& point) { return encode_ec2(point, kAlgorithmEcdh); }

Cbor encode_public_key(const Credential& credential) {
  const auto key = read_private_key_der(credential.private_key);
  if (!key.has_value()) {
    throw std::runtime_error("private key in the token's state");
  }
  if (credential.algorithm == Algorithm::kEs256) {
    return encode_ec2(p256_point(*key), static_cast<int>(Algorithm::kEs256));
  }
  return CborMap{{kKeyType, kTypeOkp},
                 {kKeyAlgorithm, static_cast<int>(Algorithm::kEdDsa)},
                 {kKeyCurve, kCurveEd25519},
                 {kKeyX, ed25519_public(*key)}};
}

Cbor encode_descriptor(const Credential& credential) {
  return CborMap{{"id", credential.id}, {"type", "public-key"}};
}

}  // namespace touchstone::emulators::fido2
