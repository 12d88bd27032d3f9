// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_target.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "git-integration/process.h"
#include "git-integration/text_lines.h"
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

// name_in gives the ref's name an end of a range begins with, where it begins with one: git takes
// what is left of it for steps from there (gitrevisions(7)).
std::string_view name_in(std::string_view end) {
  end.remove_prefix(std::min(end.find_first_not_of('^'), end.size()));
  const std::string_view name = end.substr(0, end.find_first_of("^~@:"));
  constexpr std::string_view kInNoName = " *?[\\";
  const bool is_none = name.starts_with("refs/") || name.starts_with('-') ||
                       name.find_first_of(kInNoName) != std::string_view::npos;
  return is_none ? std::string_view() : name;
}

// check_name fails where a name stands for several refs that differ: git takes the tag, whoever
// made it, and a person means the branch.
Status check_name(const std::string& repository, const std::string& name) {
  std::vector<std::string> arguments{"for-each-ref",
                                     "--format=%(refname) %(objectname) %(*objectname)"};
  std::vector<std::string> refs;
  for (const std::string_view folder : {"refs/", "refs/tags/", "refs/heads/", "refs/remotes/"}) {
    refs.push_back(std::string(folder) + name);
  }
  arguments.insert(arguments.end(), refs.begin(), refs.end());
  TRY(output, run_git(repository, arguments));
  std::string first_ref;
  std::string first_id;
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    const std::size_t space = line->find(' ');
    const std::string ref(line->substr(0, space));
    if (space == std::string_view::npos || std::find(refs.begin(), refs.end(), ref) == refs.end()) {
      continue;  // a folder of that name
    }
    const std::string_view ids = line->substr(space + 1);
    const std::size_t between = ids.find(' ');
    const bool peeled = between != std::string_view::npos && between + 1 < ids.size();
    const std::string id(peeled ? ids.substr(between + 1) : ids.substr(0, between));
    if (first_ref.empty()) {
      first_ref = ref;
      first_id = id;
    } else if (id != first_id) {
      return fail(Code::kUsage,
                  name + " is both " + first_ref + " and " + ref + ": write out which is meant");
    }
  }
  return {};
}

Status check_names(const std::string& repository, std::string_view argument) {
  while (true) {
    const std::size_t dots = argument.find("..");
    const std::string_view name = name_in(argument.substr(0, dots));
    if (!name.empty()) {
      TRY_VOID(check_name(repository, std::string(name)));
    }
    if (dots == std::string_view::npos) {
      return {};
    }
    argument.remove_prefix(std::min(argument.find_first_not_of('.', dots), argument.size()));
  }
}

}  // namespace

Result<TargetKind> target_kind(const std::string& repository, const std::string& argument,
                               bool after_dashes) {
  if (!after_dashes) {
    TRY(revision, is_revision(repository, argument));
    if (revision) {
      TRY_VOID(check_names(repository, argument));
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
