// SPDX-License-Identifier: Apache-2.0
#include "agent/control_request.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "ssh/touchstone_extension.h"

namespace touchstone::agent {
namespace {

using base::Code;

base::Result<ControlCommand> parse_request(std::string_view text) {
  return parse_control_request(base::as_bytes(text));
}
Code code_of(std::string_view text) {
  const auto result = parse_request(text);
  return result.has_value() ? Code{} : result.error().code;
}

TEST(ControlRequest, ReadsEveryCommand) {
  EXPECT_TRUE(
      std::holds_alternative<StatusCommand>(*parse_request(R"({"version":1,"command":"status"})")));
  EXPECT_TRUE(
      std::holds_alternative<ReloadCommand>(*parse_request(R"({"version":1,"command":"reload"})")));
  const auto watch = parse_request(R"({"version":1,"command":"watch","after":7})");
  EXPECT_EQ(std::get<WatchCommand>(*watch).after, 7U);
  const auto cancel =
      parse_request(R"({"command":"cancel","version":1,"request":18446744073709551615})");
  EXPECT_EQ(std::get<CancelCommand>(*cancel).request, UINT64_MAX);
  const auto make = parse_request(
      R"({"version":1,"command":"key-new","name":"work","role":"sign","algorithm":"any",)"
      R"("resident":true,"verify_required":false,"token":"","comment":"c"})");
  ASSERT_TRUE(make.has_value());
  EXPECT_EQ(std::get<KeyNewCommand>(*make).algorithms.size(), 2U);
  EXPECT_TRUE(std::get<KeyNewCommand>(*make).resident);
  const auto import = parse_request(
      R"({"version":1,"command":"key-import","name":"a","role":"login","private_key":"AAEC","certificate":"c"})");
  EXPECT_EQ(std::get<KeyImportCommand>(*import).private_key, (base::Bytes{0, 1, 2}));
  EXPECT_FALSE(std::get<KeyImportCommand>(*import).evidence.has_value());
  const std::string begin =
      R"({"version":1,"command":"key-import","name":"a","role":"login","private_key":"AAEC","certificate":"",)";
  const auto bare = parse_request(begin + R"("attestation":null})");
  EXPECT_FALSE(std::get<KeyImportCommand>(*bare).evidence.has_value());
  const auto attested = parse_request(
      begin + R"("attestation":{"format":"packed","auth_data":"AA==","signature":"AQ==",)"
              R"("certificates":["Ag=="],"challenge":"Aw=="}})");
  ASSERT_TRUE(attested.has_value());
  EXPECT_EQ(std::get<KeyImportCommand>(*attested).evidence,
            (Evidence{{"packed", {0}, {1}, {{2}}}, {3}}));
  EXPECT_EQ(code_of(begin + R"("attestation":{}})"), Code::kMalformed);
  EXPECT_EQ(code_of(begin + R"("attestation":""})"), Code::kMalformed);
  EXPECT_EQ(code_of(R"({"version":1,"command":"key-remove","name":"a"})"), Code{});
  EXPECT_EQ(code_of(R"({"version":1,"command":"key-export","name":"a"})"), Code{});
  const auto mark = parse_request(R"({"version":1,"command":"key-mark","name":"a","token":"t"})");
  EXPECT_EQ(std::get<KeyMarkCommand>(*mark).token, "t");
  const auto pin =
      parse_request(R"({"version":1,"command":"pin-verify","token":"t","last_try":true})");
  EXPECT_EQ(std::get<PinVerifyCommand>(*pin).last_try, tokens::LastTry::kAllow);
  EXPECT_EQ(code_of(R"({"version":1,"command":"pin-set","token":"t","last_try":false})"), Code{});
  EXPECT_EQ(code_of(R"({"version":1,"command":"resident-list","token":""})"), Code{});
  EXPECT_EQ(
      code_of(R"({"version":1,"command":"resident-delete","token":"","credential_id":"AA=="})"),
      Code{});
}

TEST(ControlRequest, RefusesWhatIsNoRequest) {
  for (const std::string_view text :
       {"", "{", "null", "[]", "1", R"({"version":1})", R"({"command":"status"})",
        R"({"version":"1","command":"status"})", R"({"version":1,"command":1})",
        R"({"version":1,"command":"status"} )"
        "x",
        "{\"version\":1,\"command\":\"\xff\"}"}) {
    EXPECT_EQ(code_of(text), Code::kMalformed) << text;
  }
  EXPECT_EQ(code_of(R"({"version":2,"command":"status"})"), Code::kUnsupported);
  EXPECT_EQ(code_of(R"({"version":1,"command":"stat"})"), Code::kUnsupported);
}

TEST(ControlRequest, RefusesUnknownMissingAndMistypedMembers) {
  for (const std::string_view text :
       {R"({"version":1,"command":"status","after":1})", R"({"version":1,"command":"watch"})",
        R"({"version":1,"command":"watch","after":-1})",
        R"({"version":1,"command":"watch","after":1.5})",
        R"({"version":1,"command":"watch","after":"1"})",
        R"({"version":1,"command":"pin-set","token":"t","last_try":1})",
        R"({"version":1,"command":"key-remove","name":null})",
        R"({"version":1,"command":"resident-delete","token":"","credential_id":"A"})"}) {
    EXPECT_EQ(code_of(text), Code::kMalformed) << text;
  }
}

TEST(ControlRequest, RefusesKeyNamesThatArePaths) {
  for (const std::string_view name :
       {"", "..", ".hidden", "-rf", "a/b", "a b", "a\\u0000b", "key.pub", "key.json", "\\u00e4"}) {
    EXPECT_NE(
        code_of(R"({"version":1,"command":"key-export","name":")" + std::string(name) + "\"}"),
        Code{})
        << name;
  }
  const auto named = [](std::size_t size) {
    return R"({"version":1,"command":"key-export","name":")" + std::string(size, 'a') + "\"}";
  };
  EXPECT_EQ(code_of(named(kKeyNameMax)), Code{});
  EXPECT_EQ(code_of(named(kKeyNameMax + 1)), Code::kTooLong);
}

