// SPDX-License-Identifier: Apache-2.0
#include "tokens/fido2/hid_transport.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "tokens/limits.h"

namespace touchstone::tokens::fido2 {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr int kFailed = -1;
constexpr int kPathRadix = 16;

std::uint8_t command_of(const Report& report) {
  return report[kChannelBytes] & static_cast<std::uint8_t>(~kInitBit);
}

bool is_init(const Report& report) { return (report[kChannelBytes] & kInitBit) != 0; }

std::size_t length_of(const Report& report) {
  return static_cast<std::size_t>(report[kChannelBytes + 1]) << 8U | report[kChannelBytes + 2];
}

base::ByteView payload_of(const Report& report) {
  return base::ByteView(report).subspan(kInitHeaderBytes);
}

bool waits_for_touch(const Report& request) {
  const base::ByteView payload = payload_of(request);
  switch (command_of(request)) {
    case kCommandCbor:
      return payload[0] == kCborMakeCredential || payload[0] == kCborGetAssertion;
    case kCommandMsg:
      // CLA INS P1; a check-only authentication asks for no touch.
      return payload[1] == kU2fRegister ||
             (payload[1] == kU2fAuthenticate && payload[2] == kU2fEnforcePresence);
    default:  // not an enum
      return false;
  }
}

}  // namespace

HidTransport::HidTransport(std::unique_ptr<HidDevice> device, const base::Clock& clock)
    : device_(std::move(device)), clock_(clock) {}

fido_dev_io_t HidTransport::functions() {
  return fido_dev_io_t{&on_open, &on_close, &on_read, &on_write};
}

