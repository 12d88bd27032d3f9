// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/pty_link.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

namespace touchstone::emulators {
namespace {

constexpr std::size_t kOutputReportBytes = 1 + fido2::kReportBytes;  // report number, report

bool watch(int epoll, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

base::Result<std::unique_ptr<PtyLink>> PtyLink::create(base::FileDescriptor master) {
  std::unique_ptr<PtyLink> link(new PtyLink);
  link->master_ = std::move(master);
  link->epoll_ = base::FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  link->wake_ = base::FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!link->epoll_.valid() || !link->wake_.valid() ||
      !watch(link->epoll_.get(), link->master_.get(), EPOLLIN | EPOLLET) ||
      !watch(link->epoll_.get(), link->wake_.get(), EPOLLIN)) {
    return base::fail(base::from_errno(errno, "epoll"));
  }
  return link;
}

fido2::Link::Event PtyLink::next(fido2::Report& report, std::chrono::milliseconds timeout) {
  if (stopped_) {
    return Event::kGone;
  }
  if (take_report(report)) {
    return Event::kReport;
  }
  std::array<epoll_event, 2> events{};
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(timeout.count()));
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    if (events.at(static_cast<std::size_t>(i)).data.fd == wake_.get()) {
      eventfd_t ignored = 0;
      (void)eventfd_read(wake_.get(), &ignored);
      woken = true;
    } else {
      drain();
    }
  }
  if (stopped_) {
    return Event::kGone;
  }
  if (take_report(report)) {
    return Event::kReport;
  }
  // An edge of the pty without a whole report is no timeout: the caller looks at its clock.
  return woken || count > 0 ? Event::kWoken : Event::kTimeout;
}

void PtyLink::drain() {
  std::array<std::uint8_t, 4096> buffer{};
  while (true) {
    const ssize_t count = read(master_.get(), buffer.data(), buffer.size());
    if (count > 0) {
      client_ = true;
      const base::ByteView bytes = base::ByteView(buffer).first(static_cast<std::size_t>(count));
      received_.insert(received_.end(), bytes.begin(), bytes.end());
    } else if (count < 0 && errno == EAGAIN) {
      client_ = true;  // open, and nothing to read
      return;
    } else if (count == 0 || errno != EINTR) {
      // EIO: the last client has closed the device.
      if (std::exchange(client_, false)) {
        received_.clear();
        discard_unread();
      }
      return;
    }
  }
}

void PtyLink::discard_unread() {
  // From the client's end, because the master's flush spares what the line discipline holds: up
  // to 4095 bytes, no whole number of reports, and the next client would be out of step. Closing
  // it again is one more hang-up, which finds no client and does nothing.
  std::array<char, 64> path{};
  if (ptsname_r(master_.get(), path.data(), path.size()) != 0) {
    return;
  }
  const base::FileDescriptor slave(open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (slave.valid()) {
    (void)tcflush(slave.get(), TCIFLUSH);
  }
}

bool PtyLink::take_report(fido2::Report& report) {
  if (received_.size() < kOutputReportBytes) {
    return false;
  }
  const auto begin = received_.begin();
  std::copy(begin + 1, begin + kOutputReportBytes, report.begin());
  received_.erase(begin, begin + kOutputReportBytes);
  return true;
}

void PtyLink::send(const fido2::Report& report) {
  if (!client_ || stopped_) {
    return;
  }
  // A pty takes whole writes or none; a client that does not read loses reports, as with hidraw.
  (void)!write(master_.get(), report.data(), report.size());
}

void PtyLink::wake() { (void)eventfd_write(wake_.get(), 1); }

void PtyLink::stop() {
  stopped_ = true;
  wake();
}

}  // namespace touchstone::emulators
