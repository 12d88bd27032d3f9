// SPDX-License-Identifier: Apache-2.0
// touchstone-udev-probe COUNT: what a program with a udev monitor for hidraw devices sees. Prints
// "ready", then a line for each of COUNT events: the action, the node, and whether the node can
// be opened at that moment.
#include <charconv>
#include <cstdio>
#include <memory>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <libudev.h>
#include <poll.h>
#include <unistd.h>

namespace {

template <auto kUnref>
struct Unref {
  template <class T>
  void operator()(T* object) const {
    kUnref(object);
  }
};
using Udev = std::unique_ptr<udev, Unref<udev_unref>>;
using Monitor = std::unique_ptr<udev_monitor, Unref<udev_monitor_unref>>;
using Device = std::unique_ptr<udev_device, Unref<udev_device_unref>>;

bool can_open(const char* node) {
  const int descriptor = open(node, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (descriptor >= 0) {
    close(descriptor);
  }
  return descriptor >= 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const std::string_view count = arguments.size() == 2 ? arguments.back() : "";
  int left = 0;
  (void)std::from_chars(count.data(), count.data() + count.size(), left);
  const Udev context(udev_new());
  const Monitor monitor(udev_monitor_new_from_netlink(context.get(), "udev"));
  if (monitor == nullptr ||
      udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), "hidraw", nullptr) < 0 ||
      udev_monitor_enable_receiving(monitor.get()) < 0) {
    std::fputs("no udev monitor\n", stderr);
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  while (left > 0) {
    pollfd descriptor = {udev_monitor_get_fd(monitor.get()), POLLIN, 0};
    (void)poll(&descriptor, 1, -1);
    const Device device(udev_monitor_receive_device(monitor.get()));
    if (device == nullptr) {
      continue;
    }
    const char* node = udev_device_get_devnode(device.get());
    std::printf("%s %s %s\n", udev_device_get_action(device.get()), node,
                can_open(node) ? "opens" : "gone");
    std::fflush(stdout);
    --left;
  }
  return 0;
}
