// SPDX-License-Identifier: Apache-2.0
// touchstone-bench-driver STATS: a token driver with one software token, for measuring the agent.
// It speaks the driver protocol strictly. For each signature it appends the nanoseconds it took
// itself to STATS, one line each, so that the bench can tell the agent's share from the token's.
// Data holding the word kHoldWord are never signed: a touch that does not come.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <variant>

#include <unistd.h>

#include "base/file.h"
#include "tests/bench/bench_driver.h"
#include "tests/bench/software_token.h"
#include "tokens/driver_protocol.h"

namespace touchstone::bench {
namespace {

using tokens::kDriverDescriptor;

constexpr const char* kTokenId = "bench:software:1";

[[noreturn]] void give_up(const base::Error& error) {
  std::fputs(base::format_error(error).c_str(), stderr);
  std::exit(EXIT_FAILURE);
}

void send(const tokens::FromDriver& message) {
  auto bytes = tokens::encode(message);
  if (!bytes) {
    give_up(bytes.error());
  }
  base::Writer framed;
  framed.string(*bytes);
  if (const auto sent = base::write_all(kDriverDescriptor, framed.bytes()); !sent) {
    give_up(sent.error());
  }
}

bool read_exactly(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = read(kDriverDescriptor, out.data(), out.size());
    if (count <= 0) {
      return false;
    }
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

class BenchDriver {
 public:
  explicit BenchDriver(const char* stats) : stats_(stats, std::ios::app) {}

  void handle(const tokens::Hello&) {
    send(tokens::HelloReply{tokens::kDriverProtocolVersion, "fido2"});
    tokens::TokenInfo token;
    token.id = kTokenId;
    token.driver = "fido2";
    token.manufacturer = "Touchstone";
    token.product = "software token for benchmarks";
    token.device = "none";
    token.versions = {"FIDO_2_1"};
    token.algorithms = {base::KeyAlgorithm::kEd25519};
    send(tokens::Tokens{{token}});
  }

  void handle(const tokens::Locate& locate) {
    send(tokens::Reply{locate.id, tokens::ReplyValue{tokens::Location{kTokenId}}});
  }

  void handle(const tokens::Sign& sign) {
    const auto begin = std::chrono::steady_clock::now();
    send(tokens::TouchNeeded{sign.id, kTokenId});
    if (base::as_text(sign.request.data).find(kHoldWord) != std::string_view::npos) {
      return;
    }
    SoftwareToken::Handle handle{};
    const base::Bytes& credential = sign.request.key.credential_id;
    if (credential.size() != handle.size()) {
      send(tokens::Reply{sign.id, base::fail(base::Code::kWrongToken)});
      return;
    }
    std::memcpy(handle.data(), credential.data(), handle.size());
    send(tokens::Reply{sign.id,
                       tokens::ReplyValue{SoftwareToken::sign(handle, sign.request.key.application,
                                                              sign.request.data, ++counter_)}});
    stats_ << (std::chrono::steady_clock::now() - begin).count() << "\n" << std::flush;
  }

  void handle(const tokens::Cancel& cancel) {
    send(tokens::Reply{cancel.id, base::fail(base::Code::kCancelled)});
  }

  template <class Other>
  void handle(const Other& other) {
    send(tokens::Reply{other.id, base::fail(base::Code::kUnsupportedByToken)});
  }

 private:
  std::ofstream stats_;
  std::uint32_t counter_ = 0;
};

int run(const char* stats) {
  if (const auto ready = base::init_secure_heap(); !ready) {
    give_up(ready.error());
  }
  BenchDriver driver(stats);
  std::array<std::uint8_t, 4> header{};
  while (read_exactly(header)) {
    const auto length = base::Reader(header).u32();
    if (!length || *length > tokens::kDriverMessageMax) {
      give_up(base::Error{base::Code::kProtocol, 0, "length"});
    }
    base::Bytes body(*length);
    if (!read_exactly(body)) {
      return EXIT_FAILURE;
    }
    const auto message = tokens::parse_to_driver(body);
    if (!message) {
      give_up(message.error());
    }
    std::visit([&driver](const auto& request) { driver.handle(request); }, *message);
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace touchstone::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("call: touchstone-bench-driver STATS\n", stderr);
    return EXIT_FAILURE;
  }
  return touchstone::bench::run(argv[1]);
}
