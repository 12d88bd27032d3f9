// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "git-integration/server/push_record.h"

namespace touchstone::git::server {

// ProcessName tells one process from every other on this host, a later one with the same number
// included: pid namespace, number, and start time in the kernel's ticks.
struct ProcessName {
  std::uint64_t pid_namespace{0};
  std::uint64_t pid{0};
  std::uint64_t started{0};
  bool operator==(const ProcessName&) const = default;
};
// process_name fails with kNotFound when there is no such process.
base::Result<ProcessName> process_name(pid_t pid);

// PendingPush is a push that pre-receive let pass and whose refs git has not been seen to change.
struct PendingPush {
  std::filesystem::path file;
  ProcessName process;  // the git-receive-pack that does it
  PushRecord record;
  base::Bytes certificate;  // as it came; empty: none
};

// Pending pushes lie in a folder of their own in the repository, one file each, because git lets
// no ref be changed while pushed objects are in quarantine. Nothing here needs git.
class PendingFolder final {
 public:
  // git_folder is the repository's own ($GIT_DIR of a bare one).
  explicit PendingFolder(const std::filesystem::path& git_folder);

  // add returns after the file and its name are on the disk.
  base::Status add(const ProcessName& process, const PushRecord& record,
                   base::ByteView certificate) const;
  // list gives them by the time they were received. A file that cannot be read as one is a
  // kMalformed error that names it: nobody but us writes there.
  base::Result<std::vector<PendingPush>> list() const;
  base::Status remove(const PendingPush& push) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// is_under_way says whether the git that does the push may still change its refs. In a pid
// namespace that is not ours nobody can tell; then only age decides (kForeignPendingAge).
bool is_under_way(const PendingPush& push, const base::Clock& clock);

// The file's text: "touchstone pending v1", the process, the record, the certificate.
std::string encode_pending_push(const ProcessName& process, const PushRecord& record,
                                base::ByteView certificate);
base::Result<PendingPush> parse_pending_push(base::ByteView bytes);

}  // namespace touchstone::git::server
