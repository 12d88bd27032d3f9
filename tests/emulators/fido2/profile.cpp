// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/fido2/profile.h"

#include <algorithm>

namespace touchstone::emulators::fido2 {
namespace {

// Every AAGUID of ours starts with the text "touchstone-emu": none can be met in a shop.
Aaguid emulator_aaguid(std::uint8_t model) {
  return {'t', 'o', 'u', 'c', 'h', 's', 't', 'o', 'n', 'e', '-', 'e', 'm', 'u', 0, model};
}

Profile u2f_only() {
  Profile profile;
  profile.name = "u2f";
  profile.product = "Emulated U2F Token";
  profile.ctap2 = false;
  return profile;
}

Profile fido_2_0() {
  Profile profile;
  profile.name = "fido_2_0";
  profile.product = "Emulated FIDO 2.0 Token";
  profile.aaguid = emulator_aaguid(1);
  profile.versions = {"U2F_V2", "FIDO_2_0"};
  profile.pin_protocols = {1};
  profile.algorithms = {Algorithm::kEs256, Algorithm::kEdDsa};
  return profile;
}

Profile fido_2_1_pre() {
  Profile profile = fido_2_0();
  profile.name = "2_1_pre";
  profile.product = "Emulated FIDO 2.1 Preview Token";
  profile.aaguid = emulator_aaguid(2);
  profile.versions = {"U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE"};
  profile.credential_management_preview = true;
  profile.cred_protect = true;
  return profile;
}

Profile fido_2_1() {
  Profile profile = fido_2_1_pre();
  profile.name = "2_1";
  profile.product = "Emulated FIDO 2.1 Token";
  profile.aaguid = emulator_aaguid(3);
  profile.versions = {"U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE", "FIDO_2_1"};
  profile.pin_protocols = {2, 1};
  profile.permissions = true;
  profile.make_credential_uv_optional = true;
  profile.credential_management = true;
  profile.selection = true;
  return profile;
}

Profile fido_2_1_es256() {
  Profile profile = fido_2_1();
  profile.name = "2_1_es256";
  profile.product = "Emulated FIDO 2.1 Token without EdDSA";
  profile.aaguid = emulator_aaguid(4);
  profile.algorithms = {Algorithm::kEs256};
  return profile;
}

Profile fido_2_1_uv() {
  Profile profile = fido_2_1();
  profile.name = "2_1_uv";
  profile.product = "Emulated FIDO 2.1 Fingerprint Token";
  profile.aaguid = emulator_aaguid(5);
  profile.built_in_uv = true;
  return profile;
}

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all = {u2f_only(), fido_2_0(),       fido_2_1_pre(),
                                           fido_2_1(), fido_2_1_es256(), fido_2_1_uv()};
  return all;
}

}  // namespace

base::Result<Profile> find_profile(std::string_view name) {
  const auto named = [name](const Profile& profile) { return profile.name == name; };
  const auto found = std::find_if(profiles().begin(), profiles().end(), named);
  if (found == profiles().end()) {
    return base::fail(base::Code::kUsage, "no profile named " + std::string(name));
  }
  return *found;
}

const std::vector<std::string>& profile_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Profile& profile : profiles()) {
      out.push_back(profile.name);
    }
    return out;
  }();
  return names;
}

}  // namespace touchstone::emulators::fido2
