// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/fuzz/fuzz.h"
#include "tests/tokens/scripted_device.h"
#include "tokens/fido2/fido2_token.h"

namespace {

using namespace touchstone;
using tokens::fido2::Fido2Token;
using tokens::fido2::Script;
using tokens::fido2::ScriptedDevice;

// The first byte of an input says what is asked of the token, the rest is what it answers:
// messages of a uint16 length and so many bytes (bit 7 clear), or bare reports (bit 7 set). With
// bit 6 it is a token that knows U2F alone.
enum class Asked : std::uint8_t { kInfo, kHolds, kSign, kEnroll, kList, kCount };

constexpr std::uint8_t kBareReports = 0x80;
constexpr std::uint8_t kU2fOnly = 0x40;
constexpr std::size_t kRepliesMax = 64;

class Replies {
 public:
  Replies(Script& script, base::ByteView bytes, bool bare, bool info_too)
      : script_(script), rest_(bytes), bare_(bare), info_too_(info_too) {}

  void answer(std::uint32_t channel, std::uint8_t command, const base::Bytes& payload) {
    if (command == tokens::fido2::kCommandInit || !info_too_) {
      if (script_.answer_opening(channel, command, payload)) {
        return;
      }
    }
    if (++given_ > kRepliesMax || command == tokens::fido2::kCommandCancel) {
      return;
    }
    if (bare_) {
      answer_bare(channel);
      return;
    }
    const auto length = rest_.u16();
    if (!length) {
      return;
    }
    const auto bytes = rest_.take(std::min<std::size_t>(*length, rest_.remaining()));
    script_.say(channel, command, *bytes);
  }

 private:
  // Every report is put on the right channel, or nothing of it would be looked at.
  void answer_bare(std::uint32_t channel) {
    while (const auto bytes = rest_.take(std::min<std::size_t>(60, rest_.remaining()))) {
      if (bytes->empty()) {
        return;
      }
      tokens::fido2::Report report{};
      const base::Bytes head = base::Writer().u32(channel).bytes();
      std::copy(head.begin(), head.end(), report.begin());
      std::copy(bytes->begin(), bytes->end(), report.begin() + 4);
      script_.reports.push_back(report);
    }
  }

  Script& script_;
  base::Reader rest_;
  bool bare_;
  bool info_too_;
  std::size_t given_ = 0;
};

tokens::KeyReference key() {
  tokens::KeyReference reference;
  // The public key of RFC 8032 section 7.1, test 1: nobody here has the other half.
  reference.public_key.material = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                   0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                   0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  reference.credential_id = base::Bytes(16, 2);
  reference.application = "ssh:";
  return reference;
}

void ask(Fido2Token& token, Asked asked) {
  switch (asked) {
    case Asked::kHolds: {
      const auto holds = token.holds(key(), tokens::Asking::kOnce);
      FUZZ_CHECK(!holds.has_value() || !*holds || token.info().u2f_only());
      break;
    }
    case Asked::kSign: {
      tokens::SignRequest request;
      request.key = key();
      request.data = base::to_bytes("data");
      FUZZ_CHECK(!token.sign(request, [] {}).has_value());
      break;
    }
    case Asked::kEnroll: {
      tokens::EnrollRequest request;
      request.application = "ssh:";
      request.algorithms = {base::KeyAlgorithm::kEd25519, base::KeyAlgorithm::kEcdsaP256};
      const auto made = token.enroll(request, [] {});
      FUZZ_CHECK(!made.has_value() || (made->flags & base::kFlagUserPresence) != 0);
      break;
    }
    case Asked::kList: {
      const base::Secret pin = base::Secret::copy_of(base::as_bytes("1234")).value();
      static_cast<void>(token.list_resident(pin, tokens::LastTry::kRefuse));
      break;
    }
    case Asked::kInfo:
    case Asked::kCount:
      break;
  }
}

}  // namespace

void fuzz(touchstone::base::ByteView bytes) {
  FUZZ_CHECK(base::init_secure_heap().has_value());
  if (bytes.empty()) {
    return;
  }
  const auto asked =
      static_cast<Asked>((bytes[0] & 0x3f) % static_cast<std::uint8_t>(Asked::kCount));
  const bool info_too = asked == Asked::kInfo || asked == Asked::kList;
  Script script;
  script.u2f_only = (bytes[0] & kU2fOnly) != 0;
  Replies replies(script, bytes.subspan(1), (bytes[0] & kBareReports) != 0, info_too);
  script.on_message = [&replies](std::uint32_t channel, std::uint8_t command,
                                 const base::Bytes& payload) {
    replies.answer(channel, command, payload);
  };
  auto token = Fido2Token::open(std::make_unique<ScriptedDevice>(script), {}, script.clock);
  if (token.has_value()) {
    ask(**token, asked);
  }
}
