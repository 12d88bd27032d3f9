// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/stored_signatures.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <sys/stat.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/agent_signature.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/presence.h"
#include "git-integration/verify_setup.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr mode_t kStoredMode = 0600;
constexpr mode_t kFolderMode = 0700;

std::string name_of_entry(const ssh::PublicKey& key, base::ByteView payload) {
  base::Writer head;
  head.string(key.blob());
  return base::to_hex(base::sha256({head.bytes(), payload}));
}

struct StoredFile {
  std::filesystem::path path;
  std::uint64_t seconds{0};
};

std::vector<StoredFile> entries_of(const std::filesystem::path& folder) {
  std::vector<StoredFile> entries;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    struct stat info {};
    if (lstat(at->path().c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      entries.push_back({at->path(), static_cast<std::uint64_t>(info.st_mtime)});
    }
  }
  return entries;
}

Status make_folder(const std::filesystem::path& folder) {
  for (const std::filesystem::path& each : {folder.parent_path(), folder}) {
    if (mkdir(each.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      return fail(base::from_errno(errno, each.string()));
    }
  }
  return {};
}

}  // namespace

Result<StoredSignatures> StoredSignatures::open(const std::string& repository,
                                                std::uint64_t now_seconds) {
  TRY(common, git_value(repository, {"rev-parse", "--path-format=absolute", "--git-common-dir"}));
  if (common.empty()) {
    return fail(Code::kExternalProgram, "git rev-parse --git-common-dir");
  }
  StoredSignatures store(std::filesystem::path(common) / "touchstone" / "signatures");
  store.prune(now_seconds);
  return store;
}

std::optional<ssh::SshSig> StoredSignatures::find(const ssh::PublicKey& key,
                                                  base::ByteView payload) const {
  const auto bytes = base::read_file(folder_ / name_of_entry(key, payload), ssh::kArmorMax);
  if (!bytes) {
    return std::nullopt;
  }
  const auto read = read_signature(base::as_text(*bytes), kGitNamespace);
  if (!read) {
    return std::nullopt;
  }
  auto checked = check_signature(read->encode(), key, kGitNamespace, kSignatureHash, payload);
  return checked ? std::optional(std::move(*checked)) : std::nullopt;
}

Status StoredSignatures::keep(const ssh::SshSig& signature, base::ByteView payload) const {
  TRY_VOID(make_folder(folder_));
  return base::write_file_atomically(folder_ / name_of_entry(signature.key, payload),
                                     base::as_bytes(signature.armored()), kStoredMode);
}

// prune never fails: what stays too long is of use to nobody and harms nobody.
void StoredSignatures::prune(std::uint64_t now_seconds) const {
  std::vector<StoredFile> entries = entries_of(folder_);
  std::sort(entries.begin(), entries.end(),
            [](const StoredFile& a, const StoredFile& b) { return a.seconds > b.seconds; });
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i >= kStoredSignaturesMax ||
        entries[i].seconds + kStoredSignatureSecondsMax < now_seconds) {
      std::error_code ignored;
      std::filesystem::remove(entries[i].path, ignored);
    }
  }
}

}  // namespace touchstone::git
