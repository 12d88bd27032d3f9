// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/receive_settings.h"

#include <algorithm>
#include <charconv>

#include "git-integration/git_config.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/ref_updates.h"
#include "ssh/allowed_signers.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr int kNotSet = 1;
constexpr const char* kOurs = "^(touchstone\\.|gpg\\.ssh\\.(allowedsignersfile|revocationfile)$)";

// git gives names in lower case.
bool is_key(std::string_view given, std::string_view key) {
  return std::equal(given.begin(), given.end(), key.begin(), key.end(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
}

auto invalid(std::string_view key, std::string_view want) {
  return fail(Code::kConfigInvalid, std::string(key) + ": want " + std::string(want));
}

Result<bool> parse_flag(std::string_view key, const std::optional<std::string_view>& value) {
  if (!value || *value == "true" || *value == "yes" || *value == "on" || *value == "1") {
    return true;
  }
  if (*value == "false" || *value == "no" || *value == "off" || *value == "0" || value->empty()) {
    return false;
  }
  return invalid(key, "true or false");
}

Result<std::uint64_t> parse_slop(std::string_view key, std::string_view value) {
  std::uint64_t seconds = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, seconds);
  if (error != std::errc() || stop != end || seconds > kNonceSlopSecondsMax) {
    return invalid(key, "a number of seconds up to " + std::to_string(kNonceSlopSecondsMax));
  }
  return seconds;
}

Status take_setting(ReceiveSettings& settings, std::string_view key,
                    const std::optional<std::string_view>& given) {
  const std::string_view value = given.value_or(std::string_view());
  if (is_key(key, kRequireCertificateKey)) {
    TRY_ASSIGN(settings.require_certificate, parse_flag(kRequireCertificateKey, given));
  } else if (is_key(key, kIntroductionKey)) {
    TRY_ASSIGN(settings.introduction, parse_introduction(value));
  } else if (is_key(key, kJudgedRefsKey)) {
    settings.judged = value;
  } else if (is_key(key, kProtectedRefsKey)) {
    settings.protected_refs = value;
  } else if (is_key(key, kPusheeKey)) {
    settings.certificates.pushees = value;
  } else if (is_key(key, kNonceSlopKey)) {
    TRY_ASSIGN(settings.certificates.nonce_slop_seconds, parse_slop(kNonceSlopKey, value));
  } else if (is_key(key, kSignersKey)) {
    settings.signers = std::filesystem::path(value);
  } else if (is_key(key, kRevokedKey)) {
    settings.revoked = std::filesystem::path(value);
  }
  return {};
}

// expand lets git do what it does to paths, when there is something to be done.
Status expand(const std::string& repository, const char* key,
              std::optional<std::filesystem::path>& path) {
  if (path && !path->is_absolute()) {
    TRY_ASSIGN(path, configured_path(repository, key));
  }
  return {};
}

}  // namespace

bool ReceiveSettings::is_judged(std::string_view ref) const {
  return !ref.starts_with(kOwnRefs) && ssh::match_pattern_list(ref, judged);
}

bool ReceiveSettings::is_protected(std::string_view ref, std::string_view head) const {
  return ssh::match_pattern_list(ref, protected_refs) ||
         (ref == head && ssh::match_pattern_list("HEAD", protected_refs));
}

Result<ReceiveSettings> parse_settings(std::string_view listing) {
  ReceiveSettings settings;
  while (!listing.empty()) {
    const std::size_t end = listing.find('\0');
    if (end == std::string_view::npos) {
      return fail(Code::kTruncated, "git config");
    }
    const std::string_view entry = listing.substr(0, end);
    listing.remove_prefix(end + 1);
    const std::size_t line_end = entry.find('\n');
    const std::optional<std::string_view> value = line_end == std::string_view::npos
                                                      ? std::nullopt
                                                      : std::optional(entry.substr(line_end + 1));
    TRY_VOID(take_setting(settings, entry.substr(0, line_end), value));
  }
  return settings;
}

Result<ReceiveSettings> read_settings(const std::string& repository) {
  GitCall call{{"config", "-z", "--get-regexp", kOurs}};
  call.output_max = kSettingsMax;
  TRY(output, call_git(repository, call));
  if (output.status != 0 && output.status != kNotSet) {
    return fail(failure_of("git config", output));
  }
  TRY(settings, parse_settings(output.out));
  TRY_VOID(expand(repository, kSignersKey, settings.signers));
  TRY_VOID(expand(repository, kRevokedKey, settings.revoked));
  return settings;
}

}  // namespace touchstone::git::server
