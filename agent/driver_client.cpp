// SPDX-License-Identifier: Apache-2.0
#include "agent/driver_client.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/child_process.h"
#include "tokens/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::chrono::milliseconds kRestartWaitMin{100};
constexpr std::chrono::milliseconds kRestartWaitMax{10'000};
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kReplyChunkBytes = 4096;

// The agent's own file actions and attributes for posix_spawn, freed whatever happens.
class SpawnSetup {
 public:
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  // prepare: descriptor 3 is the socket, standard input is empty, what it prints goes where our
  // messages go, everything else is closed. Its own process group, so that it can be killed with
  // all it started, and so that it can never acquire a terminal of ours as its own.
  int prepare(int socket) {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    int result = ::posix_spawn_file_actions_adddup2(&actions, socket, tokens::kDriverDescriptor);
    result |= ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    result |= ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    result |= ::posix_spawn_file_actions_addclosefrom_np(&actions, tokens::kDriverDescriptor + 1);
    result |= ::posix_spawnattr_setsigmask(&attributes, &none);
    result |= ::posix_spawnattr_setsigdefault(&attributes, &all);
    result |= ::posix_spawnattr_setpgroup(&attributes, 0);
    result |= ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return result;
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

template <class Request>
tokens::ToDriver with_id(Request request, tokens::RequestId id) {
  request.id = id;
  return request;
}

}  // namespace

std::vector<std::string> driver_environment() { return {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}; }

// Process is one run of the program. Handlers hold a weak pointer to the run they were started
// for, so that nothing of a dead run reaches the next, nor a client that is gone.
struct DriverClient::Process {
  explicit Process(boost::asio::io_context& reactor) : socket(reactor) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    boost::system::error_code ignored;
    socket.close(ignored);
    if (pid > 0) {
      ::kill(-pid, SIGKILL);
      while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }

  boost::asio::local::stream_protocol::socket socket;
  pid_t pid{-1};
  bool greeted{false};
  base::Bytes input;
  std::array<std::uint8_t, kReplyChunkBytes> chunk{};
  std::deque<base::Secret> output;  // frames
};

DriverClient::DriverClient(boost::asio::io_context& reactor, Timers& timers, Options options,
                           Events events)
    : reactor_(reactor),
      timers_(timers),
      options_(std::move(options)),
      events_(std::move(events)),
      restart_wait_(kRestartWaitMin),
      alive_(std::make_shared<bool>(true)) {}

DriverClient::~DriverClient() = default;

void DriverClient::start() {
  restart_.reset();
  const base::Status started = spawn();
  if (!started.has_value()) {
    lost(started.error(), 0);
    return;
  }
  send(tokens::Hello{});
  read_more();
}

base::Status DriverClient::spawn() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return base::fail(base::from_errno(errno, "making a socket pair"));
  }
  const int ours = pair.at(0);
  const int theirs = pair.at(1);
  auto process = std::make_shared<Process>(reactor_);
  boost::system::error_code error;
  process->socket.assign(boost::asio::local::stream_protocol(), ours, error);
  SpawnSetup setup;
  int result = setup.prepare(theirs);
  if (result == 0) {
    std::vector<std::string> arguments{options_.program.string(), options_.driver};
    std::vector<std::string> environment = driver_environment();
    result =
        ::posix_spawn(&process->pid, options_.program.c_str(), &setup.actions, &setup.attributes,
                      pointers_to(arguments).data(), pointers_to(environment).data());
  }
  ::close(theirs);
  if (result != 0) {
    process->pid = -1;
    return base::fail(base::from_errno(result, "starting " + options_.program.string()));
  }
  process_ = std::move(process);
  return {};
}

tokens::RequestId DriverClient::request(DriverRequest request, std::chrono::milliseconds timeout,
                                        Handlers handlers) {
  const tokens::RequestId id = ++last_id_;
  if (process_ == nullptr) {
    answer_later(std::move(handlers),
                 base::Error{base::Code::kDriverDied, 0, "driver " + options_.driver});
    return id;
  }
  auto watchdog = timers_.after(timeout, [this, id] {
    lost(base::Error{base::Code::kDriverTimeout, 0, "driver " + options_.driver}, id);
  });
  pending_.emplace(id, Pending{std::move(handlers), std::move(watchdog)});
  send(std::visit([id](auto& known) { return with_id(std::move(known), id); }, request));
  return id;
}

void DriverClient::cancel(tokens::RequestId id) {
  if (process_ != nullptr && pending_.contains(id)) {
    send(tokens::Cancel{id});
  }
}

// answer_later keeps the promise that a reply never comes from within request().
void DriverClient::answer_later(Handlers handlers, base::Error error) {
  boost::asio::post(reactor_, [alive = std::weak_ptr<bool>(alive_),
                               reply = std::move(handlers.reply), error = std::move(error)] {
    if (alive.lock() != nullptr) {
      reply(base::fail(error));
    }
  });
}

