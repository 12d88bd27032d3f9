// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "git-integration/verify_command.h"

namespace touchstone::git::server {

// IntroducedTip is a server's note of a commit that was found to descend from the introduction, the
// last that came to its main branch. That is true for ever, as names are hashes of what they
// descend from; and it spares every push the walk from the branch down to the introduction, which
// is the whole history.
//
// It lies in the repository's folder (touchstone/introduced), beside the configuration that says
// which introduction counts: who can write the one can write the other. One line, "INTRODUCTION
// COMMIT". Without it, with another introduction, or when git has not got the commit, the walk is
// made.
class IntroducedTip final {
 public:
  IntroducedTip(const std::filesystem::path& git_folder, std::string introduction)
      : path_(git_folder / "touchstone" / "introduced"), introduction_(std::move(introduction)) {}

  // read gives the commit's name, empty when there is none.
  std::string read() const;
  // write is passed over when it fails: the next push then takes longer. The folder is not made
  // here, but by the first push that is recorded (PendingFolder), for everybody who may push.
  void write(std::string_view commit) const;

 private:
  std::filesystem::path path_;
  std::string introduction_;
};

}  // namespace touchstone::git::server
