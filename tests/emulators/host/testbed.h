// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace touchstone::emulators {

// UsbIdentity is what sysfs says about a token.
struct UsbIdentity {
  std::uint16_t vendor = 0x1209;  // pid.codes, its number for tests
  std::uint16_t product = 0x0001;
  std::string manufacturer = "Touchstone tests";
  std::string product_name;
  std::string serial;
  bool usb_parent = true;  // false: as a Bluetooth token, a hid device and nothing above it
};

// Testbed is one umockdev folder. Programs started with its environment see the tokens plugged
// into it as /dev/hidraw0, /dev/hidraw1 … with sysfs entries and udev events; nobody else sees
// anything. Any thread may call it. The folder goes with the object.
class Testbed final {
 public:
  static base::Result<std::unique_ptr<Testbed>> create();
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  std::string root() const;
  // environment gives "KEY=VALUE\n" lines.
  std::string environment() const;
  static std::string node(unsigned number);  // "/dev/hidraw0"

  // plug adds hidraw device `number` and gives the master end of its pty, from which 65-byte
  // output reports are read and to which 64-byte input reports are written.
  base::Result<base::FileDescriptor> plug(unsigned number, const UsbIdentity& identity);
  // unplug removes the node, tells udev monitors and removes the sysfs entries. The caller closes
  // the pty first: readers then get EIO, as from a hidraw device that was pulled.
  void unplug(unsigned number);

 private:
  struct Impl;
  explicit Testbed(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace touchstone::emulators