void DriverClient::send(const tokens::ToDriver& message) {
  auto encoded = tokens::encode(message);
  if (encoded.has_value()) {
    auto framed = base::Secret::make(kLengthBytes + encoded->size());
    if (framed.has_value()) {
      base::Writer length;
      length.u32(static_cast<std::uint32_t>(encoded->size()));
      std::copy(length.bytes().begin(), length.bytes().end(), framed->data().begin());
      const auto body = encoded->view();
      std::copy(body.begin(), body.end(), framed->data().subspan(kLengthBytes).begin());
      process_->output.push_back(std::move(*framed));
      if (process_->output.size() == 1) {
        write_next();
      }
      return;
    }
    encoded = base::fail(std::move(framed.error()));
  }
  // The request could not even be said: it fails alone, the driver has not heard of it.
  const auto* id = std::visit(
      [](const auto& known) -> const tokens::RequestId* {
        if constexpr (requires { known.id; }) {
          return &known.id;
        } else {
          return nullptr;
        }
      },
      message);
  if (id == nullptr) {
    return;
  }
  if (const auto found = pending_.find(*id); found != pending_.end()) {
    answer_later(std::move(found->second.handlers), std::move(encoded.error()));
    pending_.erase(found);
  }
}

void DriverClient::write_next() {
  const base::ByteView frame = process_->output.front().view();
  boost::asio::async_write(process_->socket, boost::asio::buffer(frame.data(), frame.size()),
                           [this, weak = std::weak_ptr<Process>(process_)](
                               boost::system::error_code error, std::size_t) {
                             const std::shared_ptr<Process> run = weak.lock();
                             if (run == nullptr || error) {
                               return;  // the reading side sees the end and deals with it
                             }
                             run->output.pop_front();
                             if (!run->output.empty()) {
                               write_next();
                             }
                           });
}

void DriverClient::read_more() {
  process_->socket.async_read_some(
      boost::asio::buffer(process_->chunk),
      [this, weak = std::weak_ptr<Process>(process_)](boost::system::error_code error,
                                                      std::size_t count) {
        const std::shared_ptr<Process> run = weak.lock();
        if (run == nullptr) {
          return;
        }
        if (error) {
          lost(base::Error{base::Code::kDriverDied, error.value(), "driver " + options_.driver}, 0);
          return;
        }
        const auto read = base::ByteView(run->chunk).first(count);
        run->input.insert(run->input.end(), read.begin(), read.end());
        take_messages();
      });
}

void DriverClient::take_messages() {
  const std::shared_ptr<Process> run = process_;
  while (process_ == run) {
    base::Reader reader(run->input);
    const auto length = reader.u32();
    if (length.has_value() && *length > tokens::kDriverMessageMax) {
      lost(base::Error{base::Code::kProtocol, 0, "driver message too long"}, 0);
      return;
    }
    const auto body = length.has_value()
                          ? reader.take(*length)
                          : base::Result<base::ByteView>(base::fail(base::Code::kTruncated));
    if (!body.has_value()) {
      read_more();
      return;
    }
    const base::Bytes message = base::to_bytes(*body);
    run->input.erase(run->input.begin(),
                     run->input.begin() + static_cast<std::ptrdiff_t>(reader.offset()));
    const base::Status handled = handle(message);
    if (process_ == run && !handled.has_value()) {
      lost(handled.error(), 0);
      return;
    }
  }
}

base::Status DriverClient::handle(base::ByteView message) {
  TRY(parsed, tokens::parse_from_driver(message).with_context("driver " + options_.driver));
  if (auto* hello = std::get_if<tokens::HelloReply>(&parsed)) {
    if (process_->greeted || hello->version != tokens::kDriverProtocolVersion) {
      return base::fail(base::Code::kProtocol, "driver speaks another version");
    }
    process_->greeted = true;
    restart_wait_ = kRestartWaitMin;
    return {};
  }
  if (!process_->greeted) {
    return base::fail(base::Code::kProtocol, "driver did not say hello first");
  }
  if (auto* list = std::get_if<tokens::Tokens>(&parsed)) {
    tokens_ = std::move(list->tokens);
    events_.tokens_changed();
    return {};
  }
  if (const auto* touch = std::get_if<tokens::TouchNeeded>(&parsed)) {
    const auto found = pending_.find(touch->id);
    if (found != pending_.end() && found->second.handlers.touch_needed) {
      // A copy: the handler may well end the request.
      const auto touch_needed = found->second.handlers.touch_needed;
      touch_needed();
    }
    return {};
  }
  if (const auto* silent = std::get_if<tokens::Silent>(&parsed)) {
    if (events_.silent) {
      events_.silent(silent->signature);
    }
    return {};
  }
  return handle_reply(std::move(std::get<tokens::Reply>(parsed)));
}

base::Status DriverClient::handle_reply(tokens::Reply reply) {
  const auto found = pending_.find(reply.id);
  if (found == pending_.end()) {
    return base::fail(base::Code::kProtocol, "driver answered what nobody asked");
  }
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  pending.handlers.reply(std::move(reply.value));
  return {};
}

void DriverClient::lost(const base::Error& error, tokens::RequestId timed_out) {
  events_.log("driver " + options_.driver + " stopped: " + base::message_of(error));
  process_.reset();
  std::map<tokens::RequestId, Pending> failed;
  failed.swap(pending_);
  restart_ = timers_.after(restart_wait_, [this] { start(); });
  restart_wait_ = std::min(restart_wait_ * 2, kRestartWaitMax);
  const bool had_tokens = !tokens_.empty();
  tokens_.clear();
  for (auto& [id, pending] : failed) {
    const bool late = id == timed_out;
    answer_later(std::move(pending.handlers),
                 base::Error{late ? base::Code::kDriverTimeout : base::Code::kDriverDied, 0,
                             "driver " + options_.driver});
  }
  if (had_tokens) {
    events_.tokens_changed();
  }
}

}  // namespace touchstone::agent
