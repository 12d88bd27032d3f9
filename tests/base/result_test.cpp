// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <memory>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace touchstone::base {
namespace {

Result<int> number(int value) {
  if (value < 0) {
    return fail(Code::kMalformed, "below zero", value);
  }
  return value;
}

Result<int> sum(int a, int b) {
  TRY(first, number(a));
  TRY(second, number(b));
  return first + second;
}

Status check(int value, int& reached) {
  TRY_VOID(number(value));
  int stored = 0;
  TRY_ASSIGN(stored, number(value + 1));
  reached = stored;
  return {};
}

TEST(Result, TryPassesValuesOn) { EXPECT_EQ(sum(2, 3).value(), 5); }

TEST(Result, TryReturnsTheErrorWhole) {
  EXPECT_EQ(sum(2, -3).error(), (Error{Code::kMalformed, -3, "below zero"}));
  EXPECT_EQ(sum(-2, -3).error().native, -2);
}

TEST(Result, TryVoidAndTryAssignStopAtTheError) {
  int reached = 0;
  EXPECT_TRUE(check(4, reached));
  EXPECT_EQ(reached, 5);
  reached = 0;
  EXPECT_EQ(check(-1, reached).error().native, -1);
  EXPECT_EQ(reached, 0);
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto use = [&make]() -> Result<int> {
    TRY(owned, make());
    return *owned;
  };
  EXPECT_EQ(use().value(), 7);
}

TEST(Result, AddsContextToErrorsOnly) {
  EXPECT_EQ(number(-1).with_context("slot 2").error().context, "slot 2: below zero");
  EXPECT_EQ(number(1).with_context("slot 2").value(), 1);
}

TEST(Result, DefaultStatusIsSuccess) { EXPECT_TRUE(Status{}.has_value()); }

}  // namespace
}  // namespace touchstone::base
