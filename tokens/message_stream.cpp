// SPDX-License-Identifier: Apache-2.0
#include "tokens/message_stream.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "tokens/limits.h"

namespace touchstone::tokens {

using base::Code;
using base::Result;
using base::Status;

// read_some gives 0 when reading would block.
Result<std::size_t> MessageStream::read_some(std::span<std::uint8_t> into) {
  while (true) {
    const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) {
      return static_cast<std::size_t>(count);
    }
    if (count == 0) {
      return base::fail(Code::kConnectionLost, "the agent closed the channel");
    }
    if (errno == EAGAIN) {
      return std::size_t{0};
    }
    if (errno == ECONNRESET) {
      return base::fail(Code::kConnectionLost, "the agent is gone");
    }
    if (errno != EINTR) {
      return base::fail(base::from_errno(errno, "reading the channel"));
    }
  }
}

Result<std::optional<base::Secret>> MessageStream::next() {
  using Message = std::optional<base::Secret>;
  while (header_used_ < header_.size()) {
    TRY(count, read_some(std::span(header_).subspan(header_used_)));
    if (count == 0) {
      return Result<Message>(std::nullopt);
    }
    header_used_ += count;
    if (header_used_ == header_.size()) {
      TRY(length, base::Reader(header_).u32());
      if (length == 0 || length > kToDriverMessageMax) {
        return base::fail(Code::kProtocol, "message of " + std::to_string(length) + " bytes");
      }
      TRY_ASSIGN(body_, base::Secret::make(length));
      body_used_ = 0;
    }
  }
  while (body_used_ < body_.size()) {
    TRY(count, read_some(body_.data().subspan(body_used_)));
    if (count == 0) {
      return Result<Message>(std::nullopt);
    }
    body_used_ += count;
  }
  header_used_ = 0;
  return Result<Message>(std::exchange(body_, base::Secret{}));
}

Status MessageStream::queue(base::ByteView message) {
  if (outgoing_.size() + message.size() + sizeof(std::uint32_t) > kOutgoingMax) {
    return base::fail(Code::kConnectionLost, "the agent does not read");
  }
  base::Writer framed;
  framed.string(message);
  outgoing_.insert(outgoing_.end(), framed.bytes().begin(), framed.bytes().end());
  return flush();
}

Status MessageStream::flush() {
  while (!outgoing_.empty()) {
    const ssize_t count =
        ::send(socket_.get(), outgoing_.data(), outgoing_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      outgoing_.erase(outgoing_.begin(), outgoing_.begin() + count);
    } else if (errno == EAGAIN) {
      return {};
    } else if (errno == EPIPE || errno == ECONNRESET) {
      outgoing_.clear();  // for nobody; that the agent is gone is for next() to say
    } else if (errno != EINTR) {
      return base::fail(base::from_errno(errno, "writing the channel"));
    }
  }
  return {};
}

}  // namespace touchstone::tokens
