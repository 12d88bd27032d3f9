// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/policy_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fcntl.h>

#include "agent/cli/format.h"
#include "agent/cli/git_query.h"
#include "base/file.h"
#include "base/text.h"
#include "git-integration/git_config.h"
#include "git-integration/limits.h"
#include "git-integration/object_stream.h"
#include "git-integration/process.h"
#include "git-integration/text_lines.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr mode_t kPolicyMode = 0644;
constexpr std::string_view kLiteralKey = "key::";

Result<std::string> read_text(const fs::path& file, std::size_t max) {
  TRY(bytes, base::read_file(file, max));
  return std::string(base::as_text(bytes));
}

// stored_text gives an object by a name git takes, or nothing when there is none.
Result<std::optional<std::string>> stored_text(const std::string& name) {
  TRY(stream, git::ObjectStream::of_ids(".", {name}));
  auto object = stream.next();
  if (!object) {
    return object.error().code == Code::kNotFound ? Result<std::optional<std::string>>(std::nullopt)
                                                  : fail(object.error());
  }
  if (!object->has_value() || (*object)->type != "blob") {
    return fail(Code::kMalformed, name + " is no file");
  }
  if ((*object)->too_large) {
    return fail(Code::kTooLong, name);
  }
  return std::optional(std::string(base::as_text((*object)->bytes)));
}

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> all;
  git::Lines lines(text);
  while (const auto line = lines.next()) {
    all.push_back(*line);
  }
  return all;
}

Status write_text(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    return fail(base::from_errno(error.value(), file.parent_path().string()));
  }
  return base::write_file_atomically(file, base::as_bytes(text), kPolicyMode);
}

}  // namespace

Result<fs::path> working_tree() {
  TRY(output, git::run_git(".", {"rev-parse", "--path-format=absolute", "--show-toplevel"}));
  if (output.status != 0 || output.out.size() < 2) {
    return fail(git::failure_of("git rev-parse", output));
  }
  return fs::path(output.out.substr(0, output.out.size() - 1));
}

Result<git::PolicyText> read_policy_text(const fs::path& top) {
  git::PolicyText text;
  auto policy = read_text(top / git::kPolicyFile, git::kPolicyFileMax);
  if (!policy) {
    if (policy.error().code == Code::kNotFound) {
      return fail(Code::kUsage, "there is no " + std::string(git::kPolicyFile) +
                                    " here: touchstone policy init makes one");
    }
    return fail(policy.error());
  }
  text.policy = std::move(*policy);
  TRY_ASSIGN(text.signers, read_text(top / git::kSignersFile, git::kPolicySignersFileMax));
  return text;
}

Result<std::optional<git::PolicyText>> policy_text_at(const std::string& commit) {
  TRY(policy, stored_text(commit + ":" + std::string(git::kPolicyFile)));
  TRY(signers, stored_text(commit + ":" + std::string(git::kSignersFile)));
  if (!policy.has_value()) {
    return std::optional<git::PolicyText>();
  }
  return std::optional(git::PolicyText{std::move(*policy), signers.value_or("")});
}

Result<std::string> git_text(const std::vector<std::string>& arguments) {
  const base::FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  TRY(pipe, git::make_pipe());
  TRY(errors, git::ErrorSink::make());
  TRY(child, git::Child::start(git::git_arguments(".", arguments), git::git_environment(),
                               nothing.get(), pipe.write_end.get(), errors.descriptor()));
  pipe.write_end.reset();
  TRY(out, base::read_descriptor(pipe.read_end.get(), kPolicyGitOutputMax)
               .with_context("git " + arguments.front()));
  TRY(status, child.wait());
  if (status != 0) {
    return fail(Code::kExternalProgram, "git " + arguments.front() + ": " + errors.first_line(),
                status);
  }
  return std::string(base::as_text(out));
}

