// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string_view>
#include <unordered_map>

#include "git-integration/git_object.h"

namespace touchstone::git {

// CommitMap keeps a little about each commit of a walk, under 100 bytes a commit with its value.
// Where a name lands in it cannot be foreseen by who makes commits.
template <class Value>
class CommitMap final {
 public:
  // add keeps the value of a commit; a name that is none in hex is passed over.
  void add(std::string_view id, const Value& value) {
    if (const auto key = key_of(id)) {
      values_.insert_or_assign(*key, value);
    }
  }
  // find gives null for a commit that was not added.
  const Value* find(std::string_view id) const {
    const auto key = key_of(id);
    const auto found = key ? values_.find(*key) : values_.end();
    return found == values_.end() ? nullptr : &found->second;
  }
  std::size_t size() const { return values_.size(); }

 private:
  // A name's bytes, zeros, and how long it is: one kind of name is never taken for the other.
  static constexpr std::size_t kNameMax = hex_size(HashAlgorithm::kSha256) / 2;
  using Key = std::array<std::uint8_t, kNameMax + 1>;

  struct Scatter {
    std::uint64_t seed{std::random_device()() | 1ULL << 32U};
    std::size_t operator()(const Key& key) const {
      std::uint64_t first = 0;
      std::memcpy(&first, key.data(), sizeof first);
      constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
      constexpr unsigned kHalf = 32;
      const std::uint64_t mixed = (first ^ seed * kOdd) * kOdd;
      return (mixed ^ mixed >> kHalf) * kOdd;
    }
  };

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

  std::unordered_map<Key, Value, Scatter> values_;
};

}  // namespace touchstone::git
