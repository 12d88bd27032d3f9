// SPDX-License-Identifier: Apache-2.0
#include "agent/token_lanes.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace touchstone::agent {

base::Result<bool> TokenLanes::enter(const tokens::TokenId& token, RequestNumber number,
                                     Granted granted) {
  if (full(token)) {
    return base::fail(base::Code::kQueueFull, "token " + token);
  }
  std::deque<Place>& lane = lanes_[token];
  lane.push_back(Place{number, std::move(granted)});
  return lane.size() == 1;
}

void TokenLanes::leave(RequestNumber number) {
  for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
    std::deque<Place>& places = lane->second;
    const auto found = std::find_if(places.begin(), places.end(), [number](const Place& place) {
      return place.number == number;
    });
    if (found == places.end()) {
      continue;
    }
    const bool held = found == places.begin();
    places.erase(found);
    if (places.empty()) {
      lanes_.erase(lane);
    } else if (held) {
      const Granted granted = std::move(places.front().granted);
      granted();
    }
    return;
  }
}

bool TokenLanes::full(const tokens::TokenId& token) const {
  const auto lane = lanes_.find(token);
  return lane != lanes_.end() && lane->second.size() >= kPendingPerTokenMax;
}

}  // namespace touchstone::agent
