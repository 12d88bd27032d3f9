// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_target.h"

#include <array>
#include <filesystem>
#include <string_view>

#include "git-integration/ref_names.h"
#include "git-integration/verify_setup.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// is_revision says whether git takes the argument for a revision or a range.
Result<bool> is_revision(const std::string& repository, const std::string& argument) {
  if (is_range(argument)) {
    TRY(tips, tips_of(repository, {argument}));
    return !tips.empty() || argument.starts_with('^');
  }
  TRY(id, id_of(repository, argument));
  return !id.empty();
}

// check_kind refuses what rev-list would pass over without a word: a blob, or a tree.
Status check_kind(const std::string& repository, const std::string& argument) {
  if (is_range(argument)) {
    return {};
  }
  TRY(kind, git_value(repository, {"cat-file", "-t", argument}));
  return kind == "commit" || kind == "tag"
             ? Status()
             : fail(Code::kUsage,
                    argument + " is a " + kind + ": what is signed are commits and tags");
}

}  // namespace

Result<TargetKind> target_kind(const std::string& repository, const std::string& argument,
                               bool after_dashes) {
  if (!after_dashes) {
    TRY(revision, is_revision(repository, argument));
    if (revision) {
      TRY_VOID(check_names(repository, argument));
      TRY_VOID(check_kind(repository, argument));
      return TargetKind::kRevision;
    }
  }
  std::error_code error;
  if (std::filesystem::is_regular_file(argument, error)) {
    return TargetKind::kFile;
  }
  return fail(Code::kNotFound,
              argument + (after_dashes ? ": no such file" : ": neither a revision nor a file"));
}

Result<PushTarget> push_target(const std::string& repository) {
  TRY(branch, git_value(repository, {"symbolic-ref", "--quiet", "HEAD"}));
  if (branch.empty()) {
    return fail(Code::kUsage, "no branch is checked out, so nothing says where a push would go");
  }
  // A tab stands in no ref's name.
  TRY(line, git_value(repository, {"for-each-ref",
                                   "--format=%(push)%09%(push:remoteref)%09%(upstream)%09"
                                   "%(upstream:remoteref)%09",
                                   branch}));
  std::array<std::string, 4> fields;
  std::string_view rest = line;
  for (std::string& field : fields) {
    const std::size_t end = std::min(rest.find('\t'), rest.size());
    field = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto& [push, push_ref, upstream, upstream_ref] = fields;
  PushTarget target;
  target.ref = !push_ref.empty() ? push_ref : branch;
  if (push_ref.empty() && !push.empty()) {
    TRY(followed, ref_of(repository, push));
    target.ref = followed.empty() ? branch : followed;
  } else if (push_ref.empty() && !upstream_ref.empty()) {
    target.ref = upstream_ref;
  }
  target.ranges = {"HEAD"};
  const std::string& tracking = push.empty() ? upstream : push;
  if (!tracking.empty()) {
    TRY(known, id_of(repository, tracking));
    if (!known.empty()) {
      target.ranges.push_back("^" + known);
      return target;
    }
  }
  target.excluded = Excluded::kOnRemotes;
  return target;
}

}  // namespace touchstone::git
