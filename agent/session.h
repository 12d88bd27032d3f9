// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/local/stream_protocol.hpp>

#include "agent/client_info.h"
#include "agent/log.h"
#include "agent/session_binds.h"
#include "agent/timers.h"
#include "ssh/agent_message.h"

namespace touchstone::agent {

// Connection is what the agent knows of one client's connection.
struct Connection {
  Peer peer;
  SessionBinds binds;
  // alive lets others see, by a weak pointer, whether the client is still there.
  std::shared_ptr<const void> alive{std::make_shared<const bool>(true)};
};

// RequestHandler answers requests. Everything is on the reactor thread.
class RequestHandler {
 public:
  using Reply = std::function<void(ssh::AgentReplyMessage)>;
  // Withdraw is called when the client hung up before its answer; empty when there is nothing to
  // call off.
  using Withdraw = std::function<void()>;

  virtual ~RequestHandler() = default;
  // handle calls `reply` once, before it returns or later. After the withdrawal it may still do
  // so; nobody listens then.
  virtual Withdraw handle(Connection& connection, ssh::AgentRequest request, Reply reply) = 0;
};

// Session is one connection: a message is read whole, handled, answered, then the next (RFC 9987
// section 3: replies come in the order of the requests). It always keeps reading, so that a client
// that hangs up while it waits is noticed at once.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using OnEnd = std::function<void(const Session&)>;

  Session(Socket socket, const Peer& peer, RequestHandler& handler, Timers& timers, Log& log,
          OnEnd on_end);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  // stop closes the connection and withdraws what is under way; on_end is called.
  void stop();

 private:
  enum class State : std::uint8_t { kReadLength, kReadBody, kWaiting, kWriting, kClosed };

  void read_more();
  void on_read(std::size_t count);
  void on_end_of_input();
  void advance();
  bool take_length();
  bool take_body();
  void dispatch(base::ByteView message);
  void reply(std::uint64_t turn, const ssh::AgentReplyMessage& message);
  void consume(std::size_t count);

  Socket socket_;
  Connection connection_;
  RequestHandler& handler_;
  Timers& timers_;
  Log& log_;
  OnEnd on_end_;
  State state_{State::kReadLength};
  bool reading_{false};
  bool input_ended_{false};
  std::size_t body_size_{0};
  std::uint64_t turn_{0};  // of the request under way: a late reply to an older one is dropped
  RequestHandler::Withdraw withdraw_;
  std::unique_ptr<Timers::Timer> deadline_;  // for the rest of a message that has begun
  std::array<std::uint8_t, 4096> chunk_{};
  base::Bytes input_;
  base::Bytes output_;
};

}  // namespace touchstone::agent
