// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/config.h"
#include "agent/key_store.h"
#include "base/bytes.h"
#include "base/key.h"
#include "tokens/token.h"

namespace touchstone::agent {

// Control requests, docs/agent-extensions.md.
struct StatusCommand {};
struct WatchCommand {
  std::uint64_t after{0};
};
struct CancelCommand {
  std::uint64_t request{0};
};
struct KeyNewCommand {
  std::string name;
  Role role{Role::kSign};
  std::vector<base::KeyAlgorithm> algorithms;  // in the order of preference
  bool resident{false};
  bool verify_required{false};
  tokens::TokenId token;
  std::string comment;
  bool dedicated{false};
  bool other_token{false};  // on none that holds a key of the role already
};
struct KeyImportCommand {
  std::string name;
  Role role{Role::kSign};
  base::Bytes private_key;
  std::string certificate;  // the line of an id_*-cert.pub file, or empty
  std::optional<Evidence> evidence;
};
struct KeyRemoveCommand {
  std::string name;
};
struct KeyExportCommand {
  std::string name;
};
struct KeyMarkCommand {
  std::string name;
  tokens::TokenId token;
};
struct PinSetCommand {
  tokens::TokenId token;
  tokens::LastTry last_try{tokens::LastTry::kRefuse};
};
struct PinVerifyCommand {
  tokens::TokenId token;
  tokens::LastTry last_try{tokens::LastTry::kRefuse};
};
struct ResidentListCommand {
  tokens::TokenId token;
};
struct ResidentDeleteCommand {
  tokens::TokenId token;
  base::Bytes credential_id;
};
// CounterCommand has the key's token asked silently, so that the journal knows its counter.
struct CounterCommand {
  std::string name;
};
struct ReloadCommand {};

using ControlCommand =
    std::variant<StatusCommand, WatchCommand, CancelCommand, KeyNewCommand, KeyImportCommand,
                 KeyRemoveCommand, KeyExportCommand, KeyMarkCommand, PinSetCommand,
                 PinVerifyCommand, ResidentListCommand, ResidentDeleteCommand, CounterCommand,
                 ReloadCommand>;

// parse_control_request takes the contents of a control extension request: one JSON object of at
// most ssh::kControlMax bytes with version, command and exactly that command's members.
// kUnsupported for another version or an unknown command.
base::Result<ControlCommand> parse_control_request(base::ByteView contents);

}  // namespace touchstone::agent
