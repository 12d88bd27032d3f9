// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/emulators/fido2/crypto.h"

namespace touchstone::emulators::fido2 {

using Aaguid = std::array<std::uint8_t, 16>;

// Profile is the model of a token: what its firmware knows. Names, as given on the command line:
//   u2f         CTAP1 only; answers no CTAP2 command and says so in CTAPHID_INIT
//   fido_2_0    CTAP 2.0: PIN protocol 1, getPinToken, a PIN for every credential once it is set
//   2_1_pre     as 2.0 with credential management and credProtect previews
//   2_1         CTAP 2.1: PIN protocols 2 and 1, permissions, EdDSA and ES256
//   2_1_es256   2.1 without EdDSA (ssh-keygen -t ed25519-sk must fail, ecdsa-sk must work)
//   2_1_uv      2.1 with a fingerprint reader: the touch also verifies the user
struct Profile {
  std::string name;
  std::string product;  // as the USB descriptor says it
  Aaguid aaguid{};
  bool ctap2 = true;
  bool u2f = true;
  std::vector<std::string> versions;
  std::vector<int> pin_protocols;
  std::vector<Algorithm> algorithms;
  bool permissions = false;                    // pinUvAuthToken option, clientPIN subcommand 0x09
  bool make_credential_uv_optional = false;    // makeCredUvNotRqd option
  bool credential_management = false;          // command 0x0a
  bool credential_management_preview = false;  // command 0x41
  bool cred_protect = false;
  bool selection = false;  // command 0x0b
  bool built_in_uv = false;
};

base::Result<Profile> find_profile(std::string_view name);
const std::vector<std::string>& profile_names();

}  // namespace touchstone::emulators::fido2
