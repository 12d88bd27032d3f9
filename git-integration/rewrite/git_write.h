// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "git-integration/git_object.h"
#include "git-integration/process.h"

namespace touchstone::git {

// What writes to a repository, always by running git.

// run_git_with runs a git command with `input` on its standard input. Its output is kept up to
// out_max bytes (kTooLong above).
base::Result<CommandOutput> run_git_with(const std::string& repository,
                                         const std::vector<std::string>& arguments,
                                         base::ByteView input, std::size_t out_max);

// write_object stores an object and gives its name, which is checked against the bytes. Fails with
// kExternalProgram and git's own words, kHashMismatch.
base::Result<std::string> write_object(const std::string& repository, HashAlgorithm algorithm,
                                       std::string_view type, base::ByteView bytes);

// object_format_of gives the repository's.
base::Result<HashAlgorithm> object_format_of(const std::string& repository);

// RefMove is a ref's new value and the one it must have until then.
struct RefMove {
  std::string ref;  // full name, or HEAD where no branch is checked out
  std::string new_id;
  std::string old_id;  // zeros: there must be none; empty: whatever it is
};
// move_refs moves all of them or none. Fails with kExternalProgram when one is no longer what it
// was.
base::Status move_refs(const std::string& repository, const std::vector<RefMove>& moves,
                       const std::string& message);

// no_id gives the name git writes for no object: zeros.
std::string no_id(HashAlgorithm algorithm);

}  // namespace touchstone::git
