// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git-integration/server/pending_push.h"
#include "git-integration/server/push_judge.h"

namespace touchstone::git::server {

// HookCall is how git called a hook (githooks(5)).
struct HookCall {
  std::string repository{"."};
  std::string name;  // "pre-receive", "post-receive", "update", "pre-push"
  std::vector<std::string> arguments;
  std::string input;  // all of standard input
  std::function<std::optional<std::string>(std::string_view name)> environment;
  ProcessName caller;  // the program that called it: git-receive-pack, on a server
};

// HookOutcome is what a hook answers: whether git goes on, and what the pusher is told.
struct HookOutcome {
  bool accepted{false};
  std::string text;  // displayable; whole lines, or empty
};

// run_hook does the work of one hook. An error means that git must not go on either.
base::Result<HookOutcome> run_hook(const HookCall& call, const base::Clock& clock);

// RefusedBy says whose lists and settings it was that refused.
enum class RefusedBy : std::uint8_t { kServer, kOwnHook };

// refusal_text lists refusals for a person under a heading, at most kRefusalsShownMax of them, and
// then what helps, each hint once. Escaped for display.
std::string refusal_text(std::string_view heading, const std::vector<Refusal>& refusals,
                         RefusedBy by = RefusedBy::kServer);

}  // namespace touchstone::git::server
