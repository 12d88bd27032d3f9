// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include <tl/expected.hpp>

#include "tests/emulators/fido2/cbor.h"

namespace touchstone::emulators::fido2 {

// CTAP 2.1 section 8.2.
enum class CtapError : std::uint8_t {
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kTimeout = 0x05,
  kCborUnexpectedType = 0x11,
  kInvalidCbor = 0x12,
  kMissingParameter = 0x14,
  kLimitExceeded = 0x15,
  kCredentialExcluded = 0x19,
  kUnsupportedAlgorithm = 0x26,
  kOperationDenied = 0x27,
  kKeyStoreFull = 0x28,
  kUnsupportedOption = 0x2b,
  kInvalidOption = 0x2c,
  kKeepaliveCancel = 0x2d,
  kNoCredentials = 0x2e,
  kUserActionTimeout = 0x2f,
  kNotAllowed = 0x30,
  kPinInvalid = 0x31,
  kPinBlocked = 0x32,
  kPinAuthInvalid = 0x33,
  kPinAuthBlocked = 0x34,
  kPinNotSet = 0x35,
  kPuatRequired = 0x36,
  kPinPolicyViolation = 0x37,
  kUvBlocked = 0x3c,
  kUvInvalid = 0x3f,
  kInvalidSubcommand = 0x3e,
  kUnauthorizedPermission = 0x40,
  kOther = 0x7f,
};

// CTAP 2.1 section 6.
enum class CtapCommand : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kGetInfo = 0x04,
  kClientPin = 0x06,
  kReset = 0x07,
  kGetNextAssertion = 0x08,
  kCredentialManagement = 0x0a,
  kSelection = 0x0b,
  kCredentialManagementPreview = 0x41,
};

// CtapResult is the CBOR of a reply (null: none, only the status byte) or the status.
using CtapResult = tl::expected<Cbor, CtapError>;
template <class T>
using CtapExpected = tl::expected<T, CtapError>;
inline tl::unexpected<CtapError> refuse(CtapError error) { return tl::unexpected(error); }

// User presence and verification flags of authenticator data (WebAuthn 6.1).
constexpr std::uint8_t kFlagUserPresent = 0x01;
constexpr std::uint8_t kFlagUserVerified = 0x04;
constexpr std::uint8_t kFlagAttestedCredential = 0x40;
constexpr std::uint8_t kFlagExtensions = 0x80;

}  // namespace touchstone::emulators::fido2

// CTAP_TRY(name, expression) is TRY for a CtapExpected.
#define CTAP_TRY(name, ...)                                                 \
  auto ctap_try_##name = (__VA_ARGS__);                                     \
  if (!ctap_try_##name.has_value()) {                                       \
    return ::touchstone::emulators::fido2::refuse(ctap_try_##name.error()); \
  }                                                                         \
  auto name = std::move(*ctap_try_##name)
