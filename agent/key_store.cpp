// SPDX-License-Identifier: Apache-2.0
#include "agent/key_store.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "agent/key_file.h"
#include "agent/limits.h"
#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/presence.h"
#include "ssh/limits.h"
#include "tokens/attestation/statement.h"

namespace touchstone::agent {
namespace {

constexpr mode_t kPrivateMode = 0600;
constexpr mode_t kPublicMode = 0644;
constexpr std::string_view kPublicSuffix = ".pub";
constexpr std::string_view kCertificateSuffix = "-cert.pub";
constexpr std::string_view kSidecarSuffix = ".json";

base::Result<base::Secret> no_passphrase() {
  return base::fail(base::Code::kWrongPassphrase, "the key file is encrypted");
}

base::Status check_mode(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return base::fail(base::from_errno(errno, file.string()));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return base::fail(base::Code::kPermission, file.string() + ": others may read or change it");
  }
  return {};
}

base::Status make_key_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
  }
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return base::fail(base::from_errno(errno, folder.string()));
  }
  return {};
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

tokens::KeyReference StoredKey::reference() const {
  return tokens::KeyReference{key.key.key(), key.key_handle, key.key.application().value_or(""),
                              marker};
}

base::Result<ssh::PublicKey> marker_key(const tokens::Marker& marker) {
  return ssh::PublicKey::from_token(marker.public_key, tokens::kMarkerApplication);
}

base::Status check_key_name(std::string_view name) {
  if (name.size() > kKeyNameMax) {
    return base::fail(base::Code::kTooLong, "key name");
  }
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), is_name_char) &&
                    name.front() != '.' && name.front() != '-' && !name.ends_with(kPublicSuffix) &&
                    !name.ends_with(kSidecarSuffix);
  if (!good) {
    return base::fail(base::Code::kMalformed,
                      "key name " + std::string(name) +
                          ": letters, digits, dot, dash and underscore only, not .pub or .json");
  }
  return {};
}

base::Status check_role(Role role, std::string_view application) {
  bool fits = false;
  switch (role) {
    case Role::kLogin:
      fits = git::is_signing_application(application) && application != application_of(Role::kSign);
      break;
    case Role::kSign:
      fits = git::is_signing_application(application);
      break;
    case Role::kRelease:
    case Role::kApprove:
    case Role::kSeal:
      fits = application == application_of(role);
      break;
  }
  if (!fits) {
    return base::fail(base::Code::kWrongRole, "application " + std::string(application) +
                                                  " is not for role " + std::string(name_of(role)));
  }
  return {};
}

base::Status KeyStore::load() {
  TRY_VOID(make_key_folder(folder_));
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    // Whatever else lies there (temporary files, editors' backups) is nobody's key.
    std::string name = entry->path().filename().string();
    if (check_key_name(name).has_value()) {
      names.push_back(std::move(name));
    }
  }
  if (error) {
    return base::fail(base::from_errno(error.value(), folder_.string()));
  }
  std::sort(names.begin(), names.end());
  keys_.clear();
  problems_.clear();
  unloaded_.clear();
  for (const std::string& name : names) {
    auto key = read(name);
    if (key.has_value()) {
      read_certificate(*key);
    }
    if (key.has_value() && find(key->key.key.blob()) != nullptr) {
      key = base::fail(base::Code::kAlreadyExists, "the same key as another file");
    }
    if (key.has_value() && keys_.size() >= kKeysMax) {
      key = base::fail(base::Code::kTooLong, "more than " + std::to_string(kKeysMax) + " keys");
    }
    if (key.has_value()) {
      keys_.push_back(std::make_shared<const StoredKey>(std::move(*key)));
    } else {
      problems_.push_back(Problem{(folder_ / name).string(), std::move(key.error())});
    }
  }
  return {};
}

