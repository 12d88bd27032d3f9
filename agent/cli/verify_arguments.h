// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/cli/command.h"
#include "agent/cli/console.h"
#include "git-integration/verify_command.h"
#include "git-integration/verify_target.h"

// What the commands that judge a history have in common on their command lines.
namespace touchstone::agent::cli {

// history_options say by what a history is judged, and --push.
std::vector<Option> history_options();

// check_whole_ref fails with kUsage for a ref that is not given by its whole name: no rule for refs
// would be one for "main".
base::Status check_whole_ref(const std::optional<std::string>& ref);

// options_of reads them, all but what is to be judged. Fails with kUsage when they contradict each
// other.
base::Result<git::VerifyOptions> options_of(const Arguments& arguments);

// add_target adds what is to be judged: the positionals, or with --push what a push would publish;
// nothing, which means HEAD, without either. A file it leaves to the caller. Fails with kUsage for
// a file that does not stand alone, and as git::target_kind and git::push_target do.
base::Result<git::TargetKind> add_target(const Arguments& arguments, git::VerifyOptions& options);

// say_ref_unknown says on standard error when a history was held to every rule for refs, because
// nothing said which ref it is for.
void say_ref_unknown(Console& console, const git::VerifySummary& summary);

}  // namespace touchstone::agent::cli
