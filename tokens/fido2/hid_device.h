// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/result.h"
#include "tokens/fido2/ctaphid.h"

namespace touchstone::tokens::fido2 {

// HidDevice moves whole HID reports of 64 bytes. Its owner's thread uses it; interrupt() and
// clear_interrupt() may be called from any.
class HidDevice {
 public:
  enum class Waited : std::uint8_t { kReport, kTimeout, kInterrupted };
  enum class Interrupts : std::uint8_t { kHeed, kIgnore };

  virtual ~HidDevice() = default;
  // kTokenRemoved when the device is gone, kTokenFailed for what else may be wrong with it.
  virtual base::Status write(const Report& report) = 0;
  virtual base::Result<Waited> read(Report& report, std::chrono::milliseconds timeout,
                                    Interrupts interrupts) = 0;
  // interrupt makes reads that heed it return kInterrupted until clear_interrupt().
  virtual void interrupt() = 0;
  virtual void clear_interrupt() = 0;
};

// HidrawDevice is an open /dev/hidraw node and an eventfd for interrupts.
class HidrawDevice final : public HidDevice {
 public:
  // device: open for reading and writing, non-blocking.
  static base::Result<std::unique_ptr<HidDevice>> make(base::FileDescriptor device);

  base::Status write(const Report& report) override;
  base::Result<Waited> read(Report& report, std::chrono::milliseconds timeout,
                            Interrupts interrupts) override;
  void interrupt() override;
  void clear_interrupt() override;

 private:
  HidrawDevice(base::FileDescriptor device, base::FileDescriptor interrupt)
      : device_(std::move(device)), interrupt_(std::move(interrupt)) {}

  base::FileDescriptor device_;
  base::FileDescriptor interrupt_;
};

}  // namespace touchstone::tokens::fido2
