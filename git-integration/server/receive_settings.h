// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "git-integration/introduction.h"
#include "git-integration/server/push_certificate.h"

namespace touchstone::git::server {

// Names of settings in a repository's git configuration, beside kIntroductionKey.
constexpr const char* kRequireCertificateKey = "touchstone.requirePushCertificate";
constexpr const char* kJudgedRefsKey = "touchstone.judgedRefs";
constexpr const char* kProtectedRefsKey = "touchstone.protectedRefs";
constexpr const char* kPusheeKey = "touchstone.pushee";
constexpr const char* kNonceSlopKey = "touchstone.certNonceSlop";
constexpr const char* kRevokedKey = "gpg.ssh.revocationFile";
constexpr const char* kNonceSeedKey = "receive.certNonceSeed";

// ReceiveSettings is what a repository's configuration says to its hooks. Pattern lists are comma
// separated, with * (which matches '/' too), ? and a leading ! as in allowed signers files.
struct ReceiveSettings {
  std::optional<Introduction> introduction;
  std::optional<std::filesystem::path> signers;
  std::optional<std::filesystem::path> revoked;
  bool require_certificate{false};
  std::string judged{"refs/*"};  // whose commits and tags are judged
  // Never deleted, never rewound. "HEAD" stands for the branch HEAD names.
  std::string protected_refs{"HEAD,refs/tags/*"};
  CertificateRules certificates;

  bool is_judged(std::string_view ref) const;
  bool is_protected(std::string_view ref, std::string_view head) const;
};

// read_settings asks git once. kConfigInvalid for a value that cannot be read as what it must be:
// a hook that does not understand its settings accepts nothing.
base::Result<ReceiveSettings> read_settings(const std::string& repository);
// parse_settings takes the output of `git config -z --get-regexp`; paths are left to the caller.
base::Result<ReceiveSettings> parse_settings(std::string_view listing);

}  // namespace touchstone::git::server
