// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "git-integration/counters/counter_check.h"

namespace touchstone::git {

// add_counters_before tells the check what stands before the commits it has: at most commits_max of
// those they descend from, newest first as git has them. Their signatures are not verified. Looks
// at no repository when no commit has a counter. Fails when git does.
base::Status add_counters_before(CounterCheck& check, const std::string& repository,
                                 std::size_t commits_max);

// counter_confirmer gives what CounterCheck::finish asks: it verifies the signature, whoever made
// it.
CounterCheck::Confirm counter_confirmer(const std::string& repository);

}  // namespace touchstone::git
