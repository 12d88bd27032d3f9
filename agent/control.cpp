// SPDX-License-Identifier: Apache-2.0
#include "agent/control.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <unistd.h>

#include "agent/control_json.h"
#include "agent/json.h"
#include "agent/version.h"

namespace touchstone::agent {
namespace {

std::string to_answer(base::Result<std::string> result) {
  return result.has_value() ? std::move(*result) : error_answer(result.error());
}

// Commands that only show or call off are answered whatever the state of the agent.
bool harmless(const ControlCommand& command) {
  return std::holds_alternative<StatusCommand>(command) ||
         std::holds_alternative<WatchCommand>(command) ||
         std::holds_alternative<CancelCommand>(command);
}

}  // namespace

struct Control::Dispatcher {
  Control& control;
  const Client& client;
  const std::weak_ptr<const void>& connection;
  const Answer& answer;

  Withdraw done(base::Result<std::string> result) const {
    answer(to_answer(std::move(result)));
    return {};
  }
  Withdraw done(const base::Status& status) const {
    answer(status.has_value() ? ok_answer({}) : error_answer(status.error()));
    return {};
  }

  Withdraw operator()(const StatusCommand& /*command*/) const { return done(control.status()); }
  Withdraw operator()(const WatchCommand& command) const {
    const auto watcher = control.parts_.events.watch(
        command.after, connection,
        [answer = answer](const std::vector<Event>& events) { answer(events_answer(events)); });
    return [&events = control.parts_.events, watcher] { events.forget(watcher); };
  }
  Withdraw operator()(const CancelCommand& command) const {
    return done(control.parts_.broker.cancel(command.request, "on request"));
  }
  Withdraw operator()(const KeyNewCommand& command) const {
    return control.make_key(client, command, answer);
  }
  Withdraw operator()(const KeyImportCommand& command) const {
    return done(control.import(command));
  }
  Withdraw operator()(const KeyRemoveCommand& command) const {
    return done(control.remove(command));
  }
  Withdraw operator()(const KeyExportCommand& command) const {
    return done(control.export_key(command));
  }
  Withdraw operator()(const KeyMarkCommand& command) const {
    return control.mark_key(client, command, answer);
  }
  Withdraw operator()(const PinSetCommand& command) const {
    return with_token(command.token, [&](const tokens::TokenId& token) {
      return std::make_shared<SetPinOperation>(control.parts_.broker.services(),
                                               control.token_prompt(client, "set the token's PIN"),
                                               token, command.last_try, bare_answer());
    });
  }
  Withdraw operator()(const PinVerifyCommand& command) const {
    return with_token(command.token, [&](const tokens::TokenId& token) {
      return std::make_shared<ResidentOperation>(
          control.parts_.broker.services(), control.token_prompt(client, "check the token's PIN"),
          token, command.last_try, ResidentOperation::Kind::kVerifyPin, base::Bytes{},
          bare_answer());
    });
  }
  Withdraw operator()(const ResidentListCommand& command) const;
  Withdraw operator()(const ResidentDeleteCommand& command) const {
    return with_token(command.token, [&](const tokens::TokenId& token) {
      return std::make_shared<ResidentOperation>(
          control.parts_.broker.services(),
          control.token_prompt(client, "delete a resident credential"), token,
          tokens::LastTry::kRefuse, ResidentOperation::Kind::kDelete, command.credential_id,
          bare_answer());
    });
  }
  Withdraw operator()(const CounterCommand& command) const {
    control.ask_counter(command, answer);
    return {};
  }
  Withdraw operator()(const ReloadCommand& /*command*/) const {
    return done(control.parts_.reload());
  }

  template <class Make>
  Withdraw with_token(const tokens::TokenId& wanted, const Make& make) const {
    const auto token = control.choose_token(wanted);
    if (!token.has_value()) {
      answer(error_answer(token.error()));
      return {};
    }
    return control.run(make(*token));
  }

