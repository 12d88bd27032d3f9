// SPDX-License-Identifier: Apache-2.0
#include "agent/config.h"

#include <optional>
#include <utility>

#include "agent/environment.h"
#include "agent/limits.h"
#include "base/file.h"

namespace touchstone::agent {
namespace {

// $XDG_CONFIG_HOME and its like, or their defaults below $HOME; a relative path in one of them is
// to be ignored (XDG Base Directory Specification 0.8, "Environment variables").
std::optional<std::filesystem::path> base_folder(const char* variable, const char* below_home) {
  if (const std::string value = environment_variable(variable); value.substr(0, 1) == "/") {
    return std::filesystem::path(value);
  }
  const std::string home = environment_variable("HOME");
  if (below_home == nullptr || home.substr(0, 1) != "/") {
    return std::nullopt;
  }
  return std::filesystem::path(home) / below_home;
}

base::Result<std::filesystem::path> needed_folder(const char* variable, const char* below_home) {
  std::optional<std::filesystem::path> folder = base_folder(variable, below_home);
  if (!folder) {
    return base::fail(base::Code::kNotFound, std::string(variable) + " is not set");
  }
  return *std::move(folder) / "touchstone";
}

// A test of a key is for the two roles whose use costs a touch and no more: they are what people
// try out with `ssh-add -T`. Keys of the other roles sign for their one purpose alone. Over a
// forwarded connection it is denied: whoever sits there could only want the touch itself.
std::map<Role, PolicyTable> default_policy() {
  std::map<Role, PolicyTable> policy;
  policy[Role::kLogin] = {{{Purpose::kLogin, Demand::kTouch}, {Purpose::kTest, Demand::kTouch}},
                          {{Purpose::kLogin, Demand::kTouch}}};
  policy[Role::kSign] = {{{Purpose::kCommit, Demand::kTouch},
                          {Purpose::kTag, Demand::kTouch},
                          {Purpose::kPush, Demand::kTouch},
                          {Purpose::kBatch, Demand::kTouchPin},
                          {Purpose::kFile, Demand::kTouch},
                          {Purpose::kTest, Demand::kTouch}},
                         {}};
  policy[Role::kRelease] = {{{Purpose::kRelease, Demand::kTouchPin}}, {}};
  policy[Role::kApprove] = {{{Purpose::kApproval, Demand::kTouchPin}}, {}};
  policy[Role::kSeal] = {};
  return policy;
}

}  // namespace

base::Result<Config> Config::defaults() {
  TRY(runtime, needed_folder("XDG_RUNTIME_DIR", nullptr));
  TRY(data, needed_folder("XDG_DATA_HOME", ".local/share"));
  TRY(state, needed_folder("XDG_STATE_HOME", ".local/state"));
  Config config;
  config.socket = runtime / "agent.sock";
  config.keys = data / "keys";
  config.journal = state / "journal.jsonl";
  config.policy = default_policy();
  return config;
}

Demand decide(const Config& config, Role role, Purpose purpose, bool forwarded) {
  const auto table = config.policy.find(role);
  if (table == config.policy.end()) {
    return Demand::kDeny;
  }
  const std::map<Purpose, Demand>& row = forwarded ? table->second.forwarded : table->second.local;
  const auto found = row.find(purpose);
  return found == row.end() ? Demand::kDeny : found->second;
}

std::filesystem::path default_config_path() {
  const std::optional<std::filesystem::path> folder = base_folder("XDG_CONFIG_HOME", ".config");
  return folder ? *folder / "touchstone" / "config.toml" : std::filesystem::path();
}

base::Result<Config> load_config(const std::filesystem::path& path, bool must_exist) {
  TRY(defaults, Config::defaults());
  if (path.empty() && !must_exist) {
    return defaults;
  }
  auto bytes = base::read_file(path, kConfigFileMax);
  if (!bytes) {
    if (bytes.error().code == base::Code::kNotFound && !must_exist) {
      return defaults;
    }
    return base::fail(std::move(bytes.error()).with_context("reading the configuration"));
  }
  return parse_config(base::as_text(*bytes), path.string(), defaults);
}

}  // namespace touchstone::agent
