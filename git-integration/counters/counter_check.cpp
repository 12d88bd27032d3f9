// SPDX-License-Identifier: Apache-2.0
#include "git-integration/counters/counter_check.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace touchstone::git {

using base::Code;

// Walk goes through the objects, each after all it descends from, and carries the highest counter
// of each key along.
class CounterCheck::Walk final {
 public:
  explicit Walk(const CounterCheck& check) : check_(check), states_(check.nodes_.size()) {}

  void run(std::vector<Contradiction>& found) {
    count_edges();
    std::vector<std::uint32_t> ready;
    for (std::uint32_t node = 0; node < waiting_.size(); ++node) {
      if (waiting_[node] == 0) {
        ready.push_back(node);
      }
    }
    // Names are hashes of what they descend from: there are no cycles.
    while (!ready.empty()) {
      const std::uint32_t node = ready.back();
      ready.pop_back();
      visit(node, found);
      for (std::uint32_t i = first_child_[node]; i < first_child_[node + 1]; ++i) {
        if (--waiting_[children_[i]] == 0) {
          ready.push_back(children_[i]);
        }
      }
    }
  }

 private:
  struct Mark {
    std::uint32_t key;
    std::uint32_t counter;
    std::uint32_t node;
  };
  // One mark a key, by key. Shared by all that descend without a signature of their own.
  using State = std::vector<Mark>;
  using SharedState = std::shared_ptr<const State>;

  std::span<const std::uint32_t> parents_of(std::uint32_t node) const {
    const Node& known = check_.nodes_.at(node);
    return std::span(check_.parents_).subspan(known.first_parent, known.parent_count);
  }

  // count_edges turns the lists of parents into lists of children.
  void count_edges() {
    const std::size_t count = check_.nodes_.size();
    waiting_.resize(count);
    first_child_.assign(count + 1, 0);
    for (std::uint32_t node = 0; node < count; ++node) {
      waiting_[node] = check_.nodes_.at(node).parent_count;
      for (const std::uint32_t parent : parents_of(node)) {
        ++first_child_[parent + 1];
      }
    }
    for (std::size_t i = 1; i <= count; ++i) {
      first_child_[i] += first_child_[i - 1];
    }
    children_.resize(first_child_.back());
    unread_.resize(count);
    std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
    for (std::uint32_t node = 0; node < count; ++node) {
      unread_[node] = first_child_[node + 1] - first_child_[node];
      for (const std::uint32_t parent : parents_of(node)) {
        children_[next[parent]++] = node;
      }
    }
  }

  // take gives a parent's state, and lets go of it with the last child.
  SharedState take(std::uint32_t parent) {
    return --unread_[parent] == 0 ? std::move(states_[parent]) : states_[parent];
  }

  static SharedState merged(const SharedState& left, const SharedState& right) {
    if (!left || !right || left == right) {
      return left ? left : right;
    }
    auto both = std::make_shared<State>();
    both->reserve(left->size() + right->size());
    auto l = left->begin();
    auto r = right->begin();
    while (l != left->end() || r != right->end()) {
      if (r == right->end() || (l != left->end() && l->key < r->key)) {
        both->push_back(*l++);
      } else if (l == left->end() || r->key < l->key) {
        both->push_back(*r++);
      } else {
        both->push_back(l->counter >= r->counter ? *l : *r);
        ++l;
        ++r;
      }
    }
    return both;
  }

  void visit(std::uint32_t node, std::vector<Contradiction>& found) {
    SharedState state;
    for (const std::uint32_t parent : parents_of(node)) {
      state = merged(state, take(parent));
    }
    const Node& own = check_.nodes_.at(node);
    if (own.counter != 0) {
      auto next = state ? std::make_shared<State>(*state) : std::make_shared<State>();
      const auto mark =
          std::lower_bound(next->begin(), next->end(), own.key,
                           [](const Mark& known, std::uint32_t key) { return known.key < key; });
      if (mark == next->end() || mark->key != own.key) {
        next->insert(mark, Mark{own.key, own.counter, node});
      } else if (own.counter > mark->counter) {
        *mark = Mark{own.key, own.counter, node};
      } else if (own.counter < mark->counter) {
        // The same value again is a repeat, which find_repeats says.
        found.push_back({Code::kCounterRegressed, node, mark->node});
      }
      state = std::move(next);
    }
    if (unread_[node] != 0) {
      states_[node] = std::move(state);
    }
  }

