// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace touchstone::git {

// BatchHeader is the line `git cat-file --batch` puts before an object, without its end: ID TYPE
// SIZE. The type is whatever the object itself says.
struct BatchHeader {
  std::string id;
  std::string type;
  std::size_t size{0};
};

// parse_batch_header fails with kNotFound for "ID missing", and with kProtocol for anything else.
base::Result<BatchHeader> parse_batch_header(std::string_view line);

}  // namespace touchstone::git
