// SPDX-License-Identifier: Apache-2.0
#include "git-integration/agent_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "git-integration/limits.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr const char* kQueryExtension = "query";
constexpr std::size_t kLengthFieldBytes = 4;
constexpr std::size_t kJsonDepthMax = 16;

// check_listener asks the kernel who listens: the credentials are those of the process that
// called listen(2).
Status check_listener(int connection, const std::string& path) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return fail(base::from_errno(errno, path));
  }
  if (peer.uid != geteuid() && peer.uid != 0) {
    return fail(Code::kPermission,
                path + ": another user's agent (uid " + std::to_string(peer.uid) + ")");
  }
  return {};
}

Status connect_to(int connection, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  // The one cast the sockets interface asks for.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  while (::connect(connection, generic, sizeof(address)) != 0) {
    if (errno != EINTR) {
      return fail(Code::kAgentUnreachable, path + ": " + std::strerror(errno), errno);
    }
  }
  return {};
}

Status lost(std::string_view what) { return fail(Code::kConnectionLost, std::string(what)); }

// send_all leaves SIGPIPE out of it: an agent that is gone is an error, not our end.
Status send_all(int connection, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return lost(std::strerror(errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

// wait_for_answer blocks until there is something to read, or nobody to read it.
Status wait_for_answer(int connection, int reader) {
  // Asked for nothing, poll(2) still tells of an end that is closed.
  std::array<pollfd, 2> polled{{{connection, POLLIN, 0}, {reader, 0, 0}}};
  while (::poll(polled.data(), polled.size(), -1) < 0) {
    if (errno != EINTR) {
      return fail(base::from_errno(errno, "poll"));
    }
  }
  if (polled[0].revents == 0 && (polled[1].revents & (POLLERR | POLLHUP)) != 0) {
    return fail(Code::kCancelled, "nobody reads the answer any more");
  }
  return {};
}

Result<Bytes> receive_exactly(int connection, std::size_t count, int reader) {
  Bytes bytes(count);
  std::span<std::uint8_t> rest(bytes);
  while (!rest.empty()) {
    if (reader >= 0) {
      TRY_VOID(wait_for_answer(connection, reader));
    }
    const ssize_t got = recv(connection, rest.data(), rest.size(), 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(Code::kConnectionLost, std::strerror(errno));
    }
    if (got == 0) {
      return fail(Code::kConnectionLost, "the agent hung up");
    }
    rest = rest.subspan(static_cast<std::size_t>(got));
  }
  return bytes;
}

// Events are what one answer of `watch` brought.
struct Events {
  std::vector<std::string> texts;
  std::uint64_t last{0};
};

base::Error answer_error(const boost::json::object& answer) {
  const boost::json::value* error = answer.if_contains("error");
  const boost::json::object* fields = error != nullptr ? error->if_object() : nullptr;
  base::Error result{Code::kAgentRefused, 0, "watch"};
  if (fields == nullptr) {
    return result;
  }
  if (const boost::json::value* code = fields->if_contains("code"); code != nullptr) {
    for (const base::ErrorInfo& info : base::all_errors()) {
      if (code->is_int64() && code->get_int64() == static_cast<std::int64_t>(info.code)) {
        result.code = info.code;
      }
    }
  }
  if (const boost::json::value* context = fields->if_contains("context");
      context != nullptr && context->is_string()) {
    result.context = context->get_string();
  }
  return result;
}

Result<Events> parse_events(const std::string& json, std::uint64_t after) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error, {}, options);
  const boost::json::object* answer = error ? nullptr : value.if_object();
  if (answer == nullptr) {
    return fail(Code::kProtocol, "watch: the answer is no JSON object");
  }
  const boost::json::value* ok = answer->if_contains("ok");
  if (ok == nullptr || !ok->is_bool() || !ok->get_bool()) {
    return fail(answer_error(*answer));
  }
  const boost::json::value* list = answer->if_contains("events");
  if (list == nullptr || !list->is_array()) {
    return fail(Code::kProtocol, "watch: no events");
  }
  Events events;
  events.last = after;
  for (const boost::json::value& event : list->get_array()) {
    const boost::json::object* fields = event.if_object();
    const boost::json::value* number = fields != nullptr ? fields->if_contains("number") : nullptr;
    boost::system::error_code not_a_number;
    const auto count =
        number != nullptr ? number->to_number<std::uint64_t>(not_a_number) : std::uint64_t{0};
    if (not_a_number || count <= events.last) {
      return fail(Code::kProtocol, "watch: event numbers do not rise");
    }
    events.last = count;
    events.texts.push_back(boost::json::serialize(event));
  }
  return events;
}

}  // namespace

AgentPlaces agent_places(const char* xdg_runtime_dir, const char* ssh_auth_sock) {
  const auto given = [](const char* value) { return value != nullptr && *value != '\0'; };
  AgentPlaces places;
  places.own = given(xdg_runtime_dir)
                   ? std::filesystem::path(xdg_runtime_dir)
                   : std::filesystem::path("/run/user") / std::to_string(geteuid());
  places.own /= "touchstone/agent.sock";
  if (given(ssh_auth_sock) && places.own != ssh_auth_sock) {
    places.other = ssh_auth_sock;
  }
  return places;
}

