// SPDX-License-Identifier: Apache-2.0
#include "tests/tokens/driver_bench.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/emulators/host/control_client.h"

namespace touchstone::tokens {
namespace {

constexpr int kPatienceMs = 60'000;

bool read_exactly(int fd, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    pollfd polled{fd, POLLIN, 0};
    if (::poll(&polled, 1, kPatienceMs) <= 0) {
      return false;
    }
    const ssize_t count = ::read(fd, into.data(), into.size());
    if (count <= 0) {
      return false;
    }
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

[[noreturn]] void broken(const std::string& what) { throw std::runtime_error(what); }

}  // namespace

DriverBench::DriverBench(Raw /*raw*/, const std::vector<std::string>& tokens) { start(tokens); }

DriverBench::DriverBench(const std::vector<std::string>& tokens) {
  start(tokens);
  send(Hello{});
  const std::optional<FromDriver> hello = next();
  if (!hello || !std::holds_alternative<HelloReply>(*hello)) {
    broken("the driver does not say hello");
  }
  if (!next()) {
    broken("the driver lists no tokens");
  }
}

DriverBench::~DriverBench() {
  if (emulator_ > 0) {
    close();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void DriverBench::start(const std::vector<std::string>& tokens) {
  if (!base::init_secure_heap().has_value()) {
    broken("no secure heap");
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "driver-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    broken("mkdtemp");
  }
  folder_ = pattern;
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    broken("socketpair");
  }
  channel_ = base::FileDescriptor(pair[0]);
  base::FileDescriptor theirs(pair[1]);

  std::vector<std::string> arguments = {TOUCHSTONE_EMULATOR, "--control", folder_ / "control"};
  for (const std::string& token : tokens) {
    arguments.insert(arguments.end(), {"--token", token});
  }
  arguments.insert(arguments.end(), {"--", TOUCHSTONE_TOKEN, "fido2"});
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  emulator_ = ::fork();
  if (emulator_ == 0) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    // The driver's channel; when it is number 3 already, only the flag has to go.
    if (theirs.get() == kDriverDescriptor) {
      ::fcntl(theirs.get(), F_SETFD, 0);
    } else {
      ::dup2(theirs.get(), kDriverDescriptor);
    }
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
}

void DriverBench::send(const ToDriver& message) {
  const base::Result<base::Secret> encoded = encode(message);
  if (!encoded.has_value()) {
    broken(base::message_of(encoded.error()));
  }
  base::Writer framed;
  framed.string(encoded->view());
  send_bytes(framed.bytes());
}

void DriverBench::send_bytes(base::ByteView bytes) {
  if (::send(channel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    broken("sending to the driver");
  }
}

std::optional<FromDriver> DriverBench::next() {
  std::array<std::uint8_t, 4> header{};
  if (!read_exactly(channel_.get(), header)) {
    return std::nullopt;
  }
  const std::uint32_t length = base::Reader(header).u32().value();
  base::Bytes body(length);
  if (length > kDriverMessageMax || !read_exactly(channel_.get(), body)) {
    return std::nullopt;
  }
  base::Result<FromDriver> message = parse_from_driver(body);
  if (!message.has_value()) {
    broken(base::message_of(message.error()));
  }
  note(*message);
  return std::move(*message);
}

void DriverBench::note(const FromDriver& message) {
  if (const auto* tokens = std::get_if<Tokens>(&message)) {
    tokens_ = tokens->tokens;
  } else if (const auto* needed = std::get_if<TouchNeeded>(&message)) {
    touches_.push_back(needed->id);
  } else if (const auto* silent = std::get_if<Silent>(&message)) {
    silent_.push_back(silent->signature);
  }
}

base::Result<ReplyValue> DriverBench::reply(RequestId id) {
  for (auto early = early_.begin(); early != early_.end(); ++early) {
    if (early->id == id) {
      base::Result<ReplyValue> value = std::move(early->value);
      early_.erase(early);
      return value;
    }
  }
  while (std::optional<FromDriver> message = next()) {
    if (auto* answer = std::get_if<Reply>(&*message)) {
      if (answer->id == id) {
        return std::move(answer->value);
      }
      early_.push_back(std::move(*answer));
    }
  }
  return base::fail(base::Code::kDriverDied);
}

std::vector<TokenInfo> DriverBench::wait_tokens(std::size_t count) {
  while (tokens_.size() != count) {
    const std::optional<FromDriver> message = next();
    if (!message) {
      broken("the list of tokens did not change");
    }
    if (const auto* answer = std::get_if<Reply>(&*message)) {
      early_.push_back(*answer);
    }
  }
  return tokens_;
}

bool DriverBench::wait_touch(RequestId id) {
  while (std::optional<FromDriver> message = next()) {
    if (const auto* needed = std::get_if<TouchNeeded>(&*message)) {
      if (needed->id == id) {
        return true;
      }
    } else if (auto* answer = std::get_if<Reply>(&*message)) {
      const bool ours = answer->id == id;
      early_.push_back(std::move(*answer));
      if (ours) {
        return false;
      }
    }
  }
  return false;
}

const TokenInfo& DriverBench::token(std::string_view product_or_device) const {
  for (const TokenInfo& info : tokens_) {
    if (info.product == product_or_device || info.device == product_or_device) {
      return info;
    }
  }
  broken("no token " + std::string(product_or_device));
}

std::string DriverBench::control(const std::string& line) {
  const base::Result<std::string> answer =
      emulators::control_command((folder_ / "control").string(), line);
  if (!answer.has_value()) {
    broken(line + ": " + base::message_of(answer.error()));
  }
  return *answer;
}

int DriverBench::close() {
  channel_.reset();
  int status = 0;
  while (::waitpid(emulator_, &status, 0) < 0 && errno == EINTR) {
  }
  emulator_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t DriverBench::driver_pid() const {
  std::ifstream children("/proc/" + std::to_string(emulator_) + "/task/" +
                         std::to_string(emulator_) + "/children");
  pid_t pid = -1;
  children >> pid;
  return pid;
}

base::Result<Enrollment> DriverBench::enroll(EnrollRequest request) {
  const RequestId id = next_id();
  base::Result<ReplyValue> value = ask(Enroll{id, std::move(request)}, id);
  if (!value.has_value()) {
    return base::fail(std::move(value.error()));
  }
  return std::get<Enrollment>(std::move(*value));
}

base::Result<base::TokenSignature> DriverBench::sign(SignRequest request) {
  const RequestId id = next_id();
  base::Result<ReplyValue> value = ask(Sign{id, std::move(request)}, id);
  if (!value.has_value()) {
    return base::fail(std::move(value.error()));
  }
  return std::get<base::TokenSignature>(std::move(*value));
}

base::Result<TokenId> DriverBench::locate(const KeyReference& key) {
  const RequestId id = next_id();
  base::Result<ReplyValue> value = ask(Locate{id, key}, id);
  if (!value.has_value()) {
    return base::fail(std::move(value.error()));
  }
  return std::get<Location>(std::move(*value)).token;
}

base::Status DriverBench::set_pin(const TokenId& token, const char* old_pin, const char* new_pin,
                                  LastTry last_try) {
  const RequestId id = next_id();
  SetPin set;
  set.id = id;
  set.token = token;
  if (old_pin != nullptr) {
    set.old_pin = secret(old_pin);
  }
  set.new_pin = secret(new_pin);
  set.last_try = last_try;
  base::Result<ReplyValue> value = ask(std::move(set), id);
  if (!value.has_value()) {
    return base::fail(std::move(value.error()));
  }
  return {};
}

base::Secret secret(std::string_view text) {
  if (!base::init_secure_heap().has_value()) {
    broken("no secure heap");
  }
  return base::Secret::copy_of(base::as_bytes(text)).value();
}

EnrollRequest enroll_request(const TokenId& token) {
  EnrollRequest request;
  request.token = token;
  request.application = "ssh:touchstone-sign";
  request.user_name = "alice";
  request.algorithms = {base::KeyAlgorithm::kEd25519, base::KeyAlgorithm::kEcdsaP256};
  request.challenge = base::to_bytes("challenge");
  return request;
}

SignRequest sign_request(const TokenId& token, const KeyReference& key) {
  SignRequest request;
  request.token = token;
  request.key = key;
  request.data = base::to_bytes("what is signed");
  return request;
}

}  // namespace touchstone::tokens
