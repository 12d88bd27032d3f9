// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <systemd/sd-bus.h>

namespace touchstone::agent {

struct BusSlotFree {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using BusSlot = std::unique_ptr<sd_bus_slot, BusSlotFree>;

struct BusMessageFree {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, BusMessageFree>;

// BusConnection runs one sd-bus connection on the reactor: it waits on the bus's descriptor and
// timeout, and never blocks. Not thread-safe: the reactor's own.
class BusConnection {
 public:
  // An empty address means the user's bus.
  BusConnection(boost::asio::io_context& io, std::string address);
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;
  ~BusConnection();

  // open connects anew; false when there is no bus.
  bool open();
  // is_open says whether the connection holds, as far as is known.
  bool is_open() const;
  sd_bus* get() const;
  // pump sends what waits to be sent, and sees to it that answers are handled on the reactor, never
  // inside this call. To be called after every use of get().
  void pump();

 private:
  class Pump;
  boost::asio::io_context& io_;
  std::string address_;
  std::shared_ptr<Pump> pump_;
};

}  // namespace touchstone::agent
