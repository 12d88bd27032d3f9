// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/cli/console.h"

namespace touchstone::agent::cli {

// What key export puts behind the key's name for its attestation.
constexpr std::string_view kAttestationSuffix = ".attestation.json";

struct ImportedKey {
  std::string base64;  // of the file as it is without a passphrase
  std::string application;
  std::string certificate;  // the line of FILE-cert.pub, when there is one beside it
};

// read_key_file reads an id_*_sk file, asking for its passphrase when it has one.
base::Result<ImportedKey> read_key_file(Console& console, const std::filesystem::path& file);

// Attestation is what lies beside a key file: nothing when there is none.
struct AttestationFile {
  std::filesystem::path path;
  boost::json::object object;
};

// read_attestation reads the attestation named, or FILE.attestation.json beside the key file when
// none is named and one is there. Whether it is about this key is the agent's to say.
base::Result<std::optional<AttestationFile>> read_attestation(
    const std::filesystem::path& key_file, const std::optional<std::string>& named);

// role_for_application gives the role that keys for this FIDO application have; "login" when it
// is none of ours.
std::string role_for_application(std::string_view application);

// write_key_files writes what key-export answered: `file`, `file`.pub, `file`.attestation.json.
// Gives the paths written. Unless force: kAlreadyExists, and nothing written, when one is there.
base::Result<std::vector<std::filesystem::path>> write_key_files(Console& console,
                                                                 const boost::json::object& answer,
                                                                 const std::filesystem::path& file,
                                                                 bool with_passphrase, bool force);

}  // namespace touchstone::agent::cli
