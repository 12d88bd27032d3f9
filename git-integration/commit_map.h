// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/encoding.h"
#include "git-integration/git_object.h"

namespace touchstone::git {

// CommitMap keeps a little about each commit of a walk: some 45 bytes and the value, in pieces, so
// that growing never needs room for a second copy. Commits are numbered as they come. Where a name
// lands in it cannot be foreseen by who makes commits. Holds at most 2^32 - 2 commits.
template <class Value>
class CommitMap final {
 public:
  // number_of gives the number of a commit, which gets one, and an empty value, when it has none;
  // nothing for a name that is none in hex.
  std::optional<std::uint32_t> number_of(std::string_view id) {
    const auto key = key_of(id);
    if (!key) {
      return std::nullopt;
    }
    if ((names_.size() + 1) * 4 > slots_.size() * 3) {
      grow();
    }
    std::uint32_t& slot = slots_[slot_of(*key)];
    if (slot == 0) {
      names_.push_back(*key);
      values_.emplace_back();
      slot = static_cast<std::uint32_t>(names_.size());
    }
    return slot - 1;
  }
  // add keeps the value of a commit; a name that is none in hex is passed over.
  void add(std::string_view id, const Value& value) {
    if (const auto number = number_of(id)) {
      values_[*number] = value;
    }
  }
  // find gives null for a commit that was not added.
  const Value* find(std::string_view id) const {
    const auto key = key_of(id);
    const std::uint32_t slot = key && !slots_.empty() ? slots_[slot_of(*key)] : 0;
    return slot == 0 ? nullptr : &values_[slot - 1];
  }
  // at and name are for numbers that were given.
  Value& at(std::uint32_t number) { return values_[number]; }
  const Value& at(std::uint32_t number) const { return values_[number]; }
  std::string name(std::uint32_t number) const {
    const Key& key = names_[number];
    return base::to_hex(base::ByteView(key).first(key[kNameMax]));
  }
  std::size_t size() const { return names_.size(); }

 private:
  // A name's bytes, zeros, and how long it is: one kind of name is never taken for the other.
  static constexpr std::size_t kNameMax = hex_size(HashAlgorithm::kSha256) / 2;
  using Key = std::array<std::uint8_t, kNameMax + 1>;

  static constexpr std::size_t kSlotsMin = 64;

  std::uint64_t scattered(const Key& key) const {
    std::uint64_t first = 0;
    std::memcpy(&first, key.data(), sizeof first);
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
    constexpr unsigned kHalf = 32;
    const std::uint64_t mixed = (first ^ seed_ * kOdd) * kOdd;
    return (mixed ^ mixed >> kHalf) * kOdd >> kHalf;
  }

  // slot_of gives where a name is, or the free place where it would be.
  std::size_t slot_of(const Key& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = scattered(key) & mask;
    while (slots_[at] != 0 && names_[slots_[at] - 1] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    slots_.assign(std::max(kSlotsMin, slots_.size() * 2), 0);
    for (std::size_t number = 0; number < names_.size(); ++number) {
      slots_[slot_of(names_[number])] = static_cast<std::uint32_t>(number + 1);
    }
  }

  static int digit(char c) {
    constexpr int kTen = 10;
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + kTen : -1;
  }

  static std::optional<Key> key_of(std::string_view id) {
    if (id.size() != hex_size(HashAlgorithm::kSha1) &&
        id.size() != hex_size(HashAlgorithm::kSha256)) {
      return std::nullopt;
    }
    Key key{};
    key[kNameMax] = static_cast<std::uint8_t>(id.size() / 2);
    for (std::size_t i = 0; i < id.size() / 2; ++i) {
      const int high = digit(id[2 * i]);
      const int low = digit(id[2 * i + 1]);
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      key[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return key;
  }

  std::uint64_t seed_{std::random_device()() | 1ULL << 32U};
  std::deque<Key> names_;
  std::deque<Value> values_;          // by number, as the names
  std::vector<std::uint32_t> slots_;  // a number and one, 0: free; a power of two of them
};

}  // namespace touchstone::git
