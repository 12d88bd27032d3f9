// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <fido.h>

#include "base/clock.h"
#include "base/error.h"
#include "tokens/fido2/ctaphid.h"
#include "tokens/fido2/hid_device.h"
#include "tokens/token.h"

namespace touchstone::tokens::fido2 {

// A silent token is taken to wait for its touch after this time: keepalives are due every 100 ms
// (CTAP 2.1 section 11.2.9.2.1), and some tokens send none.
constexpr std::chrono::milliseconds kSilenceBeforeTouch{250};
// How long a token may take to answer CTAPHID_CANCEL. Some never do.
constexpr std::chrono::milliseconds kCancelGrace{1000};

// HidTransport gives libfido2 its four HID functions and watches what passes. libfido2 offers no
// way to end a call from another thread, says nothing about a token that begins to wait for a
// touch, and takes a report meant for another program on the same device for a broken answer; all
// three are solved here.
//
//   begin(limits); r = fido_dev_…(…); ending = end();
//
// When ending.error is there it is the reason the call failed, whatever libfido2 made of it.
class HidTransport {
 public:
  struct Limits {
    std::chrono::milliseconds timeout{0};
    // Null: the exchange must need no touch, and a token that asks for one is sent a cancel.
    const OnTouchNeeded* touch_needed = nullptr;
  };
  struct Ending {
    std::optional<base::Error> error;
    // The token knows our channel no more, as happens after suspend or when other programs use up
    // its channels. Nothing was done, so the call may be made again on a new one.
    bool channel_lost = false;
    // A reply is still due: the channel cannot be used for another request.
    bool broken = false;
  };

  // clock must outlive the transport.
  HidTransport(std::unique_ptr<HidDevice> device, const base::Clock& clock);
  HidTransport(const HidTransport&) = delete;
  HidTransport& operator=(const HidTransport&) = delete;

  static fido_dev_io_t functions();
  // path is what fido_dev_open() must be given for functions() to find this object.
  std::string path() const;

  void begin(const Limits& limits);
  Ending end();

  // From any thread.
  void interrupt() { device_->interrupt(); }
  void clear_interrupt() { device_->clear_interrupt(); }

 private:
  using Time = std::chrono::steady_clock::time_point;

  static void* on_open(const char* path) noexcept;
  static void on_close(void* self) noexcept;
  static int on_read(void* self, unsigned char* buffer, std::size_t size, int timeout_ms) noexcept;
  static int on_write(void* self, const unsigned char* buffer, std::size_t size) noexcept;

  bool read(Report& report);
  bool write(const Report& report);
  void note_request(const Report& report);
  void drain();
  bool is_ours(const Report& report) const;
  void inspect(const Report& report);
  void inspect_u2f_reply(const Report& report);
  void tell_touch();
  void give_up(base::Error error);
  Time next_wakeup() const;

  const std::unique_ptr<HidDevice> device_;
  const base::Clock& clock_;

  // One exchange.
  Limits limits_;
  Time deadline_;
  Time grace_end_;
  Time silence_end_;
  Ending ending_;
  bool touch_told_ = false;

  // The request under way.
  Report request_{};  // its first report
  bool wants_touch_ = false;
  bool answered_ = true;
  std::size_t unread_ = 0;  // bytes of the answer that are still to come
};

}  // namespace touchstone::tokens::fido2
