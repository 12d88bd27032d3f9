// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/uevent.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "base/file.h"

namespace touchstone::emulators {
namespace {

constexpr std::uint32_t kMonitorMagic = 0xfeedcafe;

// Header is systemd's monitor_netlink_header; big-endian where it says so.
struct Header {
  std::array<char, 8> prefix = {'l', 'i', 'b', 'u', 'd', 'e', 'v', '\0'};
  std::uint32_t magic_be = htonl(kMonitorMagic);
  std::uint32_t header_size = sizeof(Header);
  std::uint32_t properties_offset = sizeof(Header);
  std::uint32_t properties_size = 0;
  std::uint32_t subsystem_hash_be = 0;
  std::uint32_t devtype_hash_be = 0;
  std::uint32_t tag_bloom_high_be = 0;
  std::uint32_t tag_bloom_low_be = 0;
};
static_assert(sizeof(Header) == 40);

// murmur_hash2 (32 bits, seed 0) is what libudev's socket filters compare.
std::uint32_t murmur_hash2(std::string_view text) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr unsigned kShift = 24;
  base::ByteView rest = base::as_bytes(text);
  auto hash = static_cast<std::uint32_t>(rest.size());
  const auto little_endian = [&rest](std::size_t count) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
      word |= std::uint32_t{rest[i]} << (8 * i);
    }
    rest = rest.subspan(count);
    return word;
  };
  while (rest.size() >= 4) {
    std::uint32_t word = little_endian(4) * kMultiplier;
    word ^= word >> kShift;
    hash = (hash * kMultiplier) ^ (word * kMultiplier);
  }
  if (!rest.empty()) {
    hash = (hash ^ little_endian(rest.size())) * kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ (hash >> 15);
}

void send_to(const std::string& socket_path, std::string_view message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return;
  }
  socket_path.copy(address.sun_path, socket_path.size());
  // umockdev replaces the netlink socket by a Unix socket of the same type.
  const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A monitor that went away or does not read misses the event, as with netlink.
  (void)sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

void send_uevent(const std::string& testbed_root,
                 const std::vector<std::pair<std::string, std::string>>& properties) {
  Header header;
  std::string body;
  for (const auto& [key, value] : properties) {
    body.append(key).append("=").append(value).push_back('\0');
    if (key == "SUBSYSTEM") {
      header.subsystem_hash_be = htonl(murmur_hash2(value));
    } else if (key == "DEVTYPE") {
      header.devtype_hash_be = htonl(murmur_hash2(value));
    }
  }
  header.properties_size = static_cast<std::uint32_t>(body.size());
  std::string message(sizeof header, '\0');
  std::memcpy(message.data(), &header, sizeof header);
  message += body;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(testbed_root, ignored)) {
    // The preload names its monitors' sockets event0, event1 …
    if (entry.path().filename().string().starts_with("event")) {
      send_to(entry.path().string(), message);
    }
  }
}

}  // namespace touchstone::emulators
