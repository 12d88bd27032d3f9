// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/testbed.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <linux/hidraw.h>
#include <pty.h>
#include <termios.h>
#include <umockdev.h>
#include <unistd.h>

#include "tests/emulators/host/uevent.h"

namespace touchstone::emulators {
namespace {

// FIDO HID report descriptor: usage page F1D0, 64 bytes in, 64 bytes out (CTAP 2.1 11.2.8).
constexpr std::array<std::uint8_t, 34> kReportDescriptor = {
    0x06, 0xd0, 0xf1,  // usage page: FIDO alliance
    0x09, 0x01,        // usage: CTAPHID
    0xa1, 0x01,        // collection: application
    0x09, 0x20,        //   usage: data in
    0x15, 0x00,        //   logical minimum
    0x26, 0xff, 0x00,  //   logical maximum
    0x75, 0x08,        //   report size: 8 bits
    0x95, 0x40,        //   report count: 64
    0x81, 0x02,        //   input
    0x09, 0x21,        //   usage: data out
    0x15, 0x00,        //   logical minimum
    0x26, 0xff, 0x00,  //   logical maximum
    0x75, 0x08,        //   report size
    0x95, 0x40,        //   report count
    0x91, 0x02,        //   output
    0xc0,              // end
};
constexpr unsigned kHidrawMajor = 240;
constexpr int kInputReportBytes = 64;

struct ObjectDeleter {
  template <class T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
using UmockdevTestbedPtr = std::unique_ptr<UMockdevTestbed, ObjectDeleter>;
using IoctlBasePtr = std::unique_ptr<UMockdevIoctlBase, ObjectDeleter>;
using IoctlDataPtr = std::unique_ptr<UMockdevIoctlData, ObjectDeleter>;

// answer fills the memory which the client's ioctl argument points to.
gboolean answer(UMockdevIoctlClient* client, base::ByteView bytes) {
  // Neither this getter nor the handler's other arguments give up a reference.
  UMockdevIoctlData* argument = umockdev_ioctl_client_get_arg(client);
  const IoctlDataPtr target(umockdev_ioctl_data_resolve(argument, 0, bytes.size(), nullptr));
  if (target == nullptr) {
    umockdev_ioctl_client_complete(client, -1, EFAULT);
    return TRUE;
  }
  base::Bytes copy = base::to_bytes(bytes);
  umockdev_ioctl_data_update(target.get(), 0, copy.data(), static_cast<gint>(copy.size()));
  umockdev_ioctl_client_complete(client, 0, 0);
  return TRUE;
}

gboolean handle_ioctl(UMockdevIoctlBase* /*base*/, UMockdevIoctlClient* client, gpointer /*data*/) {
  const gulong request = umockdev_ioctl_client_get_request(client);
  // The kernel's structures are in the byte order of the machine.
  const auto size = static_cast<std::uint32_t>(kReportDescriptor.size());
  if (request == HIDIOCGRDESCSIZE) {
    std::array<std::uint8_t, sizeof size> bytes{};
    std::memcpy(bytes.data(), &size, bytes.size());
    return answer(client, bytes);
  }
  if (request == HIDIOCGRDESC) {
    hidraw_report_descriptor descriptor{};
    descriptor.size = size;
    std::copy(kReportDescriptor.begin(), kReportDescriptor.end(), std::begin(descriptor.value));
    std::array<std::uint8_t, sizeof descriptor.size + kReportDescriptor.size()> bytes{};
    std::memcpy(bytes.data(), &descriptor, bytes.size());
    return answer(client, bytes);
  }
  return FALSE;
}

std::string hex4(unsigned number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04x", number);
  return text.data();
}

std::string usb_path(unsigned number) {
  return "/devices/pci0000:00/0000:00:14.0/usb1/1-" + std::to_string(number + 1);
}

std::string hid_path(unsigned number, const UsbIdentity& identity) {
  const std::string hid =
      "0003:" + hex4(identity.vendor) + ":" + hex4(identity.product) + "." + hex4(number + 1);
  if (!identity.usb_parent) {
    return "/devices/virtual/misc/uhid/" + hid;
  }
  const std::string name = "1-" + std::to_string(number + 1);
  return usb_path(number) + "/" + name + ":1.0/" + hid;
}

// describe writes umockdev's device description: usb_device, hid, hidraw.
std::string describe(unsigned number, const UsbIdentity& identity) {
  const std::string vendor = hex4(identity.vendor);
  const std::string product = hex4(identity.product);
  std::ostringstream out;
  if (identity.usb_parent) {
    const std::string bus_number = std::to_string(number + 2);
    out << "P: " << usb_path(number) << "\n"
        << "E: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: DRIVER=usb\n"
        << "E: PRODUCT=" << std::hex << identity.vendor << "/" << identity.product << "/500\n"
        << "E: BUSNUM=001\nE: DEVNUM=00" << bus_number << "\n"
        << "A: idVendor=" << vendor << "\\n\nA: idProduct=" << product << "\\n\n"
        << "A: manufacturer=" << identity.manufacturer << "\\n\n"
        << "A: product=" << identity.product_name << "\\n\n"
        << "A: bcdDevice=0500\\n\n";
    if (!identity.serial.empty()) {
      out << "A: serial=" << identity.serial << "\\n\n";
    }
    out << "\n"
        << "P: " << usb_path(number) << "/1-" << std::dec << number + 1 << ":1.0\n"
        << "E: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nE: DRIVER=usbhid\nE: INTERFACE=3/0/0\n"
        << "A: bInterfaceNumber=00\\n\n\n";
  }
  const std::string hid = hid_path(number, identity);
  const std::string bus = identity.usb_parent ? "0003" : "0005";
  out << "P: " << hid << "\n"
      << "E: SUBSYSTEM=hid\nE: DRIVER=hid-generic\n"
      << "E: HID_ID=" << bus << ":0000" << vendor << ":0000" << product << "\n"
      << "E: HID_NAME=" << identity.manufacturer << " " << identity.product_name << "\n"
      << "E: HID_UNIQ=" << identity.serial << "\n\n"
      << "P: " << hid << "/hidraw/hidraw" << std::dec << number << "\n"
      << "E: SUBSYSTEM=hidraw\nE: DEVNAME=/dev/hidraw" << number << "\n"
      << "E: MAJOR=" << kHidrawMajor << "\nE: MINOR=" << number << "\n"
      << "A: dev=" << kHidrawMajor << ":" << number << "\\n\n\n";
  return out.str();
}

// Device is one entry in sysfs, as udev events name it.
struct Device {
  std::string path;
  std::string subsystem;
  std::string type;
  std::string node;
};

// devices lists what one token adds, the innermost first.
std::vector<Device> devices(unsigned number, const UsbIdentity& identity) {
  const std::string hid = hid_path(number, identity);
  std::vector<Device> out = {
      {hid + "/hidraw/hidraw" + std::to_string(number), "hidraw", "", Testbed::node(number)},
      {hid, "hid", "", ""}};
  if (identity.usb_parent) {
    const std::string usb = usb_path(number);
    out.push_back({usb + "/1-" + std::to_string(number + 1) + ":1.0", "usb", "usb_interface", ""});
    out.push_back({usb, "usb", "usb_device", ""});
  }
  return out;
}

std::string take_message(GError* error) {
  const std::string message = error == nullptr ? "unknown" : error->message;
  g_clear_error(&error);
  return message;
}

struct Pty {
  base::FileDescriptor master;
  std::string slave;
};

base::Result<Pty> open_pty() {
  termios raw{};
  cfmakeraw(&raw);
  // read() and poll() on the client's side wait for a whole report.
  raw.c_cc[VMIN] = kInputReportBytes;
  raw.c_cc[VTIME] = 0;
  int master = -1;
  int slave = -1;
  std::array<char, 64> name{};
  if (openpty(&master, &slave, name.data(), &raw, nullptr) != 0) {
    return base::fail(base::from_errno(errno, "openpty"));
  }
  base::FileDescriptor owned_slave(slave);
  Pty pty{base::FileDescriptor(master), name.data()};
  const int flags = fcntl(master, F_GETFL);
  if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(master, F_SETFD, FD_CLOEXEC) != 0) {
    return base::fail(base::from_errno(errno, "fcntl"));
  }
  return pty;
}

}  // namespace

struct Testbed::Impl {
  std::mutex mutex;
  UmockdevTestbedPtr testbed;
  std::map<unsigned, UsbIdentity> plugged;
  std::map<unsigned, IoctlBasePtr> ioctls;
  std::uint64_t sequence = 0;

