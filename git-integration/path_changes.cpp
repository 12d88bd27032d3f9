// SPDX-License-Identifier: Apache-2.0
#include "git-integration/path_changes.h"

#include <optional>
#include <string_view>

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// by_name gives a tree's entries; two of one name are one too many to say which git takes.
Result<std::map<std::string_view, TreeEntry>> by_name(HashAlgorithm algorithm, base::ByteView raw) {
  TRY(entries, parse_tree(algorithm, raw));
  std::map<std::string_view, TreeEntry> named;
  for (TreeEntry& entry : entries) {
    const std::string_view name = entry.name;
    if (!named.emplace(name, std::move(entry)).second) {
      return fail(Code::kMalformed, "two entries of one name in a tree");
    }
  }
  return named;
}

bool is_folder(const TreeEntry* entry) { return entry != nullptr && entry->is_folder(); }

}  // namespace

Result<PathChanges> PathChanges::start(const std::string& repository, const Limits& limits) {
  TRY(reader, ObjectReader::start(repository));
  return PathChanges(std::move(reader), limits);
}

Result<std::string> PathChanges::tree_of(const std::string& commit) {
  TRY(object, reader_.read(commit));
  if (!object || object->id != commit || object->type != "commit") {
    return fail(Code::kNotFound, "commit " + commit);
  }
  constexpr std::string_view kTree = "tree ";
  const std::string_view text = base::as_text(object->bytes);
  const std::size_t size = hex_size(algorithm_of(commit));
  if (!text.starts_with(kTree) || text.size() < kTree.size() + size) {
    return fail(Code::kMalformed, "commit " + commit);
  }
  return std::string(text.substr(kTree.size(), size));
}

Result<base::Bytes> PathChanges::read_tree(const std::string& id) {
  if (const auto known = lately_.find(id); known != lately_.end()) {
    return known->second;
  }
  TRY(object, reader_.read(id));
  if (!object) {
    return fail(Code::kNotFound, "tree " + id);
  }
  if (object->id != id || object->type != "tree") {
    return fail(Code::kMalformed, "tree " + id);
  }
  if (lately_bytes_ + object->bytes.size() > kTreesKeptBytesMax) {
    lately_.clear();
    lately_bytes_ = 0;
  }
  lately_bytes_ += object->bytes.size();
  lately_.emplace(id, object->bytes);
  return std::move(object->bytes);
}

Status PathChanges::add(std::string path) {
  bytes_ += path.size() + 1;
  if (bytes_ > limits_.bytes) {
    return fail(Code::kTooLong, "changed paths: limit " + std::to_string(limits_.bytes) + " bytes");
  }
  paths_.push_back(std::move(path));
  return {};
}

// changed takes one name that differs: what is a folder on either side is gone through.
Status PathChanges::changed(const std::string& folder, const TreeEntry* before,
                            const TreeEntry* after, std::size_t depth) {
  if (++seen_ > limits_.paths) {
    return fail(Code::kTooLong, "changed paths: limit " + std::to_string(limits_.paths));
  }
  const std::string path = folder + std::string((after != nullptr ? after : before)->name);
  const bool file_before = before != nullptr && !is_folder(before);
  const bool file_after = after != nullptr && !is_folder(after);
  if (file_before || file_after) {
    TRY_VOID(add(path));
  }
  if (!is_folder(before) && !is_folder(after)) {
    return {};
  }
  return compare(path + "/", is_folder(before) ? before->id : std::string(),
                 is_folder(after) ? after->id : std::string(), depth + 1);
}

Status PathChanges::compare(const std::string& folder, const std::string& before,
                            const std::string& after, std::size_t depth) {
  if (depth > kTreeDepthMax) {
    return fail(Code::kTooLong, "folders in folders: limit " + std::to_string(kTreeDepthMax));
  }
  base::Bytes old_bytes;
  base::Bytes new_bytes;
  if (!before.empty()) {
    TRY_ASSIGN(old_bytes, read_tree(before));
  }
  if (!after.empty()) {
    TRY_ASSIGN(new_bytes, read_tree(after));
  }
  TRY(old_entries, by_name(algorithm_, old_bytes));
  TRY(new_entries, by_name(algorithm_, new_bytes));
  for (const auto& [name, entry] : new_entries) {
    const auto old = old_entries.find(name);
    const TreeEntry* const was = old == old_entries.end() ? nullptr : &old->second;
    if (was == nullptr || was->id != entry.id || was->mode != entry.mode) {
      TRY_VOID(changed(folder, was, &entry, depth));
    }
  }
  for (const auto& [name, entry] : old_entries) {
    if (!new_entries.contains(name)) {
      TRY_VOID(changed(folder, &entry, nullptr, depth));
    }
  }
  return {};
}

Result<std::vector<std::string>> PathChanges::between(const std::string& parent,
                                                      const std::string& commit) {
  algorithm_ = algorithm_of(commit);
  paths_.clear();
  seen_ = 0;
  bytes_ = 0;
  TRY(before, tree_of(parent));
  TRY(after, tree_of(commit));
  if (before != after) {
    TRY_VOID(compare("", before, after, 0));
  }
  return std::move(paths_);
}

}  // namespace touchstone::git