base::Result<StoredKey> KeyStore::read(const std::string& name) const {
  const std::filesystem::path file = folder_ / name;
  TRY_VOID(check_mode(file));
  TRY(bytes, base::read_file(file, ssh::kPrivateKeyFileMax));
  TRY(parsed, ssh::parse_private_key_file(bytes, no_passphrase).with_context(file.string()));
  const std::filesystem::path sidecar = folder_ / (name + std::string(kSidecarSuffix));
  TRY(text, base::read_file(sidecar, kKeyFileMax));
  StoredKey key{name, Role::kLogin, std::move(parsed), "", "", "", "", std::nullopt};
  TRY_VOID(parse_key_sidecar(base::as_text(text), key).with_context(sidecar.string()));
  TRY_VOID(check_role(key.role, key.reference().application).with_context(sidecar.string()));
  return key;
}

// read_certificate takes NAME-cert.pub along; one that is not as it should be is a problem of its
// own, and the key is there without it.
void KeyStore::read_certificate(StoredKey& key) {
  const std::filesystem::path file = folder_ / (key.name + std::string(kCertificateSuffix));
  auto text = base::read_file(file, kKeyFileMax);
  if (!text.has_value()) {
    if (text.error().code != base::Code::kNotFound) {
      problems_.push_back(Problem{file.string(), std::move(text.error())});
    }
    return;
  }
  const std::string_view line = base::as_text(*text);
  auto certificate = ssh::PublicKey::parse_line(line.substr(0, line.find('\n')));
  base::Status status = certificate.has_value()
                            ? check_certificate(*certificate, key.key.key)
                            : base::Status(base::fail(std::move(certificate.error())));
  if (!status.has_value()) {
    problems_.push_back(Problem{file.string(), std::move(status.error())});
    return;
  }
  key.certificate = std::move(*certificate);
}

std::shared_ptr<const StoredKey> KeyStore::find(base::ByteView key_blob) const {
  if (!loaded(key_blob)) {
    return nullptr;
  }
  const auto found = std::find_if(keys_.begin(), keys_.end(), [key_blob](const auto& key) {
    return base::equal(key->key.key.blob(), key_blob) ||
           (key->certificate.has_value() && base::equal(key->certificate->blob(), key_blob));
  });
  return found == keys_.end() ? nullptr : *found;
}

std::shared_ptr<const StoredKey> KeyStore::find_named(std::string_view name) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [name](const auto& key) { return key->name == name; });
  return found == keys_.end() ? nullptr : *found;
}

bool KeyStore::loaded(base::ByteView blob) const {
  return std::none_of(unloaded_.begin(), unloaded_.end(),
                      [blob](const base::Bytes& unloaded) { return base::equal(unloaded, blob); });
}

base::Status KeyStore::can_add(std::string_view name) const {
  TRY_VOID(check_key_name(name));
  std::error_code ignored;
  if (find_named(name) != nullptr || std::filesystem::exists(folder_ / name, ignored)) {
    return base::fail(base::Code::kAlreadyExists, "key " + std::string(name));
  }
  if (keys_.size() >= kKeysMax) {
    return base::fail(base::Code::kTooLong, "more than " + std::to_string(kKeysMax) + " keys");
  }
  return {};
}

base::Status KeyStore::add(StoredKey key) {
  TRY_VOID(can_add(key.name));
  TRY_VOID(check_role(key.role, key.reference().application));
  for (const auto& known : keys_) {
    if (known->key.key == key.key.key) {
      return base::fail(base::Code::kAlreadyExists, "the same key, named " + known->name);
    }
  }
  TRY(private_file, ssh::format_private_key_file(key.key, nullptr));
  const std::string public_line =
      key.key.key.line() + (key.key.comment.empty() ? "" : " " + key.key.comment) + "\n";
  // The private file comes last: it is what makes the others a key.
  const std::filesystem::path base_path = folder_ / key.name;
  if (key.certificate.has_value()) {
    const std::string line = key.certificate->line() + "\n";
    TRY_VOID(base::write_file_atomically(base_path.string() + std::string(kCertificateSuffix),
                                         base::as_bytes(line), kPublicMode));
  }
  TRY_VOID(base::write_file_atomically(base_path.string() + std::string(kSidecarSuffix),
                                       base::as_bytes(format_key_sidecar(key)), kPrivateMode));
  TRY_VOID(base::write_file_atomically(base_path.string() + std::string(kPublicSuffix),
                                       base::as_bytes(public_line), kPublicMode));
  TRY_VOID(base::write_file_atomically(base_path, private_file, kPrivateMode));
  keys_.push_back(std::make_shared<const StoredKey>(std::move(key)));
  return {};
}