std::string edit_lines(std::string_view before, std::string_view after) {
  const auto old_lines = lines_in(before);
  const auto new_lines = lines_in(after);
  const auto [old_from, new_from] =
      std::mismatch(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end());
  auto old_to = old_lines.end();
  auto new_to = new_lines.end();
  while (old_to != old_from && new_to != new_from && *(old_to - 1) == *(new_to - 1)) {
    --old_to;
    --new_to;
  }
  std::string text;
  const auto add = [&text](auto from, auto to, const char* sign) {
    std::for_each(from, to, [&](std::string_view line) {
      text += sign + base::escape_for_display(line, git::kArgumentMax) + "\n";
    });
  };
  add(old_from, old_to, "- ");
  add(new_from, new_to, "+ ");
  return text;
}

Status make_edit(Console& console, const fs::path& top, const git::PolicyText& before,
                 const git::PolicyText& after, bool dry_run) {
  const auto edit = [&](std::string_view file, const std::string& from,
                        const std::string& to) -> Status {
    if (from == to) {
      return {};
    }
    console.out(std::string(file) + "\n" + edit_lines(from, to));
    return dry_run ? Status() : write_text(top / file, to);
  };
  // The signers first: a rule may name a key that has to be there.
  TRY_VOID(edit(git::kSignersFile, before.signers, after.signers));
  TRY_VOID(edit(git::kPolicyFile, before.policy, after.policy));
  if (dry_run) {
    console.err("nothing was changed\n");
  } else if (before.policy.empty() && before.signers.empty()) {
    console.err("to undo: rm -r .touchstone (before it is committed)\n");
  } else {
    TRY(known, git::run_git(top.string(),
                            {"ls-files", "--error-unmatch", "--", std::string(git::kPolicyFile)}));
    console.err(known.status == 0
                    ? "to undo: git checkout -- .touchstone (before it is committed)\n"
                    : "to undo: take the lines above out again (git has no version of it yet)\n");
  }
  return {};
}

void say_next(Console& console, const git::RepositoryPolicy& old_policy) {
  if (old_policy.change_signers > 1) {
    console.err("next: a change of the policy takes " + std::to_string(old_policy.change_signers) +
                " people: have others run touchstone policy approve on these files, then\n");
  } else {
    console.err("next: ");
  }
  console.err("git add .touchstone && git commit -S -m \"change the policy\"\n");
}

Result<ssh::PublicKey> read_public_key(const std::string& file_or_line) {
  if (file_or_line.find(' ') != std::string::npos) {
    if (auto key = ssh::PublicKey::parse_line(file_or_line)) {
      return key;
    }
  }
  auto bytes = base::read_file(file_or_line, ssh::kPrivateKeyFileMax);
  if (!bytes && bytes.error().code == Code::kNotFound) {
    if (auto beside = base::read_file(file_or_line + ".pub", ssh::kPrivateKeyFileMax)) {
      bytes = std::move(beside);
    }
  }
  if (!bytes) {
    return fail(bytes.error());
  }
  return ssh::public_key_of_file(*bytes).with_context(file_or_line);
}

Result<std::optional<ssh::PublicKey>> configured_key() {
  TRY(setting, git_value("user.signingkey"));
  if (!setting.has_value()) {
    return std::optional<ssh::PublicKey>();
  }
  std::string place = *setting;
  if (place.starts_with(kLiteralKey)) {
    place.erase(0, kLiteralKey.size());
  } else if (!place.starts_with("ssh-")) {
    TRY(path, git::configured_path(".", "user.signingkey"));
    place = path.has_value() ? path->string() : place;
  }
  auto key = read_public_key(place);
  return key ? std::optional(std::move(*key)) : std::optional<ssh::PublicKey>();
}

Result<std::string> named_fingerprint(const git::RepositoryPolicy& policy,
                                      const std::string& name) {
  if (name.starts_with("SHA256:")) {
    return name;
  }
  std::set<std::string> found;
  for (const ssh::AllowedSigner& line : policy.signers.signers()) {
    if (!line.cert_authority && ssh::match_pattern_list(name, line.principals)) {
      found.insert(line.key.fingerprint());
    }
  }
  if (found.size() == 1) {
    return *found.begin();
  }
  if (found.size() > 1) {
    std::string all;
    for (const std::string& one : found) {
      all += " " + one;
    }
    return fail(Code::kUsage, name + " has several keys, name one of them:" + all);
  }
  TRY(key, read_public_key(name));
  return key.fingerprint();
}

}  // namespace touchstone::agent::cli
