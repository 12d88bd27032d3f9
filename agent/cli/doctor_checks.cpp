// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/doctor_checks.h"

#include <algorithm>
#include <array>
#include <system_error>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/control.h"
#include "agent/cli/listing.h"
#include "agent/journal.h"
#include "agent/pin_entry_assuan.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

constexpr std::size_t kDescriptorMax = 4096;  // HID_MAX_DESCRIPTOR_SIZE in Linux
constexpr std::string_view kRulesFile = "70-touchstone-fido.rules";
constexpr mode_t kOthersMask = 0077;
constexpr const char* kOwnRuntimeFolder = "export XDG_RUNTIME_DIR=/run/user/$(id -u)";
constexpr const char* kKeepOthersOut = "chmod 700 ";

Check good(std::string name, std::string finding) {
  return {std::move(name), Health::kGood, std::move(finding), ""};
}

Check problem(std::string name, std::string finding, std::string mend) {
  return {std::move(name), Health::kProblem, std::move(finding), std::move(mend)};
}

Check note(std::string name, std::string finding, std::string mend) {
  return {std::move(name), Health::kNote, std::move(finding), std::move(mend)};
}

// check_private_folder looks at a folder that only its owner may enter.
Check check_private_folder(const std::string& name, const Machine& machine,
                           const std::filesystem::path& folder) {
  const std::string path = folder.string();
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) {
    return problem(name, path + " is not there", "mkdir -m 700 " + path);
  }
  if (!S_ISDIR(info.st_mode)) {
    return problem(name, path + " is no folder",
                   "mv " + path + " " + path + ".old && mkdir -m 700 " + path);
  }
  if (info.st_uid != machine.uid) {
    return problem(name, path + " belongs to another user",
                   "sudo chown -R " + std::to_string(machine.uid) + " " + path);
  }
  if ((info.st_mode & kOthersMask) != 0) {
    return problem(name, path + " can be entered by other users", kKeepOthersOut + path);
  }
  return good(name, path);
}

// is_fido reads the beginning of a HID report descriptor: an item "usage page" (06) with the
// value 0xF1D0, little-endian.
bool is_fido(const std::filesystem::path& device) {
  const auto descriptor = base::read_file(device / "device" / "report_descriptor", kDescriptorMax);
  constexpr std::array<std::uint8_t, 3> kFidoPage = {0x06, 0xd0, 0xf1};
  return descriptor.has_value() &&
         std::search(descriptor->begin(), descriptor->end(), kFidoPage.begin(), kFidoPage.end()) !=
             descriptor->end();
}

bool has_rules(const Machine& machine) {
  return std::any_of(machine.rules.begin(), machine.rules.end(),
                     [](const std::filesystem::path& folder) {
                       std::error_code error;
                       return std::filesystem::exists(folder / kRulesFile, error);
                     });
}

}  // namespace

std::string_view name_of(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kNote:
      return "note";
    case Health::kProblem:
      return "problem";
  }
  return "problem";
}

Machine this_machine(std::function<std::optional<std::string>(std::string_view)> environment) {
  Machine machine;
  machine.environment = std::move(environment);
  machine.uid = ::getuid();
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
    machine.locked_memory_max = limit.rlim_cur;
  }
  return machine;
}

Check check_runtime_folder(const Machine& machine) {
  const std::string name = "runtime folder";
  const auto folder = machine.environment("XDG_RUNTIME_DIR");
  if (!folder.has_value() || folder->empty()) {
    return problem(name, "XDG_RUNTIME_DIR is not set", kOwnRuntimeFolder);
  }
  Check check = check_private_folder(name, machine, *folder);
  if (!check.mend.empty() && !check.mend.starts_with(kKeepOthersOut)) {
    check.mend = kOwnRuntimeFolder;  // after su(1) it may well be somebody else's, and in use
  }
  return check;
}

Check check_configuration(const base::Result<Config>& config, const std::filesystem::path& path) {
  const std::string name = "configuration";
  if (!config.has_value()) {
    return problem(name, base::message_of(config.error()), "touchstone config check");
  }
  std::error_code error;
  return good(name, std::filesystem::exists(path, error) ? path.string() : "none, defaults hold");
}

