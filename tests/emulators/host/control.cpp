// SPDX-License-Identifier: Apache-2.0
// The commands of the control socket.
#include <utility>

#include <boost/json.hpp>

#include "tests/emulators/host/host.h"

namespace touchstone::emulators {
namespace {

namespace json = boost::json;

std::pair<std::string_view, std::string_view> split_word(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return {line, {}};
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

std::string reply_to(const base::Status& status) {
  return status.has_value() ? "ok" : "error " + base::message_of(status.error());
}

json::object describe(const fido2::Credential& credential) {
  json::object out;
  out["rp"] = credential.rp_id;
  out["user"] = credential.user.name;
  out["algorithm"] = credential.algorithm == fido2::Algorithm::kEs256 ? "es256" : "eddsa";
  out["resident"] = credential.resident;
  out["protect"] = static_cast<int>(credential.protect);
  out["counter"] = credential.counter;
  return out;
}

json::object describe(HostedToken& token) {
  json::object out;
  out["name"] = token.name();
  out["profile"] = token.authenticator().profile().name;
  out["node"] = Testbed::node(token.number());
  out["plugged"] = token.plugged();
  out["waiting"] = token.button().waiting();
  out["touch"] = fido2::to_string(token.button().policy());
  out["quirks"] = json::parse(fido2::quirks_json(token.authenticator().quirks()));
  const std::lock_guard lock(token.store().mutex);
  const fido2::State& state = token.store().state;
  out["counter"] = state.counter;
  out["signatures"] = state.signatures;
  out["silent_signatures"] = state.silent_signatures;
  out["pin_set"] = state.pin_hash.has_value();
  out["pin_tries"] = state.pin_tries;
  json::array credentials;
  for (const fido2::Credential& credential : state.credentials) {
    credentials.push_back(describe(credential));
  }
  out["credentials"] = std::move(credentials);
  return out;
}

}  // namespace

HostedToken* Host::find(std::string_view name) {
  for (const auto& token : tokens_) {
    if (token->name() == name) {
      return token.get();
    }
  }
  return nullptr;
}

std::string Host::status() {
  json::array tokens;
  for (const auto& token : tokens_) {
    tokens.push_back(describe(*token));
  }
  return "ok " + json::serialize(json::object{{"tokens", std::move(tokens)}});
}

std::string Host::execute(std::string_view line) {
  const auto [verb, rest] = split_word(line);
  if (verb == "status") {
    return status();
  }
  const auto [name, arguments] = split_word(rest);
  HostedToken* token = find(name);
  if (token == nullptr) {
    return "error no token named " + std::string(name);
  }
  return execute_on(verb, *token, arguments);
}

std::string Host::execute_on(std::string_view verb, HostedToken& token, std::string_view rest) {
  if (verb == "touch") {
    token.button().press();
    return "ok";
  }
  if (verb == "wait-touch") {
    return token.button().waiting() ? "ok" : "";
  }
  if (verb == "wait-unplugged") {
    return token.plugged() ? "" : "ok";
  }
  if (verb == "plug") {
    return reply_to(token.plug());
  }
  if (verb == "unplug") {
    return reply_to(token.unplug());
  }
  if (verb == "quirk") {
    return reply_to(token.authenticator().set_quirk(rest));
  }
  if (verb == "touch-policy") {
    const auto policy = fido2::parse_touch_policy(rest);
    if (!policy.has_value()) {
      return "error " + base::message_of(policy.error());
    }
    token.button().set_policy(*policy);
    return "ok";
  }
  if (verb == "reset-counters") {
    const std::lock_guard lock(token.store().mutex);
    token.store().state.counter = 0;
    for (fido2::Credential& credential : token.store().state.credentials) {
      credential.counter = 0;
    }
    return reply_to(token.store().save());
  }
  return "error no command " + std::string(verb);
}

}  // namespace touchstone::emulators
