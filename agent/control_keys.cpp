// SPDX-License-Identifier: Apache-2.0
// The control commands about keys.
#include <algorithm>
#include <utility>

#include "agent/control.h"
#include "agent/control_json.h"
#include "agent/key_file.h"
#include "agent/random.h"
#include "base/encoding.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kChallengeBytes = 32;
// For a question that needs no touch.
constexpr std::chrono::milliseconds kCounterTimeout{20'000};

std::string key_answer(const StoredKey& key) {
  boost::json::object members;
  members["key"] = key_object(key);
  return ok_answer(std::move(members));
}

std::string aaguid_of(const tokens::TokenInfo& token) {
  const bool none = std::all_of(token.aaguid.begin(), token.aaguid.end(),
                                [](std::uint8_t byte) { return byte == 0; });
  return none ? std::string() : base::to_hex(token.aaguid);
}

Subject subject_of(const KeyNewCommand& command) {
  Subject subject;
  subject.headline = "make key: " + command.name;
  const auto fact = [&subject](std::string label, std::string value) {
    subject.facts.push_back(Fact{std::move(label), std::move(value), FactSource::kVerified});
  };
  fact("role", std::string(name_of(command.role)));
  fact("application", std::string(application_of(command.role)));
  if (command.resident) {
    fact("resident", "kept on the token");
  }
  if (command.dedicated) {
    fact("token", "used for nothing else");
  }
  if (command.verify_required) {
    fact("PIN", "wanted for every use");
    fact("touches", "two: for the key, and for the marker that tells its token");
  }
  return subject;
}

}  // namespace

Control::Withdraw Control::make_key(const Client& client, const KeyNewCommand& command,
                                    const Answer& answer) {
  const auto refuse = [&answer](const base::Error& error) {
    answer(error_answer(error));
    return Withdraw{};
  };
  if (const base::Status free = parts_.keys.can_add(command.name); !free.has_value()) {
    return refuse(free.error());
  }
  const auto token = choose_token(command.token);
  if (!token.has_value()) {
    return refuse(token.error());
  }
  const auto challenge = random_bytes(kChallengeBytes);
  if (!challenge.has_value()) {
    return refuse(challenge.error());
  }
  const auto& known = parts_.broker.services().driver.tokens();
  const tokens::TokenInfo info = *std::find_if(
      known.begin(), known.end(), [&token](const auto& entry) { return entry.id == *token; });
  EnrollOperation::Input input{std::string(application_of(command.role)),
                               command.name,
                               command.algorithms,
                               command.resident,
                               command.verify_required,
                               *challenge};
  for (const auto& key : parts_.keys.keys()) {
    if (command.other_token && key->role == command.role) {
      input.elsewhere.push_back(key->reference());
    }
  }
  Prompt prompt = parts_.broker.new_prompt(subject_of(command), client);
  prompt.key_name = command.name;
  return run(std::make_shared<EnrollOperation>(
      parts_.broker.services(), std::move(prompt), *token, std::move(input),
      [this, command, challenge = *challenge, info,
       answer](const base::Result<tokens::ReplyValue>& value) {
        if (!value.has_value()) {
          answer(error_answer(value.error()));
          return;
        }
        const auto made = enrolled(command, challenge, info, std::get<tokens::Enrollment>(*value));
        answer(made.has_value() ? *made : error_answer(made.error()));
      }));
}

base::Result<std::string> Control::enrolled(const KeyNewCommand& command,
                                            const base::Bytes& challenge,
                                            const tokens::TokenInfo& token,
                                            const tokens::Enrollment& enrollment) {
  TRY(public_key,
      ssh::PublicKey::from_token(enrollment.key.public_key, enrollment.key.application));
  unsigned flags = ssh::kSkFlagUserPresence;
  flags |= command.resident ? ssh::kSkFlagResident : 0U;
  flags |= command.verify_required ? ssh::kSkFlagUserVerification : 0U;
  ssh::SkPrivateKey key{std::move(public_key), static_cast<std::uint8_t>(flags),
                        enrollment.key.credential_id, command.comment};
  StoredKey stored{command.name,
                   command.role,
                   std::move(key),
                   base::to_rfc3339(parts_.clock.now()),
                   attestation_class(enrollment.attestation),
                   aaguid_of(token),
                   token.product,
                   Evidence{enrollment.attestation, challenge},
                   enrollment.key.marker};
  for (const tokens::SilentSignature& silent : enrollment.silent) {
    stored.counters.push_back(silent.signature.counter);
  }
  stored.dedicated = command.dedicated;
  std::string answer = key_answer(stored);
  TRY_VOID(parts_.keys.add(std::move(stored)));
  return answer;
}

