// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/discovery.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <iostream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <linux/hidraw.h>
#include <sys/ioctl.h>

#include "base/file.h"
#include "base/text.h"
#include "tokens/fido2/fido2_token.h"
#include "tokens/fido2/report_descriptor.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr const char* kSubsystem = "hidraw";

std::string bounded(const char* text) {
  return text != nullptr ? std::string(std::string_view(text).substr(0, kTokenTextMax)) : "";
}

std::uint16_t hexadecimal(std::string_view text) {
  constexpr int kRadix = 16;
  std::uint16_t value = 0;
  std::from_chars(text.begin(), text.end(), value, kRadix);
  return value;
}

// take_hid_id reads HID_ID, "0003:00001050:00000407" (bus, vendor, product).
void take_hid_id(const char* text, TokenInfo& info) {
  constexpr std::size_t kVendorAt = 9;
  constexpr std::size_t kProductAt = 18;
  constexpr std::size_t kDigits = 4;
  const std::string_view id(text != nullptr ? text : "");
  if (id.size() == kProductAt + kDigits) {
    info.vendor_id = hexadecimal(id.substr(kVendorAt, kDigits));
    info.product_id = hexadecimal(id.substr(kProductAt, kDigits));
  }
}

// identify takes what the system says about a device. Not all have a USB parent: some are
// Bluetooth's or another program's.
TokenInfo identify(udev_device& device, std::string node) {
  TokenInfo info;
  info.driver = "fido2";
  info.device = std::move(node);
  if (udev_device* const hid =
          udev_device_get_parent_with_subsystem_devtype(&device, "hid", nullptr)) {
    take_hid_id(udev_device_get_property_value(hid, "HID_ID"), info);
    info.product = bounded(udev_device_get_property_value(hid, "HID_NAME"));
  }
  if (udev_device* const usb =
          udev_device_get_parent_with_subsystem_devtype(&device, "usb", "usb_device")) {
    info.manufacturer = bounded(udev_device_get_sysattr_value(usb, "manufacturer"));
    if (const char* const product = udev_device_get_sysattr_value(usb, "product")) {
      info.product = bounded(product);
    }
  }
  return info;
}

Result<bool> is_fido(int descriptor) {
  int size = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(descriptor, HIDIOCGRDESCSIZE, &size) < 0 || size <= 0 ||
      size > HID_MAX_DESCRIPTOR_SIZE) {
    return base::fail(base::from_errno(errno, "HIDIOCGRDESCSIZE"));
  }
  hidraw_report_descriptor report{};
  report.size = static_cast<std::uint32_t>(size);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  if (::ioctl(descriptor, HIDIOCGRDESC, &report) < 0) {
    return base::fail(base::from_errno(errno, "HIDIOCGRDESC"));
  }
  const std::span<const std::uint8_t> bytes(report.value);
  return is_fido_device(bytes.first(static_cast<std::size_t>(size)));
}

