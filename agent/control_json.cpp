// SPDX-License-Identifier: Apache-2.0
#include "agent/control_json.h"

#include <algorithm>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "agent/json.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "git-integration/counters/audit.h"
#include "ssh/touchstone_extension.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kEventsAnswerRoom = ssh::kControlMax - 1024;

boost::json::string text(std::string_view value) {
  const std::string fit = json_text(value);
  return boost::json::string(fit);
}

std::string_view algorithm_name(base::KeyAlgorithm algorithm) {
  switch (algorithm) {
    case base::KeyAlgorithm::kEd25519:
      return "ed25519";
    case base::KeyAlgorithm::kEcdsaP256:
      return "ecdsa-p256";
    case base::KeyAlgorithm::kEcdsaP384:
      return "ecdsa-p384";
    case base::KeyAlgorithm::kEcdsaP521:
      return "ecdsa-p521";
    case base::KeyAlgorithm::kRsa:
      return "rsa";
  }
  return "";
}

std::string aaguid_text(const std::array<std::uint8_t, 16>& aaguid) {
  const bool none = std::all_of(aaguid.begin(), aaguid.end(), [](auto byte) { return byte == 0; });
  return none ? std::string() : base::to_hex(aaguid);
}

boost::json::array fact_list(const Subject& subject) {
  boost::json::array facts;
  for (const Fact& fact : subject.facts) {
    boost::json::object object;
    object["label"] = text(fact.label);
    object["value"] = text(fact.value);
    object["source"] = fact.source == FactSource::kVerified ? "verified" : "claimed";
    facts.push_back(std::move(object));
  }
  return facts;
}

boost::json::object client_object(const Client& client) {
  boost::json::object object;
  object["pid"] = client.pid;
  object["uid"] = client.uid;
  object["program"] = text(client.program);
  object["terminal"] = text(client.terminal);
  object["forwarded"] = client.forwarded;
  return object;
}

}  // namespace

boost::json::object token_object(const tokens::TokenInfo& token, bool busy) {
  boost::json::array versions;
  for (const std::string& version : token.versions) {
    versions.emplace_back(text(version));
  }
  boost::json::array algorithms;
  for (const base::KeyAlgorithm algorithm : token.algorithms) {
    algorithms.emplace_back(text(algorithm_name(algorithm)));
  }
  boost::json::object object;
  object["id"] = text(token.id);
  object["driver"] = text(token.driver);
  object["manufacturer"] = text(token.manufacturer);
  object["product"] = text(token.product);
  object["device"] = text(token.device);
  object["vendor_id"] = token.vendor_id;
  object["product_id"] = token.product_id;
  object["aaguid"] = text(aaguid_text(token.aaguid));
  object["versions"] = std::move(versions);
  object["algorithms"] = std::move(algorithms);
  object["pin_set"] = token.pin_set;
  object["pin_supported"] = token.pin_supported;
  object["pin_retries"] = token.pin_retries;
  object["uv_supported"] = token.uv_supported;
  object["resident_supported"] = token.resident_supported;
  object["busy"] = busy || token.busy;
  return object;
}

boost::json::object key_object(const StoredKey& key) {
  const ssh::PublicKey& public_key = key.key.key;
  std::string line = public_key.line();
  if (!key.key.comment.empty()) {
    line += " " + key.key.comment;
  }
  boost::json::object object;
  object["name"] = text(key.name);
  object["role"] = text(name_of(key.role));
  object["type"] = text(public_key.name());
  object["fingerprint"] = text(public_key.fingerprint());
  object["public_key"] = text(line);
  object["application"] = text(public_key.application().value_or(""));
  object["comment"] = text(key.key.comment);
  object["resident"] = key.resident();
  object["verify_required"] = key.verify_required();
  object["marked"] = key.marker.has_value();
  object["attestation"] = text(key.attestation);
  object["aaguid"] = text(key.aaguid);
  object["created"] = text(key.created);
  object["token"] = text(key.token);
  const git::CounterHabit habit = git::habit_of(key.counters);
  object["counter"] = text(git::name_of(habit.kind));
  object["counter_step"] = habit.step;
  object["counter_first"] =
      key.counters.empty() ? boost::json::value(nullptr) : boost::json::value(key.counters.front());
  object["dedicated"] = key.dedicated;
  return object;
}

