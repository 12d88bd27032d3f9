// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "base/bytes.h"
#include "base/file.h"
#include "tests/emulators/fido2/ctap_hid.h"

namespace touchstone::emulators {

// PtyLink carries HID reports over the master end of a pty whose other end plays /dev/hidrawN.
//
// Edge-triggered epoll, because the master reports "hung up" for as long as no client has the
// device open. Nothing is written then, and what the last client left unread is thrown away, so
// that the next one starts clean, as on a hidraw device.
class PtyLink final : public fido2::Link {
 public:
  static base::Result<std::unique_ptr<PtyLink>> create(base::FileDescriptor master);

  Event next(fido2::Report& report, std::chrono::milliseconds timeout) override;
  void send(const fido2::Report& report) override;

  // From any thread: wake makes next() return kWoken, stop makes it return kGone from now on.
  void wake();
  void stop();
  void close_master() { master_.reset(); }

 private:
  PtyLink() = default;

  void drain();
  void discard_unread();
  bool take_report(fido2::Report& report);

  base::FileDescriptor master_;
  base::FileDescriptor epoll_;
  base::FileDescriptor wake_;
  std::atomic<bool> stopped_ = false;
  base::Bytes received_;
  bool client_ = false;
};

}  // namespace touchstone::emulators