  const CounterCheck& check_;
  std::vector<SharedState> states_;
  std::vector<std::uint32_t> waiting_;      // parents not visited yet
  std::vector<std::uint32_t> unread_;       // children that have not taken the state
  std::vector<std::uint32_t> first_child_;  // index into children_, with one past the end
  std::vector<std::uint32_t> children_;
};

std::uint32_t CounterCheck::key_of(std::string_view fingerprint) {
  const auto [entry, is_new] =
      key_index_.try_emplace(std::string(fingerprint), static_cast<std::uint32_t>(keys_.size()));
  if (is_new) {
    keys_.push_back(entry->first);
  }
  return entry->second;
}

// new_node gives null for an object that was added before, or has no name.
CounterCheck::Node* CounterCheck::new_node(std::string_view id,
                                           std::span<const std::string> parents) {
  const auto number = nodes_.number_of(id);
  if (!number || nodes_.at(*number).seen) {
    return nullptr;
  }
  const auto first_parent = static_cast<std::uint32_t>(parents_.size());
  for (const std::string& parent : parents) {
    if (const auto node = nodes_.number_of(parent)) {
      parents_.push_back(*node);
    }
  }
  Node& own = nodes_.at(*number);
  own.seen = true;
  own.first_parent = first_parent;
  own.parent_count = static_cast<std::uint32_t>(parents_.size()) - first_parent;
  return &own;
}

void CounterCheck::put(Node& node, std::string_view fingerprint, std::uint32_t counter,
                       const std::optional<base::Sha256>& signed_data) {
  if (counter == 0 || fingerprint.empty()) {
    return;
  }
  node.key = key_of(fingerprint);
  node.counter = counter;
  if (signed_data) {
    node.data = static_cast<std::uint32_t>(data_.size());
    data_.push_back(*signed_data);
  }
}

void CounterCheck::add(std::string_view id, std::span<const std::string> parents,
                       std::string_view fingerprint, std::uint32_t counter,
                       const std::optional<base::Sha256>& signed_data) {
  if (Node* const node = new_node(id, parents)) {
    put(*node, fingerprint, counter, signed_data);
  }
}

void CounterCheck::add_before(std::string_view id, std::span<const std::string> parents,
                              const std::optional<CounterClaim>& claim) {
  Node* const node = new_node(id, parents);
  if (node == nullptr) {
    return;
  }
  node->before = true;
  // Of a key that signed none of those that are judged nothing can follow.
  if (claim && key_index_.contains(claim->key)) {
    put(*node, claim->key, claim->counter, claim->signed_data);
  }
}

std::vector<std::string> CounterCheck::missing() const {
  std::vector<std::string> names;
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    if (!nodes_.at(node).seen) {
      names.push_back(nodes_.name(node));
    }
  }
  return names;
}

HistoryFinding CounterCheck::finding(const Contradiction& found) const {
  const Node& own = nodes_.at(found.node);
  const Node& against = nodes_.at(found.other);
  std::string context = "key " + keys_[own.key] + ", counter " + std::to_string(own.counter);
  if (found.code == Code::kCounterRegressed) {
    context += " after " + std::to_string(against.counter);
  }
  return HistoryFinding{base::Error{found.code, own.counter, std::move(context)},
                        nodes_.name(found.node), nodes_.name(found.other)};
}

const base::Sha256* CounterCheck::data_of(std::uint32_t node) const {
  const std::uint32_t data = nodes_.at(node).data;
  return data == kNone ? nullptr : &data_[data];
}

bool CounterCheck::is_twin(std::uint32_t left, std::uint32_t right) const {
  const base::Sha256* const data = data_of(left);
  const base::Sha256* const other = data_of(right);
  return data != nullptr && other != nullptr && *data == *other;
}

