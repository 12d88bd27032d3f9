// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "ssh/agent_message.h"
#include "ssh/touchstone_extension.h"

namespace touchstone::git {

// AgentPlaces says where agents may listen. The environment is read in main only:
//   const AgentPlaces places = agent_places(std::getenv("XDG_RUNTIME_DIR"),
//                                           std::getenv("SSH_AUTH_SOCK"));
struct AgentPlaces {
  std::filesystem::path own;    // $XDG_RUNTIME_DIR/touchstone/agent.sock
  std::filesystem::path other;  // $SSH_AUTH_SOCK; may be empty
};
// agent_places takes the two variables, null when they are not set; /run/user/UID stands in for
// the first.
AgentPlaces agent_places(const char* xdg_runtime_dir, const char* ssh_auth_sock);

// AgentClient is a blocking client of one agent socket. A request waits as long as the agent does,
// a touch included. Closing the connection, or the death of this process, cancels what is asked.
// Not thread-safe. After an error of the transport (kConnectionLost, kProtocol) it is of no
// further use.
class AgentClient final {
 public:
  // connect refuses a socket whose listener is neither this user nor root (SO_PEERCRED): anybody
  // can make a socket in /tmp. Fails with kAgentUnreachable, kPermission.
  static base::Result<AgentClient> connect(const std::filesystem::path& socket);

  // connect_any tries the user's own agent, then the other one when it lists sign-object (our
  // agent at another path, or forwarded over SSH).
  static base::Result<AgentClient> connect_any(const AgentPlaces& places);

  // cancel_without_reader makes every wait end with kCancelled, and the request with it, once
  // nobody reads the other end of that pipe, socket or terminal: whoever wanted the answer is
  // gone. Other descriptors change nothing. It must stay open as long as this is used.
  void cancel_without_reader(int descriptor) { reader_ = descriptor; }

  // request sends one message and waits for its answer.
  base::Result<ssh::AgentReplyMessage> request(const ssh::AgentRequest& request);

  base::Result<std::vector<ssh::Identity>> identities();
  // extensions lists what the agent's `query` names; empty when it does not know `query`.
  base::Result<std::vector<std::string>> extensions();

  // sign_object gives the SSHSIG blob, or the agent's own error. It does not check it.
  base::Result<base::Bytes> sign_object(const ssh::SignObject& object);

  // control sends one JSON request (docs/agent-extensions.md) and gives the answer as it came.
  base::Result<std::string> control(std::string_view json);

  // watch calls on_event with each event's JSON text as it comes, until on_event gives false or
  // the connection ends. `after` is the number of the last event known, 0 for none.
  base::Status watch(std::uint64_t after, const std::function<bool(std::string_view)>& on_event);

  const std::filesystem::path& socket() const { return socket_; }

 private:
  AgentClient(base::FileDescriptor connection, std::filesystem::path socket)
      : connection_(std::move(connection)), socket_(std::move(socket)) {}

  base::Result<base::Bytes> receive(std::size_t count) const;
  base::Result<base::Bytes> exchange(base::ByteView message);
  base::Result<ssh::ExtensionResponse> extension(std::string_view name, base::Bytes contents);

  base::FileDescriptor connection_;
  int reader_{-1};
  std::filesystem::path socket_;
};

}  // namespace touchstone::git
