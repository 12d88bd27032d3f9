// SPDX-License-Identifier: Apache-2.0
#include "agent/json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.h"
#include "base/text.h"

namespace touchstone::agent {
namespace {

base::Error wrong_type(std::string_view name, std::string_view type) {
  return base::Error{base::Code::kMalformed, 0,
                     "member " + std::string(name) + " is not " + std::string(type)};
}

}  // namespace

base::Result<boost::json::object> parse_json_object(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::system::error_code error;
  boost::json::value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    return base::fail(base::Code::kMalformed, "JSON: " + error.message());
  }
  if (!value.is_object()) {
    return base::fail(base::Code::kMalformed, "JSON: not an object");
  }
  return std::move(value.get_object());
}

base::Result<const boost::json::value*> JsonReader::member(std::string_view name) {
  const boost::json::value* value = object_.if_contains(name);
  if (value == nullptr) {
    return base::fail(base::Code::kMalformed, "member " + std::string(name) + " is missing");
  }
  read_.emplace(name);
  return value;
}

base::Result<std::string> JsonReader::text(std::string_view name, std::size_t max) {
  TRY(value, member(name));
  if (!value->is_string()) {
    return base::fail(wrong_type(name, "a string"));
  }
  const boost::json::string& found = value->get_string();
  if (found.size() > max) {
    return base::fail(base::Code::kTooLong, "member " + std::string(name));
  }
  return std::string(found.data(), found.size());
}

base::Result<bool> JsonReader::boolean(std::string_view name) {
  TRY(value, member(name));
  if (!value->is_bool()) {
    return base::fail(wrong_type(name, "true or false"));
  }
  return value->get_bool();
}

base::Result<std::uint64_t> JsonReader::number(std::string_view name) {
  TRY(value, member(name));
  if (value->is_uint64()) {
    return value->get_uint64();
  }
  if (value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  return base::fail(wrong_type(name, "a number from 0"));
}

base::Result<base::Bytes> JsonReader::base64(std::string_view name, std::size_t bytes_max) {
  // Four characters for each three bytes, the last of them padded.
  TRY(encoded, text(name, (bytes_max + 2) / 3 * 4));
  return base::from_base64(encoded, bytes_max).with_context("member " + std::string(name));
}

base::Result<const boost::json::object*> JsonReader::object(std::string_view name) {
  TRY(value, member(name));
  if (value->is_null()) {
    return nullptr;
  }
  if (!value->is_object()) {
    return base::fail(wrong_type(name, "an object"));
  }
  return &value->get_object();
}

base::Result<const boost::json::array*> JsonReader::array(std::string_view name,
                                                          std::size_t count_max) {
  TRY(value, member(name));
  if (!value->is_array()) {
    return base::fail(wrong_type(name, "a list"));
  }
  if (value->get_array().size() > count_max) {
    return base::fail(base::Code::kTooLong, "member " + std::string(name));
  }
  return &value->get_array();
}

base::Status JsonReader::expect_end() const {
  for (const auto& member : object_) {
    if (!read_.contains(std::string_view(member.key().data(), member.key().size()))) {
      return base::fail(base::Code::kMalformed,
                        "member " + std::string(member.key()) + " is not known here");
    }
  }
  return {};
}

std::string json_text(std::string_view text) {
  // The parser judges UTF-8; asking it is surer than a second opinion of ours.
  boost::system::error_code error;
  const boost::json::string string(text);
  const boost::json::value parsed = boost::json::parse(boost::json::serialize(string), error);
  constexpr std::size_t kColumnsPerByteMax = 4;  // \xNN
  return error || !parsed.is_string()
             ? base::escape_for_display(text, text.size() * kColumnsPerByteMax)
             : std::string(text);
}

}  // namespace touchstone::agent
