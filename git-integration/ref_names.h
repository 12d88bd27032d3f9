// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace touchstone::git {

// check_names looks at the names of refs in a revision or range (gitrevisions(7)) that git has
// taken. git guesses where a name can mean several things, and takes the tag, which whoever may
// push or be fetched from chooses the name of. Fails with kUsage where a name is that of refs that
// differ, or of a ref and the beginning of an object's; with kNotFound where a full name is no
// ref's and git found another in its place. One git process for each place a name is looked for in.
base::Status check_names(const std::string& repository, std::string_view range);

}  // namespace touchstone::git
