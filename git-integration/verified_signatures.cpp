// SPDX-License-Identifier: Apache-2.0
#include "git-integration/verified_signatures.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::FileDescriptor;
using base::Result;
using base::Status;

constexpr std::string_view kFormat = "touchstone verified signatures 1";
constexpr std::size_t kKeyBytes = 32;
constexpr mode_t kCacheFolderMode = 0700;
constexpr mode_t kCacheFileMode = 0600;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;

// check_own demands that what was opened is ours, and not open to others.
Status check_own(int descriptor, mode_t kind, mode_t forbidden, const std::string& what) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) {
    return fail(base::from_errno(errno, what));
  }
  if ((info.st_mode & S_IFMT) != kind) {
    return fail(Code::kPermission, what + " is of another kind");
  }
  if (info.st_uid != geteuid()) {
    return fail(Code::kPermission, what + " is somebody else's");
  }
  if ((info.st_mode & forbidden) != 0) {
    return fail(Code::kPermission, what + " is open to others");
  }
  return {};
}

// open_failure tells a symbolic link, which is not followed, from other failures.
base::Error open_failure(int error, const std::string& what) {
  return error == ELOOP || error == ENOTDIR
             ? base::Error{Code::kPermission, 0, what + " is a symbolic link, or no folder"}
             : base::from_errno(error, what);
}

// check_way demands that every folder and link on the way to a folder is ours or root's: for
// another person nothing is made in their home, and no link of theirs is followed.
Status check_way(const std::filesystem::path& folder) {
  for (std::filesystem::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    struct stat info {};
    if (lstat(at.c_str(), &info) == 0 && info.st_uid != geteuid() && info.st_uid != 0) {
      return fail(Code::kPermission, at.string() + " is somebody else's");
    }
  }
  return {};
}

Result<FileDescriptor> open_folder(const std::filesystem::path& path, mode_t forbidden) {
  TRY_VOID(check_way(path));
  std::error_code ignored;  // what is missing then shows below
  std::filesystem::create_directories(path.parent_path(), ignored);
  mkdir(path.c_str(), kCacheFolderMode);
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) {
    return fail(open_failure(errno, path.string()));
  }
  TRY_VOID(check_own(folder.get(), S_IFDIR, forbidden, path.string()));
  return folder;
}

// open_file gives an invalid descriptor when there is no such file.
Result<FileDescriptor> open_file(int folder, const std::string& name) {
  // Without waiting for a writer, should it be a pipe.
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor file(openat(folder, name.c_str(), kFlags));
  if (!file.valid()) {
    if (errno == ENOENT) {
      return file;
    }
    return fail(open_failure(errno, name));
  }
  TRY_VOID(check_own(file.get(), S_IFREG, kOthers, name));
  return file;
}

// write_file puts a whole file in place of another. Not made durable: what a crash leaves is read
// as far as it makes sense, like everything else.
Status write_file(int folder, const std::string& name, ByteView bytes) {
  const std::string next = name + ".new";
  unlinkat(folder, next.c_str(), 0);
  const FileDescriptor file(openat(
      folder, next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kCacheFileMode));
  if (!file.valid()) {
    return fail(base::from_errno(errno, next));
  }
  Status written = base::write_all(file.get(), bytes);
  if (written && renameat(folder, next.c_str(), folder, name.c_str()) != 0) {
    written = fail(base::from_errno(errno, name));
  }
  if (!written) {
    unlinkat(folder, next.c_str(), 0);
  }
  return written;
}

Result<Bytes> read_key(int folder, const std::string& name) {
  TRY(file, open_file(folder, name));
  if (!file.valid()) {
    return Bytes();
  }
  TRY(bytes, base::read_descriptor(file.get(), kKeyBytes).with_context(name));
  // Of another size it was torn when it was made.
  return bytes.size() == kKeyBytes ? bytes : Bytes();
}

// own_key reads the key, or makes one. Of two processes that make one at a time the file of one
// stays, and what the other writes to the cache counts for nothing.
Result<base::Secret> own_key(const std::filesystem::path& path) {
  TRY(folder, open_folder(path.parent_path(), kWritableByOthers));
  const std::string name = path.filename().string();
  TRY(bytes, read_key(folder.get(), name));
  if (bytes.empty()) {
    bytes.resize(kKeyBytes);
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      return fail(base::from_errno(errno, "random bytes"));
    }
    TRY_VOID(write_file(folder.get(), name, bytes));
  }
  auto key = base::Secret::copy_of(bytes);
  base::wipe(bytes);
  return key;
}

