// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <system_error>

#include "agent/cli/control.h"
#include "agent/cli/doctor_checks.h"
#include "agent/cli/git_query.h"
#include "agent/cli/setup_plan.h"
#include "agent/limits.h"
#include "base/file.h"
#include "git-integration/git_config.h"
#include "ssh/private_key_file.h"
#include "ssh/public_key.h"

namespace touchstone::agent::cli {
namespace {

// git signs through a program of one's own for SSH keys from 2.34 on.
constexpr int kGitMajor = 2;
constexpr int kGitMinor = 34;
constexpr std::string_view kSetup = "touchstone setup";

int number_at(std::string_view& text) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return 0;
  }
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  text.remove_prefix(text.starts_with('.') ? 1 : 0);
  return value;
}

Check check_version() {
  const auto version = git_version();
  if (!version.has_value()) {
    return {"git", Health::kProblem, base::message_of(version.error()), "sudo apt install git"};
  }
  std::string_view rest = *version;
  const int major = number_at(rest);
  const int minor = number_at(rest);
  if (major > kGitMajor || (major == kGitMajor && minor >= kGitMinor)) {
    return {"git", Health::kGood, "version " + *version, ""};
  }
  return {"git", Health::kProblem, "version " + *version + " cannot sign with SSH keys (2.34 can)",
          "sudo apt install git"};
}

std::string value_of(const std::string& name) {
  const auto value = git_value(name);
  return value.has_value() ? value->value_or("") : "";
}

Check check_program(const std::filesystem::path& own_program, const Machine& machine) {
  const std::string set = value_of("gpg.ssh.program");
  if (set.empty()) {
    return {"git program", Health::kProblem, "gpg.ssh.program is not set", std::string(kSetup)};
  }
  const auto found = find_program(machine, set);
  if (!found.has_value()) {
    return {"git program", Health::kProblem, "gpg.ssh.program " + set + " is not there",
            std::string(kSetup)};
  }
  std::error_code error;
  if (!std::filesystem::equivalent(*found, own_program, error)) {
    return {"git program", Health::kProblem,
            "gpg.ssh.program is " + found->string() + ", not " + own_program.string(),
            std::string(kSetup)};
  }
  return {"git program", Health::kGood, found->string(), ""};
}

// key_of reads user.signingkey as git does: a literal, or the name of a key file.
base::Result<ssh::PublicKey> key_of(const std::string& setting) {
  constexpr std::string_view kLiteral = "key::";
  if (setting.starts_with(kLiteral)) {
    return ssh::PublicKey::parse_line(setting.substr(kLiteral.size()));
  }
  if (setting.starts_with("ssh-")) {
    return ssh::PublicKey::parse_line(setting);
  }
  TRY(path, git::configured_path(".", "user.signingkey"));
  TRY(file, base::read_file(path.value_or(setting), kKeyFileMax));
  return ssh::public_key_of_file(file);
}

Check check_key(const base::Result<ssh::PublicKey>& key,
                const base::Result<boost::json::object>& status) {
  if (!key.has_value()) {
    return {"git key", Health::kProblem, "user.signingkey: " + base::message_of(key.error()),
            std::string(kSetup)};
  }
  if (!status.has_value()) {
    return {"git key", Health::kNote, "whether the agent holds it is not known without the agent",
            "touchstone keys"};
  }
  std::string name;
  for_each_object(*status, "keys", [&](const boost::json::object& held) {
    const auto other = ssh::PublicKey::parse_line(text_of(held, "public_key"));
    if (other.has_value() && *other == *key) {
      name = text_of(held, "name");
    }
  });
  if (name.empty()) {
    return {"git key", Health::kProblem,
            "the agent does not hold user.signingkey " + key->fingerprint(),
            "touchstone key import FILE, or " + std::string(kSetup)};
  }
  return {"git key", Health::kGood, name + " " + key->fingerprint(), ""};
}

Check check_signers(const base::Result<ssh::PublicKey>& key) {
  const std::string name = "git signers";
  const auto path = git::configured_path(".", "gpg.ssh.allowedSignersFile");
  if (!path.has_value() || !path->has_value()) {
    return {name, Health::kProblem, "gpg.ssh.allowedSignersFile is not set", std::string(kSetup)};
  }
  const std::string file = (*path)->string();
  const auto text = read_signers(**path);
  if (!text.has_value() || text->empty()) {
    return {name, Health::kProblem, file + " is not there or empty", std::string(kSetup)};
  }
  const std::string email = value_of("user.email");
  if (key.has_value() && !has_signer(*text, email, key->line())) {
    return {name, Health::kProblem, file + " does not let your key sign for " + email,
            std::string(kSetup)};
  }
  return {name, Health::kGood, file, ""};
}

}  // namespace

std::vector<Check> check_git(const base::Result<boost::json::object>& status,
                             const std::filesystem::path& own_program, const Machine& machine) {
  std::vector<Check> checks{check_version()};
  if (checks.front().health == Health::kProblem) {
    return checks;
  }
  const std::string format = value_of("gpg.format");
  const std::string program = value_of("gpg.ssh.program");
  if (format != "ssh" && program.empty()) {
    checks.push_back(
        {"git signing", Health::kNote, "git is not set up to sign here", std::string(kSetup)});
    return checks;
  }
  if (format != "ssh") {
    checks.push_back({"git signing", Health::kProblem,
                      "gpg.format is " + (format.empty() ? "not set" : format) + ", not ssh",
                      std::string(kSetup)});
  }
  const base::Result<ssh::PublicKey> key = key_of(value_of("user.signingkey"));
  checks.push_back(check_program(own_program, machine));
  checks.push_back(check_key(key, status));
  checks.push_back(check_signers(key));
  return checks;
}

}  // namespace touchstone::agent::cli
