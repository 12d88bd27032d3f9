// SPDX-License-Identifier: Apache-2.0
#include "agent/subject.h"

#include <algorithm>
#include <array>
#include <utility>

namespace touchstone::agent {
namespace {

constexpr std::array kPurposes = {
    std::pair{Purpose::kLogin, std::string_view("login")},
    std::pair{Purpose::kCommit, std::string_view("commit")},
    std::pair{Purpose::kTag, std::string_view("tag")},
    std::pair{Purpose::kPush, std::string_view("push")},
    std::pair{Purpose::kBatch, std::string_view("batch")},
    std::pair{Purpose::kRelease, std::string_view("release")},
    std::pair{Purpose::kApproval, std::string_view("approval")},
    std::pair{Purpose::kCertificate, std::string_view("certificate")},
    std::pair{Purpose::kFile, std::string_view("file")},
    std::pair{Purpose::kTest, std::string_view("test")},
    std::pair{Purpose::kUnknown, std::string_view("unknown")},
};

}  // namespace

std::string_view name_of(Purpose purpose) {
  const auto* found = std::find_if(kPurposes.begin(), kPurposes.end(),
                                   [purpose](const auto& row) { return row.first == purpose; });
  return found == kPurposes.end() ? std::string_view("unknown") : found->second;
}

base::Result<Purpose> purpose_named(std::string_view name) {
  const auto* found = std::find_if(kPurposes.begin(), kPurposes.end(),
                                   [name](const auto& row) { return row.second == name; });
  if (found == kPurposes.end()) {
    return base::fail(base::Code::kNotFound, "purpose " + std::string(name));
  }
  return found->first;
}

}  // namespace touchstone::agent