boost::json::object prompt_object(const Prompt& prompt, PromptState state,
                                  std::chrono::seconds left) {
  boost::json::object object;
  object["number"] = prompt.number;
  object["state"] = text(name_of(state));
  object["purpose"] = text(name_of(prompt.subject.purpose));
  object["headline"] = text(prompt.subject.headline);
  object["facts"] = fact_list(prompt.subject);
  object["key"] = text(prompt.key_name);
  object["fingerprint"] = text(prompt.key_fingerprint);
  object["token"] = text(prompt.token);
  object["digest"] = text(prompt.digest);
  object["client"] = client_object(prompt.client);
  object["seconds_left"] = left.count();
  return object;
}

boost::json::object error_object(const base::Error& error) {
  const base::ErrorInfo& info = base::describe(error.code);
  boost::json::object object;
  object["code"] = static_cast<std::uint16_t>(error.code);
  object["word"] = text(info.word);
  object["native"] = error.native;
  object["context"] = text(error.context);
  object["message"] = text(base::message_of(error));
  object["hint"] = text(info.hint);
  return object;
}

boost::json::object refusal_object(const Refusal& refusal) {
  boost::json::object object;
  object["time"] = text(base::to_rfc3339(refusal.time));
  object["purpose"] = text(name_of(refusal.purpose));
  object["headline"] = text(refusal.headline);
  object["key"] = text(refusal.key_name);
  object["error"] = error_object(refusal.error);
  return object;
}

boost::json::object event_object(const Event& event) {
  boost::json::object object;
  object["number"] = event.number;
  object["time"] = text(base::to_rfc3339(event.time));
  object["kind"] = text(name_of(event.kind));
  if (event.prompt.has_value()) {
    object["prompt"] = prompt_object(*event.prompt, event.state, event.left);
  }
  if (event.token.has_value()) {
    object["token"] = token_object(*event.token, /*busy=*/false);
  }
  if (event.error.has_value()) {
    object["error"] = error_object(*event.error);
  } else if (event.kind == EventKind::kClosed) {
    object["error"] = nullptr;
  }
  return object;
}

boost::json::object credential_object(const tokens::ResidentCredential& credential) {
  boost::json::object object;
  object["application"] = text(credential.key.application);
  object["user_name"] = text(credential.user_name);
  object["credential_id"] = text(base::to_base64(credential.key.credential_id));
  const auto key =
      ssh::PublicKey::from_token(credential.key.public_key, credential.key.application);
  object["public_key"] = text(key.has_value() ? key->line() : "");
  object["cred_protect"] = static_cast<unsigned>(credential.cred_protect);
  return object;
}

std::string ok_answer(boost::json::object members) {
  members["ok"] = true;
  std::string answer = boost::json::serialize(members);
  if (answer.size() > ssh::kControlMax) {
    return error_answer(base::Error{base::Code::kTooLong, 0, "the agent's answer"});
  }
  return answer;
}

std::string error_answer(const base::Error& error) {
  boost::json::object object;
  object["ok"] = false;
  object["error"] = error_object(error);
  return boost::json::serialize(object);
}

std::string events_answer(const std::vector<Event>& events) {
  boost::json::array list;
  std::size_t size = 0;
  for (const Event& event : events) {
    boost::json::object object = event_object(event);
    size += boost::json::serialize(object).size() + 1;
    if (!list.empty() && size > kEventsAnswerRoom) {
      break;
    }
    list.push_back(std::move(object));
  }
  boost::json::object members;
  members["events"] = std::move(list);
  return ok_answer(std::move(members));
}

}  // namespace touchstone::agent
