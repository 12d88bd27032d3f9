// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"

namespace touchstone::tokens {

// kOutgoingMax bounds what waits for an agent that does not read: room for a list of resident
// credentials and everything else that may be under way.
constexpr std::size_t kOutgoingMax = 1024 * 1024;

// MessageStream is the driver's end of the channel: length-prefixed messages over a non-blocking
// stream socket. What comes in may hold a PIN and is kept in locked memory only.
class MessageStream {
 public:
  explicit MessageStream(base::FileDescriptor socket) : socket_(std::move(socket)) {}

  int descriptor() const { return socket_.get(); }
  bool wants_to_write() const { return !outgoing_.empty(); }

  // next gives one whole message, or nothing when that would block. Fails with kConnectionLost
  // at the end of the stream, kProtocol for a length of 0 or above kToDriverMessageMax.
  base::Result<std::optional<base::Secret>> next();
  // queue puts a message behind those waiting and writes what can be written at once. What an agent
  // that is gone would have read is dropped.
  base::Status queue(base::ByteView message);
  base::Status flush();

 private:
  base::Result<std::size_t> read_some(std::span<std::uint8_t> into);

  base::FileDescriptor socket_;
  std::array<std::uint8_t, 4> header_{};
  std::size_t header_used_ = 0;
  base::Secret body_;
  std::size_t body_used_ = 0;
  base::Bytes outgoing_;
};

}  // namespace touchstone::tokens
