// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/key_files.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "agent/cli/control.h"
#include "agent/cli/format.h"
#include "agent/config.h"
#include "agent/limits.h"
#include "base/encoding.h"
#include "base/file.h"
#include "ssh/private_key_file.h"

namespace touchstone::agent::cli {
namespace {

struct NewFile {
  std::filesystem::path path;
  base::Bytes bytes;
  mode_t mode;
};

// create writes a file that must not be there yet.
base::Status create(const NewFile& file) {
  const base::FileDescriptor fd(
      ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file.mode));
  if (!fd.valid()) {
    return base::fail(base::from_errno(errno, file.path.string()));
  }
  TRY_VOID(base::write_all(fd.get(), file.bytes).with_context(file.path.string()));
  if (::fsync(fd.get()) != 0) {
    return base::fail(base::from_errno(errno, file.path.string()));
  }
  return {};
}

base::Status must_not_be_there(const std::vector<NewFile>& files) {
  for (const NewFile& file : files) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(file.path, error))) {
      return base::fail(base::Code::kAlreadyExists, file.path.string() + " (--force overwrites)");
    }
  }
  return {};
}

base::Result<base::Bytes> protect(Console& console, base::ByteView unprotected) {
  const auto none = [] { return base::Result<base::Secret>(base::Secret()); };
  TRY(key, ssh::parse_private_key_file(unprotected, none));
  TRY(first, console.passphrase("New passphrase: "));
  TRY(second, console.passphrase("The same again: "));
  if (first.empty() || !base::equal(first.view(), second.view())) {
    return base::fail(base::Code::kWrongPassphrase, "the two do not agree, or there is none");
  }
  return ssh::format_private_key_file(key, &first);
}

std::filesystem::path with_suffix(const std::filesystem::path& file, std::string_view suffix) {
  std::filesystem::path path = file;
  path += suffix;
  return path;
}

}  // namespace

base::Result<ImportedKey> read_key_file(Console& console, const std::filesystem::path& file) {
  TRY(bytes, base::read_file(file, kKeyFileMax));
  const auto ask = [&] {
    return console.passphrase("Passphrase for " + shown(file.string()) + ": ");
  };
  auto parsed = ssh::parse_private_key_file(bytes, ask);
  if (!parsed.has_value()) {
    return base::fail(std::move(parsed.error()).with_context(file.string()));
  }
  TRY(plain, ssh::format_private_key_file(*parsed, nullptr));
  std::string certificate;
  const std::filesystem::path beside = with_suffix(file, "-cert.pub");
  const auto text = base::read_file(beside, kKeyFileMax);
  if (text.has_value()) {
    certificate = base::as_text(*text).substr(0, base::as_text(*text).find('\n'));
  } else if (text.error().code != base::Code::kNotFound) {
    return base::fail(base::Error(text.error()).with_context(beside.string()));
  }
  return ImportedKey{base::to_base64(plain), parsed->key.application().value_or(""),
                     std::move(certificate)};
}

base::Result<std::optional<AttestationFile>> read_attestation(
    const std::filesystem::path& key_file, const std::optional<std::string>& named) {
  const std::filesystem::path path =
      named.has_value() ? std::filesystem::path(*named) : with_suffix(key_file, kAttestationSuffix);
  const auto text = base::read_file(path, kKeyFileMax);
  if (!text.has_value()) {
    if (!named.has_value() && text.error().code == base::Code::kNotFound) {
      return std::optional<AttestationFile>();
    }
    return base::fail(text.error());
  }
  auto object = parse_object(base::as_text(*text), path.string());
  if (!object.has_value()) {
    return base::fail(base::Code::kMalformed, path.string() + " is no attestation");
  }
  return std::optional(AttestationFile{path, std::move(*object)});
}

std::string role_for_application(std::string_view application) {
  for (const Role role : {Role::kLogin, Role::kSign, Role::kRelease, Role::kApprove, Role::kSeal}) {
    if (application_of(role) == application) {
      return std::string(name_of(role));
    }
  }
  return std::string(name_of(Role::kLogin));
}

base::Result<std::vector<std::filesystem::path>> write_key_files(Console& console,
                                                                 const boost::json::object& answer,
                                                                 const std::filesystem::path& file,
                                                                 bool with_passphrase, bool force) {
  const boost::json::object* const key = object_of(answer, "key");
  if (key == nullptr) {
    return base::fail(base::Code::kProtocol, "the agent's answer has no key");
  }
  TRY(private_key, base::from_base64(text_of(answer, "private_key"), kKeyFileMax));
  std::vector<NewFile> files;
  files.push_back({file, private_key, S_IRUSR | S_IWUSR});
  files.push_back({with_suffix(file, ".pub"), base::to_bytes(text_of(*key, "public_key") + "\n"),
                   S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH});
  if (const boost::json::object* const attestation = object_of(answer, "attestation")) {
    files.push_back({with_suffix(file, kAttestationSuffix), base::to_bytes(json_line(*attestation)),
                     S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH});
  }
  if (!force) {
    TRY_VOID(must_not_be_there(files));
  }
  if (with_passphrase) {
    TRY_ASSIGN(files.front().bytes, protect(console, private_key));
  }
  std::vector<std::filesystem::path> written;
  for (const NewFile& one : files) {
    TRY_VOID(force ? base::write_file_atomically(one.path, one.bytes, one.mode) : create(one));
    written.push_back(one.path);
  }
  return written;
}

}  // namespace touchstone::agent::cli