// open_fido gives the open device, or nothing when it is none of ours.
Result<std::optional<base::FileDescriptor>> open_fido(const std::string& node) {
  // Without O_NOCTTY a device that is a terminal would become ours (as it is under umockdev).
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  base::FileDescriptor device(::open(node.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!device.valid()) {
    return base::fail(base::from_errno(errno, node));
  }
  TRY(fido, is_fido(device.get()));
  if (!fido) {
    return Result<std::optional<base::FileDescriptor>>(std::nullopt);
  }
  return Result<std::optional<base::FileDescriptor>>(std::move(device));
}

class HidOpener final : public TokenOpener {
 public:
  HidOpener(base::FileDescriptor device, TokenInfo identity, const base::Clock& clock)
      : device_(std::move(device)), identity_(std::move(identity)), clock_(clock) {}

  // Each try gets a descriptor of its own for the same open device: its path could be another
  // token's by the next one.
  Result<std::unique_ptr<Token>> open() override {
    base::FileDescriptor copy(::fcntl(device_.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) {
      return base::fail(base::from_errno(errno, identity_.device));
    }
    TRY(device, HidrawDevice::make(std::move(copy)));
    TRY(token, Fido2Token::open(std::move(device), identity_, clock_));
    return Result<std::unique_ptr<Token>>(std::move(token));
  }

 private:
  const base::FileDescriptor device_;
  const TokenInfo identity_;
  const base::Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<TokenSource>> UdevSource::make(const base::Clock& clock) {
  UdevHandle context(udev_new());
  if (!context) {
    return base::fail(Code::kSystem, "udev");
  }
  // The "udev" group tells of devices whose rules have run, so that their nodes may be opened.
  MonitorHandle monitor(udev_monitor_new_from_netlink(context.get(), "udev"));
  if (!monitor ||
      udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), kSubsystem, nullptr) < 0 ||
      udev_monitor_enable_receiving(monitor.get()) < 0) {
    return base::fail(Code::kSystem, "udev monitor");
  }
  return std::unique_ptr<TokenSource>(
      new UdevSource(std::move(context), std::move(monitor), clock));
}

Result<TokenChanges> UdevSource::enumerate() {
  const EnumerateHandle all(udev_enumerate_new(context_.get()));
  if (!all || udev_enumerate_add_match_subsystem(all.get(), kSubsystem) < 0 ||
      udev_enumerate_scan_devices(all.get()) < 0) {
    return base::fail(Code::kSystem, "udev enumeration");
  }
  TokenChanges changes;
  for (udev_list_entry* entry = udev_enumerate_get_list_entry(all.get()); entry != nullptr;
       entry = udev_list_entry_get_next(entry)) {
    const UdevDeviceHandle device(
        udev_device_new_from_syspath(context_.get(), udev_list_entry_get_name(entry)));
    if (device) {
      arrived(*device, changes);
    }
  }
  return changes;
}

Result<TokenChanges> UdevSource::changes() {
  constexpr int kEventsMax = 64;  // then the others get their turn
  TokenChanges changes;
  for (int i = 0; i < kEventsMax; ++i) {
    const UdevDeviceHandle device(udev_monitor_receive_device(monitor_.get()));
    if (!device) {
      break;
    }
    const char* const action = udev_device_get_action(device.get());
    const char* const node = udev_device_get_devnode(device.get());
    if (action == nullptr || node == nullptr) {
      continue;
    }
    if (std::string_view(action) == "remove") {
      left(node, changes);
    } else {
      arrived(*device, changes);
    }
  }
  return changes;
}

void UdevSource::arrived(udev_device& device, TokenChanges& changes) {
  const char* const named_node = udev_device_get_devnode(&device);
  if (named_node == nullptr) {
    return;
  }
  const std::string node(named_node);
  const std::string system_path = bounded(udev_device_get_syspath(&device));
  if (const auto known = known_.find(node); known != known_.end()) {
    if (known->second.system_path == system_path) {
      return;  // told twice: enumerated, and then by its event
    }
    left(node, changes);
  }
  Result<std::optional<base::FileDescriptor>> opened = open_fido(node);
  if (!opened.has_value()) {
    // Keyboards and mice are not ours to open: silence. Tokens without rules look the same.
    if (opened.error().code != Code::kPermission && opened.error().code != Code::kNotFound) {
      std::cerr << "touchstone-token: " << base::message_of(opened.error()) << '\n';
    }
    return;
  }
  if (!opened->has_value()) {
    return;
  }
  TokenInfo identity = identify(device, node);
  identity.id = "fido2:" + node + ":" + std::to_string(next_number_++);
  known_[node] = Known{identity.id, system_path};
  FoundToken found;
  found.identity = identity;
  found.opener = std::make_unique<HidOpener>(std::move(**opened), std::move(identity), clock_);
  changes.added.push_back(std::move(found));
}

void UdevSource::left(const std::string& node, TokenChanges& changes) {
  const auto known = known_.find(node);
  if (known != known_.end()) {
    changes.removed.push_back(known->second.id);
    known_.erase(known);
  }
}

}  // namespace touchstone::tokens::fido2
