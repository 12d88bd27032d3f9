// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// TargetKind says what an argument of `touchstone verify` names.
enum class TargetKind : std::uint8_t { kRevision, kFile };

// target_kind takes what git takes for a revision or a range as one, also when there is a file of
// that name; after_dashes says that it stood after `--`, where only files stand. Fails with
// kNotFound when it is neither, and as check_names does.
base::Result<TargetKind> target_kind(const std::string& repository, const std::string& argument,
                                     bool after_dashes);

// PushTarget is what a push of the current branch would publish, and to where.
struct PushTarget {
  std::vector<std::string> ranges;
  Excluded excluded{Excluded::kNothing};
  std::string ref;  // full name at the remote
};

// push_target asks git where a plain `git push` would go. What the remote's branch had when it was
// last seen is left out; where there is no such branch, what any remote has. Fails with kUsage
// when no branch is checked out.
base::Result<PushTarget> push_target(const std::string& repository);

}  // namespace touchstone::git
