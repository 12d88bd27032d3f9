// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace touchstone::tokens {

// Sizes in bytes.
constexpr std::size_t kDriverMessageMax = 64 * 1024;
// Messages to the driver may hold a PIN and so live in a base::Secret, which bounds them.
constexpr std::size_t kToDriverMessageMax = 16 * 1024;
constexpr std::size_t kTokensMax = 16;
constexpr std::size_t kQueuePerTokenMax = 8;
constexpr std::size_t kRememberedKeysMax = 64;  // per token
constexpr std::size_t kTokenIdMax = 256;
constexpr std::size_t kTokenTextMax = 256;  // manufacturer, product, serial, version names
constexpr std::size_t kVersionsMax = 16;
constexpr std::size_t kAlgorithmsMax = 8;
constexpr std::size_t kEd25519KeyBytes = 32;       // RFC 8032 section 5.1.5
constexpr std::size_t kKeyMaterialMax = 2 * 1024;  // RSA of 8192 bits with its exponent
constexpr std::size_t kSignatureMax = 1024;
constexpr std::size_t kExcludeMax = 8;
constexpr std::size_t kUserIdMax = 64;  // WebAuthn section 5.4.3
constexpr std::size_t kAttestationFormatMax = 32;
constexpr std::size_t kSignDataMax = 8 * 1024;
constexpr std::size_t kCredentialIdMax = 1024;
constexpr std::size_t kApplicationMax = 256;
constexpr std::size_t kUserNameMax = 64;
constexpr std::size_t kChallengeMax = 64;
constexpr std::size_t kPinBytesMin = 4;   // CTAP 2.1 section 6.5.1
constexpr std::size_t kPinBytesMax = 63;  // CTAP 2.1 section 6.5.1
constexpr std::size_t kResidentCredentialsMax = 256;
constexpr std::size_t kCertificateMax = 8 * 1024;
constexpr std::size_t kCertificatesMax = 4;
// Certificates in a file of makers' roots, and its bytes.
constexpr std::size_t kRootsMax = 256;
constexpr std::size_t kRootsFileMax = 1024 * 1024;
// What one CTAPHID message can carry is less (CTAP 2.1 section 11.2.4).
constexpr std::size_t kAttestationStatementMax = 8 * 1024;
constexpr std::size_t kCborNestingMax = 4;  // CTAP 2.1 section 8
constexpr std::size_t kAuthDataMax = 8 * 1024;
constexpr std::size_t kErrorContextMax = 1024;

constexpr std::chrono::milliseconds kTouchTimeout{30'000};
constexpr std::chrono::milliseconds kTouchTimeoutMax{300'000};

// What a token is given to sign without a touch: so many random bytes, which no SSH message that
// anybody could want signed is as short as.
constexpr std::size_t kSilentDataBytes = 32;
// Silent signatures made right after a credential, to see how the token counts.
constexpr std::size_t kCounterProbes = 4;

}  // namespace touchstone::tokens
