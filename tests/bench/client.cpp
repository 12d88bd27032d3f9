// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/client.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ssh/limits.h"

namespace touchstone::bench {
namespace {

constexpr std::chrono::seconds kConnectTimeout{10};
// An agent that never answers ends the bench in place of holding it up.
constexpr timeval kAnswerTimeout{60, 0};

base::Status read_exactly(int fd, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = read(fd, out.data(), out.size());
    if (count <= 0) {
      return base::fail(base::Code::kConnectionLost);
    }
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

base::Result<Client> Client::connect(const std::filesystem::path& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path.string();
  if (path.size() >= sizeof(address.sun_path)) {
    return base::fail(base::Code::kTooLong, path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const auto deadline = std::chrono::steady_clock::now() + kConnectTimeout;
  while (true) {
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout,
                     sizeof kAnswerTimeout) != 0) {
      return base::fail(base::from_errno(errno, "setting a timeout"));
    }
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
        0) {
      return Client(std::move(socket));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return base::fail(base::from_errno(errno, "connecting to " + path));
    }
    std::this_thread::yield();
  }
}

base::Status Client::send(base::ByteView message) {
  return base::write_all(socket_.get(), ssh::frame(message));
}

base::Result<base::Bytes> Client::receive() {
  std::array<std::uint8_t, 4> header{};
  TRY_VOID(read_exactly(socket_.get(), header));
  TRY(length, base::Reader(header).u32());
  if (length > ssh::kAgentMessageMax) {
    return base::fail(base::Code::kTooLong, "agent's answer");
  }
  base::Bytes body(length);
  TRY_VOID(read_exactly(socket_.get(), body));
  return body;
}

base::Result<base::Bytes> Client::exchange(base::ByteView message) {
  TRY_VOID(send(message));
  return receive();
}

}  // namespace touchstone::bench
