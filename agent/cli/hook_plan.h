// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/cli/arguments.h"
#include "base/result.h"
#include "git-integration/git_config.h"
#include "git-integration/server/hook_scripts.h"

namespace touchstone::agent::cli {

// HookPlan is what installing or uninstalling a hook changes: settings first, so that a script is
// never there without them.
struct HookPlan {
  std::string repository;
  std::vector<git::ConfigChange> settings;
  std::vector<git::server::HookStep> scripts;

  bool empty() const { return settings.empty() && scripts.empty(); }
  // lines says each step as a person could do it.
  std::vector<std::string> lines() const;
  base::Status carry_out() const;
};

// plan_hook_install reads the options of `touchstone hook install` and compares with what is
// there. kUsage for options that contradict each other, kAlreadyExists for a hook that is not ours.
base::Result<HookPlan> plan_hook_install(const std::string& repository, const std::string& name,
                                         const Arguments& arguments);
base::Result<HookPlan> plan_hook_uninstall(const std::string& repository, const std::string& name);

}  // namespace touchstone::agent::cli
