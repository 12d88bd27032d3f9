// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "git-integration/commit_map.h"
#include "git-integration/history_finding.h"
#include "git-integration/presence.h"

namespace touchstone::git {

// CounterCheck looks at the signature counters that stand in a history (CTAP 2.1 section 6.2.2:
// each signature of a credential gets a higher one). Whoever signs a commit names its parents, so
// they were signed before it: along every line of descent the counter of a key has to rise, and no
// value may stand in two signatures wherever they are; two over the same data are one, as ECDSA has
// twins (Verdict::signed_data). Either says that the token was copied or is
// faulty, or that a signature was taken from somewhere else. Dates are not looked at, as anybody
// can choose them, and a counter of zero is a token's way to say that it does not count.
//
// What came before the objects that are judged counts too: objects of add_before, which were
// judged another time, contradict those of add, but not each other. Their signatures need not have
// been verified; that is asked of those alone that a finding speaks of.
//
// Objects come in any order, at most 2^32 - 2 of them. It keeps under 120 bytes of each until
// finish(), and while that runs the counters at the ends of the lines under way. Not thread-safe.
class CounterCheck final {
 public:
  // add takes an object and what it descends from: the parents of a commit, or what a tag points
  // to. fingerprint and counter are those of its own signature, which must have been verified;
  // without one, fingerprint is empty and counter zero. A second time for one object is ignored.
  void add(std::string_view id, std::span<const std::string> parents, std::string_view fingerprint,
           std::uint32_t counter, const std::optional<base::Sha256>& signed_data = {});

  // add_before takes a commit that stands before them. Its signature may be anything.
  void add_before(std::string_view id, std::span<const std::string> parents,
                  const std::optional<CounterClaim>& claim);

  // missing gives the objects that others descend from and that were not added.
  std::vector<std::string> missing() const;
  // counts says whether any signature with a counter was added.
  bool counts() const { return !keys_.empty(); }

  // Confirm says whether an object's signature verifies and has the counter that was claimed.
  using Confirm = std::function<base::Result<bool>(const std::string& id)>;
  // finish gives kCounterRegressed and kCounterRepeated, each once for the object where it shows
  // and with the nearest object it contradicts, and leaves the check empty. `confirm` is asked of
  // objects that came by add_before; one it denies counts for nothing. Fails as it does.
  base::Result<std::vector<HistoryFinding>> finish(const Confirm& confirm);

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Node {
    std::uint32_t key{kNone};
    std::uint32_t counter{0};
    std::uint32_t first_parent{0};  // index into parents_
    std::uint32_t parent_count{0};
    std::uint32_t data{kNone};  // index into data_
    bool seen{false};           // else it was only named as a parent
    bool before{false};         // came by add_before
  };
  // Contradiction is a finding, by numbers.
  struct Contradiction {
    base::Code code;
    std::uint32_t node;
    std::uint32_t other;
  };
  class Walk;

  std::uint32_t key_of(std::string_view fingerprint);
  Node* new_node(std::string_view id, std::span<const std::string> parents);
  void put(Node& node, std::string_view fingerprint, std::uint32_t counter,
           const std::optional<base::Sha256>& signed_data);
  HistoryFinding finding(const Contradiction& found) const;
  std::vector<Contradiction> contradictions() const;
  base::Status drop_forged(std::uint32_t key, const Confirm& confirm, std::vector<bool>& confirmed);
  void find_repeats(std::vector<Contradiction>& found) const;
  void add_repeats(std::span<const std::uint32_t> nodes, std::vector<Contradiction>& found) const;
  const base::Sha256* data_of(std::uint32_t node) const;
  bool is_twin(std::uint32_t left, std::uint32_t right) const;

  CommitMap<Node> nodes_;
  std::vector<std::uint32_t> parents_;
  std::deque<base::Sha256> data_;  // what was signed, where that may be signed twice
  std::vector<std::string> keys_;
  std::unordered_map<std::string, std::uint32_t> key_index_;
};

}  // namespace touchstone::git
