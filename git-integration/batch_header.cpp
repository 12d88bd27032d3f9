// SPDX-License-Identifier: Apache-2.0
#include "git-integration/batch_header.h"

#include <charconv>

namespace touchstone::git {

using base::Code;
using base::fail;
using base::Result;

Result<BatchHeader> parse_batch_header(std::string_view line) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) {
    return fail(Code::kProtocol, "git cat-file");
  }
  const std::string id(line.substr(0, first));
  const std::string_view rest = line.substr(first + 1);
  if (rest == "missing") {
    return fail(Code::kNotFound, "object " + id);
  }
  const std::size_t second = rest.find(' ');
  if (second == std::string_view::npos) {
    return fail(Code::kProtocol, "git cat-file: " + std::string(rest));
  }
  const std::string_view digits = rest.substr(second + 1);
  std::size_t size = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, status] = std::from_chars(digits.data(), end, size);
  if (status != std::errc() || stop != end) {
    return fail(Code::kProtocol, "git cat-file: size");
  }
  return BatchHeader{id, std::string(rest.substr(0, second)), size};
}

}  // namespace touchstone::git
