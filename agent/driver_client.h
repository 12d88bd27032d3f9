// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/types.h>

#include "agent/driver.h"
#include "agent/timers.h"
#include "base/secret.h"

namespace touchstone::agent {

// DriverClient runs one driver process (`touchstone-token NAME`) and speaks the driver protocol
// with it. A driver that dies, hangs or sends what does not parse costs the requests that were
// under way: it is killed and started again, after a wait that doubles while it keeps failing.
class DriverClient final : public Driver {
 public:
  struct Options {
    std::filesystem::path program;
    std::string driver{"fido2"};
  };
  struct Events {
    std::function<void()> tokens_changed;
    std::function<void(std::string_view)> log;
    // A silent signature, not checked yet. May be empty.
    std::function<void(const tokens::SilentSignature&)> silent{};
  };

  DriverClient(boost::asio::io_context& reactor, Timers& timers, Options options, Events events);
  DriverClient(const DriverClient&) = delete;
  DriverClient& operator=(const DriverClient&) = delete;
  // The destructor kills the process and waits for it; nothing is called any more.
  ~DriverClient() override;

  // start runs the program. A failure is logged and tried again like any other death.
  void start();

  tokens::RequestId request(DriverRequest request, std::chrono::milliseconds timeout,
                            Handlers handlers) override;
  void cancel(tokens::RequestId id) override;
  const std::vector<tokens::TokenInfo>& tokens() const override { return tokens_; }

 private:
  struct Pending {
    Handlers handlers;
    std::unique_ptr<Timers::Timer> watchdog;
  };
  struct Process;

  base::Status spawn();
  void send(const tokens::ToDriver& message);
  void write_next();
  void read_more();
  void take_messages();
  base::Status handle(base::ByteView message);
  base::Status handle_reply(tokens::Reply reply);
  void answer_later(Handlers handlers, base::Error error);
  void lost(const base::Error& error, tokens::RequestId timed_out);

  boost::asio::io_context& reactor_;
  Timers& timers_;
  const Options options_;
  const Events events_;
  std::shared_ptr<Process> process_;  // null while waiting to start again
  std::unique_ptr<Timers::Timer> restart_;
  std::chrono::milliseconds restart_wait_;
  tokens::RequestId last_id_{0};
  std::map<tokens::RequestId, Pending> pending_;
  std::vector<tokens::TokenInfo> tokens_;
  std::shared_ptr<bool> alive_;
};

// driver_environment is all that a driver process gets to see of the world: nothing of the
// agent's own environment, least of all what a client could have set.
std::vector<std::string> driver_environment();

}  // namespace touchstone::agent
