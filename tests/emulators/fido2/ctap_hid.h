// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "tests/emulators/fido2/authenticator.h"
#include "tests/emulators/fido2/limits.h"
#include "tests/emulators/fido2/touch.h"

namespace touchstone::emulators::fido2 {

using Report = std::array<std::uint8_t, kReportBytes>;

// Link carries HID reports, without the report number.
class Link {
 public:
  virtual ~Link() = default;
  enum class Event { kReport, kTimeout, kWoken, kGone };
  // next waits at most `timeout` for a report (kWoken: somebody pressed the button or the like).
  virtual Event next(Report& report, std::chrono::milliseconds timeout) = 0;
  virtual void send(const Report& report) = 0;
};

// CtapHid is the framing of CTAP over USB (CTAP 2.1 section 11.2): channels, fragments, cancel,
// busy, keepalives. One transaction at a time; while it waits for a touch it goes on reading, so
// that cancel, INIT and other channels are answered.
class CtapHid final : public UserPresence {
 public:
  CtapHid(Authenticator& authenticator, TouchButton& button, const base::Clock& clock, Link& link);

  // power_up forgets all channels; so does constructing it.
  void power_up();
  // run answers until the link is gone or a quirk pulled the plug.
  void run();
  // on_report handles one report and everything that follows from it.
  void on_report(const Report& report);
  // unplugged is true once a disconnect quirk has struck: nothing is answered any more.
  bool unplugged() const { return unplugged_; }
  std::uint32_t steps() const { return steps_; }

  Presence wait() override;
  bool touched_now() override;

 private:
  struct Transaction {
    std::uint32_t channel = 0;
    std::uint8_t command = 0;
    std::size_t size = 0;
    base::Bytes payload;
    std::uint8_t next_sequence = 0;
    std::chrono::steady_clock::time_point since;
  };

  void on_initial_frame(std::uint32_t channel, std::uint8_t command, base::ByteView rest);
  void on_continuation(std::uint32_t channel, std::uint8_t sequence, base::ByteView rest);
  void on_report_while_busy(const Report& report);
  void on_init(std::uint32_t channel, base::ByteView nonce);
  void dispatch(const Transaction& transaction);
  void step(const Transaction& transaction);
  void expire_transaction();
  base::Bytes answer(const Transaction& transaction);
  base::Bytes spoil(const Transaction& transaction, base::Bytes reply) const;
  void send_message(std::uint32_t channel, std::uint8_t command, base::ByteView payload);
  void send_error(std::uint32_t channel, std::uint8_t error);
  void send_keepalive(std::uint8_t status);
  bool known(std::uint32_t channel) const;
  void pull_plug() { unplugged_ = true; }

  Authenticator& authenticator_;
  TouchButton& button_;
  const base::Clock& clock_;
  Link& link_;
  std::uint32_t channels_ = 0;
  std::optional<Transaction> assembling_;
  std::optional<std::uint32_t> busy_channel_;
  bool cancelled_ = false;
  bool aborted_ = false;  // by INIT on its channel: no reply at all
  bool stalled_ = false;
  bool unplugged_ = false;
  std::uint32_t steps_ = 0;
};

}  // namespace touchstone::emulators::fido2
