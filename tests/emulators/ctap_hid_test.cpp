// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/ctap_hid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/emulators/libfido2_device.h"

namespace touchstone::emulators::fido2 {
namespace {

constexpr std::uint32_t kBroadcast = 0xffffffff;
constexpr std::uint8_t kPing = 0x81;
constexpr std::uint8_t kInit = 0x86;
constexpr std::uint8_t kCbor = 0x90;
constexpr std::uint8_t kCancel = 0x91;
constexpr std::uint8_t kKeepalive = 0xbb;
constexpr std::uint8_t kError = 0xbf;

Report frame(const base::Writer& writer) {
  Report report{};
  const base::Bytes& bytes = writer.bytes();
  std::copy(bytes.begin(), bytes.end(), report.begin());
  return report;
}

Report first_frame(std::uint32_t channel, std::uint8_t command, std::size_t size,
                   base::ByteView part) {
  return frame(base::Writer()
                   .u32(channel)
                   .u8(command)
                   .u16(static_cast<std::uint16_t>(size))
                   .raw(part.first(std::min(part.size(), kInitPayloadBytes))));
}

std::vector<Report> message(std::uint32_t channel, std::uint8_t command, base::ByteView payload) {
  std::vector<Report> out = {first_frame(channel, command, payload.size(), payload)};
  payload = payload.subspan(std::min(payload.size(), kInitPayloadBytes));
  for (std::uint8_t sequence = 0; !payload.empty(); ++sequence) {
    const std::size_t count = std::min(payload.size(), kContPayloadBytes);
    out.push_back(frame(base::Writer().u32(channel).u8(sequence).raw(payload.first(count))));
    payload = payload.subspan(count);
  }
  return out;
}

struct Answer {
  std::uint32_t channel = 0;
  std::uint8_t command = 0;
  base::Bytes payload;
};

// Wire speaks CTAPHID by hand, frame by frame.
struct Wire {
  MemoryToken token;

  explicit Wire(TouchPolicy touch = {}) : token("2_1", touch) {}

  void send(const std::vector<Report>& reports) {
    for (const Report& report : reports) {
      token.hid.on_report(report);
    }
  }
  std::optional<Answer> receive() {
    const auto report = token.link.receive();
    if (!report.has_value()) {
      return std::nullopt;
    }
    base::Reader reader(*report);
    Answer answer;
    answer.channel = reader.u32().value();
    answer.command = reader.u8().value();
    const std::size_t size = reader.u16().value();
    answer.payload = base::to_bytes(reader.rest().first(std::min(size, reader.remaining())));
    for (std::uint8_t sequence = 0; answer.payload.size() < size; ++sequence) {
      const Report next = token.link.receive().value();
      base::Reader rest(next);
      EXPECT_EQ(rest.u32().value(), answer.channel);
      EXPECT_EQ(rest.u8().value(), sequence);
      const std::size_t count = std::min(size - answer.payload.size(), rest.remaining());
      const base::ByteView part = rest.rest().first(count);
      answer.payload.insert(answer.payload.end(), part.begin(), part.end());
    }
    return answer;
  }
  // expect_error reads one answer: this error on this channel.
  void expect_error(std::uint32_t channel, std::uint8_t error) {
    const auto answer = receive();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->channel, channel);
    EXPECT_EQ(answer->command, kError);
    EXPECT_EQ(answer->payload, base::Bytes{error});
  }
  std::uint32_t open_channel() {
    send(message(kBroadcast, kInit, base::Bytes(8, 0x5a)));
    const auto answer = receive();
    base::Reader reader(answer->payload);
    (void)reader.take(8);
    return reader.u32().value();
  }
};

// A getAssertion for nobody's credential would answer at once; selection waits for a touch.
const base::Bytes kWaitsForTouch = {0x0b};

TEST(CtapHid, GivesEveryClientItsChannel) {
  Wire wire;
  wire.send(message(kBroadcast, kInit, base::Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
  const auto answer = wire.receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->channel, kBroadcast);
  EXPECT_EQ(answer->payload.size(), 17U);
  EXPECT_EQ(base::Bytes(answer->payload.begin(), answer->payload.begin() + 8),
            (base::Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(answer->payload.back(), 0x05);  // wink, cbor, and msg not denied
  EXPECT_NE(wire.open_channel(), wire.open_channel());
}

TEST(CtapHid, EchoesPingsOfEverySizeThatFits) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  for (const std::size_t size : {0U, 1U, 57U, 58U, 116U, 117U, 7608U, 7609U}) {
    const base::Bytes payload(size, 0xa5);
    wire.send(message(channel, kPing, payload));
    const auto answer = wire.receive();
    ASSERT_TRUE(answer.has_value()) << size;
    EXPECT_EQ(answer->payload, payload) << size;
  }
}

TEST(CtapHid, RefusesWhatDoesNotFit) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send({first_frame(channel, kPing, kHidMessageBytesMax + 1, base::Bytes(57, 0))});
  wire.expect_error(channel, 0x03);
}

TEST(CtapHid, RefusesUnknownChannels) {
  Wire wire;
  wire.send(message(77, kPing, base::Bytes{1}));
  wire.expect_error(77, 0x0b);
  wire.send(message(kBroadcast, kPing, base::Bytes{1}));
  wire.expect_error(kBroadcast, 0x0b);
  wire.send(message(0, kInit, base::Bytes(8, 0)));
  wire.expect_error(0, 0x0b);
}

TEST(CtapHid, RefusesUnknownCommandsAndBadInit) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send(message(channel, 0xc0, {}));
  wire.expect_error(channel, 0x01);
  wire.send(message(kBroadcast, kInit, base::Bytes(7, 0)));
  wire.expect_error(kBroadcast, 0x03);
}

TEST(CtapHid, RefusesFramesOutOfOrder) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  auto frames = message(channel, kPing, base::Bytes(200, 1));
  std::swap(frames.at(1), frames.at(2));
  wire.send(frames);
  wire.expect_error(channel, 0x04);
  EXPECT_FALSE(wire.receive().has_value());
}

