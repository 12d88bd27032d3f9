// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/ctap_hid.h"

#include <algorithm>

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::uint32_t kBroadcast = 0xffffffff;
constexpr std::uint32_t kNobody = 0x7e57da7a;  // a channel which is never given out
constexpr std::uint8_t kInitialFrame = 0x80;

// CTAP 2.1 11.2.9, without the initial frame bit.
constexpr std::uint8_t kPing = 0x01;
constexpr std::uint8_t kMsg = 0x03;
constexpr std::uint8_t kInit = 0x06;
constexpr std::uint8_t kWink = 0x08;
constexpr std::uint8_t kCborCommand = 0x10;
constexpr std::uint8_t kCancel = 0x11;
constexpr std::uint8_t kKeepalive = 0x3b;
constexpr std::uint8_t kError = 0x3f;

constexpr std::uint8_t kErrorInvalidCommand = 0x01;
constexpr std::uint8_t kErrorInvalidLength = 0x03;
constexpr std::uint8_t kErrorInvalidSequence = 0x04;
constexpr std::uint8_t kErrorTimeout = 0x05;
constexpr std::uint8_t kErrorBusy = 0x06;
constexpr std::uint8_t kErrorInvalidChannel = 0x0b;

constexpr std::uint8_t kCapabilityWink = 0x01;
constexpr std::uint8_t kCapabilityCbor = 0x04;
constexpr std::uint8_t kCapabilityNoMsg = 0x08;

constexpr std::uint8_t kStatusProcessing = 0x01;
constexpr std::uint8_t kStatusTouchNeeded = 0x02;
constexpr std::size_t kNonceBytes = 8;
constexpr std::uint8_t kProtocolVersion = 2;
constexpr std::uint8_t kGetInfoCommand = 0x04;
constexpr int kFloodKeepalives = 10;
constexpr std::chrono::milliseconds kIdleTick{1000};

void copy_into(Report& report, std::size_t offset, base::ByteView bytes) {
  std::copy(bytes.begin(), bytes.end(),
            report.begin() + static_cast<Report::difference_type>(offset));
}

}  // namespace

CtapHid::CtapHid(Authenticator& authenticator, TouchButton& button, const base::Clock& clock,
                 Link& link)
    : authenticator_(authenticator), button_(button), clock_(clock), link_(link) {}

void CtapHid::power_up() {
  channels_ = 0;
  assembling_.reset();
  busy_channel_.reset();
  cancelled_ = false;
  aborted_ = false;
  stalled_ = false;
  unplugged_ = false;
  steps_ = 0;
  button_.forget_presses();
}

void CtapHid::run() {
  Report report{};
  while (!unplugged_) {
    switch (link_.next(report, assembling_.has_value() ? kTransactionTimeout : kIdleTick)) {
      case Link::Event::kReport:
        on_report(report);
        break;
      case Link::Event::kTimeout:
      case Link::Event::kWoken:
        expire_transaction();
        break;
      case Link::Event::kGone:
        return;
    }
  }
}

void CtapHid::expire_transaction() {
  if (assembling_.has_value() && clock_.steady() - assembling_->since >= kTransactionTimeout) {
    const std::uint32_t channel = assembling_->channel;
    assembling_.reset();
    send_error(channel, kErrorTimeout);
  }
}

void CtapHid::on_report(const Report& report) {
  if (stalled_ || unplugged_) {
    return;
  }
  if (busy_channel_.has_value()) {
    on_report_while_busy(report);
    return;
  }
  base::Reader reader(report);
  const std::uint32_t channel = reader.u32().value_or(0);
  const std::uint8_t kind = reader.u8().value_or(0);
  if ((kind & kInitialFrame) != 0) {
    on_initial_frame(channel, static_cast<std::uint8_t>(kind & ~kInitialFrame), reader.rest());
  } else {
    on_continuation(channel, kind, reader.rest());
  }
}

void CtapHid::on_initial_frame(std::uint32_t channel, std::uint8_t command, base::ByteView rest) {
  base::Reader reader(rest);
  const std::size_t size = reader.u16().value_or(0);
  if (command == kInit) {
    // INIT also resynchronises: it ends a transaction on its own channel (11.2.9.1.3).
    if (assembling_.has_value() && assembling_->channel == channel) {
      assembling_.reset();
    }
    if (size != kNonceBytes) {
      send_error(channel, kErrorInvalidLength);
    } else {
      on_init(channel, reader.rest().first(kNonceBytes));
    }
    return;
  }
  if (!known(channel)) {
    send_error(channel, kErrorInvalidChannel);
    return;
  }
  if (assembling_.has_value() && assembling_->channel != channel) {
    send_error(channel, kErrorBusy);
    return;
  }
  if (assembling_.has_value()) {
    assembling_.reset();
    send_error(channel, kErrorInvalidSequence);
    return;
  }
  if (command == kCancel) {
    return;  // nothing to cancel; there is no answer to it (11.2.9.1.5)
  }
  if (size > kHidMessageBytesMax) {
    send_error(channel, kErrorInvalidLength);
    return;
  }
  Transaction transaction{channel, command, size, {}, 0, clock_.steady()};
  transaction.payload = base::to_bytes(reader.rest().first(std::min(size, kInitPayloadBytes)));
  if (transaction.payload.size() == size) {
    dispatch(transaction);
  } else {
    assembling_ = std::move(transaction);
  }
}

