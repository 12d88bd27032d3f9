// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"

namespace touchstone::git {

// HistoryFinding is something wrong with a history that no single object's verdict can say: one
// counter value in two commits, a counter that fell.
struct HistoryFinding {
  base::Error error;
  std::string id;     // hex, of the object where it shows
  std::string other;  // hex, of the object it contradicts; empty when there is none
};

}  // namespace touchstone::git
