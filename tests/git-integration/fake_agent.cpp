// SPDX-License-Identifier: Apache-2.0
#include "tests/git-integration/fake_agent.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "git-integration/git_object.h"
#include "git-integration/process.h"
#include "ssh/agent_message.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;

bool receive(int connection, std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = recv(connection, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

FakeAgent::FakeAgent(const std::filesystem::path& socket, SoftKey key, Behaviour behaviour)
    : key_(std::move(key)),
      behaviour_(std::move(behaviour)),
      listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::filesystem::create_directories(socket.parent_path());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  EXPECT_EQ(bind(listener_.get(), generic, sizeof(address)), 0) << path;
  EXPECT_EQ(listen(listener_.get(), 8), 0);
  auto stop = make_pipe();
  EXPECT_TRUE(stop);
  stop_read_ = std::move(stop->read_end);
  stop_write_ = std::move(stop->write_end);
  thread_ = std::thread([this] { serve(); });
}

FakeAgent::~FakeAgent() {
  stop_write_.reset();
  thread_.join();
}

std::vector<ssh::SignObject> FakeAgent::requests() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

void FakeAgent::serve() {
  while (true) {
    std::array<pollfd, 2> waits = {pollfd{listener_.get(), POLLIN, 0},
                                   pollfd{stop_read_.get(), POLLIN, 0}};
    poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) {
      return;
    }
    const base::FileDescriptor connection(accept(listener_.get(), nullptr, nullptr));
    serve_connection(connection.get());
  }
}

void FakeAgent::serve_connection(int connection) {
  std::array<std::uint8_t, 4> length_field{};
  while (receive(connection, length_field)) {
    const auto length = base::Reader(length_field).u32();
    if (!length || *length == 0 || *length > ssh::kAgentMessageMax) {
      ADD_FAILURE() << "length field";
      return;
    }
    Bytes message(*length);
    if (!receive(connection, message) || behaviour_.hangs_up) {
      return;
    }
    const Bytes reply =
        behaviour_.raw_answer ? *behaviour_.raw_answer : ssh::frame(answer(message));
    if (send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) < 0 || behaviour_.raw_answer) {
      return;
    }
  }
}

Bytes FakeAgent::answer(ByteView message) {
  const auto request = ssh::parse_agent_request(message);
  if (!request) {
    ADD_FAILURE() << base::message_of(request.error());
    return ssh::encode(ssh::AgentReplyMessage(ssh::Failure{}));
  }
  if (std::holds_alternative<ssh::RequestIdentities>(*request)) {
    ssh::IdentitiesAnswer list;
    if (behaviour_.lists_key) {
      list.identities.push_back({base::to_bytes(key_.public_key().blob()), "test key"});
    }
    return ssh::encode(ssh::AgentReplyMessage(list));
  }
  if (const auto* extension = std::get_if<ssh::ExtensionRequest>(&*request)) {
    return answer_extension(extension->name, extension->contents);
  }
  return ssh::encode(ssh::AgentReplyMessage(ssh::Failure{}));
}

Bytes FakeAgent::answer_extension(const std::string& name, const Bytes& contents) {
  const auto respond = [&](Bytes answer_contents) {
    return ssh::encode(
        ssh::AgentReplyMessage(ssh::ExtensionResponse{name, std::move(answer_contents)}));
  };
  if (name == "query" && behaviour_.knows_query) {
    std::vector<std::string> names = {"query"};
    if (behaviour_.knows_sign_object) {
      names.emplace_back(ssh::kSignObjectExtension);
    }
    return respond(ssh::encode_query_answer(names));
  }
  if (name == ssh::kSignObjectExtension && behaviour_.knows_sign_object) {
    const auto request = ssh::SignObject::parse(contents);
    if (!request) {
      ADD_FAILURE() << base::message_of(request.error());
      return ssh::encode(ssh::AgentReplyMessage(ssh::ExtensionFailure{}));
    }
    return respond(sign(*request).encode());
  }
  if (name == ssh::kControlExtension && behaviour_.control) {
    return respond(base::to_bytes(behaviour_.control(base::as_text(contents))));
  }
  return ssh::encode(ssh::AgentReplyMessage(ssh::Failure{}));
}

ssh::SignObjectAnswer FakeAgent::sign(const ssh::SignObject& request) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
  }
  if (behaviour_.while_shown) {
    behaviour_.while_shown();
  }
  ssh::SignObjectAnswer answer;
  if (requests().size() > behaviour_.signatures_max) {
    answer.sshsig_blob = base::fail(base::Code::kCancelled);
    return answer;
  }
  if (behaviour_.refusal) {
    answer.sshsig_blob = base::fail(*behaviour_.refusal);
    return answer;
  }
  if (!base::equal(request.key_blob, key_.public_key().blob())) {
    answer.sshsig_blob = base::fail(base::Code::kUnknownKey);
    return answer;
  }
  if (request.name_space == "git") {
    const auto parsed = parse_payload(request.object);
    if (!parsed) {
      answer.sshsig_blob = base::fail(parsed.error());
      return answer;
    }
  }
  SoftKey::How how = behaviour_.how;
  if (how.name_space == "git") {
    how.name_space = request.name_space;
  }
  if (request.hash_name == "sha256") {
    how.hash = ssh::SshSigHash::kSha256;
  }
  Bytes object = request.object;
  if (behaviour_.changes_object) {
    object.push_back('x');
  }
  const SoftKey& key = behaviour_.other_key ? *behaviour_.other_key : key_;
  answer.sshsig_blob = key.sign_blob(object, how);
  return answer;
}

}  // namespace touchstone::git
