// SPDX-License-Identifier: Apache-2.0
// The program around the driver: its arguments, its manners on the channel, its confinement.
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/tokens/driver_bench.h"

namespace touchstone::tokens {
namespace {

using base::Code;

constexpr auto kVersion = static_cast<std::uint8_t>(kDriverProtocolVersion);

std::string content(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int run(const std::string& arguments) {
  const std::string command = std::string(TOUCHSTONE_TOKEN) + " " + arguments + " >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DriverProgram, Arguments) {
  EXPECT_EQ(run("--help"), 0);
  EXPECT_EQ(run("--version"), 0);
  EXPECT_EQ(run(""), 2);
  EXPECT_EQ(run("nonsense"), 2);
  EXPECT_EQ(run("fido2 more"), 2);
  EXPECT_EQ(run("fido2 3<&-"), 2);
  EXPECT_EQ(run("fido2 3</dev/null"), 2);
}

TEST(DriverProgram, EndsWithItsChannel) {
  DriverBench bench({"name=a,touch=never"});
  const RequestId id = bench.next_id();
  bench.send(Enroll{id, enroll_request(bench.tokens().front().id)});
  ASSERT_TRUE(bench.wait_touch(id));
  EXPECT_EQ(bench.close(), 0);
}

// Its greeting is answered into a channel that nobody reads any more, which is no failure of its
// own.
TEST(DriverProgram, EndsWithItsChannelWhileItAnswers) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  base::FileDescriptor agent(ends[0]);
  const base::FileDescriptor driver(ends[1]);
  const base::Bytes hello{0, 0, 0, 5, 1, 0, 0, 0, kVersion};
  ASSERT_EQ(::send(agent.get(), hello.data(), hello.size(), 0), static_cast<ssize_t>(hello.size()));
  agent.reset();
  EXPECT_EQ(run("fido2 3<&" + std::to_string(driver.get())), 0);
}

TEST(DriverProgram, IsConfined) {
  DriverBench bench({"name=a"});
  const std::string proc = "/proc/" + std::to_string(bench.driver_pid());
  const std::string status = content(proc + "/status");
  EXPECT_NE(status.find("Name:\ttouchstone-toke"), std::string::npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos) << status;
  EXPECT_NE(content(proc + "/limits").find("Max core file size        0                    0"),
            std::string::npos);
}

TEST(DriverProgram, ClosesWhatItInherited) {
  const base::FileDescriptor first(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  const base::FileDescriptor leaked(::fcntl(first.get(), F_DUPFD, 20));
  ASSERT_GE(leaked.get(), 20);
  DriverBench bench({"name=a"});
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(bench.driver_pid()) + "/fd")) {
    std::error_code ignored;
    EXPECT_NE(std::filesystem::read_symlink(entry.path(), ignored), "/etc/passwd");
  }
}

// Each breaks the protocol in its own way; the driver ends, with an error.
TEST(DriverProgram, EndsWhenTheProtocolIsBroken) {
  const std::vector<base::Bytes> breaches = {
      {0, 0, 0, 0},                             // no message
      {0, 0, 0x40, 1},                          // too long
      {0xff, 0xff, 0xff, 0xff},                 // far too long
      {0, 0, 0, 1, 99},                         // no such type
      {0, 0, 0, 9, 8, 0, 0, 0, 0, 0, 0, 0, 1},  // a request before hello
      {0, 0, 0, 5, 1, 0, 0, 0, kVersion + 1},   // another version
      {0, 0, 0, 6, 1, 0, 0, 0, kVersion, 0},    // trailing byte
      {0, 0, 0, 5, 1, 0, 0, 0, kVersion, 0, 0, 0, 5, 1, 0, 0, 0, kVersion},  // hello twice
  };
  for (const base::Bytes& breach : breaches) {
    DriverBench bench(DriverBench::Raw{}, {"name=a"});
    bench.send_bytes(breach);
    while (bench.next()) {
    }
    EXPECT_NE(bench.close(), 0) << base::ByteView(breach).size();
  }
}

TEST(DriverProgram, IdsMustRise) {
  DriverBench bench({"name=a"});
  KeyReference key;
  key.application = "ssh:";
  key.credential_id = base::to_bytes("id");
  key.public_key.material = base::Bytes(32, 1);
  bench.send(Locate{7, key});
  EXPECT_EQ(bench.reply(7).error().code, Code::kWrongToken);
  bench.send(Locate{7, key});
  EXPECT_EQ(bench.reply(7).error().code, Code::kDriverDied);
  EXPECT_NE(bench.close(), 0);
}

TEST(DriverProgram, BytesMayComeOneByOne) {
  DriverBench bench(DriverBench::Raw{}, {"name=a"});
  for (const std::uint8_t byte : base::Bytes{0, 0, 0, 5, 1, 0, 0, 0, kVersion}) {
    bench.send_bytes(base::ByteView(&byte, 1));
  }
  const auto hello = bench.next();
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(std::get<HelloReply>(*hello).driver, "fido2");
  EXPECT_EQ(bench.wait_tokens(1).size(), 1U);
}

}  // namespace
}  // namespace touchstone::tokens
