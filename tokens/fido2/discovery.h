// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <libudev.h>

#include "base/clock.h"
#include "tokens/token_source.h"

namespace touchstone::tokens::fido2 {

struct UdevRelease {
  void operator()(udev* object) const { udev_unref(object); }
  void operator()(udev_monitor* object) const { udev_monitor_unref(object); }
  void operator()(udev_enumerate* object) const { udev_enumerate_unref(object); }
  void operator()(udev_device* object) const { udev_device_unref(object); }
};
using UdevHandle = std::unique_ptr<udev, UdevRelease>;
using MonitorHandle = std::unique_ptr<udev_monitor, UdevRelease>;
using EnumerateHandle = std::unique_ptr<udev_enumerate, UdevRelease>;
using UdevDeviceHandle = std::unique_ptr<udev_device, UdevRelease>;

// UdevSource finds FIDO tokens among the hidraw devices that udev knows, by their report
// descriptor. It listens before it enumerates, so nothing is lost in between. A node that cannot
// be opened yet, because its rules have not run, is tried again at its next event.
class UdevSource final : public TokenSource {
 public:
  // clock must outlive the source and every token that comes from it.
  static base::Result<std::unique_ptr<TokenSource>> make(const base::Clock& clock);

  std::string_view driver_name() const override { return "fido2"; }
  int descriptor() const override { return udev_monitor_get_fd(monitor_.get()); }
  base::Result<TokenChanges> enumerate() override;
  base::Result<TokenChanges> changes() override;

 private:
  struct Known {
    TokenId id;
    std::string system_path;  // differs after each plugging in: the kernel counts HID devices
  };

  UdevSource(UdevHandle context, MonitorHandle monitor, const base::Clock& clock)
      : context_(std::move(context)), monitor_(std::move(monitor)), clock_(clock) {}

  void arrived(udev_device& device, TokenChanges& changes);
  void left(const std::string& node, TokenChanges& changes);

  UdevHandle context_;
  MonitorHandle monitor_;
  const base::Clock& clock_;
  std::map<std::string, Known> known_;
  std::uint64_t next_number_ = 1;
};

}  // namespace touchstone::tokens::fido2
