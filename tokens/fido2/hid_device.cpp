// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/hid_device.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

namespace {

// A write that takes longer than this is stuck in the USB stack.
constexpr int kWriteTimeoutMs = 1000;

tl::unexpected<base::Error> device_error(int errno_value) {
  switch (errno_value) {
    case EIO:
    case ENODEV:
    case ENXIO:
    case ESHUTDOWN:
      return base::fail(Code::kTokenRemoved, {}, errno_value);
    default:  // not an enum
      return base::fail(Code::kTokenFailed, "hidraw", errno_value);
  }
}

}  // namespace

Result<std::unique_ptr<HidDevice>> HidrawDevice::make(base::FileDescriptor device) {
  base::FileDescriptor interrupt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!interrupt.valid()) {
    return base::fail(base::from_errno(errno, "eventfd"));
  }
  return std::unique_ptr<HidDevice>(new HidrawDevice(std::move(device), std::move(interrupt)));
}

Status HidrawDevice::write(const Report& report) {
  // hidraw wants the report's number first, which is 0 when a device has one kind only.
  std::array<std::uint8_t, kReportBytes + 1> numbered{};
  std::copy(report.begin(), report.end(), numbered.begin() + 1);
  while (true) {
    const ssize_t count = ::write(device_.get(), numbered.data(), numbered.size());
    if (count == static_cast<ssize_t>(numbered.size())) {
      return {};
    }
    if (count >= 0) {
      return base::fail(Code::kTokenFailed, "short write", count);
    }
    if (errno == EAGAIN) {
      pollfd polled{device_.get(), POLLOUT, 0};
      if (::poll(&polled, 1, kWriteTimeoutMs) == 0) {
        return base::fail(Code::kTokenFailed, "takes no requests", ETIMEDOUT);
      }
    } else if (errno != EINTR) {
      return device_error(errno);
    }
  }
}

Result<HidDevice::Waited> HidrawDevice::read(Report& report, std::chrono::milliseconds timeout,
                                             Interrupts interrupts) {
  std::array<pollfd, 2> polled{{{device_.get(), POLLIN, 0}, {interrupt_.get(), POLLIN, 0}}};
  const nfds_t count = interrupts == Interrupts::kHeed ? 2 : 1;
  const auto milliseconds = std::max<std::chrono::milliseconds::rep>(timeout.count(), 0);
  const timespec limit{milliseconds / 1000, (milliseconds % 1000) * 1'000'000};
  const int ready = ::ppoll(polled.data(), count, &limit, nullptr);
  if (ready < 0) {
    return errno == EINTR ? Result<Waited>(Waited::kTimeout) : device_error(errno);
  }
  if (polled[1].revents != 0) {
    return Waited::kInterrupted;
  }
  if (ready == 0) {
    return Waited::kTimeout;
  }
  const ssize_t bytes = ::read(device_.get(), report.data(), report.size());
  if (bytes == static_cast<ssize_t>(report.size())) {
    return Waited::kReport;
  }
  if (bytes < 0) {
    return errno == EAGAIN || errno == EINTR ? Result<Waited>(Waited::kTimeout)
                                             : device_error(errno);
  }
  return bytes == 0 ? device_error(ENODEV) : base::fail(Code::kTokenFailed, "short report", bytes);
}

void HidrawDevice::interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(interrupt_.get(), &one, sizeof(one));
}

void HidrawDevice::clear_interrupt() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t read = ::read(interrupt_.get(), &count, sizeof(count));
}

}  // namespace touchstone::tokens::fido2
