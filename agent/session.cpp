// SPDX-License-Identifier: Apache-2.0
#include "agent/session.h"

#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "agent/limits.h"
#include "base/secret.h"
#include "ssh/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kMessageLengthBytes = 4;
constexpr std::size_t kInputMax = kMessageLengthBytes + ssh::kAgentMessageMax;
// Messages with a passphrase in them are shorter than this: the buffer never moves for them, and
// no copy is left behind.
constexpr std::size_t kInputStart = 8192;

}  // namespace

Session::Session(Socket socket, const Peer& peer, RequestHandler& handler, Timers& timers, Log& log,
                 OnEnd on_end)
    : socket_(std::move(socket)),
      connection_{peer, SessionBinds{}},
      handler_(handler),
      timers_(timers),
      log_(log),
      on_end_(std::move(on_end)) {
  input_.reserve(kInputStart);
}

void Session::start() { read_more(); }

void Session::stop() {
  if (state_ == State::kClosed) {
    return;
  }
  const auto self = shared_from_this();
  state_ = State::kClosed;
  ++turn_;
  deadline_.reset();
  connection_.alive.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  base::wipe(input_);
  if (const auto withdraw = std::exchange(withdraw_, nullptr); withdraw) {
    withdraw();
  }
  on_end_(*this);
}

void Session::read_more() {
  // A client that sends ahead more than one message may wait until its first is answered.
  if (reading_ || input_ended_ || state_ == State::kClosed || input_.size() >= kInputMax) {
    return;
  }
  reading_ = true;
  socket_.async_read_some(
      boost::asio::buffer(chunk_),
      [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
        self->reading_ = false;
        if (self->state_ == State::kClosed) {
          return;
        }
        if (error) {
          self->on_end_of_input();
        } else {
          self->on_read(count);
        }
      });
}

void Session::on_read(std::size_t count) {
  const auto read = std::span(chunk_).first(count);
  input_.insert(input_.end(), read.begin(), read.end());
  base::wipe(read);
  advance();
  read_more();
}

void Session::on_end_of_input() {
  input_ended_ = true;
  // An answer that is on its way out may still be read; a wait for one is over.
  if (state_ != State::kWriting) {
    stop();
  }
}

// advance goes on with what has been read, as far as it goes.
void Session::advance() {
  bool more = true;
  while (more) {
    switch (state_) {
      case State::kReadLength:
        more = take_length();
        break;
      case State::kReadBody:
        more = take_body();
        break;
      case State::kWaiting:
      case State::kWriting:
      case State::kClosed:
        more = false;
        break;
    }
  }
  const bool begun =
      !input_.empty() && (state_ == State::kReadLength || state_ == State::kReadBody);
  if (!begun) {
    deadline_.reset();
  } else if (deadline_ == nullptr) {
    deadline_ = timers_.after(kMessageTimeout, [this] {
      log_.line("a client did not finish its message in time");
      stop();
    });
  }
}

bool Session::take_length() {
  base::Reader reader(input_);
  const auto length = reader.u32();
  if (!length.has_value()) {
    return false;
  }
  if (*length == 0 || *length > ssh::kAgentMessageMax) {
    log_.line("process " + std::to_string(connection_.peer.pid) + " sent a message of " +
              std::to_string(*length) + " bytes: connection closed");
    stop();
    return false;
  }
  body_size_ = *length;
  state_ = State::kReadBody;
  return true;
}

bool Session::take_body() {
  if (input_.size() < kMessageLengthBytes + body_size_) {
    return false;
  }
  deadline_.reset();
  dispatch(base::ByteView(input_).subspan(kMessageLengthBytes, body_size_));
  if (state_ != State::kClosed) {
    consume(kMessageLengthBytes + body_size_);
  }
  return true;
}

void Session::consume(std::size_t count) {
  base::wipe(std::span(input_).first(count));
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Session::dispatch(base::ByteView message) {
  state_ = State::kWaiting;
  const std::uint64_t turn = ++turn_;
  auto request = ssh::parse_agent_request(message);
  if (!request.has_value()) {
    // The framing is whole, so the connection may go on (RFC 9987 section 3).
    reply(turn, ssh::Failure{});
    return;
  }
  auto withdraw =
      handler_.handle(connection_, std::move(*request),
                      [weak = weak_from_this(), turn](const ssh::AgentReplyMessage& message_out) {
                        if (const auto self = weak.lock()) {
                          self->reply(turn, message_out);
                        }
                      });
  if (state_ == State::kWaiting && turn == turn_) {
    withdraw_ = std::move(withdraw);
  }
}

void Session::reply(std::uint64_t turn, const ssh::AgentReplyMessage& message) {
  if (state_ != State::kWaiting || turn != turn_) {
    return;
  }
  state_ = State::kWriting;
  withdraw_ = nullptr;
  base::Bytes encoded = ssh::encode(message);
  if (encoded.size() > ssh::kAgentMessageMax) {
    encoded = ssh::encode(ssh::AgentReplyMessage(ssh::Failure{}));
  }
  output_ = ssh::frame(encoded);
  boost::asio::async_write(
      socket_, boost::asio::buffer(output_),
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (self->state_ == State::kClosed) {
          return;
        }
        if (error || self->input_ended_) {
          self->stop();
          return;
        }
        self->state_ = State::kReadLength;
        self->advance();
        self->read_more();
      });
}

}  // namespace touchstone::agent