TEST(ControlRequest, BoundsSizeAndNesting) {
  const std::string status = R"({"version":1,"command":"status"})";
  EXPECT_EQ(code_of(status + std::string(ssh::kControlMax - status.size(), ' ')), Code{});
  EXPECT_EQ(code_of(status + std::string(ssh::kControlMax - status.size() + 1, ' ')),
            Code::kTooLong);
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(code_of(R"({"version":1,"command":"status","x":)" + deep + "}"), Code::kMalformed);
}

TEST(ControlRequest, SaysWhetherATokenIsUsedForNothingElse) {
  const std::string begin =
      R"({"version":1,"command":"key-new","name":"work","role":"sign","algorithm":"any",)"
      R"("resident":true,"verify_required":false,"token":"","comment":"c")";
  const auto dedicated = [&begin](const std::string& end) -> std::optional<bool> {
    const auto command = parse_control_request(base::as_bytes(begin + end));
    return command.has_value() ? std::optional(std::get<KeyNewCommand>(*command).dedicated)
                               : std::nullopt;
  };
  EXPECT_EQ(dedicated("}"), false);
  EXPECT_EQ(dedicated(R"(,"dedicated":false})"), false);
  EXPECT_EQ(dedicated(R"(,"dedicated":true})"), true);
  EXPECT_EQ(dedicated(R"(,"dedicated":1})"), std::nullopt);
}

TEST(ControlRequest, NamesTheKeyWhoseTokenIsAsked) {
  const auto command =
      parse_control_request(base::as_bytes(R"({"version":1,"command":"counter","name":"work"})"));
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(std::get<CounterCommand>(*command).name, "work");
}

}  // namespace
}  // namespace touchstone::agent