// thin_out takes out a run of entries, which stand in the order of a keyed hash: any run is as good
// as drawn by lot, so that of a history longer than the cache a part is always known.
void thin_out(std::vector<VerifiedSignatures::Entry>& entries) {
  if (entries.size() <= kVerifiedSignaturesMax) {
    return;
  }
  std::uniform_int_distribution<std::size_t> any(0, entries.size() - 1);
  std::random_device device;
  std::rotate(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(any(device)),
              entries.end());
  entries.resize(kVerifiedSignaturesMax);
  std::sort(entries.begin(), entries.end());
}

}  // namespace

Result<std::unique_ptr<VerifiedSignatures>> VerifiedSignatures::open(const Places& places) {
  TRY(key, own_key(places.key));
  TRY(folder, open_folder(places.cache.parent_path(), kOthers));
  std::unique_ptr<VerifiedSignatures> opened(
      new VerifiedSignatures(std::move(key), std::move(folder), places.cache.filename().string()));
  TRY_ASSIGN(opened->known_, opened->load());
  return opened;
}

// entry_of is the MAC of these parts, each after its length.
VerifiedSignatures::Entry VerifiedSignatures::entry_of(
    std::initializer_list<ByteView> parts) const {
  base::Writer text;
  for (const ByteView part : parts) {
    text.string(part);
  }
  const base::Sha256 whole = base::hmac_sha256(key_.view(), text.bytes());
  Entry entry{};
  std::copy_n(whole.begin(), entry.size(), entry.begin());
  return entry;
}

// header differs from every entry, which is made of three parts.
VerifiedSignatures::Entry VerifiedSignatures::header() const {
  const std::string libraries = ssh::verifying_libraries();
  return entry_of({base::as_bytes(kFormat), base::as_bytes(TOUCHSTONE_VERSION),
                   base::as_bytes(libraries), ByteView()});
}

// load gives the entries of a file that is ours, none of any other.
Result<std::vector<VerifiedSignatures::Entry>> VerifiedSignatures::load() const {
  std::vector<Entry> entries;
  TRY(file, open_file(folder_.get(), name_));
  if (!file.valid()) {
    return entries;
  }
  constexpr std::size_t kFileMax = kEntryBytes * (kVerifiedSignaturesMax + 1);
  const auto bytes = base::read_descriptor(file.get(), kFileMax);
  const Entry expected = header();
  if (!bytes || bytes->size() < expected.size() ||
      !base::equal(ByteView(*bytes).first(expected.size()), expected)) {
    return entries;
  }
  const ByteView body = ByteView(*bytes).subspan(expected.size());
  entries.resize(body.size() / kEntryBytes);
  if (!entries.empty()) {
    std::memcpy(entries.data(), body.data(), entries.size() * kEntryBytes);
  }
  // As they are written; a torn file may have them in another order.
  if (!std::is_sorted(entries.begin(), entries.end())) {
    std::sort(entries.begin(), entries.end());
  }
  return entries;
}

Status VerifiedSignatures::verify(const ssh::SshSig& signature, ByteView signed_data) {
  const Entry entry = entry_of({signature.key.blob(), signed_data, signature.signature.blob()});
  if (std::binary_search(known_.begin(), known_.end(), entry)) {
    return {};
  }
  TRY_VOID(ssh::verify(signature.key, signature.signature, signed_data));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (added_.size() < kVerifiedSignaturesMax) {
    added_.push_back(entry);
  }
  return {};
}

Status VerifiedSignatures::save() {
  if (added_.empty()) {
    return {};
  }
  // The lock goes with the descriptor.
  if (flock(folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    return {};
  }
  TRY(entries, load());
  entries.insert(entries.end(), added_.begin(), added_.end());
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  thin_out(entries);
  base::Writer text;
  text.raw(header());
  for (const Entry& entry : entries) {
    text.raw(entry);
  }
  Status written = write_file(folder_.get(), name_, text.bytes());
  flock(folder_.get(), LOCK_UN);
  return written;
}

}  // namespace touchstone::git
