// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace touchstone::base {

// Result<T> is a T or the Error that kept it from being made. It is [[nodiscard]], which
// tl::expected is not. Expected failures are values; exceptions are for bugs.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  // with_context puts "WHAT: " before the error's context, so that an error reads from the
  // outside in: "reading key alice: at offset 12: …".
  Result with_context(std::string_view what) && {
    if (!this->has_value()) {
      this->error() = std::move(this->error()).with_context(what);
    }
    return std::move(*this);
  }
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(Code code, std::string context = {}, std::int64_t native = 0) {
  return tl::unexpected<Error>(Error{code, native, std::move(context)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace touchstone::base

// TRY(name, expression) declares `name` with the value of a Result, or returns its error.
// TRY_VOID(expression) does so for a Status. TRY_ASSIGN stores into something declared already.
#define TOUCHSTONE_CONCAT_(a, b) a##b
#define TOUCHSTONE_CONCAT(a, b) TOUCHSTONE_CONCAT_(a, b)
#define TOUCHSTONE_TRY_(temporary, name, ...)                      \
  auto temporary = (__VA_ARGS__);                                  \
  if (!temporary.has_value()) {                                    \
    return ::touchstone::base::fail(std::move(temporary.error())); \
  }                                                                \
  auto name = std::move(*temporary)
#define TRY(name, ...) TOUCHSTONE_TRY_(TOUCHSTONE_CONCAT(try_, __LINE__), name, __VA_ARGS__)
#define TRY_ASSIGN(target, ...)                                       \
  do {                                                                \
    auto try_result = (__VA_ARGS__);                                  \
    if (!try_result.has_value()) {                                    \
      return ::touchstone::base::fail(std::move(try_result.error())); \
    }                                                                 \
    (target) = std::move(*try_result);                                \
  } while (false)
#define TRY_VOID(...)                                                 \
  do {                                                                \
    auto try_result = (__VA_ARGS__);                                  \
    if (!try_result.has_value()) {                                    \
      return ::touchstone::base::fail(std::move(try_result.error())); \
    }                                                                 \
  } while (false)
