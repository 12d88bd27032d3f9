// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/config.h"
#include "agent/subject.h"

namespace touchstone::agent {

// demand_for decides what a request has to cost, or why it may not be granted: kWrongRole when
// keys of another role may do this, else kDenied and what the policy says.
base::Result<Demand> demand_for(const Config& config, Role role, Purpose purpose, bool forwarded);

}  // namespace touchstone::agent
