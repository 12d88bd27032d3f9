// SPDX-License-Identifier: Apache-2.0
#include "git-integration/revoked_keys.h"

#include "base/file.h"
#include "git-integration/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// PROTOCOL.krl: a binary list begins so.
constexpr std::string_view kBinaryMagic = "SSHKRL\n";

}  // namespace

Result<RevokedKeys> RevokedKeys::parse(std::string_view text) {
  if (text.starts_with(kBinaryMagic)) {
    return fail(Code::kUnsupported, "a binary key revocation list");
  }
  RevokedKeys revoked;
  Lines lines(text);
  std::size_t number = 0;
  while (const auto line = lines.next()) {
    ++number;
    const std::size_t begin = line->find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || (*line)[begin] == '#') {
      continue;
    }
    TRY(key, ssh::PublicKey::parse_line(line->substr(begin))
                 .with_context("line " + std::to_string(number)));
    revoked.blobs_.insert(key.plain_blob());
  }
  return revoked;
}

Result<RevokedKeys> RevokedKeys::read(const std::filesystem::path& path) {
  TRY(bytes, base::read_file(path, kRevokedKeysFileMax).with_context("revoked keys"));
  return parse(base::as_text(bytes)).with_context(path.string());
}

bool RevokedKeys::contains(const ssh::PublicKey& key) const {
  if (blobs_.empty()) {
    return false;
  }
  if (blobs_.contains(key.plain_blob())) {
    return true;
  }
  return key.certificate() != nullptr && blobs_.contains(key.certificate()->ca_key);
}

}  // namespace touchstone::git
