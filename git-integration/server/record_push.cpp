// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/record_push.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

#include "base/file.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/push_log.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::fail;
using base::Result;
using base::Status;

constexpr mode_t kLockMode = 0666;  // nothing is ever written to it

// lock waits until no other hook holds it; closing gives it back.
Result<base::FileDescriptor> lock(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "touchstone" / "lock";
  std::error_code error;
  std::filesystem::create_directory(path.parent_path(), error);
  base::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, kLockMode));
  if (!file.valid()) {
    return fail(base::from_errno(errno, path.string()));
  }
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return fail(base::from_errno(errno, path.string()));
    }
  }
  return file;
}

using Refs = std::map<std::string, std::string, std::less<>>;

Result<Refs> list_refs(const std::string& repository) {
  GitCall call{{"for-each-ref", "--format=%(objectname) %(refname)"}};
  call.output_max = kRefListMax;
  TRY(out, git_output(repository, call));
  Refs refs;
  Lines lines(out);
  while (const auto line = lines.next()) {
    const std::size_t space = line->find(' ');
    if (space != std::string_view::npos) {
      refs.emplace(line->substr(space + 1), line->substr(0, space));
    }
  }
  return refs;
}

// took_effect says whether the ref has the value, or had it and went on from there.
Result<bool> took_effect(const std::string& repository, const Refs& refs,
                         const PushUpdate& update) {
  const auto found = refs.find(update.ref);
  if (update.deletes() || found == refs.end()) {
    return update.deletes() && found == refs.end();
  }
  if (found->second == update.new_id) {
    return true;
  }
  TRY(asked, call_git(repository, {{"merge-base", "--is-ancestor", update.new_id, found->second}}));
  return asked.status == 0;
}

bool contains_all(const std::vector<PushUpdate>& all, const std::vector<PushUpdate>& some) {
  return std::all_of(some.begin(), some.end(), [&](const PushUpdate& update) {
    return std::find(all.begin(), all.end(), update) != all.end();
  });
}

// Settlement is what becomes of the pending pushes.
struct Settlement {
  std::vector<PendingPush> recorded;
  std::vector<PendingPush> dropped;
  bool has_own{false};
};

// find_own gives the pending record of the finished push: that of its own process, or else, when
// a script of somebody's stands between, one that says the same and whose process is gone.
std::vector<PendingPush>::iterator find_own(std::vector<PendingPush>& pending,
                                            const FinishedPush& finished,
                                            const base::Clock& clock) {
  const auto own = std::find_if(pending.begin(), pending.end(), [&](const PendingPush& push) {
    return push.process == finished.process && contains_all(push.record.updates, finished.updates);
  });
  if (own != pending.end()) {
    return own;
  }
  return std::find_if(pending.begin(), pending.end(), [&](const PendingPush& push) {
    return contains_all(push.record.updates, finished.updates) && !is_under_way(push, clock);
  });
}

Status settle_leftover(const std::string& repository, const Refs& refs, PendingPush push,
                       Settlement& settlement) {
  std::vector<PushUpdate> happened;
  for (const PushUpdate& update : push.record.updates) {
    TRY(did, took_effect(repository, refs, update));
    if (did) {
      happened.push_back(update);
    }
  }
  if (happened.empty()) {
    settlement.dropped.push_back(std::move(push));
    return {};
  }
  push.record.updates = std::move(happened);
  settlement.recorded.push_back(std::move(push));
  return {};
}

Result<Settlement> settle(const std::string& repository, std::vector<PendingPush> pending,
                          const FinishedPush& finished, const base::Clock& clock) {
  Settlement settlement;
  const auto own = find_own(pending, finished, clock);
  if (own != pending.end()) {
    settlement.has_own = true;
    own->record.updates = finished.updates;
    settlement.recorded.push_back(std::move(*own));
    pending.erase(own);
  }
  pending.erase(std::remove_if(pending.begin(), pending.end(),
                               [&](const PendingPush& push) { return is_under_way(push, clock); }),
                pending.end());
  if (!pending.empty()) {
    TRY(refs, list_refs(repository));
    for (PendingPush& push : pending) {
      TRY_VOID(settle_leftover(repository, refs, std::move(push), settlement));
    }
  }
  if (settlement.has_own) {
    // What was left over came before it, also within one second.
    std::rotate(settlement.recorded.begin(), settlement.recorded.begin() + 1,
                settlement.recorded.end());
  }
  return settlement;
}

}  // namespace

Result<std::filesystem::path> git_folder_of(const std::string& repository) {
  TRY(folder, git_line(repository, {{"rev-parse", "--path-format=absolute", "--git-common-dir"}}));
  return std::filesystem::path(folder);
}

Result<Recorded> record_push(const std::string& repository, const std::filesystem::path& git_folder,
                             const FinishedPush& finished, const base::Clock& clock) {
  TRY(locked, lock(git_folder));
  const PendingFolder folder(git_folder);
  TRY(pending, folder.list());
  TRY(settlement, settle(repository, std::move(pending), finished, clock));
  std::vector<LogEntry> entries;
  for (const PendingPush& push : settlement.recorded) {
    entries.push_back(LogEntry{push.record, push.certificate});
  }
  if (!settlement.has_own && !finished.updates.empty()) {
    entries.push_back(LogEntry{PushRecord{base::unix_seconds(clock), finished.updates, {}}, {}});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const LogEntry& a, const LogEntry& b) {
    return a.record.received_seconds < b.record.received_seconds;
  });
  TRY_VOID(append_to_log(repository, entries));
  Recorded recorded;
  recorded.entries = entries.size();
  recorded.recovered = settlement.recorded.size() - (settlement.has_own ? 1 : 0);
  for (const PendingPush& push : settlement.recorded) {
    TRY_VOID(folder.remove(push));
  }
  for (const PendingPush& push : settlement.dropped) {
    TRY_VOID(folder.remove(push));
    recorded.dropped.push_back(push.record);
  }
  return recorded;
}

}  // namespace touchstone::git::server
