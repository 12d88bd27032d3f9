// SPDX-License-Identifier: Apache-2.0
#include "git-integration/tree.h"

#include <algorithm>

#include "base/encoding.h"
#include "git-integration/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct Entry {
  std::string_view mode;
  std::string_view name;
  base::ByteView id;
};

bool is_mode(std::string_view mode) {
  return !mode.empty() && mode.size() <= kTreeModeMax &&
         std::all_of(mode.begin(), mode.end(), [](char c) { return c >= '0' && c <= '7'; });
}

// take_entry takes "MODE NAME\0" and the raw hash from the front of rest.
Result<Entry> take_entry(HashAlgorithm algorithm, base::ByteView& rest) {
  const std::string_view text = base::as_text(rest);
  const std::size_t space = text.substr(0, kTreeModeMax + 1).find(' ');
  const std::size_t end = text.find('\0');
  if (space == std::string_view::npos || end == std::string_view::npos || end <= space + 1 ||
      !is_mode(text.substr(0, space))) {
    return fail(Code::kMalformed, "tree entry");
  }
  const std::size_t id_size = hex_size(algorithm) / 2;
  if (rest.size() - end - 1 < id_size) {
    return fail(Code::kTruncated, "tree entry");
  }
  const Entry entry{text.substr(0, space), text.substr(space + 1, end - space - 1),
                    rest.subspan(end + 1, id_size)};
  rest = rest.subspan(end + 1 + id_size);
  return entry;
}

}  // namespace

bool TreeEntry::is_folder() const {
  constexpr unsigned kTypeOfFile = 0170000;
  constexpr unsigned kFolder = 0040000;
  unsigned number = 0;
  for (const char digit : mode) {
    number = number * 8 + static_cast<unsigned>(digit - '0');
  }
  return (number & kTypeOfFile) == kFolder;
}

Result<std::vector<TreeEntry>> parse_tree(HashAlgorithm algorithm, base::ByteView raw) {
  std::vector<TreeEntry> entries;
  while (!raw.empty()) {
    TRY(entry, take_entry(algorithm, raw));
    if (entries.size() == kTreeEntriesMax) {
      return fail(Code::kTooLong, "entries of a tree");
    }
    entries.push_back(TreeEntry{entry.mode, entry.name, base::to_hex(entry.id)});
  }
  return entries;
}

Result<TreeEntry> find_entry(HashAlgorithm algorithm, base::ByteView raw, std::string_view name) {
  TreeEntry found;
  while (!raw.empty()) {
    TRY(entry, take_entry(algorithm, raw));
    if (entry.name != name) {
      continue;
    }
    if (!found.name.empty()) {
      return fail(Code::kMalformed, "two entries of one name in a tree");
    }
    found = TreeEntry{entry.mode, entry.name, base::to_hex(entry.id)};
  }
  return found;
}

}  // namespace touchstone::git
