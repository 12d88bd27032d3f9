// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "git-integration/agent_client.h"
#include "git-integration/git_sign_options.h"

namespace touchstone::git {

// GitSignContext is what touchstone-git-sign has of the world around it.
struct GitSignContext {
  int input{0};
  int output{1};
  int error{2};
  AgentPlaces agents;
  std::filesystem::path folder;  // where it was started: the repository
  std::uint64_t now{0};          // Unix seconds
};

// run_git_sign is the program: it gives the exit status. What goes to standard output is what git
// parses and nothing else; errors are `error:` and `hint:` lines, in which the word git takes for
// an old ssh-keygen never occurs; the first has no `error:` when git signs, which puts its own
// there. It starts no other program.
//
//   -Y sign -n NS -f KEY [FILE…]   each FILE to FILE.sig, or standard input to standard output;
//                                  0, or 1 with nothing written; where it is git that asks for a
//                                  tag, 0 with nothing written and the error on standard output,
//                                  for git takes 1 for a tag that is to stay unsigned
//   -Y verify -n NS -f ALLOWED -I PRINCIPAL -s SIG [-r REVOKED] <message
//   -Y check-novalidate -n NS -s SIG <message
//   -Y find-principals -f ALLOWED -s SIG
//   -Y match-principals -f ALLOWED -I PRINCIPAL
//   -l -f KEY                      0, or 255 as ssh-keygen
//
// verify and check-novalidate demand a touch: a signature by a software key, or without the user
// presence flag, is not good here.
int run_git_sign(const std::vector<std::string>& arguments, const GitSignContext& context);

// The forms, each failing with what is to be told.
base::Status git_sign_objects(const GitSignOptions& options, const GitSignContext& context);
base::Status git_sign_verify(const GitSignOptions& options, const GitSignContext& context);
base::Status git_sign_check(const GitSignOptions& options, const GitSignContext& context);
base::Status git_sign_find_principals(const GitSignOptions& options, const GitSignContext& context);
base::Status git_sign_match_principals(const GitSignOptions& options,
                                       const GitSignContext& context);
base::Status git_sign_fingerprint(const GitSignOptions& options, const GitSignContext& context);

// RebaseProgress is how far a rebase or `git am` has come, from git's own notes in the repository:
// "3 of 10", or 0 of 0. Anybody who can write there can claim anything.
struct RebaseProgress {
  std::uint32_t position{0};
  std::uint32_t count{0};
};
RebaseProgress rebase_progress(const std::filesystem::path& folder);

}  // namespace touchstone::git
