// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "git-integration/agent_client.h"

namespace touchstone::agent::cli {

// Control asks the agent what only the command line asks (docs/agent-extensions.md, control).
class Control {
 public:
  virtual ~Control() = default;
  // ask adds the version to a request, sends it, and gives the members of the answer; the
  // agent's own error when it says no. kProtocol when what comes back is no answer.
  virtual base::Result<boost::json::object> ask(boost::json::object request) = 0;
  // watch calls back with each event until on_event gives false or the agent goes away.
  virtual base::Status watch(std::uint64_t after,
                             const std::function<bool(const boost::json::object&)>& on_event) = 0;
  // sign_object asks for an SSHSIG over a whole object; the blob is not checked.
  virtual base::Result<base::Bytes> sign_object(const ssh::SignObject& object) = 0;
  virtual std::string socket() const = 0;
};

// connect_control connects to `socket` alone when it is given. Else to the agent of `places`; the
// configuration says where the user's own listens. kAgentUnreachable names the socket tried.
base::Result<std::unique_ptr<Control>> connect_control(git::AgentPlaces places,
                                                       const std::optional<std::string>& socket);

// parse_object reads the text of one JSON object; kProtocol with `what` otherwise.
base::Result<boost::json::object> parse_object(std::string_view text, std::string_view what);
// members_of_answer gives what an answer says, or the error in it.
base::Result<boost::json::object> members_of_answer(std::string_view text);

// Members of an object from outside: the wrong type counts as missing, and missing is empty.
std::string text_of(const boost::json::object& object, std::string_view name);
std::int64_t number_of(const boost::json::object& object, std::string_view name,
                       std::int64_t otherwise = 0);
bool flag_of(const boost::json::object& object, std::string_view name);
// object_of gives null when there is none.
const boost::json::object* object_of(const boost::json::object& object, std::string_view name);
// objects_of calls back with each object of an array, in order.
void for_each_object(const boost::json::object& object, std::string_view name,
                     const std::function<void(const boost::json::object&)>& on_object);
// error_of reads an error member: {"code": 311, "native": 2, "context": "…"}.
base::Error error_of(const boost::json::object& error);
// error_object is for a command's own --json: code, word, message and hint, as the agent's errors
// have them.
boost::json::object error_object(const base::Error& error);

}  // namespace touchstone::agent::cli