Control::Withdraw Control::mark_key(const Client& client, const KeyMarkCommand& command,
                                    const Answer& answer) {
  const auto refuse = [&answer](const base::Error& error) {
    answer(error_answer(error));
    return Withdraw{};
  };
  const auto key = parts_.keys.find_named(command.name);
  if (key == nullptr) {
    return refuse({base::Code::kNotFound, 0, "key " + command.name});
  }
  if (!key->verify_required()) {
    return refuse({base::Code::kUnsupported, 0,
                   "key " + command.name + " is found on its token without a marker"});
  }
  const auto token = choose_token(command.token);
  if (!token.has_value()) {
    return refuse(token.error());
  }
  const auto challenge = random_bytes(kChallengeBytes);
  if (!challenge.has_value()) {
    return refuse(challenge.error());
  }
  EnrollOperation::Input input{std::string(tokens::kMarkerApplication),
                               command.name,
                               {base::KeyAlgorithm::kEd25519, base::KeyAlgorithm::kEcdsaP256},
                               /*resident=*/false,
                               /*verify_required=*/false,
                               *challenge,
                               "key-mark"};
  Prompt prompt = token_prompt(client, "let this token be asked for its PIN by key: " + key->name);
  prompt.key_name = key->name;
  return run(std::make_shared<EnrollOperation>(
      parts_.broker.services(), std::move(prompt), *token, std::move(input),
      [this, name = key->name, answer](const base::Result<tokens::ReplyValue>& value) {
        if (!value.has_value()) {
          answer(error_answer(value.error()));
          return;
        }
        const tokens::KeyReference& made = std::get<tokens::Enrollment>(*value).key;
        const auto marked =
            parts_.keys.mark(name, tokens::Marker{made.public_key, made.credential_id});
        answer(marked.has_value() ? key_answer(**marked) : error_answer(marked.error()));
      }));
}

// ask_counter leaves a token alone that is at work for somebody. The driver tells of the signature
// before it says where the key is, so the journal has it when this is answered.
void Control::ask_counter(const CounterCommand& command, const Answer& answer) {
  const Services& services = parts_.broker.services();
  const auto key = parts_.keys.find_named(command.name);
  base::Status fit;
  if (key == nullptr) {
    fit = base::fail(base::Code::kKeyNotFound, command.name);
  }
  for (const tokens::TokenInfo& token : services.driver.tokens()) {
    if (services.lanes.busy(token.id)) {
      fit = base::fail(base::Code::kTokenBusy, token.product);
    }
  }
  if (!fit.has_value()) {
    answer(error_answer(fit.error()));
    return;
  }
  Driver::Handlers handlers;
  handlers.reply = [&journal = services.journal, key,
                    answer](const base::Result<tokens::ReplyValue>& value) {
    if (!value.has_value()) {
      answer(error_answer(value.error()));
      return;
    }
    boost::json::object members;
    const auto counter = journal.last_counter(key->key.key.blob());
    members["counter"] = counter ? boost::json::value(*counter) : boost::json::value(nullptr);
    answer(ok_answer(std::move(members)));
  };
  services.driver.request(tokens::Locate{0, key->reference(), tokens::Asking::kAgain},
                          kCounterTimeout, std::move(handlers));
}

base::Result<std::string> Control::import(const KeyImportCommand& command) {
  TRY_VOID(parts_.keys.can_add(command.name));
  TRY(key, import_key(command.name, command.role, command.private_key,
                      base::to_rfc3339(parts_.clock.now()), command.evidence));
  if (!command.certificate.empty()) {
    TRY_ASSIGN(key.certificate,
               ssh::PublicKey::parse_line(command.certificate).with_context("certificate"));
    TRY_VOID(check_certificate(*key.certificate, key.key.key));
  }
  TRY_VOID(parts_.broker.services().journal.event("key-import",
                                                  command.name + " " + key.key.key.fingerprint()));
  std::string answer = key_answer(key);
  TRY_VOID(parts_.keys.add(std::move(key)));
  return answer;
}

base::Result<std::string> Control::remove(const KeyRemoveCommand& command) {
  TRY_VOID(parts_.broker.services().journal.event("key-remove", command.name));
  TRY(key, parts_.keys.remove(command.name));
  return key_answer(*key);
}

base::Result<std::string> Control::export_key(const KeyExportCommand& command) const {
  const auto key = parts_.keys.find_named(command.name);
  if (key == nullptr) {
    return base::fail(base::Code::kKeyNotFound, command.name);
  }
  TRY(file, ssh::format_private_key_file(key->key, nullptr));
  boost::json::object members;
  members["key"] = key_object(*key);
  members["private_key"] = base::to_base64(file);
  members["attestation"] = nullptr;
  if (key->evidence.has_value()) {
    members["attestation"] = evidence_object(*key->evidence);
  }
  return ok_answer(std::move(members));
}

}  // namespace touchstone::agent
