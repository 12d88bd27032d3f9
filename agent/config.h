// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "agent/subject.h"
#include "base/result.h"

namespace touchstone::agent {

// Role is the one thing a key may be used for (design section 6).
enum class Role : std::uint8_t { kLogin, kSign, kRelease, kApprove, kSeal };
std::string_view name_of(Role role);
base::Result<Role> role_named(std::string_view name);
// application_of gives the FIDO application (relying party id) of keys made here for that role.
std::string_view application_of(Role role);  // kLogin "ssh:", kSign "ssh:touchstone-sign", …

// Demand is what policy asks of a request.
enum class Demand : std::uint8_t { kDeny, kTouch, kTouchPin };
std::string_view name_of(Demand demand);  // "deny", "touch", "touch+pin"
base::Result<Demand> demand_named(std::string_view name);

// PolicyTable is purpose × {local, forwarded} for one role.
struct PolicyTable {
  std::map<Purpose, Demand> local;
  std::map<Purpose, Demand> forwarded;
};

// Config is the whole configuration, defaults filled in (touchstone.toml(5)).
struct Config {
  std::filesystem::path socket;
  std::filesystem::path keys;     // folder of key files
  std::filesystem::path journal;  // the file
  std::chrono::seconds touch_timeout{30};
  bool prompt_terminal{true};
  bool prompt_notification{true};
  std::string pin_program{"pinentry"};
  bool driver_fido2{true};
  std::map<Role, PolicyTable> policy;

  // defaults holds the policy of design section 5, and lets login and sign keys be tested (purpose
  // test) on this computer for a touch. It puts the paths under $XDG_RUNTIME_DIR, $XDG_DATA_HOME
  // and $XDG_STATE_HOME; fails with kNotFound when the first is not set.
  static base::Result<Config> defaults();
};

// decide answers from the table; what the table does not name is denied.
Demand decide(const Config& config, Role role, Purpose purpose, bool forwarded);

// parse_config reads TOML text over the defaults. Every key has to be known: an error names line,
// column and the nearest known key. source names the file in errors.
base::Result<Config> parse_config(std::string_view text, std::string_view source,
                                  const Config& defaults);
// load_config reads path, or gives the defaults when the file is not there and was not asked for.
base::Result<Config> load_config(const std::filesystem::path& path, bool must_exist);
// default_config_path is $XDG_CONFIG_HOME/touchstone/config.toml.
std::filesystem::path default_config_path();
// format_config gives the effective configuration as TOML.
std::string format_config(const Config& config);

// ConfigKey documents one key, for the man page and the checks that hold it to the parser.
struct ConfigKey {
  std::string_view name;  // "touch.timeout"
  std::string_view type;  // "seconds", "path", "boolean", "demand"
  std::string_view initial;
  std::string_view summary;
};
std::span<const ConfigKey> config_keys();

}  // namespace touchstone::agent
