// SPDX-License-Identifier: Apache-2.0
#include "agent/timers.h"

#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace touchstone::agent {
namespace {

class AsioTimer final : public Timers::Timer {
 public:
  AsioTimer(boost::asio::io_context& reactor, std::chrono::milliseconds wait,
            Timers::Handler handler)
      : timer_(reactor, wait), alive_(std::make_shared<bool>(true)) {
    // The handler may already be queued when the timer is destroyed: `alive` tells.
    timer_.async_wait([alive = std::weak_ptr<bool>(alive_),
                       handler = std::move(handler)](boost::system::error_code error) {
      if (!error && alive.lock() != nullptr) {
        handler();
      }
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_;
};

}  // namespace

std::unique_ptr<Timers::Timer> AsioTimers::after(std::chrono::milliseconds wait, Handler handler) {
  return std::make_unique<AsioTimer>(reactor_, wait, std::move(handler));
}

}  // namespace touchstone::agent
