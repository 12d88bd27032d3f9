// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_setup.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "git-integration/git_config.h"
#include "git-integration/limits.h"
#include "git-integration/process.h"
#include "git-integration/text_lines.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr const char* kRevokedKey = "gpg.ssh.revocationFile";

// parents_suffix finds where REV^@, REV^! or REV^-N (gitrevisions(7)) stop to be REV. No name of a
// ref has a '^' in it.
std::size_t parents_suffix(std::string_view argument) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view suffix : {"^@", "^!", "^-"}) {
    first = std::min(first, argument.find(suffix));
  }
  return first;
}

// tag_name_of gives the name a tag must have when it was asked for by that name.
Result<std::string> tag_name_of(const std::string& repository, std::string_view argument,
                                const std::string& id) {
  for (const std::string_view prefix : {"refs/tags/", "tags/"}) {
    if (const auto rest = strip_prefix(argument, prefix)) {
      argument = *rest;
      break;
    }
  }
  const std::string name(argument);
  TRY(found, git_value(repository, {"rev-parse", "--verify", "--quiet", "--end-of-options",
                                    "refs/tags/" + name}));
  return found == id ? name : std::string();
}

// next_tag gives the object a tag points to when that is a tag, else empty.
std::string next_tag(const StoredObject& object, TagWalk& walk) {
  Lines lines(base::as_text(object.bytes));
  const std::string_view first = lines.next().value_or(std::string_view());
  const std::string_view second = lines.next().value_or(std::string_view());
  const auto target = strip_prefix(first, "object ");
  walk.has_history = second == "type commit";
  if (walk.has_history && target) {
    walk.commit = *target;
  }
  return second == "type tag" && target ? std::string(*target) : std::string();
}

// local_branch_of gives the branch a remote-tracking branch follows, empty for another ref.
Result<std::string> local_branch_of(const std::string& repository, std::string_view ref) {
  const auto tracking = strip_prefix(ref, "refs/remotes/");
  if (!tracking) {
    return std::string();
  }
  TRY(output, run_git(repository, {"remote"}));
  Lines lines(output.out);
  std::string_view longest;
  while (const auto remote = lines.next()) {
    if (remote->size() > longest.size() && tracking->starts_with(*remote) &&
        tracking->substr(remote->size()).starts_with('/')) {
      longest = *remote;
    }
  }
  if (longest.empty()) {
    return std::string();
  }
  return "refs/heads/" + std::string(tracking->substr(longest.size() + 1));
}

}  // namespace

Result<std::string> git_value(const std::string& repository,
                              const std::vector<std::string>& arguments) {
  TRY(output, run_git(repository, arguments));
  if (output.status != 0) {
    return std::string();
  }
  return output.out.substr(0, output.out.find('\n'));
}

bool is_range(std::string_view argument) {
  return argument.starts_with('^') || argument.find("..") != std::string_view::npos ||
         parents_suffix(argument) != std::string_view::npos;
}

Result<std::string> id_of(const std::string& repository, const std::string& name) {
  return git_value(repository, {"rev-parse", "--verify", "--quiet", "--end-of-options", name});
}

Result<bool> is_ancestor(const std::string& repository, const std::string& older,
                         const std::string& younger) {
  TRY(output, run_git(repository, {"merge-base", "--is-ancestor", older, younger}));
  if (output.status > 1) {
    return fail(failure_of("git", output));
  }
  return output.status == 0;
}

Result<bool> changes_path(const std::string& repository, const std::string& older,
                          const std::string& younger, std::string_view path) {
  TRY(output, run_git(repository, {"rev-list", "--full-history", "--max-count=1",
                                   older + ".." + younger, "--", std::string(path)}));
  if (output.status != 0) {
    return fail(failure_of("git", output));
  }
  return !output.out.empty();
}

Result<std::vector<std::string>> merge_bases(const std::string& repository, const std::string& one,
                                             const std::string& other) {
  TRY(output, run_git(repository, {"merge-base", "--all", one, other}));
  if (output.status > 1) {
    return fail(failure_of("git", output));
  }
  std::vector<std::string> bases;
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    bases.emplace_back(*line);
  }
  return bases;
}

Status check_repository(const std::string& repository) {
  TRY(output, run_git(repository, {"rev-parse", "--git-dir"}));
  if (output.status != 0) {
    return fail(failure_of("git", output));
  }
  return {};
}

