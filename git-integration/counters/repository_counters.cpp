// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/repository_counters.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/process.h"
#include "git-integration/verify_command.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

Status add_ref(std::string_view line, std::map<std::string, std::string>& by_object) {
  const std::size_t type = line.find(' ');
  const std::size_t name = type == std::string_view::npos ? type : line.find(' ', type + 1);
  if (name == std::string_view::npos) {
    return fail(Code::kProtocol, "git for-each-ref");
  }
  const std::string_view word = line.substr(type + 1, name - type - 1);
  if (word == "commit" || word == "tag") {
    by_object.try_emplace(std::string(line.substr(0, type)), line.substr(name + 1));
  }
  return {};
}

// refs_of names what commits and tags the repository has, each object once.
Result<std::vector<std::string>> refs_of(const std::string& repository) {
  std::map<std::string, std::string> by_object;
  TRY_VOID(each_git_line(repository,
                         {"for-each-ref", "--format=%(objectname) %(objecttype) %(refname)"},
                         [&](std::string_view line) { return add_ref(line, by_object); }));
  std::vector<std::string> refs;
  for (auto& [object, name] : by_object) {
    refs.push_back(std::move(name));
  }
  return refs;
}

// MemoryFile has a name for as long as it lives, and is nobody else's.
class MemoryFile final {
 public:
  static Result<MemoryFile> make(std::string_view text) {
    base::FileDescriptor file(::memfd_create("touchstone-audit", MFD_CLOEXEC));
    if (!file.valid()) {
      return fail(base::from_errno(errno, "memfd_create"));
    }
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count != static_cast<ssize_t>(text.size())) {
      return fail(base::from_errno(count < 0 ? errno : ENOSPC, "memfd_create"));
    }
    return MemoryFile(std::move(file));
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  explicit MemoryFile(base::FileDescriptor file) : file_(std::move(file)) {}
  base::FileDescriptor file_;
};

std::string signers_text(std::span<const ssh::PublicKey> keys) {
  std::string text;
  for (const ssh::PublicKey& key : keys) {
    text += "audited " + key.line() + "\n";
  }
  return text;
}

void take(const ObjectVerdict& object, SignaturesByKey& found) {
  const Verdict& verdict = object.verdict;
  const PresenceClass presence = verdict.presence.presence;
  if (verdict.signer.empty() || !verdict.counter || presence == PresenceClass::kBad) {
    return;
  }
  // A key for another use than signing proves no touch either, whatever its flags say.
  const bool touched = is_touch(presence);
  found[verdict.key].push_back(KnownSignature{KnownSignature::From::kRepository, *verdict.counter,
                                              object.id, touched, verdict.signed_data});
}

}  // namespace

Result<SignaturesByKey> signatures_in(const std::string& repository,
                                      std::span<const ssh::PublicKey> keys) {
  TRY(refs, refs_of(repository));
  // The keys are let in, and none is revoked, whatever git is configured to.
  TRY(signers, MemoryFile::make(signers_text(keys)));
  TRY(revoked, MemoryFile::make(""));
  VerifyOptions options;
  options.repository = repository;
  options.signers = signers.path();
  options.revoked = revoked.path();
  options.any_committer = true;
  options.allow_webauthn = true;
  options.trust_dates = true;
  options.tag_depth_max = kAuditTagDepthMax;
  SignaturesByKey found;
  for (std::size_t begin = 0; begin < refs.size(); begin += kRangesMax) {
    const std::size_t end = std::min(refs.size(), begin + kRangesMax);
    options.ranges.assign(refs.begin() + static_cast<std::ptrdiff_t>(begin),
                          refs.begin() + static_cast<std::ptrdiff_t>(end));
    TRY(summary, verify_range(options, [&found](const ObjectVerdict& object) -> Status {
          take(object, found);
          return {};
        }));
    if (summary.shallow) {
      return fail(Code::kShallow, repository);
    }
  }
  return found;
}

}  // namespace touchstone::git
