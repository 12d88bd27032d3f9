// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace touchstone::emulators::fido2 {

// What the emulated token takes and gives. The numbers are those of tokens in shops.
constexpr std::size_t kReportBytes = 64;
constexpr std::size_t kInitPayloadBytes = kReportBytes - 7;  // CTAP 2.1 11.2.4: CID, CMD, BCNT
constexpr std::size_t kContPayloadBytes = kReportBytes - 5;  // CID, SEQ
constexpr std::size_t kContinuationsMax = 128;
constexpr std::size_t kHidMessageBytesMax =
    kInitPayloadBytes + kContinuationsMax * kContPayloadBytes;  // 7609

constexpr std::size_t kMessageBytesMax = 1200;  // getInfo maxMsgSize
constexpr std::size_t kCborDepthMax = 8;
constexpr std::size_t kCborItemsMax = 4096;
constexpr std::size_t kStateItemsMax = 1U << 20;

constexpr std::size_t kCredentialIdBytes = 64;
constexpr std::size_t kCredentialIdBytesMax = 128;
constexpr std::size_t kCredentialsInListMax = 20;
constexpr std::size_t kResidentCredentialsMax = 25;
constexpr std::size_t kRpIdBytesMax = 253;  // a DNS name
constexpr std::size_t kUserIdBytesMax = 64;
constexpr std::size_t kUserNameBytesMax = 64;
constexpr std::size_t kStateFileBytesMax = 16U * 1024 * 1024;

constexpr std::size_t kPinCodePointsMin = 4;
constexpr std::size_t kPinBytesMax = 63;
constexpr std::size_t kPinPaddedBytes = 64;
constexpr std::size_t kPinHashBytes = 16;
constexpr std::uint8_t kPinTriesMax = 8;
constexpr std::uint8_t kPinTriesPerPowerCycleMax = 3;

constexpr std::chrono::milliseconds kKeepaliveInterval{100};  // CTAP 2.1 11.2.9.2.1: at least
constexpr std::chrono::seconds kTouchTimeout{30};
constexpr std::chrono::seconds kResetWindow{10};          // CTAP 2.1 6.6
constexpr std::chrono::seconds kNextAssertionWindow{30};  // CTAP 2.1 6.3
constexpr std::chrono::milliseconds kTransactionTimeout{500};

}  // namespace touchstone::emulators::fido2
