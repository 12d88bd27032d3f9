// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/introduced_tip.h"

#include <algorithm>

#include "base/file.h"
#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

constexpr mode_t kFileMode = 0644;  // for everybody who may push, where several people may

bool is_name(std::string_view text) {
  return (text.size() == hex_size(HashAlgorithm::kSha1) ||
          text.size() == hex_size(HashAlgorithm::kSha256)) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string IntroducedTip::read() const {
  const auto bytes = base::read_file(path_, kIntroducedFileMax);
  if (!bytes) {
    return {};
  }
  Lines lines(base::as_text(*bytes));
  const std::string_view line = lines.next().value_or(std::string_view());
  const auto commit = strip_prefix(line, introduction_ + " ");
  return commit && is_name(*commit) ? std::string(*commit) : std::string();
}

void IntroducedTip::write(std::string_view commit) const {
  const std::string line = introduction_ + " " + std::string(commit) + "\n";
  (void)base::write_file_atomically(path_, base::as_bytes(line), kFileMode);
}

}  // namespace touchstone::git::server
