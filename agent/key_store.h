// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config.h"
#include "base/bytes.h"
#include "ssh/private_key_file.h"
#include "tokens/token.h"

namespace touchstone::agent {

// Evidence is what the token said of a key when it was made. Kept with the challenge, without
// which it proves nothing later.
struct Evidence {
  tokens::Attestation attestation;
  base::Bytes challenge;
  bool operator==(const Evidence&) const = default;
};

// StoredKey is one key of the folder: NAME (the OpenSSH private file: the credential's handle),
// NAME.pub and NAME.json (what OpenSSH's format has no room for); NAME-cert.pub when it has a
// certificate.
struct StoredKey {
  std::string name;
  Role role{Role::kLogin};
  ssh::SkPrivateKey key;
  std::string created;      // RFC 3339
  std::string attestation;  // "packed", "fido-u2f", "none", "imported"
  std::string aaguid;       // hex, or empty
  std::string token;        // product name, from outside; or empty
  std::optional<Evidence> evidence;
  std::optional<tokens::Marker> marker{};  // tells its token, when the key answers to a PIN only
  std::optional<ssh::PublicKey> certificate{};
  // Of the silent signatures made at once after it, in their order; empty: not known.
  std::vector<std::uint32_t> counters{};
  bool dedicated{false};  // its person says that the token is used for nothing else

  bool resident() const { return (key.flags & ssh::kSkFlagResident) != 0; }
  bool verify_required() const { return (key.flags & ssh::kSkFlagUserVerification) != 0; }
  tokens::KeyReference reference() const;
};

// marker_key gives the SSH public key a marker would be.
base::Result<ssh::PublicKey> marker_key(const tokens::Marker& marker);

// check_key_name takes [A-Za-z0-9._-], not starting with a dot or a dash, not ending in .pub or
// .json, at most kKeyNameMax.
base::Status check_key_name(std::string_view name);

// check_role says whether a key for this FIDO application may have the role. An application of
// Touchstone's own ("ssh:touchstone-X") is for role X alone: else a touch given for one role would
// count for another. Every other "ssh:…" may be for login or for sign, as people's id_*_sk files
// are used for both (git::is_signing_application). kWrongRole.
base::Status check_role(Role role, std::string_view application);

// KeyStore is the folder of keys and what is loaded of it. A file that cannot be read is a
// problem that is reported; the other keys still load. Everything is written whole or not at all.
class KeyStore {
 public:
  struct Problem {
    std::string file;
    base::Error error;
  };

  explicit KeyStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // load reads the folder again, and makes it when there is none (mode 0700).
  base::Status load();
  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<std::shared_ptr<const StoredKey>>& keys() const { return keys_; }
  const std::vector<Problem>& problems() const { return problems_; }

  // find and find_named give null when there is none. find takes the blob of a key or of its
  // certificate, and passes over what was unloaded.
  std::shared_ptr<const StoredKey> find(base::ByteView key_blob) const;
  std::shared_ptr<const StoredKey> find_named(std::string_view name) const;
  // loaded says so of the blob of a key or of a certificate; each is unloaded for itself.
  bool loaded(base::ByteView blob) const;

  // add writes a new key. kAlreadyExists when the name or the key is there, kWrongRole when its
  // application is for another role.
  base::Status add(StoredKey key);
  // can_add says beforehand whether add would take that name.
  base::Status can_add(std::string_view name) const;
  // mark writes the marker of a key that has none, or another in its place. kKeyNotFound when there
  // is no such key.
  base::Result<std::shared_ptr<const StoredKey>> mark(std::string_view name, tokens::Marker marker);
  // remove deletes the files; what it gives is the key that was. kKeyNotFound when there is none.
  base::Result<std::shared_ptr<const StoredKey>> remove(std::string_view name);

  // unload hides a key or a certificate until the next load(); its files stay. False when it is not
  // loaded.
  bool unload(base::ByteView key_blob);
  void unload_all();

 private:
  base::Result<StoredKey> read(const std::string& name) const;
  void read_certificate(StoredKey& key);

  std::filesystem::path folder_;
  std::vector<std::shared_ptr<const StoredKey>> keys_;
  std::vector<Problem> problems_;
  std::vector<base::Bytes> unloaded_;  // blobs of keys and certificates
};

// check_certificate says whether certificate is one of that very key.
base::Status check_certificate(const ssh::PublicKey& certificate, const ssh::PublicKey& key);

// import_key makes a StoredKey of an unencrypted id_*_sk file. kWrongPassphrase when it is
// encrypted, kWrongRole when its application is for another role. Evidence has to be about this
// very key (tokens::check_statement, and as that fails).
base::Result<StoredKey> import_key(std::string name, Role role, base::ByteView private_file,
                                   std::string created,
                                   std::optional<Evidence> evidence = std::nullopt);

// attestation_class says what the evidence can prove: a packed attestation without certificates is
// signed by the new key itself, and so by anything.
std::string attestation_class(const tokens::Attestation& attestation);

}  // namespace touchstone::agent
