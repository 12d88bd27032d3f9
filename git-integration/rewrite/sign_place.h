// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/object_stream.h"

namespace touchstone::git {

// SignPlace is where a range that is signed ends: what will be moved.
struct SignPlace {
  std::string ref;  // full name of the branch that is checked out; "HEAD" when none is
  std::string tip;  // hex
};

// find_sign_place fails with kUsage when git is in the middle of something that will move the
// branch itself (rebase, am, merge, cherry-pick, revert, bisect), or when there is no commit yet.
base::Result<SignPlace> find_sign_place(const std::string& repository);

// SignRange is the history to be signed.
struct SignRange {
  std::vector<std::string> ranges;
  Excluded excluded{Excluded::kNothing};
};

// find_sign_range takes what was asked for, or else what a push of the branch would publish: what
// neither its upstream nor any remote-tracking branch has. Fails with kUsage when what was asked
// for does not end at the tip.
base::Result<SignRange> find_sign_range(const std::string& repository, const SignPlace& place,
                                        const std::optional<std::string>& asked);

// old_tip_of gives where the range begins: the first commit it leaves out by name; zeros when it
// leaves none out.
base::Result<std::string> old_tip_of(const std::string& repository, const SignRange& range);

}  // namespace touchstone::git