void CtapHid::on_continuation(std::uint32_t channel, std::uint8_t sequence, base::ByteView rest) {
  if (!assembling_.has_value() || assembling_->channel != channel) {
    return;  // spurious: ignored (11.2.5.4)
  }
  if (sequence != assembling_->next_sequence) {
    assembling_.reset();
    send_error(channel, kErrorInvalidSequence);
    return;
  }
  Transaction& transaction = *assembling_;
  ++transaction.next_sequence;
  transaction.since = clock_.steady();
  const std::size_t missing = transaction.size - transaction.payload.size();
  const base::ByteView part = rest.first(std::min(missing, kContPayloadBytes));
  transaction.payload.insert(transaction.payload.end(), part.begin(), part.end());
  if (transaction.payload.size() == transaction.size) {
    const Transaction complete = *std::exchange(assembling_, std::nullopt);
    dispatch(complete);
  }
}

void CtapHid::on_report_while_busy(const Report& report) {
  base::Reader reader(report);
  const std::uint32_t channel = reader.u32().value_or(0);
  const std::uint8_t kind = reader.u8().value_or(0);
  if ((kind & kInitialFrame) == 0) {
    return;
  }
  const auto command = static_cast<std::uint8_t>(kind & ~kInitialFrame);
  const std::size_t size = reader.u16().value_or(0);
  const bool own = channel == busy_channel_;
  if (command == kInit && size == kNonceBytes) {
    aborted_ = aborted_ || own;
    on_init(channel, reader.rest().first(kNonceBytes));
  } else if (command == kCancel) {
    cancelled_ = cancelled_ || own;
  } else if (!known(channel)) {
    send_error(channel, kErrorInvalidChannel);
  } else {
    send_error(channel, kErrorBusy);
  }
}

void CtapHid::on_init(std::uint32_t channel, base::ByteView nonce) {
  std::uint32_t given = channel;
  if (channel == kBroadcast) {
    given = ++channels_;
  } else if (!known(channel)) {
    send_error(channel, kErrorInvalidChannel);
    return;
  }
  base::Bytes echoed = base::to_bytes(nonce);
  if (authenticator_.quirks().wrong_nonce) {
    echoed.front() ^= 1;
  }
  const Profile& profile = authenticator_.profile();
  std::uint8_t capabilities = kCapabilityWink;
  capabilities |= profile.ctap2 ? kCapabilityCbor : 0;
  capabilities |= profile.u2f ? 0 : kCapabilityNoMsg;
  send_message(channel, kInit,
               base::Writer()
                   .raw(echoed)
                   .u32(given)
                   .u8(kProtocolVersion)
                   .u8(5)  // version of the device: 5.0.0
                   .u8(0)
                   .u8(0)
                   .u8(capabilities)
                   .bytes());
}

void CtapHid::dispatch(const Transaction& transaction) {
  switch (transaction.command) {
    case kPing:
      send_message(transaction.channel, kPing, transaction.payload);
      return;
    case kWink:
      send_message(transaction.channel, kWink, {});
      return;
    case kMsg:
    case kCborCommand:
      step(transaction);
      return;
  }
  send_error(transaction.channel, kErrorInvalidCommand);
}

void CtapHid::step(const Transaction& transaction) {
  ++steps_;
  const Quirks quirks = authenticator_.quirks();
  if (quirks.disconnect_at == steps_) {
    pull_plug();
    return;
  }
  if (quirks.stall_at != 0 && steps_ >= quirks.stall_at) {
    stalled_ = true;
    return;
  }
  if (quirks.busy_at == steps_) {
    send_error(transaction.channel, kErrorBusy);
    return;
  }
  busy_channel_ = transaction.channel;
  cancelled_ = false;
  aborted_ = false;
  for (int i = 0; quirks.keepalive_flood && i < kFloodKeepalives; ++i) {
    send_keepalive(kStatusProcessing);
  }
  const base::Bytes reply = answer(transaction);
  busy_channel_.reset();
  if (aborted_ || unplugged_) {
    return;
  }
  send_message(transaction.channel, transaction.command, spoil(transaction, reply));
}

