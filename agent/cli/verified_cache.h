// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/cli/arguments.h"
#include "agent/cli/context.h"
#include "git-integration/verified_signatures.h"

namespace touchstone::agent::cli {

// open_verified gives the signatures this person's runs found to verify, or null: with --no-cache,
// without a home folder, in a hook (git has set GIT_DIR or GIT_QUARANTINE_PATH), where the home of
// whoever runs the server has no part in what is let in, where the files would lie in a working
// tree, which could bring them, and when there is nothing to be opened.
// Files that are not this person's own are named on standard error. Nothing of this ever fails a
// verification.
std::unique_ptr<git::VerifiedSignatures> open_verified(const Context& context,
                                                       const Arguments& arguments);
// save_verified keeps what is new; null and failures are passed over.
void save_verified(git::VerifiedSignatures* verified);

}  // namespace touchstone::agent::cli
