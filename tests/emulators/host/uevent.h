// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace touchstone::emulators {

// send_uevent tells every udev monitor in a umockdev testbed about a device, in the format that
// udevd multicasts ("libudev" header, version magic feedcafe, hashes for the kernel's filters).
//
// libumockdev has such a function; it looks the device up in /sys and so works only in a process
// which is itself under the preload, and only while the device is still there. Ours does not, so
// that a "remove" can follow the removal, as it does in the kernel.
void send_uevent(const std::string& testbed_root,
                 const std::vector<std::pair<std::string, std::string>>& properties);

}  // namespace touchstone::emulators
