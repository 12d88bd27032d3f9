// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/sign_place.h"

#include <array>
#include <filesystem>

#include "git-integration/process.h"
#include "git-integration/rewrite/git_write.h"
#include "git-integration/text_lines.h"
#include "git-integration/verify_setup.h"
#include "git-integration/verify_target.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// Sign is a file git keeps while it is in the middle of something (git-rebase(1) and so on).
struct Sign {
  const char* file;
  const char* what;
};
constexpr std::array kSigns = {
    Sign{"rebase-merge", "a rebase"},  Sign{"rebase-apply", "a rebase or git am"},
    Sign{"MERGE_HEAD", "a merge"},     Sign{"CHERRY_PICK_HEAD", "a cherry-pick"},
    Sign{"REVERT_HEAD", "a revert"},   Sign{"sequencer", "a cherry-pick or revert"},
    Sign{"BISECT_LOG", "a bisection"},
};

Status check_nothing_in_progress(const std::string& repository) {
  for (const Sign& sign : kSigns) {
    TRY(path,
        git_value(repository, {"rev-parse", "--path-format=absolute", "--git-path", sign.file}));
    std::error_code ignored;
    if (!path.empty() && std::filesystem::exists(path, ignored)) {
      return fail(Code::kUsage, std::string(sign.what) + " is in progress: finish it or abort it");
    }
  }
  return {};
}

}  // namespace

Result<SignPlace> find_sign_place(const std::string& repository) {
  TRY_VOID(check_repository(repository));
  TRY_VOID(check_nothing_in_progress(repository));
  SignPlace place;
  TRY_ASSIGN(place.ref, git_value(repository, {"symbolic-ref", "--quiet", "HEAD"}));
  TRY_ASSIGN(place.tip, id_of(repository, "HEAD^{commit}"));
  if (place.tip.empty()) {
    return fail(Code::kUsage, "there is no commit here yet");
  }
  if (place.ref.empty()) {
    place.ref = "HEAD";
  }
  return place;
}

Result<SignRange> find_sign_range(const std::string& repository, const SignPlace& place,
                                  const std::optional<std::string>& asked) {
  SignRange range;
  if (!asked) {
    range.ranges = {"HEAD"};
    if (place.ref != "HEAD") {
      TRY(push, push_target(repository));
      range.ranges = std::move(push.ranges);
    }
    range.excluded = Excluded::kOnRemotes;
    return range;
  }
  if (asked->empty() || asked->starts_with('-')) {
    return fail(Code::kUsage, *asked + " is no range of commits");
  }
  TRY(tips, tips_of(repository, {*asked}));
  if (tips.empty()) {
    return fail(Code::kUsage, *asked + " is no range of commits");
  }
  for (std::string& tip : tips) {
    TRY_ASSIGN(tip, id_of(repository, tip + "^{commit}"));
  }
  if (tips.size() != 1 || tips.front() != place.tip) {
    return fail(Code::kUsage,
                *asked + " does not end where " + place.ref +
                    " does: what follows it would be left behind. " +
                    (is_range(*asked) ? "Check out the branch it ends at (git switch)"
                                      : "Say " + *asked + "..HEAD for what comes after a commit"));
  }
  range.ranges = {*asked};
  return range;
}

Result<std::string> old_tip_of(const std::string& repository, const SignRange& range) {
  for (const std::string& each : range.ranges) {
    TRY(output, run_git(repository, {"rev-parse", "--revs-only", each}));
    Lines lines(output.out);
    while (const auto line = lines.next()) {
      if (const auto id = strip_prefix(*line, "^"); id && output.status == 0) {
        return id_of(repository, std::string(*id) + "^{commit}");
      }
    }
  }
  TRY(algorithm, object_format_of(repository));
  return no_id(algorithm);
}

}  // namespace touchstone::git
