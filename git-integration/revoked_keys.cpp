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
using base::Status;

Status revoked_if(bool revoked) { return revoked ? Status(fail(Code::kRevokedKey)) : Status(); }

}  // namespace

Result<RevokedKeys> RevokedKeys::parse(std::string_view text) {
  RevokedKeys revoked;
  if (RevocationList::is_one(base::as_bytes(text))) {
    TRY(list, RevocationList::open(base::as_bytes(text)));
    revoked.list_ = std::make_shared<RevocationList>(std::move(list));
    return revoked;
  }
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
  TRY(bytes, base::read_input(path, kRevokedKeysFileMax).with_context("revoked keys"));
  return parse(base::as_text(bytes)).with_context(path.string());
}

Status RevokedKeys::check(const ssh::PublicKey& key) const {
  if (list_ != nullptr) {
    TRY(revoked, list_->contains(key));
    return revoked_if(revoked);
  }
  if (blobs_.empty()) {
    return {};
  }
  return revoked_if(blobs_.contains(key.plain_blob()) ||
                    (key.certificate() != nullptr && blobs_.contains(key.certificate()->ca_key)));
}

}  // namespace touchstone::git
