// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace touchstone::agent {

// Timers is where all waiting comes from, so that tests own it. Handlers run on the reactor
// thread, once, and never from within after().
class Timers {
 public:
  using Handler = std::function<void()>;
  // Timer is one wait under way; destroying it ends the wait without calling the handler.
  class Timer {
   public:
    virtual ~Timer() = default;
  };

  virtual ~Timers() = default;
  virtual std::unique_ptr<Timer> after(std::chrono::milliseconds wait, Handler handler) = 0;
};

class AsioTimers final : public Timers {
 public:
  explicit AsioTimers(boost::asio::io_context& reactor) : reactor_(reactor) {}
  std::unique_ptr<Timer> after(std::chrono::milliseconds wait, Handler handler) override;

 private:
  boost::asio::io_context& reactor_;
};

}  // namespace touchstone::agent
