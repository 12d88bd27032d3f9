// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "git-integration/judge_pool.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {

// What a verification asks of git and of files before it begins.

// git_value runs a git command that prints one line; empty when it has nothing to say.
base::Result<std::string> git_value(const std::string& repository,
                                    const std::vector<std::string>& arguments);
// id_of gives the full name of what git takes for an object; empty when there is none.
base::Result<std::string> id_of(const std::string& repository, const std::string& name);
// is_ancestor says whether a commit is the other's ancestor, or the same.
base::Result<bool> is_ancestor(const std::string& repository, const std::string& older,
                               const std::string& younger);
// changes_path says whether any commit that `younger` has and `older` lacks changes what is at a
// path or under it, whichever way it was merged.
base::Result<bool> changes_path(const std::string& repository, const std::string& older,
                                const std::string& younger, std::string_view path);
// merge_bases gives the best common ancestors of two commits.
base::Result<std::vector<std::string>> merge_bases(const std::string& repository,
                                                   const std::string& one,
                                                   const std::string& other);

base::Status check_repository(const std::string& repository);
base::Result<ssh::AllowedSigners> read_signers(const VerifyOptions& options);
base::Result<RevokedKeys> read_revoked(const VerifyOptions& options);

using Boundary = std::set<std::string, std::less<>>;
// read_boundary gives the commits at which a shallow clone was cut; none in a whole one.
base::Result<Boundary> read_boundary(const std::string& repository);

// TagWalk is what is known of one argument that may be a tag's name.
struct TagWalk {
  std::vector<Job> tags;
  std::string commit;  // that the last of them points to; empty when it is something else
  bool has_history{true};
};
// walk_tags follows an argument through tags until something else comes. Fails with kTooLong when
// more than depth_max of them come.
base::Result<TagWalk> walk_tags(const std::string& repository, const std::string& argument,
                                std::size_t depth_max);

// is_range says whether git may take the argument for more or less than one commit and what it
// comes from: A..B, ^A, A^@, A^!, A^-N (gitrevisions(7)).
bool is_range(std::string_view argument);

// ref_of gives the full name of the branch or tag that the end of a range names, a remote-tracking
// branch as the branch it follows; empty when it names none, or two (A...B).
base::Result<std::string> ref_of(const std::string& repository, const std::string& range);
// ref_of_ranges gives that of the only range that takes commits in (HEAD when there is none at
// all); empty when there are several.
base::Result<std::string> ref_of_ranges(const std::string& repository,
                                        const std::vector<std::string>& ranges);

// tips_of gives the commits at the ends of these ranges.
base::Result<std::vector<std::string>> tips_of(const std::string& repository,
                                               const std::vector<std::string>& ranges);

// settle_plainly decides where no policy does: by touch, and by what the workers found.
void settle_plainly(ObjectVerdict& object);

std::uint64_t now_of(const VerifyOptions& options);

}  // namespace touchstone::git