TEST(CtapHid, IgnoresStrayContinuations) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send({frame(base::Writer().u32(channel).u8(0))});
  EXPECT_FALSE(wire.receive().has_value());
}

TEST(CtapHid, OneTransactionAtATime) {
  Wire wire;
  const std::uint32_t first = wire.open_channel();
  const std::uint32_t second = wire.open_channel();
  const auto frames = message(first, kPing, base::Bytes(100, 1));
  wire.send({frames.at(0)});
  wire.send(message(second, kPing, base::Bytes{1}));
  wire.expect_error(second, 0x06);
  wire.send({frames.at(1)});
  EXPECT_EQ(wire.receive()->payload.size(), 100U);
}

TEST(CtapHid, InitEndsATransactionOnItsOwnChannel) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send({message(channel, kPing, base::Bytes(100, 1)).at(0)});
  wire.send(message(channel, kInit, base::Bytes(8, 9)));
  EXPECT_EQ(wire.receive()->command, kInit);
  wire.send(message(channel, kPing, base::Bytes{7}));
  EXPECT_EQ(wire.receive()->payload, base::Bytes{7});
}

TEST(CtapHid, UnfinishedTransactionTimesOut) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send({message(channel, kPing, base::Bytes(100, 1)).at(0)});
  wire.token.link.hang_up_after(1);
  wire.token.hid.run();
  wire.expect_error(channel, 0x05);
  EXPECT_FALSE(wire.receive().has_value());
}

TEST(CtapHid, KeepsAliveWhileItWaits) {
  Wire wire({TouchPolicy::Mode::kLateKeepalives, 3});
  const std::uint32_t channel = wire.open_channel();
  wire.send(message(channel, kCbor, kWaitsForTouch));
  for (int i = 0; i < 3; ++i) {
    const auto keepalive = wire.receive();
    ASSERT_TRUE(keepalive.has_value());
    EXPECT_EQ(keepalive->command, kKeepalive);
    EXPECT_EQ(keepalive->payload, base::Bytes{2});  // touch needed
  }
  EXPECT_EQ(wire.receive()->payload, base::Bytes{0});
}

// all_answers reads what is there, without the keepalives.
std::vector<Answer> all_answers(Wire& wire) {
  std::vector<Answer> out;
  while (auto answer = wire.receive()) {
    if (answer->command != kKeepalive) {
      out.push_back(*answer);
    }
  }
  return out;
}

TEST(CtapHid, CancelEndsTheWait) {
  Wire wire({TouchPolicy::Mode::kNever, 0});
  const std::uint32_t channel = wire.open_channel();
  wire.token.link.arrive_later(first_frame(channel, kCancel, 0, {}));
  wire.send(message(channel, kCbor, kWaitsForTouch));
  const auto answers = all_answers(wire);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.at(0).payload, base::Bytes{0x2d});
}

TEST(CtapHid, CancelOfAnotherChannelDoesNot) {
  Wire wire({TouchPolicy::Mode::kLateKeepalives, 3});
  const std::uint32_t channel = wire.open_channel();
  const std::uint32_t other = wire.open_channel();
  wire.token.link.arrive_later(first_frame(other, kCancel, 0, {}));
  wire.send(message(channel, kCbor, kWaitsForTouch));
  const auto answers = all_answers(wire);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.at(0).payload, base::Bytes{0});
}

