// SPDX-License-Identifier: Apache-2.0
#include "git-integration/git_config.h"

#include <algorithm>

#include "base/text.h"
#include "git-integration/process.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// Exit status of `git config` when a setting is not there: 1 for reading, without a word, and 5
// for taking away.
constexpr int kNotSet = 1;
constexpr int kNothingToUnset = 5;
constexpr std::size_t kCommandColumnsMax = 4096;

const char* option_of(ConfigScope scope) {
  return scope == ConfigScope::kLocal ? "--local" : "--global";
}

// value_of takes the output of `git config -z --get`.
std::string value_of(const std::string& out) { return out.substr(0, out.find('\0')); }

std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '.' || c == '-' || c == '_' || c == '@' || c == '+' || c == '~';
  });
  if (plain && text.front() != '~') {
    return text;
  }
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

// read_path reads from every scope unless an option names one.
Result<std::optional<std::filesystem::path>> read_path(const std::string& repository,
                                                       const char* scope_option,
                                                       const std::string& key) {
  std::vector<std::string> words = {"config", "-z", "--type=path", "--get", key};
  if (scope_option != nullptr) {
    words.insert(words.begin() + 1, scope_option);
  }
  TRY(output, run_git(repository, words));
  if (output.status == kNotSet && output.error.empty()) {
    return std::nullopt;
  }
  if (output.status != 0) {
    return fail(failure_of("git config " + key, output));
  }
  std::filesystem::path path(value_of(output.out));
  if (path.empty()) {
    return fail(Code::kConfigInvalid, "git's " + key + " is empty");
  }
  if (path.is_relative()) {
    TRY(top, run_git(repository, {"rev-parse", "--show-toplevel"}));
    const std::string folder = top.status == 0 ? top.out.substr(0, top.out.find('\n')) : repository;
    path = std::filesystem::path(folder) / path;
  }
  return path;
}

}  // namespace

Result<std::optional<std::filesystem::path>> configured_path(const std::string& repository,
                                                             const std::string& key) {
  return read_path(repository, nullptr, key);
}

Result<std::optional<std::filesystem::path>> GitConfig::path(const std::string& key) const {
  return read_path(repository_, option_of(scope_), key);
}

Result<std::optional<std::string>> GitConfig::get(const std::string& key) const {
  TRY(output, run_git(repository_, {"config", option_of(scope_), "-z", "--get", key}));
  if (output.status == kNotSet && output.error.empty()) {
    return std::nullopt;
  }
  if (output.status != 0) {
    return fail(failure_of("git config " + key, output));
  }
  return value_of(output.out);
}

Result<std::vector<ConfigChange>> GitConfig::plan(
    const std::vector<std::pair<std::string, std::string>>& wanted) const {
  std::vector<ConfigChange> changes;
  for (const auto& [key, value] : wanted) {
    TRY(current, get(key));
    if (current != value) {
      changes.push_back(ConfigChange{key, current, value});
    }
  }
  return changes;
}

Status GitConfig::write(const std::string& key, const std::optional<std::string>& value) const {
  const std::vector<std::string> arguments =
      value ? std::vector<std::string>{"config", option_of(scope_), "--replace-all", key, *value}
            : std::vector<std::string>{"config", option_of(scope_), "--unset-all", key};
  TRY(output, run_git(repository_, arguments));
  if (output.status != 0 && !(output.status == kNothingToUnset && !value)) {
    return fail(failure_of("git config " + key, output));
  }
  return {};
}

Status GitConfig::apply(const std::vector<ConfigChange>& changes) const {
  std::vector<ConfigChange> made;
  for (const ConfigChange& change : changes) {
    Status written = write(change.key, change.new_value);
    if (!written) {
      for (const ConfigChange& undo : undo_of(made)) {
        // The first error is the one that matters.
        static_cast<void>(write(undo.key, undo.new_value).has_value());
      }
      return written;
    }
    made.push_back(change);
  }
  return {};
}

std::vector<ConfigChange> undo_of(const std::vector<ConfigChange>& changes) {
  std::vector<ConfigChange> undo;
  undo.reserve(changes.size());
  std::transform(changes.rbegin(), changes.rend(), std::back_inserter(undo),
                 [](const ConfigChange& change) {
                   return ConfigChange{change.key, change.new_value, change.old_value};
                 });
  return undo;
}

std::string to_command(ConfigScope scope, const ConfigChange& change) {
  std::string command = std::string("git config ") + option_of(scope);
  command += change.new_value ? " " + change.key + " " + quoted(*change.new_value)
                              : " --unset " + change.key;
  return base::escape_for_display(command, kCommandColumnsMax);
}

std::vector<std::pair<std::string, std::string>> settings_of(const SigningSettings& settings) {
  std::vector<std::pair<std::string, std::string>> wanted = {
      {"gpg.format", "ssh"},
      {"gpg.ssh.program", settings.program},
      {"user.signingkey", settings.signing_key},
      {"gpg.ssh.allowedSignersFile", settings.allowed_signers},
  };
  if (settings.sign_commits) {
    wanted.emplace_back("commit.gpgsign", "true");
  }
  if (settings.sign_tags) {
    wanted.emplace_back("tag.gpgSign", "true");
  }
  return wanted;
}

}  // namespace touchstone::git
