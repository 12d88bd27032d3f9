// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "tokens/fido2/credential.h"
#include "tokens/fido2/fido2_errors.h"
#include "tokens/fido2/fido2_token.h"
#include "tokens/fido2/pin_text.h"

namespace touchstone::tokens::fido2 {

using base::ByteView;
using base::Code;
using base::Result;
using base::Status;

namespace {

// What is not ours is not shown: a token also holds the passkeys of its owner's web sites.
constexpr std::string_view kOurs = "ssh:";

CredProtect protection_of(const fido_cred_t* cred) {
  const int level = fido_cred_prot(cred);
  return level >= 0 && level <= static_cast<int>(CredProtect::kUvRequired)
             ? static_cast<CredProtect>(level)
             : CredProtect::kNone;
}

Result<ResidentCredential> resident_of(const fido_cred_t* cred, const std::string& application) {
  ResidentCredential resident;
  TRY_ASSIGN(resident.key.public_key, public_key_of(cred));
  const ByteView id(fido_cred_id_ptr(cred), fido_cred_id_len(cred));
  const ByteView user_id(fido_cred_user_id_ptr(cred), fido_cred_user_id_len(cred));
  const char* const user = fido_cred_user_name(cred);
  const std::string_view user_name(user != nullptr ? user : "");
  if (id.empty() || id.size() > kCredentialIdMax || user_id.size() > kUserIdMax) {
    return base::fail(Code::kTokenFailed, "resident credential beyond the limits");
  }
  resident.key.credential_id = base::to_bytes(id);
  resident.key.application = application;
  resident.user_name = user_name.substr(0, kUserNameMax);
  resident.user_id = base::to_bytes(user_id);
  resident.cred_protect = protection_of(cred);
  return resident;
}

}  // namespace

Status Fido2Token::check_credential_management() const {
  if (!info_.credential_management_supported) {
    return base::fail(Code::kUnsupportedByToken, "no credential management");
  }
  return info_.pin_set ? Status{} : Status(base::fail(Code::kPinNotSet));
}

Result<std::vector<ResidentCredential>> Fido2Token::list_checked(const base::Secret& pin,
                                                                 LastTry last_try) {
  TRY_VOID(check_credential_management());
  TRY(text, PinText::make(pin));
  TRY_VOID(check_pin_tries(last_try));
  const RpsHandle rps(fido_credman_rp_new());
  if (!rps) {
    return base::fail(Code::kSystem, "libfido2");
  }
  std::vector<ResidentCredential> residents;
  Status listed = after_pin(exchange([&](fido_dev_t* device) {
    return fido_credman_get_dev_rp(device, rps.get(), text.c_str());
  }));
  if (!listed.has_value()) {
    // A token without any says so with an error.
    if (listed.error().native == FIDO_ERR_NO_CREDENTIALS) {
      return residents;
    }
    return base::fail(std::move(listed.error()));
  }
  for (std::size_t i = 0; i < fido_credman_rp_count(rps.get()); ++i) {
    const char* const id = fido_credman_rp_id(rps.get(), i);
    const std::string application(id != nullptr ? id : "");
    if (application.starts_with(kOurs) && application.size() <= kApplicationMax) {
      TRY_VOID(list_application(application, text.c_str(), residents));
    }
  }
  return residents;
}

Status Fido2Token::list_application(const std::string& application, const char* pin,
                                    std::vector<ResidentCredential>& residents) {
  const RksHandle rks(fido_credman_rk_new());
  if (!rks) {
    return base::fail(Code::kSystem, "libfido2");
  }
  TRY_VOID(after_pin(exchange([&](fido_dev_t* device) {
    return fido_credman_get_dev_rk(device, application.c_str(), rks.get(), pin);
  })));
  for (std::size_t i = 0; i < fido_credman_rk_count(rks.get()); ++i) {
    if (residents.size() >= kResidentCredentialsMax) {
      return base::fail(Code::kTooLong, "resident credentials");
    }
    const fido_cred_t* const cred = fido_credman_rk(rks.get(), i);
    const int type = fido_cred_type(cred);
    if (type != COSE_EDDSA && type != COSE_ES256) {
      continue;  // no SSH key has that algorithm
    }
    TRY(resident, resident_of(cred, application));
    residents.push_back(std::move(resident));
  }
  return {};
}

Status Fido2Token::delete_checked(const base::Secret& pin, LastTry last_try,
                                  ByteView credential_id) {
  TRY_VOID(check_credential_management());
  TRY(text, PinText::make(pin));
  TRY_VOID(check_pin_tries(last_try));
  Status deleted = after_pin(exchange([&](fido_dev_t* device) {
    return fido_credman_del_dev_rk(device, credential_id.data(), credential_id.size(),
                                   text.c_str());
  }));
  if (!deleted.has_value() && deleted.error().code == Code::kWrongToken) {
    return base::fail(Code::kNotFound, "resident credential", deleted.error().native);
  }
  if (deleted.has_value()) {
    std::erase_if(proven_, [&](const KeyReference& key) {
      return base::equal(key.credential_id, credential_id);
    });
  }
  return deleted;
}

}  // namespace touchstone::tokens::fido2
