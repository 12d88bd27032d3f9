// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/bytes.h"

namespace touchstone::agent {

constexpr std::size_t kJsonDepthMax = 16;

// parse_json_object takes exactly one JSON object in UTF-8, nested at most kJsonDepthMax deep.
base::Result<boost::json::object> parse_json_object(std::string_view text);

// JsonReader takes an object apart member by member: each is read once and has to have its type,
// and what nobody asked for is an error. Errors name the member. It borrows the object.
class JsonReader {
 public:
  explicit JsonReader(const boost::json::object& object) : object_(object) {}

  // text, boolean and number fail with kMalformed when the member is missing or of another type;
  // text also with kTooLong.
  base::Result<std::string> text(std::string_view name, std::size_t max);
  base::Result<bool> boolean(std::string_view name);
  base::Result<std::uint64_t> number(std::string_view name);
  base::Result<base::Bytes> base64(std::string_view name, std::size_t bytes_max);
  // object gives null when the member is null.
  base::Result<const boost::json::object*> object(std::string_view name);
  base::Result<const boost::json::array*> array(std::string_view name, std::size_t count_max);
  bool has(std::string_view name) const { return object_.contains(name); }

  // expect_end fails when there is a member nobody read.
  base::Status expect_end() const;

 private:
  base::Result<const boost::json::value*> member(std::string_view name);

  const boost::json::object& object_;
  std::set<std::string, std::less<>> read_;
};

// json_text makes text from outside fit for a JSON string: as it is when it is UTF-8, else with
// what is not escaped as for display.
std::string json_text(std::string_view text);

}  // namespace touchstone::agent
