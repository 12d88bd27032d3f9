// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace touchstone::ssh {

// Scratch is a folder of one test's own, gone when the test is.
class Scratch final {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path write(std::string_view name, base::ByteView bytes) const;
  std::filesystem::path write(std::string_view name, std::string_view text) const {
    return write(name, base::as_bytes(text));
  }
  std::string read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

struct RunResult {
  int status{-1};
  std::string out;
  std::string err;
};

// run_keygen runs the stock ssh-keygen with input on its stdin and TZ=UTC.
RunResult run_keygen(const std::vector<std::string>& arguments, std::string_view input = {});
bool have_keygen();

}  // namespace touchstone::ssh
