// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <optional>

#include <sys/stat.h>

#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/agent_signature.h"
#include "git-integration/git_object.h"
#include "git-integration/git_sign.h"
#include "git-integration/limits.h"
#include "git-integration/text_lines.h"
#include "ssh/limits.h"

namespace touchstone::git {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::string_view kStandardInput = "-";  // as for ssh-keygen
constexpr mode_t kSignatureMode = 0644;
constexpr std::size_t kNumberFileMax = 32;
constexpr std::uint32_t kStepsMax = 1'000'000;

bool is_standard_input(const std::string& message) { return message == kStandardInput; }

Result<Bytes> read_message(const std::string& message, int input) {
  auto bytes = is_standard_input(message) ? base::read_descriptor(input, ssh::kSignObjectMax)
                                          : base::read_file(message, ssh::kSignObjectMax);
  return std::move(bytes).with_context("to be signed");
}

// check_message refuses early what the agent would refuse: with namespace git there has to be
// something to show.
Status check_message(ByteView message, const GitSignOptions& options) {
  if (options.name_space != kGitNamespace) {
    return {};
  }
  if (options.hash != "sha512") {
    return fail(Code::kUsage, "git objects are signed with hashalg=sha512");
  }
  const auto parsed = parse_payload(message);
  return parsed ? Status() : fail(parsed.error());
}

Result<std::string> sign_message(AgentClient& agent, const ssh::PublicKey& key, Bytes message,
                                 const GitSignOptions& options, const GitSignContext& context) {
  const RebaseProgress progress = rebase_progress(context.folder);
  const std::string repository = context.folder.string().substr(0, ssh::kClientNoteMax);
  ssh::SignObject request{
      base::to_bytes(key.blob()), options.name_space, options.hash, std::move(message), repository,
      progress.position,          progress.count};
  // git reads what we say of a failure. When it is killed, a touch would sign for nobody.
  agent.cancel_without_reader(context.error);
  TRY(sig, sign_checked(agent, key, request));
  return sig.armored();
}

bool is_there(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

// check_unchanged makes sure that a file still holds what was shown and signed: beside another
// object the signature would be of no use, and somebody has meddled.
Status check_unchanged(const std::string& file, ByteView signed_message) {
  TRY(message, base::read_file(file, ssh::kSignObjectMax).with_context("after it was signed"));
  return base::equal(message, signed_message)
             ? Status()
             : fail(Code::kHashMismatch, file + " has changed since it was shown");
}

Status write_signature(const std::string& message, const std::string& signature, int output) {
  return is_standard_input(message)
             ? base::write_all(output, base::as_bytes(signature))
             : base::write_file_atomically(message + ".sig", base::as_bytes(signature),
                                           kSignatureMode);
}

std::optional<std::uint32_t> read_number(const std::filesystem::path& path) {
  const auto bytes = base::read_file(path, kNumberFileMax);
  if (!bytes) {
    return std::nullopt;
  }
  const std::string_view text = base::as_text(*bytes);
  std::uint32_t number = 0;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c < '0' || c > '9' || number > kStepsMax) {
      return std::nullopt;
    }
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

// git_folder finds the .git folder from the top of a working tree, or from itself.
std::filesystem::path git_folder(const std::filesystem::path& folder) {
  std::filesystem::path inside = folder / ".git";
  std::error_code ignored;
  if (std::filesystem::is_directory(inside, ignored)) {
    return inside;
  }
  const auto link = base::read_file(inside, kArgumentMax);
  if (!link) {
    return folder;
  }
  const auto target = strip_prefix(base::as_text(*link), "gitdir: ");
  return target ? folder / std::string(target->substr(0, target->find('\n'))) : folder;
}

}  // namespace

RebaseProgress rebase_progress(const std::filesystem::path& folder) {
  struct Notes {
    const char* position;
    const char* count;
  };
  constexpr std::array kNotes = {Notes{"rebase-merge/msgnum", "rebase-merge/end"},
                                 Notes{"rebase-apply/next", "rebase-apply/last"}};
  const std::filesystem::path notes_folder = git_folder(folder);
  for (const Notes& notes : kNotes) {
    const auto position = read_number(notes_folder / notes.position);
    const auto count = read_number(notes_folder / notes.count);
    if (position && count && *position > 0 && *position <= *count && *count <= kStepsMax) {
      return {*position, *count};
    }
  }
  return {};
}

Status git_sign_objects(const GitSignOptions& options, const GitSignContext& context) {
  TRY(key, read_signing_key(options.file));
  std::vector<std::string> names = options.messages;
  if (names.empty()) {
    names.emplace_back(kStandardInput);
  }
  std::vector<Bytes> messages;
  for (const std::string& name : names) {
    if (!is_standard_input(name) && is_there(name + ".sig")) {
      return fail(Code::kAlreadyExists, name + ".sig");
    }
    TRY(message, read_message(name, context.input));
    TRY_VOID(check_message(message, options).with_context(name));
    messages.push_back(std::move(message));
  }
  TRY(agent, connect_holding(context.agents, key));
  // All are signed before the first signature is written.
  std::vector<std::string> signatures;
  for (const Bytes& message : messages) {
    TRY(signature, sign_message(agent, key, message, options, context));
    signatures.push_back(std::move(signature));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_standard_input(names[i])) {
      TRY_VOID(check_unchanged(names[i], messages[i]));
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    TRY_VOID(write_signature(names[i], signatures[i], context.output));
  }
  return {};
}

}  // namespace touchstone::git
