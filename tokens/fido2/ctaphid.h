// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace touchstone::tokens::fido2 {

// What the transport must know of CTAPHID (CTAP 2.1 section 11.2) to watch an exchange; the rest
// is libfido2's.
constexpr std::size_t kReportBytes = 64;
using Report = std::array<std::uint8_t, kReportBytes>;

constexpr std::uint8_t kInitBit = 0x80;
constexpr std::size_t kInitHeaderBytes = 7;
constexpr std::size_t kContinuationHeaderBytes = 5;
constexpr std::size_t kChannelBytes = 4;
constexpr std::size_t kNonceBytes = 8;

constexpr std::uint8_t kCommandMsg = 0x03;
constexpr std::uint8_t kCommandInit = 0x06;
constexpr std::uint8_t kCommandCbor = 0x10;
constexpr std::uint8_t kCommandCancel = 0x11;
constexpr std::uint8_t kCommandKeepalive = 0x3b;
constexpr std::uint8_t kCommandError = 0x3f;

constexpr std::uint8_t kKeepaliveUpNeeded = 0x02;
constexpr std::uint8_t kErrorChannelBusy = 0x06;
constexpr std::uint8_t kErrorInvalidChannel = 0x0b;

// First bytes of the messages that wait for a touch.
constexpr std::uint8_t kCborMakeCredential = 0x01;
constexpr std::uint8_t kCborGetAssertion = 0x02;
constexpr std::uint8_t kU2fRegister = 0x01;
constexpr std::uint8_t kU2fAuthenticate = 0x02;
constexpr std::uint8_t kU2fEnforcePresence = 0x03;
constexpr std::uint16_t kU2fConditionsNotSatisfied = 0x6985;

}  // namespace touchstone::tokens::fido2
