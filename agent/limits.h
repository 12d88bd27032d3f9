// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace touchstone::agent {

constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kSessionBindsMax = 16;  // per connection, as OpenSSH's agent
constexpr std::size_t kPendingPerTokenMax = 8;
constexpr std::size_t kKeysMax = 256;
constexpr std::size_t kKeyNameMax = 64;
constexpr std::size_t kRefusalsKept = 16;
constexpr std::size_t kEventsKept = 256;
constexpr std::size_t kConfigFileMax = 64 * 1024;
constexpr std::size_t kKeyFileMax = 64 * 1024;
constexpr std::size_t kJournalLineMax = 64 * 1024;
constexpr std::size_t kFactsMax = 32;
constexpr std::size_t kFactColumnsMax = 200;
constexpr std::size_t kAssuanLineMax = 1000;  // libassuan manual, "Server responses"

// A client may be this long in sending the rest of a message once it has begun it.
constexpr std::chrono::seconds kMessageTimeout{30};
constexpr std::chrono::seconds kPinEntryTimeout{120};
// What a driver may take beyond the touch timeout before it is killed and started again.
constexpr std::chrono::seconds kDriverGrace{5};

}  // namespace touchstone::agent
