// SPDX-License-Identifier: Apache-2.0
#include "git-integration/rewrite/commit_text.h"

#include <algorithm>

#include "git-integration/text_lines.h"

namespace touchstone::git {
namespace {

constexpr std::string_view kTree = "tree ";
constexpr std::string_view kParent = "parent ";

}  // namespace

std::string with_parents(std::string_view payload, const ParentMap& map) {
  std::string text;
  Lines lines(payload);
  std::string_view rest = payload;
  while (const auto line = lines.next()) {
    const auto parent = strip_prefix(*line, kParent);
    if (!parent && !line->starts_with(kTree)) {
      break;
    }
    text += parent ? std::string(kParent) + map(std::string(*parent)) : std::string(*line);
    text += '\n';
    rest = lines.rest();
  }
  text += rest;
  return text;
}

std::string with_signature(HashAlgorithm algorithm, std::string_view payload,
                           std::string_view armored) {
  std::string header = algorithm == HashAlgorithm::kSha256 ? "gpgsig-sha256" : "gpgsig";
  Lines lines(armored);
  while (const auto line = lines.next()) {
    header += ' ';
    header += *line;
    header += '\n';
  }
  // A blank line inside a header stands there with its leading space: the first empty line ends
  // the headers.
  const std::size_t end = payload.find("\n\n");
  const std::size_t place = std::min(end == std::string_view::npos ? end : end + 1, payload.size());
  std::string text(payload.substr(0, place));
  text += header;
  text += payload.substr(place);
  return text;
}

}  // namespace touchstone::git
