// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verify_command.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "git-integration/git_config.h"
#include "git-integration/judge_pool.h"
#include "git-integration/limits.h"
#include "git-integration/object_stream.h"
#include "git-integration/process.h"
#include "git-integration/text_lines.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr const char* kSignersKey = "gpg.ssh.allowedSignersFile";
constexpr const char* kRevokedKey = "gpg.ssh.revocationFile";

// git_value runs a git command that prints one line; empty when it has nothing to say.
Result<std::string> git_value(const std::string& repository,
                              const std::vector<std::string>& arguments) {
  TRY(output, run_git(repository, arguments));
  if (output.status != 0) {
    return std::string();
  }
  return output.out.substr(0, output.out.find('\n'));
}

Status check_repository(const std::string& repository) {
  TRY(output, run_git(repository, {"rev-parse", "--git-dir"}));
  if (output.status != 0) {
    return fail(Code::kExternalProgram, "git: " + output.error, output.status);
  }
  return {};
}

Result<ssh::AllowedSigners> read_signers(const VerifyOptions& options) {
  std::filesystem::path path = options.signers.value_or(std::filesystem::path());
  if (!options.signers) {
    TRY(configured, configured_path(options.repository, kSignersKey));
    if (!configured) {
      return fail(Code::kConfigInvalid,
                  std::string("git has no ") + kSignersKey + ", and --signers was not given");
    }
    path = *configured;
  }
  TRY(bytes, base::read_file(path, ssh::kAllowedSignersFileMax).with_context("allowed signers"));
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

// TagWalk is what is known of one argument that may be a tag's name.
struct TagWalk {
  std::vector<Job> tags;
  bool has_history{true};
};

bool is_single_name(const std::string& range) {
  return !range.starts_with('^') && range.find("..") == std::string::npos;
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
std::string next_tag(const StoredObject& object, bool& has_history) {
  Lines lines(base::as_text(object.bytes));
  const std::string_view first = lines.next().value_or(std::string_view());
  const std::string_view second = lines.next().value_or(std::string_view());
  const auto target = strip_prefix(first, "object ");
  has_history = second == "type commit";
  return second == "type tag" && target ? std::string(*target) : std::string();
}

// walk_tags follows an argument through tags until something else comes.
Result<TagWalk> walk_tags(const std::string& repository, const std::string& argument) {
  TagWalk walk;
  if (!is_single_name(argument)) {
    return walk;
  }
  TRY(id,
      git_value(repository, {"rev-parse", "--verify", "--quiet", "--end-of-options", argument}));
  if (id.empty()) {
    return walk;  // rev-list says what is wrong with it
  }
  TRY(name, tag_name_of(repository, argument, id));
  while (!id.empty()) {
    if (walk.tags.size() == kTagDepthMax) {
      return fail(Code::kTooLong, "tag of a tag of a tag: " + argument);
    }
    TRY(stream, ObjectStream::of_ids(repository, {id}));
    TRY(object, stream.next());
    if (!object || object->type != "tag") {
      break;
    }
    id = next_tag(*object, walk.has_history);
    walk.tags.push_back(Job{std::move(*object), ObjectKind::kTag, std::move(name)});
    name.clear();
  }
  return walk;
}

// read_boundary gives the commits at which a shallow clone was cut; none in a whole one.
Result<std::set<std::string, std::less<>>> read_boundary(const std::string& repository) {
  std::set<std::string, std::less<>> boundary;
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

// settle_plainly decides by touch and by what the workers found against the plain rules.
void settle_plainly(ObjectVerdict& verdict) {
  if (!is_touch(verdict.verdict.presence.presence)) {
    verdict.problems.insert(verdict.problems.begin(),
                            verdict.verdict.reason.value_or(base::Error{Code::kBelowPolicy}));
  }
  verdict.accepted = verdict.problems.empty();
}

void count(VerifySummary& summary, const ObjectVerdict& verdict) {
  const PresenceClass presence = verdict.verdict.presence.presence;
  ++summary.total;
  ++summary.by_class.at(static_cast<std::size_t>(presence));
  if (!is_touch(presence)) {
    ++summary.below_touch;
  }
  if (!verdict.accepted) {
    ++summary.refused;
  }
}

Status deliver(std::vector<ObjectVerdict> verdicts, VerifySummary& summary,
               const OnVerdict& on_verdict) {
  for (ObjectVerdict& verdict : verdicts) {
    settle_plainly(verdict);
    count(summary, verdict);
    TRY_VOID(on_verdict(verdict));
  }
  return {};
}

// read_batch takes objects until there are enough for one batch; none at the end.
Result<std::vector<Job>> read_batch(ObjectStream& stream) {
  std::vector<Job> jobs;
  std::size_t bytes = 0;
  while (jobs.size() < kBatchObjectsMax && bytes < kBatchBytes) {
    TRY(object, stream.next());
    if (!object) {
      break;
    }
    bytes += object->bytes.size();
    jobs.push_back(Job{std::move(*object), ObjectKind::kCommit, {}});
  }
  return jobs;
}

Status verify_history(ObjectStream& stream, JudgePool& pool, VerifySummary& summary,
                      const OnVerdict& on_verdict) {
  while (true) {
    TRY(jobs, read_batch(stream));
    const bool at_end = jobs.empty();
    if (!at_end) {
      pool.submit(std::move(jobs));
    }
    while (!pool.empty() && (at_end || pool.full())) {
      TRY_VOID(deliver(pool.take(), summary, on_verdict));
    }
    if (at_end) {
      return {};
    }
  }
}

std::uint64_t now_of(const VerifyOptions& options) {
  if (options.now_seconds != 0) {
    return options.now_seconds;
  }
  const auto now = base::SystemClock().now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

unsigned worker_count(unsigned asked) {
  return asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Result<VerifySummary> verify_range(const VerifyOptions& options, const OnVerdict& on_verdict) {
  TRY_VOID(check_repository(options.repository));
  TRY(allowed, read_signers(options));
  TRY(revoked, read_revoked(options));
  const Trust trust{&allowed, &revoked};
  const PlainRules rules{options.any_committer, options.trust_dates ? 0 : now_of(options)};
  VerifySummary summary;
  TRY(boundary, read_boundary(options.repository));
  const OnVerdict on_each = [&](const ObjectVerdict& verdict) -> Status {
    summary.shallow = summary.shallow || boundary.contains(verdict.id);
    return on_verdict(verdict);
  };

  HistoryOptions history{options.repository, {}};
  const std::vector<std::string> head = {"HEAD"};
  const std::vector<std::string>& arguments = options.ranges.empty() ? head : options.ranges;
  std::vector<Job> tags;
  for (const std::string& argument : arguments) {
    TRY(walk, walk_tags(options.repository, argument));
    std::move(walk.tags.begin(), walk.tags.end(), std::back_inserter(tags));
    if (walk.has_history) {
      history.ranges.push_back(argument);
    }
  }
  ssh::PublicKeyCache cache;
  for (const Job& job : tags) {
    TRY_VOID(deliver({judge_job(job, trust, rules, cache)}, summary, on_each));
  }
  if (!history.ranges.empty()) {
    TRY(stream, ObjectStream::of_history(history));
    JudgePool pool(trust, rules, worker_count(options.workers));
    TRY_VOID(verify_history(stream, pool, summary, on_each));
  }
  return summary;
}

}  // namespace touchstone::git
