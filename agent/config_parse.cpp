// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "agent/config.h"
#include "agent/config_entry.h"
#include "agent/limits.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

constexpr std::array kPurposesAll = {Purpose::kLogin,    Purpose::kCommit,      Purpose::kTag,
                                     Purpose::kPush,     Purpose::kBatch,       Purpose::kRelease,
                                     Purpose::kApproval, Purpose::kCertificate, Purpose::kFile,
                                     Purpose::kTest,     Purpose::kUnknown};
constexpr std::array kRolesAll = {Role::kLogin, Role::kSign, Role::kRelease, Role::kApprove,
                                  Role::kSeal};

// The one table of keys: the parser, the man page and the effective configuration go by it.
constexpr std::array kKeys = {
    ConfigKey{"agent.socket", "path", "$XDG_RUNTIME_DIR/touchstone/agent.sock",
              "Where the agent listens, unless it was given a socket or -a."},
    ConfigKey{"agent.keys", "path", "$XDG_DATA_HOME/touchstone/keys", "The folder of key files."},
    ConfigKey{"agent.journal", "path", "$XDG_STATE_HOME/touchstone/journal.jsonl",
              "The journal; its head is kept beside it."},
    ConfigKey{"touch.timeout", "seconds", "30",
              "How long a token waits for a touch, from 1 to 300."},
    ConfigKey{"prompt.terminal", "boolean", "true",
              "Whether requests are shown on the terminal of the program that asks."},
    ConfigKey{"prompt.notification", "boolean", "true",
              "Whether requests are shown as desktop notifications."},
    ConfigKey{"pin.program", "program", "pinentry",
              "What asks for PINs: a path from the root, or a name to be found in /usr/local/bin, "
              "/usr/bin or /bin."},
    ConfigKey{"driver.fido2", "boolean", "true", "Whether FIDO2 and U2F tokens are used."},
    ConfigKey{"policy.ROLE.PURPOSE", "demand", "see POLICY",
              "What a request made on this computer takes."},
    ConfigKey{"policy.ROLE.forwarded.PURPOSE", "demand", "see POLICY",
              "What a request that came over a forwarded agent takes."},
};

base::Status invalid(std::string what) {
  return base::fail(base::Code::kConfigInvalid, std::move(what));
}

struct KindOf {
  std::string operator()(const ConfigTable&) const { return "a table"; }
  std::string operator()(const ConfigOther& other) const { return std::string(other.kind); }
  std::string operator()(const std::string&) const { return "a string"; }
  std::string operator()(std::int64_t) const { return "a number"; }
  std::string operator()(bool) const { return "a boolean"; }
};

template <class T>
base::Result<T> value_as(const ConfigValue& value, std::string_view wanted) {
  if (const T* found = std::get_if<T>(&value)) {
    return *found;
  }
  return base::fail(base::Code::kConfigInvalid,
                    "takes " + std::string(wanted) + ", not " + std::visit(KindOf{}, value));
}

base::Status set_path(std::filesystem::path& target, const ConfigValue& value, std::size_t max) {
  TRY(text, value_as<std::string>(value, "a path in quotes"));
  if (text.empty() || text.front() != '/') {
    return invalid("takes a path from the root (/…)");
  }
  if (text.size() > max) {
    return invalid("takes a path of at most " + std::to_string(max) + " bytes");
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; })) {
    return invalid("takes a path without control characters");
  }
  target = text;
  return {};
}

base::Status set_boolean(bool& target, const ConfigValue& value) {
  TRY_ASSIGN(target, value_as<bool>(value, "true or false"));
  return {};
}

base::Status set_timeout(std::chrono::seconds& target, const ConfigValue& value) {
  TRY(seconds, value_as<std::int64_t>(value, "a whole number of seconds"));
  if (seconds < kTouchTimeoutSecondsMin || seconds > kTouchTimeoutSecondsMax) {
    return invalid("takes " + std::to_string(kTouchTimeoutSecondsMin) + " to " +
                   std::to_string(kTouchTimeoutSecondsMax) + " seconds, not " +
                   std::to_string(seconds));
  }
  target = std::chrono::seconds(seconds);
  return {};
}

bool is_program_name(std::string_view name) {
  return !name.empty() && name.size() <= kProgramNameMax && name.front() != '.' &&
         name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-' || c == '+';
         });
}

base::Status set_program(std::string& target, const ConfigValue& value) {
  TRY(text, value_as<std::string>(value, "a program in quotes"));
  if (!text.empty() && text.front() == '/') {
    std::filesystem::path path;
    TRY_VOID(set_path(path, value, kConfigPathMax));
  } else if (!is_program_name(text)) {
    return invalid("takes a path from the root or a bare program name");
  }
  target = std::move(text);
  return {};
}

base::Status set_demand(Demand& target, const ConfigValue& value) {
  constexpr std::string_view kWanted = "\"deny\", \"touch\" or \"touch+pin\"";
  TRY(text, value_as<std::string>(value, kWanted));
  const auto demand = demand_named(text);
  if (!demand) {
    return invalid("takes " + std::string(kWanted) + ", not \"" + text + "\"");
  }
  target = *demand;
  return {};
}

struct PolicyKey {
  Role role;
  Purpose purpose;
  bool forwarded;
};

std::string name_of(const PolicyKey& key) {
  std::string name = "policy.";
  name += name_of(key.role);
  name += key.forwarded ? ".forwarded." : ".";
  name += name_of(key.purpose);
  return name;
}

