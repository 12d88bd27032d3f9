// SPDX-License-Identifier: Apache-2.0
#include "tests/tokens/scripted_device.h"

#include <algorithm>

namespace touchstone::tokens::fido2 {
namespace {

constexpr std::size_t kInitialBytes = kReportBytes - kInitHeaderBytes;
constexpr std::size_t kContinuationBytes = kReportBytes - 5;
constexpr std::uint8_t kGetInfo = 0x04;
constexpr std::uint8_t kCapabilityCbor = 0x04;

Report padded(const base::Writer& frame) {
  Report report{};
  std::copy_n(frame.bytes().begin(), std::min(frame.size(), report.size()), report.begin());
  return report;
}

}  // namespace

base::Bytes get_info_reply() {
  base::Writer reply;
  reply.u8(0);                    // success
  reply.u8(0xa3);                 // map of 3
  reply.u8(1).u8(0x81).u8(0x68);  // versions: one text of 8
  reply.raw("FIDO_2_0");
  reply.u8(3).u8(0x50);  // aaguid
  reply.raw(base::Bytes(16, 0xaa));
  reply.u8(4).u8(0xa2);  // options
  reply.u8(0x62).raw("rk").u8(0xf5).u8(0x62).raw("up").u8(0xf5);
  return std::move(reply).take();
}

void Script::say(std::uint32_t to, std::uint8_t command, base::ByteView payload) {
  base::Writer first;
  first.u32(to).u8(kInitBit | command).u16(static_cast<std::uint16_t>(payload.size()));
  const std::size_t head = std::min(payload.size(), kInitialBytes);
  first.raw(payload.first(head));
  reports.push_back(padded(first));
  base::ByteView rest = payload.subspan(head);
  for (std::uint8_t sequence = 0; !rest.empty(); ++sequence) {
    const std::size_t size = std::min(rest.size(), kContinuationBytes);
    base::Writer next;
    next.u32(to).u8(sequence & 0x7f).raw(rest.first(size));
    reports.push_back(padded(next));
    rest = rest.subspan(size);
  }
}

void Script::keepalive(std::uint32_t to, std::uint8_t status) {
  say(to, kCommandKeepalive, base::ByteView(&status, 1));
}

bool Script::answer_opening(std::uint32_t from, std::uint8_t command, const base::Bytes& payload) {
  if (command == kCommandInit) {
    ++channel;
    base::Writer reply;
    reply.raw(payload).u32(channel).u8(2).u8(1).u8(0).u8(0).u8(u2f_only ? 0 : kCapabilityCbor);
    say(from, kCommandInit, reply.bytes());
    return true;
  }
  if (command == kCommandCbor && !payload.empty() && payload[0] == kGetInfo) {
    say(from, kCommandCbor, get_info_reply());
    return true;
  }
  return false;
}

std::size_t Script::count(std::uint8_t command) const {
  return static_cast<std::size_t>(std::count_if(
      written.begin(), written.end(),
      [command](const Report& report) { return report[kChannelBytes] == (kInitBit | command); }));
}

base::Status ScriptedDevice::write(const Report& report) {
  if (script_.removed) {
    return base::fail(base::Code::kTokenRemoved);
  }
  script_.written.push_back(report);
  base::Reader in(report);
  const std::uint32_t channel = in.u32().value();
  const std::uint8_t kind = in.u8().value();
  if ((kind & kInitBit) != 0) {
    channel_ = channel;
    command_ = kind & static_cast<std::uint8_t>(~kInitBit);
    expected_ = in.u16().value();
    payload_.clear();
  }
  const std::size_t size = std::min(expected_ - payload_.size(), in.remaining());
  const base::ByteView bytes = in.take(size).value();
  payload_.insert(payload_.end(), bytes.begin(), bytes.end());
  if (payload_.size() == expected_) {
    const base::Bytes whole = payload_;
    if (script_.on_message) {
      script_.on_message(channel_, command_, whole);
    } else {
      script_.answer_opening(channel_, command_, whole);
    }
  }
  return {};
}

base::Result<HidDevice::Waited> ScriptedDevice::read(Report& report,
                                                     std::chrono::milliseconds timeout,
                                                     Interrupts interrupts) {
  if (script_.interrupted && interrupts == Interrupts::kHeed) {
    return Waited::kInterrupted;
  }
  if (!script_.reports.empty()) {
    report = script_.reports.front();
    script_.reports.pop_front();
    return Waited::kReport;
  }
  if (script_.removed) {
    return base::fail(base::Code::kTokenRemoved);
  }
  script_.clock.advance(timeout);
  return Waited::kTimeout;
}

}  // namespace touchstone::tokens::fido2
