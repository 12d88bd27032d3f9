// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace touchstone::git {

// kSignersKey names the allowed signers file git verifies by; the same is ours when nothing else is
// said.
constexpr const char* kSignersKey = "gpg.ssh.allowedSignersFile";

// configured_path gives the value of a path setting with ~ and %(prefix) expanded by git; nothing
// when it is not set. A relative path is taken from the top of the working tree, where git itself
// runs its signing program.
base::Result<std::optional<std::filesystem::path>> configured_path(const std::string& repository,
                                                                   const std::string& key);

enum class ConfigScope { kLocal, kGlobal };

// ConfigChange is one setting and what becomes of it. Nothing means not set.
struct ConfigChange {
  std::string key;
  std::optional<std::string> old_value;
  std::optional<std::string> new_value;
  bool operator==(const ConfigChange&) const = default;
};

// GitConfig reads and writes git's own configuration by running `git config`, so that includes,
// quoting and file places are git's business.
class GitConfig final {
 public:
  // repository is needed for kLocal only.
  GitConfig(ConfigScope scope, std::string repository)
      : scope_(scope), repository_(std::move(repository)) {}

  // get gives the value in this scope alone; the last one when there are several.
  base::Result<std::optional<std::string>> get(const std::string& key) const;
  // path is get for a path setting, expanded as configured_path does.
  base::Result<std::optional<std::filesystem::path>> path(const std::string& key) const;
  // plan says what would change: wanted settings that have their value already are left out.
  base::Result<std::vector<ConfigChange>> plan(
      const std::vector<std::pair<std::string, std::string>>& wanted) const;
  // apply makes the changes in order. When one fails, those before it are taken back.
  base::Status apply(const std::vector<ConfigChange>& changes) const;

 private:
  base::Status write(const std::string& key, const std::optional<std::string>& value) const;

  ConfigScope scope_;
  std::string repository_;
};

// undo_of gives the changes that take `changes` back.
std::vector<ConfigChange> undo_of(const std::vector<ConfigChange>& changes);

// to_command gives a change as the `git config` command a person could type instead.
std::string to_command(ConfigScope scope, const ConfigChange& change);

// SigningSettings is what `touchstone setup` writes.
struct SigningSettings {
  std::string program;      // gpg.ssh.program: one path, without arguments
  std::string signing_key;  // user.signingkey: path of the public key file
  std::string allowed_signers;
  bool sign_commits{true};
  bool sign_tags{true};
};
std::vector<std::pair<std::string, std::string>> settings_of(const SigningSettings& settings);

}  // namespace touchstone::git
