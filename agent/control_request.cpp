// SPDX-License-Identifier: Apache-2.0
#include "agent/control_request.h"

#include <array>

#include "agent/json.h"
#include "agent/key_file.h"
#include "agent/key_store.h"
#include "agent/limits.h"
#include "ssh/limits.h"
#include "ssh/touchstone_extension.h"
#include "tokens/limits.h"

namespace touchstone::agent {
namespace {

constexpr std::size_t kWordMax = 64;

base::Result<std::string> key_name(JsonReader& reader) {
  TRY(name, reader.text("name", kKeyNameMax));
  TRY_VOID(check_key_name(name));
  return name;
}

base::Result<Role> role(JsonReader& reader) {
  TRY(word, reader.text("role", kWordMax));
  return role_named(word);
}

base::Result<tokens::LastTry> last_try(JsonReader& reader) {
  TRY(allowed, reader.boolean("last_try"));
  return allowed ? tokens::LastTry::kAllow : tokens::LastTry::kRefuse;
}

base::Result<std::vector<base::KeyAlgorithm>> algorithms(JsonReader& reader) {
  using base::KeyAlgorithm;
  TRY(word, reader.text("algorithm", kWordMax));
  if (word == "any") {
    return std::vector{KeyAlgorithm::kEd25519, KeyAlgorithm::kEcdsaP256};
  }
  if (word == "ed25519-sk") {
    return std::vector{KeyAlgorithm::kEd25519};
  }
  if (word == "ecdsa-sk") {
    return std::vector{KeyAlgorithm::kEcdsaP256};
  }
  return base::fail(base::Code::kUnsupported, "algorithm " + word);
}

base::Result<ControlCommand> parse_watch(JsonReader& reader) {
  WatchCommand command;
  TRY_ASSIGN(command.after, reader.number("after"));
  return command;
}

base::Result<ControlCommand> parse_cancel(JsonReader& reader) {
  CancelCommand command;
  TRY_ASSIGN(command.request, reader.number("request"));
  return command;
}

base::Result<ControlCommand> parse_key_new(JsonReader& reader) {
  KeyNewCommand command;
  TRY_ASSIGN(command.name, key_name(reader));
  TRY_ASSIGN(command.role, role(reader));
  TRY_ASSIGN(command.algorithms, algorithms(reader));
  TRY_ASSIGN(command.resident, reader.boolean("resident"));
  TRY_ASSIGN(command.verify_required, reader.boolean("verify_required"));
  TRY_ASSIGN(command.token, reader.text("token", tokens::kTokenIdMax));
  TRY_ASSIGN(command.comment, reader.text("comment", ssh::kCommentMax));
  if (reader.has("dedicated")) {
    TRY_ASSIGN(command.dedicated, reader.boolean("dedicated"));
  }
  if (reader.has("other_token")) {
    TRY_ASSIGN(command.other_token, reader.boolean("other_token"));
  }
  return command;
}

base::Result<ControlCommand> parse_key_import(JsonReader& reader) {
  KeyImportCommand command;
  TRY_ASSIGN(command.name, key_name(reader));
  TRY_ASSIGN(command.role, role(reader));
  TRY_ASSIGN(command.private_key, reader.base64("private_key", ssh::kPrivateKeyFileMax));
  TRY_ASSIGN(command.certificate, reader.text("certificate", ssh::kPrivateKeyFileMax));
  if (reader.has("attestation")) {
    TRY(attestation, reader.object("attestation"));
    if (attestation != nullptr) {
      TRY_ASSIGN(command.evidence, parse_evidence(*attestation).with_context("attestation"));
    }
  }
  return command;
}

template <class Command>
base::Result<ControlCommand> parse_named(JsonReader& reader) {
  Command command;
  TRY_ASSIGN(command.name, key_name(reader));
  return command;
}

base::Result<ControlCommand> parse_key_mark(JsonReader& reader) {
  KeyMarkCommand command;
  TRY_ASSIGN(command.name, key_name(reader));
  TRY_ASSIGN(command.token, reader.text("token", tokens::kTokenIdMax));
  return command;
}

template <class Command>
base::Result<ControlCommand> parse_pin(JsonReader& reader) {
  Command command;
  TRY_ASSIGN(command.token, reader.text("token", tokens::kTokenIdMax));
  TRY_ASSIGN(command.last_try, last_try(reader));
  return command;
}

base::Result<ControlCommand> parse_resident_list(JsonReader& reader) {
  ResidentListCommand command;
  TRY_ASSIGN(command.token, reader.text("token", tokens::kTokenIdMax));
  return command;
}

base::Result<ControlCommand> parse_resident_delete(JsonReader& reader) {
  ResidentDeleteCommand command;
  TRY_ASSIGN(command.token, reader.text("token", tokens::kTokenIdMax));
  TRY_ASSIGN(command.credential_id, reader.base64("credential_id", tokens::kCredentialIdMax));
  return command;
}

template <class Command>
base::Result<ControlCommand> parse_bare(JsonReader& /*reader*/) {
  return Command{};
}

struct CommandParser {
  std::string_view name;
  base::Result<ControlCommand> (*parse)(JsonReader&);
};

constexpr std::array kCommands = {
    CommandParser{"status", parse_bare<StatusCommand>},
    CommandParser{"watch", parse_watch},
    CommandParser{"cancel", parse_cancel},
    CommandParser{"key-new", parse_key_new},
    CommandParser{"key-import", parse_key_import},
    CommandParser{"key-remove", parse_named<KeyRemoveCommand>},
    CommandParser{"key-export", parse_named<KeyExportCommand>},
    CommandParser{"key-mark", parse_key_mark},
    CommandParser{"pin-set", parse_pin<PinSetCommand>},
    CommandParser{"pin-verify", parse_pin<PinVerifyCommand>},
    CommandParser{"resident-list", parse_resident_list},
    CommandParser{"resident-delete", parse_resident_delete},
    CommandParser{"counter", parse_named<CounterCommand>},
    CommandParser{"reload", parse_bare<ReloadCommand>},
};

}  // namespace

base::Result<ControlCommand> parse_control_request(base::ByteView contents) {
  if (contents.size() > ssh::kControlMax) {
    return base::fail(base::Code::kTooLong, "control request");
  }
  TRY(object, parse_json_object(base::as_text(contents)));
  JsonReader reader(object);
  TRY(version, reader.number("version"));
  if (version != ssh::kExtensionVersion) {
    return base::fail(base::Code::kUnsupported, "control version " + std::to_string(version));
  }
  TRY(name, reader.text("command", kWordMax));
  for (const CommandParser& known : kCommands) {
    if (known.name == name) {
      TRY(command, known.parse(reader).with_context(name));
      TRY_VOID(reader.expect_end().with_context(name));
      return command;
    }
  }
  return base::fail(base::Code::kUnsupported, "control command " + name);
}

}  // namespace touchstone::agent
