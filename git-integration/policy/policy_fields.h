// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "git-integration/policy/repository_policy.h"
#include "git-integration/toml_document.h"

namespace touchstone::git {

// is_fingerprint says whether text is "SHA256:" and the 43 characters of the only spelling of a
// digest (RFC 4648 section 4, without padding, as OpenSSH shows keys).
bool is_fingerprint(std::string_view text);

// PolicyProblems collects what is wrong with a policy, in the order found.
class PolicyProblems {
 public:
  // at adds a problem at a place of policy.toml, at_line one at a line of signers.
  void at(const TomlValue& where, std::string_view what);
  void at_line(std::size_t line, std::string_view what);
  void add(base::Error problem);
  std::vector<base::Error> take() && { return std::move(list_); }

 private:
  std::vector<base::Error> list_;
};

// PolicyFields reads one table of policy.toml. A key it does not know is a problem with the nearest
// one, told at once; a value that is not what it must be is one when it is asked for.
class PolicyFields {
 public:
  // name is the table's as it stands in the file: "[[ref]]".
  PolicyFields(PolicyProblems& problems, const TomlValue& table, std::string name,
               std::initializer_list<std::string_view> keys);

  // Each gives nothing, and a problem, when the value is there and wrong. need_ also when it is
  // not there.
  std::optional<std::string> text(std::string_view key, std::size_t max);
  std::optional<std::string> need_text(std::string_view key, std::size_t max);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::uint32_t> number(std::string_view key, std::uint32_t min, std::uint32_t max);
  std::optional<std::uint64_t> need_time(std::string_view key);
  std::optional<Requirement> requirement(std::string_view key);
  // need_fingerprint takes "SHA256:" and the 43 characters of its only spelling.
  std::optional<std::string> need_fingerprint(std::string_view key);
  std::optional<std::string> need_pattern(std::string_view key);
  std::vector<std::string> texts(std::string_view key, std::size_t max);
  std::vector<std::string> patterns(std::string_view key);

  // problem adds one at the key's value, or at the table when it is not there.
  void problem(std::string_view key, std::string_view what);

 private:
  const TomlValue* find(std::string_view key, TomlKind kind, std::string_view wanted);
  const TomlValue* need(std::string_view key, TomlKind kind, std::string_view wanted);
  std::optional<std::string> checked_text(const TomlValue& value, std::string_view key,
                                          std::size_t max);
  bool check_pattern(const TomlValue& value, std::string_view key);

  PolicyProblems& problems_;
  const TomlValue& table_;
  std::string name_;
};

// nearest_word gives the one of `words` that is least far from `word`.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace touchstone::git