Result<AgentClient> AgentClient::connect(const std::filesystem::path& socket) {
  const std::string path = socket.string();
  if (path.empty() || path.size() > kSocketPathMax) {
    return fail(Code::kTooLong, "socket path " + path);
  }
  base::FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.valid()) {
    return fail(base::from_errno(errno, "making a socket"));
  }
  TRY_VOID(connect_to(connection.get(), path));
  TRY_VOID(check_listener(connection.get(), path));
  return AgentClient(std::move(connection), socket);
}

Result<AgentClient> AgentClient::connect_any(const AgentPlaces& places) {
  auto own = connect(places.own);
  if (own || places.other.empty()) {
    return own;
  }
  auto other = connect(places.other);
  if (other) {
    const auto names = other->extensions();
    if (names &&
        std::find(names->begin(), names->end(), ssh::kSignObjectExtension) != names->end()) {
      return other;
    }
  }
  return own;  // that nobody answers at our own socket is what has to be mended
}

Result<Bytes> AgentClient::receive(std::size_t count) const {
  return receive_exactly(connection_.get(), count, reader_);
}

Result<Bytes> AgentClient::exchange(ByteView message) {
  TRY_VOID(send_all(connection_.get(), ssh::frame(message)));
  TRY(length_field, receive(kLengthFieldBytes));
  TRY(length, base::Reader(length_field).u32());
  if (length == 0 || length > ssh::kAgentMessageMax) {
    return fail(Code::kProtocol, "an answer of " + std::to_string(length) + " bytes");
  }
  return receive(length);
}

Result<ssh::AgentReplyMessage> AgentClient::request(const ssh::AgentRequest& request) {
  const Bytes message = ssh::encode(request);
  if (message.size() > ssh::kAgentMessageMax) {
    return fail(Code::kTooLong, "a request of " + std::to_string(message.size()) + " bytes");
  }
  TRY(answer, exchange(message).with_context("agent"));
  return ssh::parse_agent_reply(answer).with_context("agent");
}

Result<std::vector<ssh::Identity>> AgentClient::identities() {
  TRY(reply, request(ssh::RequestIdentities{}));
  if (auto* answer = std::get_if<ssh::IdentitiesAnswer>(&reply)) {
    return std::move(answer->identities);
  }
  return fail(Code::kAgentRefused, "listing keys");
}

Result<ssh::ExtensionResponse> AgentClient::extension(std::string_view name, Bytes contents) {
  TRY(reply, request(ssh::ExtensionRequest{std::string(name), std::move(contents)}));
  if (std::holds_alternative<ssh::ExtensionFailure>(reply)) {
    return fail(Code::kAgentRefused, std::string(name));
  }
  auto* response = std::get_if<ssh::ExtensionResponse>(&reply);
  if (response == nullptr) {
    return fail(Code::kUnsupported,
                "the agent at " + socket_.string() + " has no " + std::string(name));
  }
  if (response->name != name) {
    return fail(Code::kProtocol, "an answer to another request");
  }
  return std::move(*response);
}

Result<std::vector<std::string>> AgentClient::extensions() {
  auto response = extension(kQueryExtension, {});
  if (response) {
    return ssh::parse_query_answer(response->contents);
  }
  if (response.error().code == Code::kUnsupported || response.error().code == Code::kAgentRefused) {
    return std::vector<std::string>();
  }
  return fail(std::move(response.error()));
}

Result<Bytes> AgentClient::sign_object(const ssh::SignObject& object) {
  if (object.object.size() > ssh::kSignObjectMax) {
    return fail(Code::kTooLong, "an object of " + std::to_string(object.object.size()) +
                                    " bytes, limit " + std::to_string(ssh::kSignObjectMax));
  }
  TRY(response, extension(ssh::kSignObjectExtension, object.encode()));
  TRY(answer, ssh::SignObjectAnswer::parse(response.contents));
  return std::move(answer.sshsig_blob);
}

Result<std::string> AgentClient::control(std::string_view json) {
  if (json.size() > ssh::kControlMax) {
    return fail(Code::kTooLong, "a control request");
  }
  TRY(response, extension(ssh::kControlExtension, base::to_bytes(json)));
  if (response.contents.size() > ssh::kControlMax) {
    return fail(Code::kProtocol, "a control answer above the limit");
  }
  return std::string(base::as_text(response.contents));
}

Status AgentClient::watch(std::uint64_t after,
                          const std::function<bool(std::string_view)>& on_event) {
  while (true) {
    const boost::json::object question = {
        {"version", ssh::kExtensionVersion}, {"command", "watch"}, {"after", after}};
    TRY(answer, control(boost::json::serialize(question)));
    TRY(events, parse_events(answer, after));
    for (const std::string& event : events.texts) {
      if (!on_event(event)) {
        return {};
      }
    }
    after = events.last;
  }
}

}  // namespace touchstone::git