TEST(CtapHid, CancelWithNothingToCancelIsSilent) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  wire.send({first_frame(channel, kCancel, 0, {})});
  EXPECT_FALSE(wire.receive().has_value());
}

TEST(CtapHid, OthersAreToldItIsBusyWhileItWaits) {
  Wire wire({TouchPolicy::Mode::kLateKeepalives, 3});
  const std::uint32_t channel = wire.open_channel();
  const std::uint32_t other = wire.open_channel();
  wire.token.link.arrive_later(message(other, kCbor, base::Bytes{0x04}).at(0));
  wire.token.link.arrive_later(message(kBroadcast, kInit, base::Bytes(8, 3)).at(0));
  wire.send(message(channel, kCbor, kWaitsForTouch));
  const auto answers = all_answers(wire);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers.at(0).channel, other);
  EXPECT_EQ(answers.at(0).payload, base::Bytes{0x06});
  EXPECT_EQ(answers.at(1).command, kInit);  // a new client still gets a channel
  EXPECT_EQ(answers.at(2).channel, channel);
  EXPECT_EQ(answers.at(2).payload, base::Bytes{0});
}

TEST(CtapHid, InitOnItsOwnChannelAbortsTheWait) {
  Wire wire({TouchPolicy::Mode::kNever, 0});
  const std::uint32_t channel = wire.open_channel();
  wire.token.link.arrive_later(message(channel, kInit, base::Bytes(8, 3)).at(0));
  wire.send(message(channel, kCbor, kWaitsForTouch));
  const auto answers = all_answers(wire);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.at(0).command, kInit);
}

// What libfido2 makes of a token with this quirk: an error, and no crash.
class WireQuirk : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(CtapHid, WireQuirk,
                         testing::Values("garbage_cbor", "truncated_cbor", "oversize",
                                         "empty_reply", "oversize_claim", "wrong_channel",
                                         "wrong_sequence", "stall_at=2", "busy_at=2",
                                         "disconnect_at=2", "disconnect_in_reply=2",
                                         "disconnect_at_touch", "fail_status=0x27",
                                         "no_such_credential"));

TEST_P(WireQuirk, MakesAnAssertionFail) {
  MemoryToken token;
  Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  token.power_up();
  device = open_device(token);
  ASSERT_TRUE(token.authenticator.set_quirk(GetParam()).has_value());
  const Assert assertion = new_assertion(cred.get());
  EXPECT_NE(get(device.get(), assertion.get()), FIDO_OK);
}

TEST(CtapHid, Libfido2DoesNotNoticeTrailingBytes) {
  MemoryToken token;
  const Device device = open_device(token);
  const Cred cred = new_credential(COSE_ES256);
  ASSERT_EQ(make(device.get(), cred.get()), FIDO_OK);
  ASSERT_TRUE(token.authenticator.set_quirk("trailing_bytes").has_value());
  const Assert assertion = new_assertion(cred.get());
  EXPECT_EQ(get(device.get(), assertion.get()), FIDO_OK);
}

TEST(CtapHid, KeepaliveFloodIsSurvived) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("keepalive_flood").has_value());
  const Device device = open_device(token);
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(make(device.get(), new_credential(COSE_ES256).get()), FIDO_OK);
}

TEST(CtapHid, WrongNonceKeepsClientsOut) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("wrong_nonce").has_value());
  int error = FIDO_OK;
  EXPECT_EQ(open_device(token, &error), nullptr);
  EXPECT_NE(error, FIDO_OK);
}

TEST(CtapHid, GarbageInfoMakesItLookLikeU2f) {
  MemoryToken token;
  ASSERT_TRUE(token.authenticator.set_quirk("garbage_info").has_value());
  const Device device = open_device(token);
  EXPECT_TRUE(device == nullptr || !fido_dev_is_fido2(device.get()));
}

TEST(CtapHid, StalledTokenAnswersNothingUntilReplugged) {
  Wire wire;
  const std::uint32_t channel = wire.open_channel();
  ASSERT_TRUE(wire.token.authenticator.set_quirk("stall_at=1").has_value());
  wire.send(message(channel, kCbor, base::Bytes{0x04}));
  wire.send(message(kBroadcast, kInit, base::Bytes(8, 1)));
  EXPECT_FALSE(wire.receive().has_value());
  ASSERT_TRUE(wire.token.authenticator.set_quirk("stall_at=0").has_value());
  wire.token.power_up();
  wire.send(message(kBroadcast, kInit, base::Bytes(8, 1)));
  EXPECT_TRUE(wire.receive().has_value());
}

}  // namespace
}  // namespace touchstone::emulators::fido2
