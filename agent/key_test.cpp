// SPDX-License-Identifier: Apache-2.0
#include "agent/key_test.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace touchstone::agent {
namespace {

// Beside each limit is the probability that 1024 uniformly random bytes are past it (exact
// distributions, or the union bound). Together, with the beginnings below, it is 1.5e-10.
constexpr std::size_t kDistinctValuesMin = 230;  // 4.8e-15; 251 are to be expected
constexpr std::size_t kSameValueMax = 27;        // 9.8e-13; 4 are to be expected
constexpr std::size_t kPrintableRunMax = 31;     // 1.1e-11; 95 of 256 values are printable
constexpr std::size_t kRepeatedBytes = 8;        // 2.8e-14 that any 8 bytes come twice

constexpr std::string_view kSshsigMagic = "SSHSIG";   // 3.6e-15
constexpr std::uint8_t kUserauthRequestMessage = 50;  // RFC 4252 section 6

bool is_printable(std::uint8_t byte) { return byte >= 0x20 && byte <= 0x7e; }

// begins_as_userauth: session identifier, message number, user (RFC 4252 section 7). 2.2e-16.
bool begins_as_userauth(base::ByteView data) {
  base::Reader reader(data);
  if (!reader.string(data.size()).has_value()) {
    return false;
  }
  const auto message = reader.u8();
  return message.has_value() && *message == kUserauthRequestMessage &&
         reader.string(data.size()).has_value();
}

// begins_with_a_name: a string that is not empty and all printable, as the type of a certificate
// is, and the name of each request that proves a host key. 1.4e-10.
bool begins_with_a_name(base::ByteView data) {
  base::Reader reader(data);
  const auto name = reader.string(data.size(), 1);
  return name.has_value() && std::all_of(name->begin(), name->end(), is_printable);
}

bool values_look_random(base::ByteView data) {
  std::array<std::size_t, 256> counts{};
  for (const std::uint8_t byte : data) {
    ++counts.at(byte);
  }
  const auto distinct = static_cast<std::size_t>(
      std::count_if(counts.begin(), counts.end(), [](std::size_t count) { return count > 0; }));
  return distinct >= kDistinctValuesMin &&
         *std::max_element(counts.begin(), counts.end()) <= kSameValueMax;
}

bool has_text(base::ByteView data) {
  std::size_t run = 0;
  return std::any_of(data.begin(), data.end(), [&run](std::uint8_t byte) {
    run = is_printable(byte) ? run + 1 : 0;
    return run > kPrintableRunMax;
  });
}

bool has_repeats(base::ByteView data) {
  // Each window of eight bytes as a number: sorted, what comes twice stands side by side.
  std::vector<std::uint64_t> windows;
  windows.reserve(data.size());
  std::uint64_t window = 0;
  for (std::size_t at = 0; at < data.size(); ++at) {
    window = window << 8U | data[at];
    if (at + 1 >= kRepeatedBytes) {
      windows.push_back(window);
    }
  }
  std::sort(windows.begin(), windows.end());
  return std::adjacent_find(windows.begin(), windows.end()) != windows.end();
}

}  // namespace

bool is_key_test(base::ByteView data) {
  if (data.size() != kKeyTestBytes || base::as_text(data).starts_with(kSshsigMagic) ||
      begins_as_userauth(data) || begins_with_a_name(data)) {
    return false;
  }
  return values_look_random(data) && !has_text(data) && !has_repeats(data);
}

}  // namespace touchstone::agent