// libfido2 hands nothing but the path to the open function, and a global to carry the object
// would be shared by all threads: so the path is the object's address.
std::string HidTransport::path() const {
  std::array<char, 2 * sizeof(std::uintptr_t)> text{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  const auto written = std::to_chars(text.begin(), text.end(), address, kPathRadix);
  return std::string(text.begin(), written.ptr);
}

void* HidTransport::on_open(const char* path) noexcept {
  const std::string_view text(path);
  std::uintptr_t address = 0;
  const auto read = std::from_chars(text.begin(), text.end(), address, kPathRadix);
  if (read.ec != std::errc{} || read.ptr != text.end()) {
    return nullptr;
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast,performance-no-int-to-ptr)
  return reinterpret_cast<void*>(address);
}

// The device stays open for as long as the token is plugged in: a path opened again could be
// another token by then.
void HidTransport::on_close(void* /*self*/) noexcept {}

int HidTransport::on_read(void* self, unsigned char* buffer, std::size_t size,
                          int /*timeout_ms*/) noexcept {
  Report report{};
  if (size != report.size() || !static_cast<HidTransport*>(self)->read(report)) {
    return kFailed;
  }
  std::copy(report.begin(), report.end(), buffer);
  return static_cast<int>(report.size());
}

int HidTransport::on_write(void* self, const unsigned char* buffer, std::size_t size) noexcept {
  // libfido2 puts the report's number before it.
  Report report{};
  const base::ByteView bytes(buffer, size);
  if (bytes.size() != report.size() + 1) {
    return kFailed;
  }
  std::copy(bytes.begin() + 1, bytes.end(), report.begin());
  return static_cast<HidTransport*>(self)->write(report) ? static_cast<int>(size) : kFailed;
}

void HidTransport::begin(const Limits& limits) {
  limits_ = limits;
  deadline_ = clock_.steady() + limits.timeout;
  ending_ = Ending{};
  touch_told_ = false;
  unread_ = 0;
}

HidTransport::Ending HidTransport::end() {
  // The rest of an answer would be taken for the next one: not on a new channel.
  ending_.broken = ending_.broken || !answered_ || unread_ > 0;
  return std::exchange(ending_, Ending{});
}

bool HidTransport::write(const Report& report) {
  if (ending_.error) {
    return false;
  }
  if (clock_.steady() >= deadline_) {
    give_up(base::Error{limits_.touch_needed ? Code::kTouchTimeout : Code::kTokenFailed, 0, {}});
    return false;
  }
  if (is_init(report)) {
    drain();
    note_request(report);
  }
  Status written = device_->write(report);
  if (!written.has_value()) {
    ending_.error = std::move(written.error());
    return false;
  }
  silence_end_ = clock_.steady() + kSilenceBeforeTouch;
  return true;
}

void HidTransport::note_request(const Report& report) {
  request_ = report;
  wants_touch_ = waits_for_touch(report);
  answered_ = false;
}

// drain drops what came in while nobody read: answers to other programs, and late ones to us. A
// full queue would make the kernel drop the answer that we are about to wait for.
void HidTransport::drain() {
  constexpr std::size_t kQueuedReportsMax = 256;
  Report report{};
  for (std::size_t i = 0; i < kQueuedReportsMax; ++i) {
    const Result<HidDevice::Waited> waited =
        device_->read(report, std::chrono::milliseconds{0}, HidDevice::Interrupts::kIgnore);
    if (!waited.has_value() || *waited != HidDevice::Waited::kReport) {
      return;  // an error shows itself again when it matters
    }
  }
}

HidTransport::Time HidTransport::next_wakeup() const {
  if (ending_.error) {
    return grace_end_;
  }
  const bool silent = wants_touch_ && limits_.touch_needed != nullptr && !touch_told_;
  return silent ? std::min(deadline_, silence_end_) : deadline_;
}

// read waits for the next report of our channel. After a cancel it goes on reading, so that the
// token's last word is taken off the line before the next request.
bool HidTransport::read(Report& report) {
  while (true) {
    const Time now = clock_.steady();
    if (!ending_.error && now >= deadline_) {
      give_up(limits_.touch_needed ? base::Error{Code::kTouchTimeout, 0, {}}
                                   : base::Error{Code::kTokenFailed, 0, "it does not answer"});
    }
    const Time wakeup = next_wakeup();
    if (ending_.error && now >= wakeup) {
      ending_.broken = true;
      return false;
    }
    const auto heed = ending_.error ? HidDevice::Interrupts::kIgnore : HidDevice::Interrupts::kHeed;
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(wakeup - now);
    Result<HidDevice::Waited> waited = device_->read(report, timeout, heed);
    if (!waited.has_value()) {
      ending_.error = std::move(waited.error());
      ending_.broken = true;
      return false;
    }
    switch (*waited) {
      case HidDevice::Waited::kInterrupted:
        give_up(base::Error{Code::kCancelled, 0, {}});
        break;
      case HidDevice::Waited::kTimeout:
        if (!ending_.error && wants_touch_ && clock_.steady() >= silence_end_) {
          tell_touch();
        }
        break;
      case HidDevice::Waited::kReport:
        if (is_ours(report)) {
          inspect(report);
          return true;
        }
        break;
    }
  }
}

// is_ours: every program that has the device open sees every report of it.
bool HidTransport::is_ours(const Report& report) const {
  const base::ByteView bytes(report);
  const base::ByteView request(request_);
  if (!base::equal(bytes.first(kChannelBytes), request.first(kChannelBytes))) {
    return false;
  }
  // On the broadcast channel the nonce tells whose new channel it is.
  return command_of(request_) != kCommandInit || command_of(report) != kCommandInit ||
         base::equal(payload_of(report).first(kNonceBytes),
                     payload_of(request_).first(kNonceBytes));
}

void HidTransport::inspect(const Report& report) {
  if (!is_init(report)) {
    unread_ -= std::min(unread_, report.size() - kContinuationHeaderBytes);
    return;
  }
  const std::uint8_t first = payload_of(report)[0];
  const std::uint8_t command = command_of(report);
  if (command == kCommandKeepalive) {
    if (first == kKeepaliveUpNeeded && !ending_.error) {
      tell_touch();
    }
    return;
  }
  answered_ = true;
  const std::size_t length = length_of(report);
  unread_ = length - std::min(length, payload_of(report).size());
  if (command == kCommandError && !ending_.error) {
    ending_.channel_lost = first == kErrorInvalidChannel;
    ending_.error = first == kErrorChannelBusy
                        ? base::Error{Code::kTokenBusy, first, {}}
                        : base::Error{Code::kTokenFailed, first, "CTAPHID error"};
  } else if (command == kCommandMsg && command_of(request_) == kCommandMsg) {
    inspect_u2f_reply(report);
  }
}

// A U2F token answers "not satisfied" at once, and is asked again until it was touched.
void HidTransport::inspect_u2f_reply(const Report& report) {
  const base::ByteView payload = payload_of(report);
  const auto status = static_cast<std::uint16_t>(payload[0] << 8U | payload[1]);
  if (wants_touch_ && length_of(report) == 2 && status == kU2fConditionsNotSatisfied) {
    tell_touch();
  }
}

void HidTransport::tell_touch() {
  if (limits_.touch_needed == nullptr) {
    give_up(base::Error{Code::kTokenFailed, 0, "it asks for a touch where none was requested"});
  } else if (!touch_told_) {
    touch_told_ = true;
    (*limits_.touch_needed)();
  }
}

// give_up ends the exchange for the given reason and tells the token. CTAPHID_CANCEL has no answer
// of its own: the request's comes early (CTAP 2.1 section 11.2.9.1.5). U2F has no cancel; its
// requests are answered at once, and the next one is not sent.
void HidTransport::give_up(base::Error error) {
  if (ending_.error) {
    return;
  }
  ending_.error = std::move(error);
  grace_end_ = clock_.steady();
  if (answered_ || command_of(request_) == kCommandInit) {
    return;
  }
  grace_end_ += kCancelGrace;
  if (command_of(request_) != kCommandCbor) {
    return;
  }
  Report cancel{};
  std::copy_n(request_.begin(), kChannelBytes, cancel.begin());
  cancel[kChannelBytes] = kInitBit | kCommandCancel;
  if (!device_->write(cancel).has_value()) {
    ending_.broken = true;
  }
}

}  // namespace touchstone::tokens::fido2
