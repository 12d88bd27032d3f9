// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "agent/config.h"

namespace touchstone::agent {
namespace {

struct RoleRow {
  Role role;
  std::string_view name;
  std::string_view application;
};

constexpr std::array kRoles = {
    RoleRow{Role::kLogin, "login", "ssh:"},
    RoleRow{Role::kSign, "sign", "ssh:touchstone-sign"},
    RoleRow{Role::kRelease, "release", "ssh:touchstone-release"},
    RoleRow{Role::kApprove, "approve", "ssh:touchstone-approve"},
    RoleRow{Role::kSeal, "seal", "ssh:touchstone-seal"},
};

const RoleRow& row_of(Role role) {
  const auto* found = std::find_if(kRoles.begin(), kRoles.end(),
                                   [role](const RoleRow& row) { return row.role == role; });
  return found == kRoles.end() ? kRoles.back() : *found;
}

constexpr std::array kDemands = {
    std::pair{Demand::kDeny, std::string_view("deny")},
    std::pair{Demand::kTouch, std::string_view("touch")},
    std::pair{Demand::kTouchPin, std::string_view("touch+pin")},
};

}  // namespace

std::string_view name_of(Role role) { return row_of(role).name; }
std::string_view application_of(Role role) { return row_of(role).application; }

base::Result<Role> role_named(std::string_view name) {
  const auto* found = std::find_if(kRoles.begin(), kRoles.end(),
                                   [name](const RoleRow& row) { return row.name == name; });
  if (found == kRoles.end()) {
    return base::fail(base::Code::kNotFound,
                      "role " + std::string(name) + " (login, sign, release, approve or seal)");
  }
  return found->role;
}

std::string_view name_of(Demand demand) {
  const auto* found = std::find_if(kDemands.begin(), kDemands.end(),
                                   [demand](const auto& row) { return row.first == demand; });
  return found == kDemands.end() ? std::string_view("deny") : found->second;
}

base::Result<Demand> demand_named(std::string_view name) {
  const auto* found = std::find_if(kDemands.begin(), kDemands.end(),
                                   [name](const auto& row) { return row.second == name; });
  if (found == kDemands.end()) {
    return base::fail(base::Code::kNotFound,
                      "demand " + std::string(name) + " (deny, touch or touch+pin)");
  }
  return found->first;
}

}  // namespace touchstone::agent
