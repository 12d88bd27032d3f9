// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "git-integration/server/pending_push.h"
#include "git-integration/server/ref_updates.h"

namespace touchstone::git::server {

// FinishedPush is what post-receive knows: the refs that did change, and whose push it was.
struct FinishedPush {
  std::vector<PushUpdate> updates;
  ProcessName process;  // the git-receive-pack that did it
};

// Recorded says what record_push did.
struct Recorded {
  std::size_t entries{0};           // appended to the log
  std::size_t recovered{0};         // of them, left over by pushes that were cut short
  std::vector<PushRecord> dropped;  // pending pushes whose refs never changed
};

// record_push turns the pending record of a finished push into an entry of the log, and settles
// those that pushes left behind whose git is gone: what did change a ref is recorded, with the
// time at which it came, the rest is dropped. A finished push that has no pending record gets an
// entry with the time of now. Takes a lock in the repository's folder, so that hooks of several
// pushes wait for each other.
base::Result<Recorded> record_push(const std::string& repository,
                                   const std::filesystem::path& git_folder,
                                   const FinishedPush& finished, const base::Clock& clock);

// git_folder_of gives $GIT_DIR of a repository (the common one of its work trees), absolute.
base::Result<std::filesystem::path> git_folder_of(const std::string& repository);

}  // namespace touchstone::git::server