base::Result<std::shared_ptr<const StoredKey>> KeyStore::mark(std::string_view name,
                                                              tokens::Marker marker) {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [name](const auto& key) { return key->name == name; });
  if (found == keys_.end()) {
    return base::fail(base::Code::kKeyNotFound, std::string(name));
  }
  StoredKey key = **found;
  key.marker = std::move(marker);
  const std::filesystem::path sidecar = folder_ / (key.name + std::string(kSidecarSuffix));
  TRY_VOID(
      base::write_file_atomically(sidecar, base::as_bytes(format_key_sidecar(key)), kPrivateMode));
  *found = std::make_shared<const StoredKey>(std::move(key));
  return *found;
}

base::Result<std::shared_ptr<const StoredKey>> KeyStore::remove(std::string_view name) {
  std::shared_ptr<const StoredKey> key = find_named(name);
  if (key == nullptr) {
    return base::fail(base::Code::kKeyNotFound, std::string(name));
  }
  std::error_code error;
  const std::filesystem::path file = folder_ / key->name;
  if (!std::filesystem::remove(file, error) && error) {
    return base::fail(base::from_errno(error.value(), file.string()));
  }
  for (const std::string_view suffix : {kPublicSuffix, kCertificateSuffix, kSidecarSuffix}) {
    std::filesystem::remove(file.string() + std::string(suffix), error);
  }
  std::erase(keys_, key);
  return key;
}

bool KeyStore::unload(base::ByteView key_blob) {
  const auto key = find(key_blob);
  if (key == nullptr) {
    return false;
  }
  unloaded_.push_back(base::to_bytes(key_blob));
  return true;
}

void KeyStore::unload_all() {
  unloaded_.clear();
  for (const auto& key : keys_) {
    unloaded_.push_back(base::to_bytes(key->key.key.blob()));
    if (key->certificate.has_value()) {
      unloaded_.push_back(base::to_bytes(key->certificate->blob()));
    }
  }
}

base::Status check_certificate(const ssh::PublicKey& certificate, const ssh::PublicKey& key) {
  if (!certificate.is_certificate()) {
    return base::fail(base::Code::kMalformed, "not a certificate");
  }
  if (!base::equal(certificate.plain_blob(), key.blob())) {
    return base::fail(base::Code::kMalformed, "a certificate of another key");
  }
  return {};
}

base::Result<StoredKey> import_key(std::string name, Role role, base::ByteView private_file,
                                   std::string created, std::optional<Evidence> evidence) {
  TRY_VOID(check_key_name(name));
  TRY(parsed, ssh::parse_private_key_file(private_file, no_passphrase));
  TRY_VOID(check_role(role, parsed.key.application().value_or("")));
  StoredKey key{std::move(name),    role, std::move(parsed), std::move(created), "imported", "", "",
                std::move(evidence)};
  if (key.evidence.has_value()) {
    const tokens::Attestation& attestation = key.evidence->attestation;
    TRY_VOID(tokens::check_statement(attestation, key.evidence->challenge, key.reference()));
    key.attestation = attestation_class(attestation);
    const base::ByteView aaguid = tokens::aaguid_of(attestation);
    const bool none =
        std::all_of(aaguid.begin(), aaguid.end(), [](auto byte) { return byte == 0; });
    key.aaguid = none ? std::string() : base::to_hex(aaguid);
  }
  return key;
}

std::string attestation_class(const tokens::Attestation& attestation) {
  return attestation.certificates.empty() ? "none" : attestation.format;
}

}  // namespace touchstone::agent
