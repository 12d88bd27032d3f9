// SPDX-License-Identifier: Apache-2.0
#include "agent/policy.h"

#include <algorithm>
#include <string>

namespace touchstone::agent {

base::Result<Demand> demand_for(const Config& config, Role role, Purpose purpose, bool forwarded) {
  const Demand demand = decide(config, role, purpose, forwarded);
  if (demand != Demand::kDeny) {
    return demand;
  }
  const std::string what =
      "purpose " + std::string(name_of(purpose)) + ", role " + std::string(name_of(role));
  if (forwarded && decide(config, role, purpose, /*forwarded=*/false) != Demand::kDeny) {
    return base::fail(base::Code::kDenied, what + ", over a forwarded connection");
  }
  const bool another =
      std::any_of(config.policy.begin(), config.policy.end(), [&](const auto& entry) {
        return entry.first != role &&
               decide(config, entry.first, purpose, forwarded) != Demand::kDeny;
      });
  return base::fail(another ? base::Code::kWrongRole : base::Code::kDenied, what);
}

}  // namespace touchstone::agent
