// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/hook_scripts.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "base/file.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/record_push.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kMark = "# Made by touchstone hook install.\n";
constexpr mode_t kScriptMode = 0755;

std::filesystem::path before(const std::filesystem::path& path) {
  return path.string() + std::string(kBeforeSuffix);
}

// quoted makes one word of text for the shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  return status.type() != std::filesystem::file_type::not_found;
}

Status carry_out_one(const HookStep& step) {
  std::error_code error;
  switch (step.kind) {
    case HookStep::Kind::kWrite:
      std::filesystem::create_directories(step.path.parent_path(), error);
      return base::write_file_atomically(step.path, base::as_bytes(step.text), kScriptMode);
    case HookStep::Kind::kMove:
      std::filesystem::rename(step.path, step.to, error);
      break;
    case HookStep::Kind::kRemove:
      std::filesystem::remove(step.path, error);
      break;
  }
  return error ? fail(base::from_errno(error.value(), step.path.string())) : Status();
}

}  // namespace

std::string_view to_word(HookState state) {
  switch (state) {
    case HookState::kMissing:
      return "missing";
    case HookState::kOurs:
      return "ours";
    case HookState::kForeign:
      return "foreign";
  }
  return {};
}

Result<std::filesystem::path> hooks_folder(const std::string& repository) {
  TRY(folder,
      git_line(repository, {{"rev-parse", "--path-format=absolute", "--git-path", "hooks"}}));
  TRY(own, git_folder_of(repository));
  const std::filesystem::path path(folder);
  if (path != own / "hooks") {
    return fail(Code::kConfigInvalid, "core.hooksPath is " + folder +
                                          ", which is not this repository's own: unset it, or "
                                          "call touchstone hook run from a hook there");
  }
  return path;
}

Result<InstalledHook> look_at_hook(const std::filesystem::path& folder, std::string_view name) {
  InstalledHook hook;
  hook.name = name;
  hook.path = folder / name;
  if (!is_there(hook.path)) {
    return hook;
  }
  hook.executable = access(hook.path.c_str(), X_OK) == 0;
  hook.state = HookState::kForeign;
  const auto bytes = base::read_file(hook.path, kHookScriptMax);
  // A link, a program, a long script: whatever cannot be read as ours is somebody else's.
  if (bytes && base::as_text(*bytes).find(kMark) != std::string_view::npos) {
    hook.state = HookState::kOurs;
    hook.chained = is_there(before(hook.path));
  }
  return hook;
}

std::string hook_script(std::string_view name, const std::filesystem::path& program, bool chained) {
  std::string script = "#!/bin/sh\n" + std::string(kMark) +
                       "# touchstone hook uninstall takes it away again.\nexec " +
                       quoted(program.string()) + " hook run ";
  if (chained) {
    script += "--chained \"$0" + std::string(kBeforeSuffix) + "\" ";
  }
  return script + std::string(name) + " -- \"$@\"\n";
}

std::string describe(const HookStep& step) {
  switch (step.kind) {
    case HookStep::Kind::kWrite:
      return "write " + step.path.string();
    case HookStep::Kind::kMove:
      return "rename " + step.path.string() + " to " + step.to.filename().string();
    case HookStep::Kind::kRemove:
      return "remove " + step.path.string();
  }
  return {};
}

Result<std::vector<HookStep>> plan_install(const std::filesystem::path& folder,
                                           std::string_view name,
                                           const std::filesystem::path& program, bool chain) {
  TRY(hook, look_at_hook(folder, name));
  std::vector<HookStep> steps;
  bool chained = hook.chained;
  if (hook.state == HookState::kForeign) {
    if (!chain) {
      return fail(Code::kAlreadyExists, hook.path.string() +
                                            ": a hook that is not ours; --chain keeps it and "
                                            "runs it first");
    }
    if (is_there(before(hook.path))) {
      return fail(Code::kAlreadyExists, before(hook.path).string());
    }
    steps.push_back(HookStep{HookStep::Kind::kMove, hook.path, before(hook.path), {}});
    chained = true;
  }
  std::string script = hook_script(name, program, chained);
  const auto there = base::read_file(hook.path, kHookScriptMax);
  if (!there || base::as_text(*there) != script || !hook.executable) {
    steps.push_back(HookStep{HookStep::Kind::kWrite, hook.path, {}, std::move(script)});
  }
  return steps;
}

Result<std::vector<HookStep>> plan_uninstall(const std::filesystem::path& folder,
                                             std::string_view name) {
  TRY(hook, look_at_hook(folder, name));
  std::vector<HookStep> steps;
  if (hook.state != HookState::kOurs) {
    return steps;
  }
  if (hook.chained) {
    // Takes the place of ours in one step: at no time is there none.
    steps.push_back(HookStep{HookStep::Kind::kMove, before(hook.path), hook.path, {}});
  } else {
    steps.push_back(HookStep{HookStep::Kind::kRemove, hook.path, {}, {}});
  }
  return steps;
}

Status carry_out(const std::vector<HookStep>& steps) {
  for (const HookStep& step : steps) {
    TRY_VOID(carry_out_one(step));
  }
  return {};
}

}  // namespace touchstone::git::server