Check check_agent(const base::Result<boost::json::object>& status) {
  const std::string name = "agent";
  if (!status.has_value()) {
    return problem(name, base::message_of(status.error()),
                   status.error().code == base::Code::kAgentUnreachable
                       ? "systemctl --user enable --now touchstone-agent.socket"
                       : "systemctl --user restart touchstone-agent.service");
  }
  const boost::json::object* const agent = object_of(*status, "agent");
  const std::string version = agent == nullptr ? "" : text_of(*agent, "version");
  if (version != TOUCHSTONE_VERSION) {
    return problem(name, "it is version " + version + ", this is " TOUCHSTONE_VERSION,
                   "systemctl --user restart touchstone-agent.service");
  }
  return good(name, "version " + version + " on " + text_of(*agent, "socket"));
}

Check check_tokens(const base::Result<boost::json::object>& status) {
  const std::string name = "tokens";
  if (!status.has_value()) {
    return note(name, "not known without the agent", "touchstone status");
  }
  std::string found;
  for_each_object(*status, "tokens", [&](const boost::json::object& token) {
    found += (found.empty() ? "" : "; ") + token_line(token);
  });
  return found.empty()
             ? problem(name, "the agent sees none", "plug one in, then: touchstone token list")
             : good(name, found);
}

Check check_devices(const Machine& machine) {
  const std::string name = "devices";
  std::size_t readable = 0;
  std::string refused;
  std::error_code error;
  for (std::filesystem::directory_iterator it(machine.hidraw, error), end; !error && it != end;
       it.increment(error)) {
    if (!is_fido(it->path())) {
      continue;
    }
    const std::filesystem::path device = machine.devices / it->path().filename();
    if (::access(device.c_str(), R_OK | W_OK) == 0) {
      ++readable;
    } else {
      refused += (refused.empty() ? "" : ", ") + device.string();
    }
  }
  if (!refused.empty()) {
    return problem(name, "you may not open " + refused,
                   has_rules(machine)
                       ? "sudo udevadm control --reload && sudo udevadm trigger -s hidraw"
                       : "sudo cmake --install build/release  (for " + std::string(kRulesFile) +
                             "), then unplug the token and plug it in");
  }
  if (readable == 0 && !has_rules(machine)) {
    return note(name, std::string(kRulesFile) + " is not installed",
                "sudo cmake --install build/release");
  }
  return good(name, std::to_string(readable) + " FIDO devices that you may open");
}

Check check_pinentry(const Config& config) {
  const std::string name = "pinentry";
  const auto program = agent::find_program(config.pin_program);
  return program.has_value()
             ? good(name, *program)
             : problem(name, config.pin_program + " is not there, or may not be run",
                       "sudo apt install pinentry-curses  (or set pin.program in " +
                           default_config_path().string() + ")");
}

Check check_journal(const Config& config) {
  const std::string name = "journal";
  std::error_code error;
  if (!std::filesystem::exists(config.journal, error)) {
    return good(name, "none yet");
  }
  const auto summary = verify_journal(config.journal);
  if (!summary.has_value()) {
    return problem(name, base::message_of(summary.error()), "touchstone log verify");
  }
  return good(name, base::counted(summary->signatures, "signature") +
                        (summary->signatures == 1 ? ", which is good" : ", all of them good"));
}

Check check_keys_folder(const Machine& machine, const Config& config) {
  const std::string name = "keys";
  std::error_code error;
  if (!std::filesystem::exists(config.keys, error)) {
    return good(name, "none yet");
  }
  return check_private_folder(name, machine, config.keys);
}

Check check_locked_memory(const Machine& machine) {
  const std::string name = "locked memory";
  const std::string limit = std::to_string(machine.locked_memory_max) + " bytes";
  return machine.locked_memory_max >= base::kSecureHeapBytes
             ? good(name, "enough")
             : problem(name,
                       "only " + limit + " may be locked, a PIN needs " +
                           std::to_string(base::kSecureHeapBytes),
                       "ulimit -l 1024  (for the agent: LimitMEMLOCK=1M in its unit)");
}

std::optional<std::filesystem::path> find_program(const Machine& machine, const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return ::access(name.c_str(), X_OK) == 0 ? std::optional<std::filesystem::path>(name)
                                             : std::nullopt;
  }
  std::string path = machine.environment("PATH").value_or("");
  while (!path.empty()) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    const std::filesystem::path candidate = std::filesystem::path(path.substr(0, colon)) / name;
    if (::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
    path.erase(0, colon + 1);
  }
  return std::nullopt;
}

}  // namespace touchstone::agent::cli