  TokenOperation::Answer bare_answer() const {
    return [answer = answer](const base::Result<tokens::ReplyValue>& value) {
      answer(value.has_value() ? ok_answer({}) : error_answer(value.error()));
    };
  }
};

Control::Withdraw Control::Dispatcher::operator()(const ResidentListCommand& command) const {
  return with_token(command.token, [&](const tokens::TokenId& token) {
    return std::make_shared<ResidentOperation>(
        control.parts_.broker.services(), control.token_prompt(client, "list resident credentials"),
        token, tokens::LastTry::kRefuse, ResidentOperation::Kind::kList, base::Bytes{},
        [answer = answer](const base::Result<tokens::ReplyValue>& value) {
          if (!value.has_value()) {
            answer(error_answer(value.error()));
            return;
          }
          const auto* list = std::get_if<std::vector<tokens::ResidentCredential>>(&*value);
          boost::json::object members;
          boost::json::array& credentials = members["credentials"].emplace_array();
          if (list != nullptr) {
            for (const tokens::ResidentCredential& credential : *list) {
              credentials.push_back(credential_object(credential));
            }
          }
          answer(ok_answer(std::move(members)));
        });
  });
}

Control::Withdraw Control::handle(const Client& client, const std::weak_ptr<const void>& connection,
                                  base::ByteView contents, const Answer& answer) {
  const auto command = parse_control_request(contents);
  base::Status allowed;
  if (!command.has_value()) {
    allowed = base::fail(command.error());
  } else if (client.forwarded && !std::holds_alternative<StatusCommand>(*command)) {
    allowed = base::fail(base::Code::kDenied, "over a forwarded connection");
  } else if (parts_.lock.locked() && !harmless(*command)) {
    allowed = base::fail(base::Code::kDenied, "the agent is locked");
  }
  if (!allowed.has_value()) {
    answer(error_answer(allowed.error()));
    return {};
  }
  return std::visit(Dispatcher{*this, client, connection, answer}, *command);
}

std::string Control::status() const {
  boost::json::object members;
  boost::json::object& agent = members["agent"].emplace_object();
  agent["version"] = std::string(version());
  agent["pid"] = ::getpid();
  agent["socket"] = json_text(about_.socket.string());
  agent["journal"] = json_text(about_.journal.string());
  agent["config"] = json_text(about_.config.string());
  agent["started"] = base::to_rfc3339(about_.started);
  const Services& services = parts_.broker.services();
  boost::json::array& tokens = members["tokens"].emplace_array();
  for (const tokens::TokenInfo& token : services.driver.tokens()) {
    tokens.push_back(token_object(token, services.lanes.busy(token.id)));
  }
  boost::json::array& keys = members["keys"].emplace_array();
  for (const auto& key : parts_.keys.keys()) {
    keys.push_back(key_object(*key));
  }
  boost::json::array& pending = members["pending"].emplace_array();
  for (const auto& [number, open] : parts_.board.pending()) {
    pending.push_back(prompt_object(open.prompt, open.state, parts_.board.left(open)));
  }
  boost::json::array& refusals = members["refusals"].emplace_array();
  for (const Refusal& refusal : parts_.broker.refusals()) {
    refusals.push_back(refusal_object(refusal));
  }
  return ok_answer(std::move(members));
}

base::Result<tokens::TokenId> Control::choose_token(const tokens::TokenId& wanted) const {
  const auto& known = parts_.broker.services().driver.tokens();
  if (known.empty()) {
    return base::fail(base::Code::kNoToken);
  }
  if (wanted.empty()) {
    if (known.size() > 1) {
      return base::fail(base::Code::kUsage, "several tokens are plugged in: say which");
    }
    return known.front().id;
  }
  const bool present = std::any_of(known.begin(), known.end(),
                                   [&wanted](const auto& info) { return info.id == wanted; });
  if (!present) {
    return base::fail(base::Code::kNotFound, "token " + wanted);
  }
  return wanted;
}

Control::Withdraw Control::run(std::shared_ptr<TokenOperation> operation) {
  const RequestNumber number = parts_.broker.start(std::move(operation));
  return [&broker = parts_.broker, number] {
    (void)broker.cancel(number, "the client hung up");  // it may have ended already
  };
}

Prompt Control::token_prompt(const Client& client, std::string headline) {
  Subject subject;
  subject.headline = std::move(headline);
  return parts_.broker.new_prompt(std::move(subject), client);
}

}  // namespace touchstone::agent
