// SPDX-License-Identifier: Apache-2.0
#include "ssh/allowed_signers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ssh/allowed_signers_line.h"
#include "ssh/limits.h"

namespace touchstone::ssh {
namespace {

using base::Code;

std::string index_of(base::ByteView blob) { return std::string(base::as_text(blob)); }

base::Status check_times(const AllowedSigner& signer, std::uint64_t time) {
  if (signer.valid_after.has_value() && time < *signer.valid_after) {
    return base::fail(Code::kUntrustedSigner, "key is not yet valid");
  }
  if (signer.valid_before.has_value() && time > *signer.valid_before) {
    return base::fail(Code::kUntrustedSigner, "key has expired");
  }
  return {};
}

// The critical options of a user certificate that limit logins and nothing else.
constexpr std::array<std::string_view, 3> kKnownCriticalOptions{"force-command", "source-address",
                                                                "verify-required"};

base::Status check_certificate(const Certificate& certificate, std::uint64_t time) {
  if (certificate.type != CertificateType::kUser) {
    return base::fail(Code::kUntrustedSigner, "not a user certificate");
  }
  if (time < certificate.valid_after) {
    return base::fail(Code::kUntrustedSigner, "certificate is not yet valid");
  }
  if (time >= certificate.valid_before) {
    return base::fail(Code::kUntrustedSigner, "certificate has expired");
  }
  for (const CertificateOption& option : certificate.critical_options) {
    if (std::find(kKnownCriticalOptions.begin(), kKnownCriticalOptions.end(), option.name) ==
        kKnownCriticalOptions.end()) {
      return base::fail(Code::kUntrustedSigner, "critical option " + option.name);
    }
  }
  return {};
}

bool lists(const Certificate& certificate, std::string_view principal) {
  const auto& names = certificate.principals;
  return std::find(names.begin(), names.end(), principal) != names.end();
}

// split_principals gives the entries up to the first empty one, where ssh-keygen stops reading.
std::vector<std::string> split_principals(std::string_view list) {
  std::vector<std::string> entries;
  while (!list.empty() && list.front() != ',') {
    const std::size_t end = std::min(list.find(','), list.size());
    entries.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return entries;
}

// certified_principals gives the certificate's names that a line's entries match.
std::vector<std::string> certified_principals(const AllowedSigner& signer,
                                              const Certificate& certificate) {
  std::vector<std::string> names;
  for (const std::string& pattern : split_principals(signer.principals)) {
    for (const std::string& name : certificate.principals) {
      if (match_pattern(name, pattern)) {
        names.push_back(name);
      }
    }
  }
  return names;
}

}  // namespace

base::Result<AllowedSigners> AllowedSigners::parse(std::string_view text) {
  if (text.size() > kAllowedSignersFileMax) {
    return base::fail(Code::kTooLong, "allowed signers file");
  }
  AllowedSigners file;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto signer = parse_allowed_signers_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!signer.has_value()) {
      file.problems_.push_back({number, std::move(signer.error())});
    } else if (signer->has_value()) {
      (*signer)->line_number = number;
      file.by_key_[index_of((*signer)->key.blob())].push_back(file.signers_.size());
      file.signers_.push_back(std::move(**signer));
    }
  }
  return file;
}

std::vector<const AllowedSigner*> AllowedSigners::lines_for(const PublicKey& key) const {
  std::vector<std::size_t> found;
  const auto add = [&](base::ByteView blob, bool cert_authority) {
    const auto entry = by_key_.find(index_of(blob));
    if (entry != by_key_.end()) {
      std::copy_if(entry->second.begin(), entry->second.end(), std::back_inserter(found),
                   [&](std::size_t i) { return signers_[i].cert_authority == cert_authority; });
    }
  };
  add(key.blob(), false);
  // What a CA says counts only when the CA said it.
  if (key.is_certificate() && by_key_.contains(index_of(key.certificate()->ca_key)) &&
      verify_certificate(key).has_value()) {
    add(key.certificate()->ca_key, true);
  }
  std::sort(found.begin(), found.end());
  std::vector<const AllowedSigner*> lines;
  lines.reserve(found.size());
  for (const std::size_t i : found) {
    lines.push_back(&signers_[i]);
  }
  return lines;
}

std::vector<std::string> AllowedSigners::find_principals(const PublicKey& key,
                                                         std::uint64_t time) const {
  for (const AllowedSigner* signer : lines_for(key)) {
    std::vector<std::string> names;
    if (signer->cert_authority) {
      const Certificate& certificate = *key.certificate();
      if (!check_certificate(certificate, time).has_value()) {
        continue;
      }
      names = certified_principals(*signer, certificate);
      if (names.empty()) {
        continue;
      }
    } else {
      names = split_principals(signer->principals);
    }
    if (check_times(*signer, time).has_value()) {
      return names;
    }
  }
  return {};
}

base::Status AllowedSigners::check_line(const AllowedSigner& signer, const PublicKey& key,
                                        std::string_view principal, std::string_view name_space,
                                        std::uint64_t time) {
  if (signer.cert_authority) {
    TRY_VOID(check_certificate(*key.certificate(), time));
    if (!lists(*key.certificate(), principal)) {
      return base::fail(Code::kUntrustedSigner, "the certificate is for other principals");
    }
  }
  if (signer.namespaces.has_value() && !match_pattern_list(name_space, *signer.namespaces)) {
    return base::fail(Code::kUntrustedSigner,
                      "key is not allowed in namespace " + std::string(name_space));
  }
  return check_times(signer, time);
}

base::Status AllowedSigners::check(const PublicKey& key, std::string_view principal,
                                   std::string_view name_space, std::uint64_t time) const {
  base::Status nearest = base::fail(Code::kUntrustedSigner, "key is in no line");
  bool principal_matched = false;
  for (const AllowedSigner* signer : lines_for(key)) {
    const std::string where = "line " + std::to_string(signer->line_number);
    if (match_pattern_list(principal, signer->principals)) {
      auto status = check_line(*signer, key, principal, name_space, time).with_context(where);
      if (status.has_value()) {
        return {};
      }
      nearest = std::move(status);
      principal_matched = true;
    } else if (!principal_matched) {
      nearest = base::fail(Code::kUntrustedSigner, where + ": key is for other principals");
    }
  }
  return nearest;
}

}  // namespace touchstone::ssh
