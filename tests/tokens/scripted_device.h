// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "tokens/fido2/hid_device.h"

namespace touchstone::tokens::fido2 {

// Script is a token's side of a ScriptedDevice: what was written to it, and what it will say.
// Time passes only while somebody waits for a report that is not there.
struct Script {
  base::MockClock clock;
  std::vector<Report> written;
  std::deque<Report> reports;
  bool removed = false;
  bool interrupted = false;
  // on_message gets each whole message: channel, CTAPHID command, payload. INIT and getInfo are
  // answered by answer_opening(), which the default calls.
  std::function<void(std::uint32_t channel, std::uint8_t command, const base::Bytes& payload)>
      on_message;

  std::uint32_t channel = 0x0a0b0c00;  // the next INIT gets the one after it
  bool u2f_only = false;               // says that it knows no CTAP 2

  // say puts a whole message into reports.
  void say(std::uint32_t channel, std::uint8_t command, base::ByteView payload);
  void keepalive(std::uint32_t channel, std::uint8_t status);
  // answer_opening answers INIT and getInfo; false for anything else.
  bool answer_opening(std::uint32_t channel, std::uint8_t command, const base::Bytes& payload);
  // count counts the messages of a command.
  std::size_t count(std::uint8_t command) const;
};

// get_info_reply is that of a plain FIDO_2_0 token that can keep resident credentials.
base::Bytes get_info_reply();

// ScriptedDevice is a HidDevice in memory. script must outlive it.
class ScriptedDevice final : public HidDevice {
 public:
  explicit ScriptedDevice(Script& script) : script_(script) {}

  base::Status write(const Report& report) override;
  base::Result<Waited> read(Report& report, std::chrono::milliseconds timeout,
                            Interrupts interrupts) override;
  void interrupt() override { script_.interrupted = true; }
  void clear_interrupt() override { script_.interrupted = false; }

 private:
  Script& script_;
  base::Bytes payload_;
  std::size_t expected_ = 0;
  std::uint32_t channel_ = 0;
  std::uint8_t command_ = 0;
};

}  // namespace touchstone::tokens::fido2