  // answer_ioctls attaches a handler to a node, once and for good: a client whose handler goes
  // away while it has the device open is aborted by the preload, and a client of an unplugged
  // token must live to see the EIO.
  base::Status answer_ioctls(unsigned number) {
    if (ioctls.contains(number)) {
      return {};
    }
    IoctlBasePtr handler(umockdev_ioctl_base_new());
    g_signal_connect(handler.get(), "handle-ioctl", G_CALLBACK(handle_ioctl), nullptr);
    GError* failure = nullptr;
    if (umockdev_testbed_attach_ioctl(testbed.get(), node(number).c_str(), handler.get(),
                                      &failure) == FALSE) {
      return base::fail(base::Code::kSystem, "umockdev: " + take_message(failure));
    }
    ioctls[number] = std::move(handler);
    return {};
  }

  void announce(const std::string& root, const std::string& action, const Device& device) {
    std::vector<std::pair<std::string, std::string>> properties = {
        {"ACTION", action},
        {"DEVPATH", device.path},
        {"SUBSYSTEM", device.subsystem},
        {"SEQNUM", std::to_string(++sequence)}};
    if (!device.type.empty()) {
      properties.emplace_back("DEVTYPE", device.type);
    }
    if (!device.node.empty()) {
      properties.emplace_back("DEVNAME", device.node);
      properties.emplace_back("MAJOR", std::to_string(kHidrawMajor));
      properties.emplace_back("MINOR", device.node.substr(sizeof("/dev/hidraw") - 1));
    }
    send_uevent(root, properties);
  }
};

Testbed::Testbed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Testbed::~Testbed() = default;

base::Result<std::unique_ptr<Testbed>> Testbed::create() {
  auto impl = std::make_unique<Impl>();
  impl->testbed.reset(umockdev_testbed_new());
  if (impl->testbed == nullptr) {
    return base::fail(base::Code::kSystem, "umockdev testbed");
  }
  return std::unique_ptr<Testbed>(new Testbed(std::move(impl)));
}

std::string Testbed::root() const {
  const std::unique_ptr<char, decltype(&g_free)> root(
      umockdev_testbed_get_root_dir(impl_->testbed.get()), &g_free);
  return root.get();
}

std::string Testbed::environment() const {
  return "LD_PRELOAD=libumockdev-preload.so.0\nUMOCKDEV_DIR=" + root() + "\n";
}

std::string Testbed::node(unsigned number) { return "/dev/hidraw" + std::to_string(number); }

base::Result<base::FileDescriptor> Testbed::plug(unsigned number, const UsbIdentity& identity) {
  TRY(pty, open_pty());
  const std::string node_path = node(number);
  const std::string path = root() + node_path;
  const std::lock_guard lock(impl_->mutex);
  // The node and its ioctls come first: an "add" event must find a device that can be opened.
  std::error_code error;
  std::filesystem::create_directories(root() + "/dev", error);
  std::filesystem::create_symlink(pty.slave, path, error);
  if (error) {
    return base::fail(base::Code::kSystem, path + ": " + error.message(), error.value());
  }
  TRY_VOID(impl_->answer_ioctls(number));
  GError* failure = nullptr;
  if (umockdev_testbed_add_from_string(impl_->testbed.get(), describe(number, identity).c_str(),
                                       &failure) == FALSE) {
    return base::fail(base::Code::kSystem, "umockdev: " + take_message(failure));
  }
  impl_->plugged[number] = identity;
  const std::vector<Device> added = devices(number, identity);
  for (auto device = added.rbegin(); device != added.rend(); ++device) {
    impl_->announce(root(), "add", *device);
  }
  return std::move(pty.master);
}

void Testbed::unplug(unsigned number) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->plugged.find(number);
  if (found == impl_->plugged.end()) {
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(root() + node(number), ignored);
  for (const Device& device : devices(number, found->second)) {
    umockdev_testbed_remove_device(impl_->testbed.get(), ("/sys" + device.path).c_str());
    impl_->announce(root(), "remove", device);
  }
  impl_->plugged.erase(found);
}

}  // namespace touchstone::emulators
