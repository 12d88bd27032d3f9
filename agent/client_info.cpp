// SPDX-License-Identifier: Apache-2.0
#include "agent/client_info.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/bytes.h"
#include "base/file.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kStatFileMax = 4096;
// Majors of Unix 98 terminals and of consoles (Documentation/admin-guide/devices.txt).
constexpr unsigned kPtsMajorFirst = 136;
constexpr unsigned kPtsMajorLast = 143;
constexpr unsigned kPtsPerMajor = 256;
constexpr unsigned kTtyMajor = 4;
constexpr unsigned kConsolesMax = 64;

bool belongs_to(const std::string& terminal, std::uint32_t uid) {
  struct stat status {};
  return ::lstat(terminal.c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_uid == uid;
}

}  // namespace

base::Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return base::fail(base::from_errno(errno, "asking who connected"));
  }
  return Peer{credentials.pid, credentials.uid};
}

std::string terminal_of_stat(std::string_view stat) {
  // "pid (comm) state ppid pgrp session tty_nr": comm ends at the last bracket there is.
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos) {
    return {};
  }
  std::string_view rest = stat.substr(end + 1);
  constexpr int kFieldsBefore = 4;
  for (int field = 0; field <= kFieldsBefore; ++field) {
    const std::size_t start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) {
      return {};
    }
    rest.remove_prefix(start);
    if (field < kFieldsBefore) {
      rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    }
  }
  const std::string_view digits = rest.substr(0, rest.find(' '));
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(digits.begin(), digits.end(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.end()) {
    return {};
  }
  const unsigned device_major = major(number);
  const unsigned device_minor = minor(number);
  if (device_major >= kPtsMajorFirst && device_major <= kPtsMajorLast) {
    return "/dev/pts/" +
           std::to_string((device_major - kPtsMajorFirst) * kPtsPerMajor + device_minor);
  }
  if (device_major == kTtyMajor && device_minor > 0 && device_minor < kConsolesMax) {
    return "/dev/tty" + std::to_string(device_minor);
  }
  return {};
}

Client client_of(const Peer& peer) {
  Client client;
  client.pid = peer.pid;
  client.uid = peer.uid;
  if (peer.pid <= 0) {
    return client;  // from another pid namespace
  }
  const std::filesystem::path process = "/proc/" + std::to_string(peer.pid);
  std::error_code ignored;
  client.program = std::filesystem::read_symlink(process / "exe", ignored).string();
  auto stat = base::read_file(process / "stat", kStatFileMax);
  if (stat.has_value()) {
    client.terminal = terminal_of_stat(base::as_text(*stat));
    if (!client.terminal.empty() && !belongs_to(client.terminal, peer.uid)) {
      client.terminal.clear();
    }
  }
  return client;
}

}  // namespace touchstone::agent
