// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/control_client.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

namespace touchstone::emulators {
namespace {

constexpr std::size_t kReplyBytesMax = 4U * 1024 * 1024;

}  // namespace

base::Result<std::string> control_command(const std::string& socket_path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return base::fail(base::Code::kTooLong, socket_path);
  }
  socket_path.copy(address.sun_path, socket_path.size());
  const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // sockaddr_un is what the kernel takes under the name sockaddr.
  if (!socket.valid() ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::fail(base::from_errno(errno, socket_path));
  }
  TRY_VOID(base::write_all(socket.get(), base::as_bytes(line + "\n")));
  std::string reply;
  while (reply.size() < kReplyBytesMax && (reply.empty() || reply.back() != '\n')) {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(socket.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return base::fail(base::Code::kConnectionLost, socket_path);
    }
    reply.append(buffer.data(), static_cast<std::size_t>(count));
  }
  reply.pop_back();
  if (reply == "ok") {
    return std::string();
  }
  if (reply.starts_with("ok ")) {
    return reply.substr(3);
  }
  return base::fail(base::Code::kDenied, reply.starts_with("error ") ? reply.substr(6) : reply);
}

}  // namespace touchstone::emulators
