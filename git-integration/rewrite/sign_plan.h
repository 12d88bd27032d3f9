// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "git-integration/git_object.h"
#include "git-integration/presence.h"
#include "git-integration/rewrite/commit_owners.h"
#include "git-integration/rewrite/sign_place.h"

namespace touchstone::git {

// RangeCommit is one commit of a range, read and judged.
struct RangeCommit {
  std::string id;                    // hex
  std::string tree;                  // hex
  std::vector<std::string> parents;  // hex, in its order
  base::Bytes payload;               // without its signature
  std::string subject;               // from outside
  std::string committer_email;       // from outside
  std::vector<std::string> merged;   // hex: what the tags embedded in a merge are of
  PresenceClass presence{PresenceClass::kUnsigned};
  // It has a signature that is enough for the ref, by a key that may sign for its committer.
  bool good{false};
  // A remote-tracking branch has it.
  bool pushed{false};
};

// read_range gives the commits of a range, parents before their children. Fails, naming the
// commit, with kShallow where a shallow clone was cut inside the range, with kTooLong above
// kSignCommitsMax commits or for one the agent would not take, with what is wrong with a commit
// that cannot be read, and with kUnsupported in a repository that keeps two names for each object.
base::Result<std::vector<RangeCommit>> read_range(const std::string& repository,
                                                  const SignRange& range,
                                                  const CommitOwners& owners);

// short_name gives what a message calls a commit: the start of its name, and its subject.
std::string short_name(const RangeCommit& commit);

// anew_in gives for each commit whether it has to be written anew: because it is not good, or
// because one of its parents is.
std::vector<bool> anew_in(const std::vector<RangeCommit>& commits);

// check_owners demands that the key may sign for the committer of each of these commits, naming
// the first for which it may not (kCommitterMismatch and its like) and how many more there are.
base::Status check_owners(const std::vector<RangeCommit>& commits, const std::vector<bool>& chosen,
                          const CommitOwners& owners, const ssh::PublicKey& key);

}  // namespace touchstone::git
