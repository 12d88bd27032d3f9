// SPDX-License-Identifier: Apache-2.0
#include "git-integration/server/ref_updates.h"

#include <algorithm>
#include <set>

#include "git-integration/limits.h"
#include "git-integration/server/limits.h"
#include "git-integration/text_lines.h"

namespace touchstone::git::server {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_object_name(std::string_view text) {
  const bool known = text.size() == hex_size(HashAlgorithm::kSha1) ||
                     text.size() == hex_size(HashAlgorithm::kSha256);
  return known && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// What git check-ref-format(1) forbids and could be taken for something else here; git itself has
// refused the rest before a hook is run.
bool is_ref_name(std::string_view text) {
  return text.size() <= kRefNameMax && text.starts_with("refs/") && !text.ends_with('/') &&
         text.find("..") == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte == 0x7f || c == '~' || c == '^' || c == ':' || c == '?' ||
                  c == '*' || c == '[' || c == '\\';
         });
}

}  // namespace

bool is_zero_id(std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; }

bool PushUpdate::creates() const { return is_zero_id(old_id); }
bool PushUpdate::deletes() const { return is_zero_id(new_id); }

HashAlgorithm algorithm_of(const PushUpdate& update) {
  return update.new_id.size() == hex_size(HashAlgorithm::kSha256) ? HashAlgorithm::kSha256
                                                                  : HashAlgorithm::kSha1;
}

Result<PushUpdate> parse_update(std::string_view old_id, std::string_view new_id,
                                std::string_view ref) {
  if (!is_object_name(old_id) || !is_object_name(new_id) || old_id.size() != new_id.size()) {
    return fail(Code::kMalformed, "ref update: not two object names");
  }
  if (!is_ref_name(ref)) {
    return fail(Code::kMalformed, "ref update: not a ref's full name");
  }
  return PushUpdate{std::string(old_id), std::string(new_id), std::string(ref)};
}

Result<std::vector<PushUpdate>> parse_updates(std::string_view text) {
  std::vector<PushUpdate> updates;
  std::set<std::string> refs;
  Lines lines(text);
  while (const auto line = lines.next()) {
    const std::size_t first = line->find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line->find(' ', first + 1);
    if (second == std::string_view::npos || !lines.terminated()) {
      return fail(Code::kMalformed, "ref update: want OLD NEW REF");
    }
    TRY(update, parse_update(line->substr(0, first), line->substr(first + 1, second - first - 1),
                             line->substr(second + 1)));
    if (updates.size() == kPushUpdatesMax) {
      return fail(Code::kTooLong,
                  "more than " + std::to_string(kPushUpdatesMax) + " refs in one push");
    }
    if (!updates.empty() && updates.front().new_id.size() != update.new_id.size()) {
      return fail(Code::kMalformed, "ref updates: names of two hash algorithms");
    }
    if (!refs.insert(update.ref).second) {
      return fail(Code::kMalformed, "ref updates: one ref twice");
    }
    updates.push_back(std::move(update));
  }
  return updates;
}

}  // namespace touchstone::git::server
