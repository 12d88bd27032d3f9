// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/config.h"

namespace touchstone::agent::cli {

enum class Health : std::uint8_t {
  kGood,
  kNote,  // nothing is broken, but somebody may want to know
  kProblem,
};
std::string_view name_of(Health health);  // "good", "note", "problem"

// Check is one thing looked at. A problem always has the command that mends it.
struct Check {
  std::string name;
  Health health{Health::kGood};
  std::string finding;  // from outside in parts: escape it to show it
  std::string mend;
};

// Machine is what the checks look at besides the agent; tests make their own.
struct Machine {
  std::filesystem::path hidraw{"/sys/class/hidraw"};
  std::filesystem::path devices{"/dev"};
  std::vector<std::filesystem::path> rules{"/etc/udev/rules.d", "/run/udev/rules.d",
                                           "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
                                           "/lib/udev/rules.d"};
  std::function<std::optional<std::string>(std::string_view)> environment;
  std::uint64_t uid{0};
  std::uint64_t locked_memory_max{0};  // RLIMIT_MEMLOCK in bytes
};
Machine this_machine(std::function<std::optional<std::string>(std::string_view)> environment);

Check check_runtime_folder(const Machine& machine);
Check check_configuration(const base::Result<Config>& config, const std::filesystem::path& path);
// check_agent looks at what `status` answered, or why it did not.
Check check_agent(const base::Result<boost::json::object>& status);
Check check_tokens(const base::Result<boost::json::object>& status);
// check_devices looks for FIDO devices that this user may not open, by their HID report
// descriptor (usage page 0xF1D0, CTAP 2.1 section 11.2.8.1).
Check check_devices(const Machine& machine);
// check_pinentry looks for the program where the agent does: never along PATH.
Check check_pinentry(const Config& config);
Check check_journal(const Config& config);
Check check_keys_folder(const Machine& machine, const Config& config);
Check check_locked_memory(const Machine& machine);

// check_git looks at git's settings as they hold in the working folder: program, key and allowed
// signers have to go together.
std::vector<Check> check_git(const base::Result<boost::json::object>& status,
                             const std::filesystem::path& own_program, const Machine& machine);

// find_program looks along PATH as execvp(3) does; a name with a slash is taken as it is.
std::optional<std::filesystem::path> find_program(const Machine& machine, const std::string& name);

}  // namespace touchstone::agent::cli
