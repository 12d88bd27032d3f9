// SPDX-License-Identifier: Apache-2.0
#include "git-integration/policy_store.h"

#include <algorithm>
#include <utility>

#include "git-integration/limits.h"
#include "git-integration/tree.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// in_folder gives the name of a path inside the policy's folder.
std::string_view in_folder(std::string_view path) { return path.substr(kPolicyFolder.size() + 1); }

const TreeEntry* entry_named(const std::vector<TreeEntry>& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const TreeEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

bool is_gits_own(const base::Error& error) {
  return error.code == Code::kExternalProgram || error.code == Code::kSystem ||
         error.code == Code::kProtocol;
}

}  // namespace

Result<std::string> policy_folder_in(HashAlgorithm algorithm, base::ByteView root_tree) {
  TRY(entry, find_entry(algorithm, root_tree, kPolicyFolder));
  if (!entry.name.empty() && !entry.is_folder()) {
    return fail(Code::kMalformed, std::string(kPolicyFolder) + " is not a folder");
  }
  return std::move(entry.id);
}

Result<std::string> PolicyStore::read_file(const std::vector<TreeEntry>& entries,
                                           std::string_view path, std::size_t max) {
  const TreeEntry* const entry = entry_named(entries, in_folder(path));
  if (entry == nullptr) {
    return fail(Code::kConfigInvalid, std::string(path) + " is missing");
  }
  if (!entry->is_file()) {
    return fail(Code::kConfigInvalid, std::string(path) + " is not a file");
  }
  TRY(object, reader_.read(entry->id));
  if (!object || object->type != "blob") {
    return fail(Code::kNotFound, std::string(path) + ": object " + entry->id);
  }
  if (object->bytes.size() > max) {
    return fail(Code::kTooLong, std::string(path));
  }
  return std::string(base::as_text(object->bytes));
}

Result<std::vector<PolicyApproval>> PolicyStore::approvals_of(const PolicyInTree& policy) {
  std::vector<PolicyApproval> approvals;
  if (policy.approvals_folder.empty()) {
    return approvals;
  }
  TRY(object, reader_.read(policy.approvals_folder));
  if (!object || object->type != "tree") {
    return fail(Code::kNotFound, "object " + policy.approvals_folder);
  }
  TRY(files, parse_tree(algorithm_of(object->id), object->bytes));
  std::size_t count = 0;  // of files, so that what is too large to be one is not read for ever
  for (const TreeEntry& file : files) {
    if (!file.is_file()) {
      continue;
    }
    if (++count > kPolicyApprovalsMax + 1) {
      break;
    }
    TRY(approval, reader_.read(file.id));
    if (approval && approval->bytes.size() <= ssh::kArmorMax) {
      approvals.push_back(
          PolicyApproval{std::string(file.name), std::string(base::as_text(approval->bytes))});
    }
  }
  return approvals;
}

Result<PolicyInTree> PolicyStore::read_folder(const std::string& id) {
  TRY(folder, reader_.read(id));
  if (!folder || folder->type != "tree") {
    return fail(Code::kNotFound, "object " + id);
  }
  TRY(entries, parse_tree(algorithm_of(folder->id), folder->bytes));
  // Of two entries of one name git would check out either.
  for (const std::string_view path : {kPolicyFile, kSignersFile, kPolicyApprovalsFolder}) {
    TRY_VOID(find_entry(algorithm_of(folder->id), folder->bytes, in_folder(path)));
  }
  PolicyInTree found;
  const TreeEntry* const approvals = entry_named(entries, in_folder(kPolicyApprovalsFolder));
  if (approvals != nullptr && approvals->is_folder()) {
    found.approvals_folder = approvals->id;
  }
  if (entry_named(entries, in_folder(kPolicyFile)) == nullptr) {
    return found;
  }
  TRY(text, read_file(entries, kPolicyFile, kPolicyFileMax));
  TRY(signers, read_file(entries, kSignersFile, kPolicySignersFileMax));
  found.bytes = text.size() + signers.size();
  TRY_ASSIGN(found.policy, parse_repository_policy(text, signers));
  found.needs_paths = needs_paths(*found.policy);
  found.needs_times = needs_times(*found.policy);
  return found;
}

// read_known reads what there is to read; nothing at all for the empty id.
Result<PolicyInTree> PolicyStore::read_known(const Known& known) {
  PolicyInTree policy;
  if (known.error) {
    policy.error = known.error;
    return policy;
  }
  if (known.id.empty()) {
    return policy;
  }
  auto found = read_folder(known.id);
  if (found || is_gits_own(found.error())) {
    return found;
  }
  policy.error = std::move(found.error());
  return policy;
}

void PolicyStore::keep(std::uint32_t number, SharedPolicy policy) {
  const auto cost = [](const PolicyInTree& kept) { return kept.bytes + sizeof(PolicyInTree); };
  bytes_ += cost(*policy);
  recent_.push_front(number);
  known_[number].kept = std::move(policy);
  known_[number].place = recent_.begin();
  while (bytes_ > bytes_max_ && recent_.size() > 1) {
    Known& oldest = known_[recent_.back()];
    bytes_ -= cost(*oldest.kept);
    oldest.kept.reset();
    recent_.pop_back();
  }
}

std::uint32_t PolicyStore::number_of(const std::string& id, std::optional<base::Error> error) {
  const auto [entry, is_new] = numbers_.try_emplace(id, static_cast<std::uint32_t>(known_.size()));
  if (is_new) {
    known_.push_back(Known{id, std::move(error)});
  }
  return entry->second;
}

Result<SharedPolicy> PolicyStore::numbered(std::uint32_t number) {
  const Known& known = known_.at(number);
  if (known.kept) {
    recent_.splice(recent_.begin(), recent_, known.place);
    return known.kept;
  }
  TRY(read, read_known(known));
  read.number = number;
  auto policy = std::make_shared<const PolicyInTree>(std::move(read));
  keep(number, policy);
  return policy;
}

Result<SharedPolicy> PolicyStore::of_folder(const std::string& id) {
  return numbered(number_of(id, std::nullopt));
}

Result<SharedPolicy> PolicyStore::unreadable(const std::string& tree, base::Error error) {
  // A folder may be the same tree as another commit's root: they are two things.
  return numbered(number_of("root " + tree, std::move(error)));
}

Result<SharedPolicy> PolicyStore::of_commit(const std::string& name) {
  TRY(tree, reader_.read(name + "^{tree}"));
  if (!tree) {
    return nullptr;
  }
  auto folder = policy_folder_in(algorithm_of(tree->id), tree->bytes);
  return folder ? of_folder(*folder) : unreadable(tree->id, std::move(folder.error()));
}

}  // namespace touchstone::git