Result<ssh::AllowedSigners> read_signers(const VerifyOptions& options) {
  std::filesystem::path path = options.signers.value_or(std::filesystem::path());
  if (!options.signers) {
    TRY(configured, configured_path(options.repository, kSignersKey));
    if (!configured) {
      return fail(Code::kNoSigners,
                  std::string("git has no ") + kSignersKey + ", and --signers was not given");
    }
    path = *configured;
  }
  TRY(bytes, base::read_input(path, ssh::kAllowedSignersFileMax).with_context("allowed signers"));
  return ssh::AllowedSigners::parse(base::as_text(bytes)).with_context(path.string());
}

Result<RevokedKeys> read_revoked(const VerifyOptions& options) {
  if (options.revoked) {
    return RevokedKeys::read(*options.revoked);
  }
  TRY(configured, configured_path(options.repository, kRevokedKey));
  if (!configured) {
    return RevokedKeys();
  }
  return RevokedKeys::read(*configured);
}

Result<TagWalk> walk_tags(const std::string& repository, const std::string& argument,
                          std::size_t depth_max) {
  TagWalk walk;
  if (is_range(argument)) {
    return walk;
  }
  TRY(id, id_of(repository, argument));
  if (id.empty()) {
    return walk;  // rev-list says what is wrong with it
  }
  TRY(name, tag_name_of(repository, argument, id));
  while (!id.empty()) {
    TRY(stream, ObjectStream::of_ids(repository, {id}));
    TRY(object, stream.next());
    if (!object || object->type != "tag") {
      break;
    }
    if (walk.tags.size() == depth_max) {
      return fail(Code::kTooLong,
                  argument + ": limit " + std::to_string(depth_max) + " tags of tags");
    }
    id = next_tag(*object, walk);
    walk.tags.push_back(Job{std::move(*object), ObjectKind::kTag, std::move(name)});
    name.clear();
  }
  return walk;
}

Result<Boundary> read_boundary(const std::string& repository) {
  Boundary boundary;
  TRY(shallow, git_value(repository, {"rev-parse", "--is-shallow-repository"}));
  if (shallow != "true") {
    return boundary;
  }
  TRY(name, git_value(repository, {"rev-parse", "--git-path", "shallow"}));
  // A relative answer is relative to where git was told to run.
  const std::filesystem::path path = std::filesystem::path(repository) / name;
  TRY(bytes, base::read_file(path, kShallowFileMax).with_context("shallow clone"));
  Lines lines(base::as_text(bytes));
  while (const auto line = lines.next()) {
    boundary.emplace(*line);
  }
  return boundary;
}

Result<std::string> ref_of(const std::string& repository, const std::string& range) {
  if (range.find("...") != std::string::npos) {
    return std::string();  // takes commits in from both ends
  }
  const std::size_t dots = range.rfind("..");
  std::string end =
      dots == std::string::npos ? range.substr(0, parents_suffix(range)) : range.substr(dots + 2);
  if (end.empty()) {
    end = "HEAD";
  }
  if (end.starts_with('^') || end.starts_with('-')) {
    return std::string();
  }
  TRY(name, git_value(repository, {"rev-parse", "--symbolic-full-name", "--verify", "--quiet",
                                   "--end-of-options", end}));
  if (name.starts_with("refs/heads/") || name.starts_with("refs/tags/")) {
    return name;
  }
  return local_branch_of(repository, name);
}

Result<std::string> ref_of_ranges(const std::string& repository,
                                  const std::vector<std::string>& ranges) {
  std::vector<std::string> taken_in;
  std::copy_if(ranges.begin(), ranges.end(), std::back_inserter(taken_in),
               [](const std::string& range) { return !range.starts_with('^'); });
  if (ranges.empty()) {
    taken_in.emplace_back("HEAD");
  }
  return taken_in.size() == 1 ? ref_of(repository, taken_in.front()) : std::string();
}

Result<std::vector<std::string>> tips_of(const std::string& repository,
                                         const std::vector<std::string>& ranges) {
  std::vector<std::string> tips;
  for (const std::string& range : ranges) {
    if (range.empty() || range.starts_with('-')) {
      continue;  // rev-list says what is wrong with it
    }
    TRY(output, run_git(repository, {"rev-parse", "--revs-only", range}));
    Lines lines(output.out);
    while (const auto line = lines.next()) {
      if (output.status == 0 && !line->starts_with('^')) {
        tips.emplace_back(*line);
      }
    }
  }
  return tips;
}

void settle_plainly(ObjectVerdict& object) {
  if (!is_touch(object.verdict.presence.presence)) {
    object.problems.insert(object.problems.begin(),
                           object.verdict.reason.value_or(base::Error{Code::kBelowPolicy}));
  }
  object.accepted = object.problems.empty();
}

std::uint64_t now_of(const VerifyOptions& options) {
  if (options.now_seconds != 0) {
    return options.now_seconds;
  }
  const auto now = base::SystemClock().now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace touchstone::git
