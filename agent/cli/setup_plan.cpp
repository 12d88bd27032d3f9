// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/setup_plan.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <boost/json/array.hpp>

#include "agent/cli/control.h"
#include "agent/cli/format.h"
#include "base/clock.h"
#include "base/file.h"
#include "ssh/allowed_signers.h"
#include "ssh/limits.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kChangesFileMax = 64 * 1024;
constexpr std::int64_t kChangesVersion = 1;
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPublicFile = 0644;

base::Status make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? base::Status(base::fail(base::from_errno(error.value(), folder.string())))
               : base::Status();
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text.has_value() ? json::value(*text) : json::value(nullptr);
}

std::optional<std::string> optional_text(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::optional(text_of(object, name))
                                                : std::nullopt;
}

}  // namespace

void remember(std::vector<git::ConfigChange>& made, const std::vector<git::ConfigChange>& changes) {
  for (const git::ConfigChange& change : changes) {
    const auto known = std::find_if(made.begin(), made.end(), [&](const git::ConfigChange& one) {
      return one.key == change.key;
    });
    if (known == made.end()) {
      made.push_back(change);
    } else if (known->new_value == change.old_value) {
      known->new_value = change.new_value;
    } else {
      *known = change;
    }
  }
}

base::Result<std::vector<git::ConfigChange>> read_changes(const std::filesystem::path& file) {
  std::vector<git::ConfigChange> changes;
  const auto bytes = base::read_file(file, kChangesFileMax);
  if (!bytes.has_value()) {
    if (bytes.error().code != base::Code::kNotFound) {
      return base::fail(bytes.error());
    }
    return changes;
  }
  const auto object = parse_object(base::as_text(*bytes), file.string());
  if (!object.has_value() || number_of(*object, "version") != kChangesVersion) {
    return base::fail(base::Code::kMalformed, file.string());
  }
  for_each_object(*object, "changes", [&](const json::object& entry) {
    changes.push_back(
        {text_of(entry, "key"), optional_text(entry, "old"), optional_text(entry, "new")});
  });
  return changes;
}

base::Status write_changes(const std::filesystem::path& file,
                           const std::vector<git::ConfigChange>& changes) {
  json::array list;
  for (const git::ConfigChange& change : changes) {
    list.push_back(json::object{{"key", change.key},
                                {"old", text_or_null(change.old_value)},
                                {"new", text_or_null(change.new_value)}});
  }
  TRY_VOID(make_folder(file.parent_path()));
  const std::string text = json_line({{"version", kChangesVersion}, {"changes", std::move(list)}});
  return base::write_file_atomically(file, base::as_bytes(text), kPrivateFile);
}

base::Result<std::string> signer_line(const std::string& email, const std::string& public_key,
                                      const std::string& comment) {
  const bool plain = std::all_of(email.begin(), email.end(), [](char c) {
    return c > ' ' && c < '\x7f' && std::string_view(",*?!\"#").find(c) == std::string_view::npos;
  });
  if (email.empty() || !plain) {
    return base::fail(base::Code::kMalformed, "email address " + email);
  }
  return email + " namespaces=\"git\" " + public_key + " " + shown(comment) + "\n";
}

bool has_signer(const std::string& text, const std::string& email, const std::string& public_key) {
  const auto key = ssh::PublicKey::parse_line(public_key);
  const auto signers = ssh::AllowedSigners::parse(text);
  if (!key.has_value() || !signers.has_value()) {
    return false;
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      base::SystemClock().now().time_since_epoch());
  return signers->check(*key, email, "git", static_cast<std::uint64_t>(now.count())).has_value();
}

base::Result<std::string> read_signers(const std::filesystem::path& file) {
  const auto bytes = base::read_file(file, ssh::kAllowedSignersFileMax);
  if (bytes.has_value()) {
    return std::string(base::as_text(*bytes));
  }
  if (bytes.error().code == base::Code::kNotFound) {
    return std::string();
  }
  return base::fail(bytes.error());
}

base::Status add_signer(const std::filesystem::path& file, const std::string& line) {
  TRY(text, read_signers(file));
  if (!text.empty() && text.back() != '\n') {
    text += '\n';
  }
  text += line;
  TRY_VOID(make_folder(file.parent_path()));
  return base::write_file_atomically(file, base::as_bytes(text), kPublicFile);
}

}  // namespace touchstone::agent::cli
