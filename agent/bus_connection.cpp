// SPDX-License-Identifier: Apache-2.0
#include "agent/bus_connection.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <poll.h>

#include "base/file.h"

namespace touchstone::agent {

namespace asio = boost::asio;

namespace {

struct BusClose {
  void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, BusClose>;

Bus connect(const std::string& address) {
  sd_bus* raw = nullptr;
  if (address.empty()) {
    return sd_bus_open_user(&raw) >= 0 ? Bus(raw) : Bus();
  }
  if (sd_bus_new(&raw) < 0) {
    return {};
  }
  Bus bus(raw);
  const bool started = sd_bus_set_address(bus.get(), address.c_str()) >= 0 &&
                       sd_bus_set_bus_client(bus.get(), 1) >= 0 && sd_bus_start(bus.get()) >= 0;
  return started ? std::move(bus) : Bus();
}

}  // namespace

// Pump is held by its own handlers, and outlives the BusConnection until they have run.
class BusConnection::Pump final : public std::enable_shared_from_this<Pump> {
 public:
  Pump(asio::io_context& io, Bus bus)
      : io_(io), bus_(std::move(bus)), descriptor_(io), timer_(io) {}

  bool start() {
    base::FileDescriptor own(fcntl(sd_bus_get_fd(bus_.get()), F_DUPFD_CLOEXEC, 0));
    if (!own.valid()) {
      return false;
    }
    descriptor_.assign(own.release());
    schedule();
    return true;
  }

  void stop() {
    bus_.reset();
    timer_.cancel();
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

  sd_bus* bus() const { return bus_.get(); }

  // One run of process() later, however often this is called until then.
  void schedule() {
    if (!std::exchange(scheduled_, true)) {
      asio::post(io_, [self = shared_from_this()] {
        self->scheduled_ = false;
        self->process();
      });
    }
  }

 private:
  void process() {
    int done = 1;
    while (bus_ && done > 0) {
      done = sd_bus_process(bus_.get(), nullptr);
    }
    if (!bus_) {
      return;
    }
    if (done < 0) {
      stop();
      return;
    }
    wait();
  }

  void wait() {
    using Descriptor = asio::posix::stream_descriptor;
    const int events = sd_bus_get_events(bus_.get());
    if (events > 0 && (events & POLLOUT) != 0 && !std::exchange(writing_, true)) {
      descriptor_.async_wait(Descriptor::wait_write,
                             [self = shared_from_this()](const boost::system::error_code& error) {
                               self->writing_ = false;
                               self->resume(error);
                             });
    }
    if (!std::exchange(reading_, true)) {
      descriptor_.async_wait(Descriptor::wait_read,
                             [self = shared_from_this()](const boost::system::error_code& error) {
                               self->reading_ = false;
                               self->resume(error);
                             });
    }
    // sd-bus counts microseconds of CLOCK_MONOTONIC, as steady_clock does.
    std::uint64_t deadline = UINT64_MAX;
    if (sd_bus_get_timeout(bus_.get(), &deadline) > 0 && deadline != UINT64_MAX) {
      timer_.expires_at(std::chrono::steady_clock::time_point(
          std::chrono::microseconds(static_cast<std::int64_t>(deadline))));
      timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        self->resume(error);
      });
    }
  }

  void resume(const boost::system::error_code& error) {
    if (!error && bus_) {
      process();
    }
  }

  asio::io_context& io_;
  Bus bus_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  bool scheduled_{false};
  bool reading_{false};
  bool writing_{false};
};

BusConnection::BusConnection(asio::io_context& io, std::string address)
    : io_(io), address_(std::move(address)) {}

BusConnection::~BusConnection() {
  if (pump_) {
    pump_->stop();
  }
}

bool BusConnection::open() {
  if (pump_) {
    pump_->stop();
    pump_.reset();
  }
  Bus bus = connect(address_);
  if (!bus) {
    return false;
  }
  auto pump = std::make_shared<Pump>(io_, std::move(bus));
  if (!pump->start()) {
    return false;
  }
  pump_ = std::move(pump);
  return true;
}

bool BusConnection::is_open() const { return pump_ && pump_->bus() != nullptr; }

sd_bus* BusConnection::get() const { return pump_ ? pump_->bus() : nullptr; }

void BusConnection::pump() {
  if (is_open()) {
    pump_->schedule();
  }
}

}  // namespace touchstone::agent