std::vector<PolicyKey> all_policy_keys() {
  std::vector<PolicyKey> keys;
  for (const Role role : kRolesAll) {
    for (const bool forwarded : {false, true}) {
      for (const Purpose purpose : kPurposesAll) {
        keys.push_back({role, purpose, forwarded});
      }
    }
  }
  return keys;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const ConfigKey& key : kKeys) {
    if (key.name.substr(0, 7) != "policy.") {
      names.emplace_back(key.name);
    }
  }
  for (const PolicyKey& key : all_policy_keys()) {
    names.push_back(name_of(key));
  }
  return names;
}

bool is_table_name(std::string_view name, const std::vector<std::string>& names) {
  const std::string prefix = std::string(name) + ".";
  return std::any_of(names.begin(), names.end(), [&prefix](const std::string& known) {
    return known.compare(0, prefix.size(), prefix) == 0;
  });
}

// [policy.sgin] is to be told of [policy.sign], not of a key in it.
std::vector<std::string> tables_of(const std::vector<std::string>& names) {
  std::vector<std::string> tables;
  for (const std::string& name : names) {
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      tables.push_back(name.substr(0, dot));
    }
  }
  return tables;
}

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  const auto distance = [name](const std::string& known) {
    const std::size_t longer = std::max(name.size(), known.size());
    const std::size_t shorter = std::min(name.size(), known.size());
    // Two letters swapped are two edits, as are others; the same length speaks for a swap.
    return std::pair(base::edit_distance(name, known), longer - shorter);
  };
  return *std::min_element(names.begin(), names.end(),
                           [&distance](const std::string& a, const std::string& b) {
                             return distance(a) < distance(b);
                           });
}

// apply stores one value; no value when there is no such key.
std::optional<base::Status> apply(Config& config, std::string_view name, const ConfigValue& value) {
  if (name == "agent.socket") {
    return set_path(config.socket, value, kSocketPathMax);
  }
  if (name == "agent.keys") {
    return set_path(config.keys, value, kConfigPathMax);
  }
  if (name == "agent.journal") {
    return set_path(config.journal, value, kConfigPathMax);
  }
  if (name == "touch.timeout") {
    return set_timeout(config.touch_timeout, value);
  }
  if (name == "prompt.terminal") {
    return set_boolean(config.prompt_terminal, value);
  }
  if (name == "prompt.notification") {
    return set_boolean(config.prompt_notification, value);
  }
  if (name == "pin.program") {
    return set_program(config.pin_program, value);
  }
  if (name == "driver.fido2") {
    return set_boolean(config.driver_fido2, value);
  }
  for (const PolicyKey& key : all_policy_keys()) {
    if (name == name_of(key)) {
      PolicyTable& table = config.policy[key.role];
      return set_demand((key.forwarded ? table.forwarded : table.local)[key.purpose], value);
    }
  }
  return std::nullopt;
}

base::Status apply_entry(Config& config, const ConfigEntry& entry,
                         const std::vector<std::string>& names) {
  const bool is_table = std::holds_alternative<ConfigTable>(entry.value);
  if (is_table_name(entry.name, names)) {
    return is_table ? base::Status()
                    : invalid(entry.name + " is a table, not " + std::visit(KindOf{}, entry.value));
  }
  const std::optional<base::Status> done = apply(config, entry.name, entry.value);
  if (!done) {
    return invalid("unknown key " + entry.name + ", did you mean " +
                   nearest(entry.name, is_table ? tables_of(names) : names));
  }
  if (!*done) {
    return invalid(entry.name + " " + done->error().context);
  }
  return {};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

std::string table_text(Role role, bool forwarded, const std::map<Purpose, Demand>& row) {
  if (row.empty()) {
    return "";
  }
  std::string out = "\n[policy.";
  out += name_of(role);
  out += forwarded ? ".forwarded]\n" : "]\n";
  for (const auto& [purpose, demand] : row) {
    out += name_of(purpose);
    out += " = ";
    out += in_quotes(name_of(demand));
    out += "\n";
  }
  return out;
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

base::Result<Config> parse_config(std::string_view text, std::string_view source,
                                  const Config& defaults) {
  TRY(entries, parse_config_entries(text, source));
  const std::vector<std::string> names = all_names();
  Config config = defaults;
  for (const ConfigEntry& entry : entries) {
    if (const base::Status done = apply_entry(config, entry, names); !done) {
      return base::fail(config_error(source, entry.line, entry.column, done.error().context));
    }
  }
  return config;
}

std::string format_config(const Config& config) {
  const auto yes_no = [](bool value) { return std::string(value ? "true" : "false"); };
  std::string out;
  out += "[agent]\nsocket = " + in_quotes(config.socket.native());
  out += "\nkeys = " + in_quotes(config.keys.native());
  out += "\njournal = " + in_quotes(config.journal.native());
  out += "\n\n[touch]\ntimeout = " + std::to_string(config.touch_timeout.count());
  out += "\n\n[prompt]\nterminal = " + yes_no(config.prompt_terminal);
  out += "\nnotification = " + yes_no(config.prompt_notification);
  out += "\n\n[pin]\nprogram = " + in_quotes(config.pin_program);
  out += "\n\n[driver]\nfido2 = " + yes_no(config.driver_fido2) + "\n";
  for (const auto& [role, table] : config.policy) {
    out += table_text(role, false, table.local);
    out += table_text(role, true, table.forwarded);
  }
  return out;
}

}  // namespace touchstone::agent
