// SPDX-License-Identifier: Apache-2.0
#include "git-integration/ref_names.h"

#include <algorithm>
#include <vector>

#include "git-integration/process.h"
#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// The fewest digits git takes for an object's name.
constexpr std::size_t kAbbreviationMin = 4;

// name_in gives the ref's name an end of a range begins with, where it begins with one: git takes
// what is left of it for steps from there.
std::string_view name_in(std::string_view end) {
  end.remove_prefix(std::min(end.find_first_not_of('^'), end.size()));
  std::string_view name = end.substr(0, end.find_first_of("^~:"));
  name = name.substr(0, name.find("@{"));
  constexpr std::string_view kInNoName = " *?[\\";
  const bool is_none =
      name.starts_with('-') || name.find_first_of(kInNoName) != std::string_view::npos;
  return is_none ? std::string_view() : name;
}

// id_at gives what exactly this ref names, tags followed; empty when there is no such ref.
Result<std::string> id_at(const std::string& repository, const std::string& ref) {
  TRY(output, run_git(repository, {"show-ref", "--verify", "--dereference", "--", ref}));
  std::string id;
  Lines lines(output.out);
  while (const auto line = lines.next()) {
    id = line->substr(0, line->find(' '));
  }
  return output.status == 0 ? id : std::string();
}

// digits_in gives the digits of a name that git also takes for an object's: 2f1c9e4, or what
// git-describe makes of it, v1.0-3-g2f1c9e4.
std::string_view digits_in(std::string_view name) {
  const std::size_t described = name.rfind("-g");
  const std::string_view digits =
      described == std::string_view::npos ? name : name.substr(described + 2);
  const bool all = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return all && digits.size() >= kAbbreviationMin ? digits : std::string_view();
}

Status check_name(const std::string& repository, const std::string& name) {
  if (name.starts_with("refs/")) {
    TRY(id, id_at(repository, name));
    return id.empty() ? fail(Code::kNotFound, name + ": no such ref") : Status();
  }
  std::string first_ref;
  std::string first_id;
  for (const std::string& ref : {"refs/" + name, "refs/tags/" + name, "refs/heads/" + name,
                                 "refs/remotes/" + name, "refs/remotes/" + name + "/HEAD"}) {
    TRY(id, id_at(repository, ref));
    if (!id.empty() && !first_id.empty() && id != first_id) {
      return fail(Code::kUsage,
                  name + " is both " + first_ref + " and " + ref + ": write out which is meant");
    }
    if (!id.empty() && first_id.empty()) {
      first_ref = ref;
      first_id = id;
    }
  }
  const std::string digits(digits_in(name));
  if (!first_id.empty() && !digits.empty()) {
    TRY(output, run_git(repository, {"rev-parse", "--disambiguate=" + digits}));
    if (!output.out.empty()) {
      return fail(Code::kUsage, name + " is both " + first_ref +
                                    " and the beginning of an object's name: write out which is "
                                    "meant");
    }
  }
  return {};
}

}  // namespace

Status check_names(const std::string& repository, std::string_view range) {
  while (true) {
    const std::size_t dots = range.find("..");
    const std::string_view name = name_in(range.substr(0, dots));
    if (!name.empty()) {
      TRY_VOID(check_name(repository, std::string(name)));
    }
    if (dots == std::string_view::npos) {
      return {};
    }
    range.remove_prefix(std::min(range.find_first_not_of('.', dots), range.size()));
  }
}

}  // namespace touchstone::git