void CounterCheck::find_repeats(std::vector<Contradiction>& found) const {
  std::vector<std::vector<std::uint32_t>> counted(keys_.size());
  // From the end: a history comes newest first, and so each key's are in order already.
  for (auto node = static_cast<std::uint32_t>(nodes_.size()); node-- > 0;) {
    if (nodes_.at(node).counter != 0) {
      counted[nodes_.at(node).key].push_back(node);
    }
  }
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    const Node& left = nodes_.at(a);
    const Node& right = nodes_.at(b);
    if (left.counter != right.counter) {
      return left.counter < right.counter;
    }
    // Twins side by side.
    const base::Sha256* const data = data_of(a);
    const base::Sha256* const other = data_of(b);
    if (data != nullptr && other != nullptr && *data != *other) {
      return *data < *other;
    }
    return std::tuple(data != nullptr, a) < std::tuple(other != nullptr, b);
  };
  for (std::vector<std::uint32_t>& nodes : counted) {
    if (!std::is_sorted(nodes.begin(), nodes.end(), is_before)) {
      std::sort(nodes.begin(), nodes.end(), is_before);
    }
    for (auto begin = nodes.begin(); begin != nodes.end();) {
      const auto end = std::find_if(begin, nodes.end(), [&](std::uint32_t node) {
        return nodes_.at(node).counter != nodes_.at(*begin).counter;
      });
      add_repeats({begin, end}, found);
      begin = end;
    }
  }
}

// add_repeats takes the objects of one counter value, twins side by side. Of twins one stands for
// all, one that is judged where there is any: what came before must not hide it. Each is held
// against one that is judged.
void CounterCheck::add_repeats(std::span<const std::uint32_t> nodes,
                               std::vector<Contradiction>& found) const {
  std::vector<std::uint32_t> apart;
  for (const std::uint32_t node : nodes) {
    if (apart.empty() || !is_twin(apart.back(), node)) {
      apart.push_back(node);
    } else if (nodes_.at(apart.back()).before) {
      apart.back() = node;
    }
  }
  const auto judged = std::find_if(apart.begin(), apart.end(),
                                   [&](std::uint32_t node) { return !nodes_.at(node).before; });
  for (auto each = apart.begin(); judged != apart.end() && each != apart.end(); ++each) {
    if (each != judged) {
      const auto [older, newer] = std::minmax(*each, *judged);
      found.push_back({Code::kCounterRepeated, newer, older});
    }
  }
}

// contradictions leaves out those among what came before, and names it second.
std::vector<CounterCheck::Contradiction> CounterCheck::contradictions() const {
  std::vector<Contradiction> found;
  Walk(*this).run(found);
  find_repeats(found);
  std::erase_if(found, [&](const Contradiction& each) {
    return nodes_.at(each.node).before && nodes_.at(each.other).before;
  });
  for (Contradiction& each : found) {
    if (nodes_.at(each.node).before) {
      std::swap(each.node, each.other);
    }
  }
  return found;
}

// drop_forged leaves of a key's signatures before those that are judged only what is confirmed.
base::Status CounterCheck::drop_forged(std::uint32_t key, const Confirm& confirm,
                                       std::vector<bool>& confirmed) {
  for (std::uint32_t number = 0; number < nodes_.size(); ++number) {
    Node& node = nodes_.at(number);
    if (!node.before || node.counter == 0 || node.key != key || confirmed[number]) {
      continue;
    }
    TRY(holds, confirm(nodes_.name(number)));
    confirmed[number] = holds;
    if (!holds) {
      node.counter = 0;
    }
  }
  return {};
}

base::Result<std::vector<HistoryFinding>> CounterCheck::finish(const Confirm& confirm) {
  std::vector<Contradiction> found;
  std::vector<bool> confirmed(nodes_.size());
  // Again after each time that something counted which does not. As all of that key's are looked at
  // then, it is once for each key at most.
  for (bool all_hold = false; !all_hold;) {
    found = contradictions();
    all_hold = true;
    for (const Contradiction& each : found) {
      const Node& other = nodes_.at(each.other);
      if (!other.before || confirmed[each.other] || other.counter == 0) {
        continue;
      }
      TRY(holds, confirm(nodes_.name(each.other)));
      confirmed[each.other] = holds;
      if (!holds) {
        TRY_VOID(drop_forged(other.key, confirm, confirmed));
        all_hold = false;
      }
    }
  }
  std::vector<HistoryFinding> findings;
  findings.reserve(found.size());
  for (const Contradiction& each : found) {
    findings.push_back(finding(each));
  }
  *this = CounterCheck();
  return findings;
}

}  // namespace touchstone::git