base::Bytes CtapHid::answer(const Transaction& transaction) {
  if (transaction.command == kMsg) {
    return authenticator_.u2f(transaction.payload, *this);
  }
  return authenticator_.ctap2(transaction.payload, *this);
}

base::Bytes CtapHid::spoil(const Transaction& transaction, base::Bytes reply) const {
  const Quirks quirks = authenticator_.quirks();
  const base::Bytes& payload = transaction.payload;
  if (transaction.command == kCborCommand && !payload.empty() &&
      payload.front() == kGetInfoCommand) {
    return quirks.garbage_info ? base::Bytes{0x00, 0xbf, 0xff, 0x1c} : reply;
  }
  if (quirks.garbage_cbor) {
    return {0x00, 0xbf, 0xff, 0x1c, 0x5b, 0xff, 0xff};
  }
  if (quirks.empty_reply) {
    return {};
  }
  if (quirks.oversize) {
    reply.resize(kHidMessageBytesMax);
  }
  if (quirks.trailing_bytes) {
    reply.push_back(0);
  }
  if (quirks.truncated_cbor && reply.size() > 1) {
    reply.pop_back();
  }
  return reply;
}

void CtapHid::send_message(std::uint32_t channel, std::uint8_t command, base::ByteView payload) {
  const Quirks quirks = authenticator_.quirks();
  const bool in_step = command == kMsg || command == kCborCommand;
  const std::uint32_t to = in_step && quirks.wrong_channel ? kNobody : channel;
  const std::size_t claimed = in_step && quirks.oversize_claim ? 0xffff : payload.size();
  base::Reader reader(payload);
  Report report{};
  copy_into(report, 0,
            base::Writer()
                .u32(to)
                .u8(static_cast<std::uint8_t>(command | kInitialFrame))
                .u16(static_cast<std::uint16_t>(claimed))
                .raw(*reader.take(std::min(payload.size(), kInitPayloadBytes)))
                .bytes());
  link_.send(report);
  if (in_step && quirks.disconnect_in_reply == steps_) {
    pull_plug();
    return;
  }
  for (std::uint8_t sequence = 0; !reader.at_end(); ++sequence) {
    const auto shown =
        static_cast<std::uint8_t>(in_step && quirks.wrong_sequence ? sequence + 1 : sequence);
    report = {};
    copy_into(report, 0,
              base::Writer()
                  .u32(to)
                  .u8(shown)
                  .raw(*reader.take(std::min(reader.remaining(), kContPayloadBytes)))
                  .bytes());
    link_.send(report);
  }
}

void CtapHid::send_error(std::uint32_t channel, std::uint8_t error) {
  send_message(channel, kError, base::Bytes{error});
}

void CtapHid::send_keepalive(std::uint8_t status) {
  send_message(busy_channel_.value_or(kBroadcast), kKeepalive, base::Bytes{status});
}

bool CtapHid::known(std::uint32_t channel) const { return channel >= 1 && channel <= channels_; }

Presence CtapHid::wait() {
  const auto begin = clock_.steady();
  button_.begin_waiting();
  std::uint32_t keepalives = 0;
  auto next_keepalive = begin;
  std::optional<Presence> result;
  while (!result.has_value()) {
    const auto now = clock_.steady();
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
    const Quirks quirks = authenticator_.quirks();  // which may change while it waits
    const std::chrono::milliseconds limit = quirks.touch_timeout_ms != 0
                                                ? std::chrono::milliseconds(quirks.touch_timeout_ms)
                                                : std::chrono::milliseconds(kTouchTimeout);
    if (quirks.disconnect_at_touch) {
      pull_plug();
      result = Presence::kGone;
    } else if (cancelled_ || aborted_) {
      result = Presence::kCancelled;
    } else if (button_.try_take(waited, keepalives)) {
      result = Presence::kTouched;
    } else if (waited >= limit) {
      result = Presence::kTimedOut;
    } else {
      if (now >= next_keepalive) {
        send_keepalive(kStatusTouchNeeded);
        ++keepalives;
        next_keepalive = now + kKeepaliveInterval;
      }
      const auto until =
          std::chrono::duration_cast<std::chrono::milliseconds>(next_keepalive - now);
      Report report{};
      const Link::Event event = link_.next(report, until + std::chrono::milliseconds(1));
      if (event == Link::Event::kReport) {
        on_report_while_busy(report);
      } else if (event == Link::Event::kGone) {
        result = Presence::kGone;
        aborted_ = true;
      }
    }
  }
  button_.end_waiting();
  return *result;
}

bool CtapHid::touched_now() {
  const std::uint32_t refusals = button_.refused();
  // U2F has no keepalives: a late policy counts the refused attempts instead.
  if (button_.try_take(refusals * kKeepaliveInterval, refusals - 1)) {
    button_.end_waiting();
    return true;
  }
  return false;
}

}  // namespace touchstone::emulators::fido2
