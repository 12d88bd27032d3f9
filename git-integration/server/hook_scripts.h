// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace touchstone::git::server {

// The hooks we have, as git names them.
constexpr std::string_view kHookNames[] = {"pre-receive", "post-receive", "update", "pre-push"};
// What a hook that was there before is renamed to when ours is put before it.
constexpr std::string_view kBeforeSuffix = ".before-touchstone";

enum class HookState : std::uint8_t { kMissing, kOurs, kForeign };
std::string_view to_word(HookState state);  // "missing", "ours", "foreign"

// InstalledHook is what lies in a repository's folder of hooks under one name.
struct InstalledHook {
  std::string name;
  std::filesystem::path path;
  HookState state{HookState::kMissing};
  bool executable{false};  // git runs no other
  bool chained{false};     // ours, with somebody else's behind it
};

// hooks_folder gives the folder git takes hooks from; kConfigInvalid when core.hooksPath names one
// outside of the repository, whose hooks are not this repository's alone.
base::Result<std::filesystem::path> hooks_folder(const std::string& repository);
base::Result<InstalledHook> look_at_hook(const std::filesystem::path& folder,
                                         std::string_view name);

// hook_script gives the script that calls `program` (an absolute path) for a hook.
std::string hook_script(std::string_view name, const std::filesystem::path& program, bool chained);

// HookStep is one thing to be done to a folder of hooks. Steps are made first and shown, and done
// then.
struct HookStep {
  enum class Kind : std::uint8_t { kWrite, kMove, kRemove };
  Kind kind{Kind::kWrite};
  std::filesystem::path path;
  std::filesystem::path to;  // kMove
  std::string text;          // kWrite
};
std::string describe(const HookStep& step);

// plan_install gives what is to be done; nothing when it is done already. A hook that is not ours
// is never overwritten: with `chain` it is kept and runs first, otherwise kAlreadyExists.
base::Result<std::vector<HookStep>> plan_install(const std::filesystem::path& folder,
                                                 std::string_view name,
                                                 const std::filesystem::path& program, bool chain);
// plan_uninstall puts back what was there before; nothing when the hook is not ours.
base::Result<std::vector<HookStep>> plan_uninstall(const std::filesystem::path& folder,
                                                   std::string_view name);
base::Status carry_out(const std::vector<HookStep>& steps);

}  // namespace touchstone::git::server
