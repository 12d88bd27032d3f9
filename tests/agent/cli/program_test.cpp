// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/program.h"

#include <gtest/gtest.h>

#include "agent/cli/format.h"
#include "tests/agent/cli/fake_context.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

json::object status() {
  return {{"ok", true},
          {"agent",
           {{"version", "0.1.0"}, {"pid", 7}, {"socket", "/run/agent.sock"}, {"started", "now"}}},
          {"tokens",
           {{{"id", "hidraw0"},
             {"manufacturer", "Yubico"},
             {"product", "Key \x1b[31m"},
             {"device", "/dev/hidraw0"},
             {"pin_supported", true},
             {"pin_set", true},
             {"pin_retries", 8},
             {"algorithms", {"ed25519", "ecdsa-p256"}},
             {"versions", {"FIDO_2_0", 7, "U2F\x1b"}}}}},
          {"keys",
           {{{"name", "sign"},
             {"role", "sign"},
             {"type", "sk-ssh-ed25519@openssh.com"},
             {"fingerprint", "SHA256:abc"},
             {"token", "Key \x1b[31m"}}}},
          {"pending", json::array()},
          {"refusals", json::array()}};
}

TEST(Program, WithoutACommandSaysHowItIsUsed) {
  Invocation program;
  EXPECT_EQ(program.run({}), base::Exit::kUsage);
  EXPECT_EQ(program.console.out_text, "");
  EXPECT_NE(program.console.err_text.find("commands:"), std::string::npos);
}

TEST(Program, GivesHelpWhereverItIsAskedFor) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--help"}, {"-h"}, {"key", "--help"}, {"key", "new", "--help"}, {"--help", "key"}}) {
    Invocation program;
    EXPECT_EQ(program.run(words), base::Exit::kOk);
    EXPECT_NE(program.console.out_text.find("touchstone"), std::string::npos);
    EXPECT_EQ(program.console.err_text, "");
  }
}

TEST(Program, NamesTheNearestCommand) {
  Invocation program;
  EXPECT_EQ(program.run({"statsu"}), base::Exit::kUsage);
  EXPECT_EQ(program.console.err_text,
            "error: unknown command statsu, did you mean status\nhint: see touchstone --help\n");
}

TEST(Program, EscapesTheCommandItDoesNotKnow) {
  Invocation program;
  EXPECT_EQ(program.run({"\x1b]52;c;x\x07"}), base::Exit::kUsage);
  EXPECT_EQ(program.console.err_text.find('\x1b'), std::string::npos);
}

TEST(Program, NamesTheNearestCommandOfAFamily) {
  Invocation program;
  EXPECT_EQ(program.run({"token", "resident", "lists"}), base::Exit::kUsage);
  EXPECT_EQ(program.console.err_text,
            "error: unknown command token resident lists, did you mean token resident list\n"
            "hint: see touchstone token resident --help\n");
}

TEST(Program, AFamilyAloneIsNoCommand) {
  Invocation program;
  EXPECT_EQ(program.run({"pin"}), base::Exit::kUsage);
  EXPECT_NE(program.console.err_text.find("pin change"), std::string::npos);
}

TEST(Program, TakesTheSocketBeforeTheCommandAndAfter) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--socket", "/x", "keys"}, {"keys", "--socket", "/x"}, {"keys", "--socket=/x"}}) {
    Invocation program;
    program.agent.answers["status"] = status();
    EXPECT_EQ(program.run(words), base::Exit::kOk);
    EXPECT_EQ(program.socket, "/x");
  }
}

TEST(Program, GivesTheVersion) {
  Invocation program;
  EXPECT_EQ(program.run({"--version"}), base::Exit::kOk);
  Invocation other;
  EXPECT_EQ(other.run({"version"}), base::Exit::kOk);
  EXPECT_EQ(program.console.out_text, other.console.out_text);
  EXPECT_EQ(program.console.out_text.find("touchstone "), 0U);
}

TEST(Program, FailsWhenItsOutputIsNotTaken) {
  Invocation program;
  program.console.flush_result = base::fail(base::Code::kDiskFull, "standard output");
  EXPECT_EQ(program.run({"--version"}), base::Exit::kFailed);
  EXPECT_NE(program.console.err_text.find("no space left"), std::string::npos);
}

TEST(Program, SaysWhenThereIsNoAgent) {
  Invocation program;
  program.agent.reachable = false;
  EXPECT_EQ(program.run({"status"}), base::Exit::kFailed);
  EXPECT_EQ(program.console.err_text.find("error: /run/test/agent.sock: no agent answers\nhint: "),
            0U);
}

TEST(Keys, AreListedAsATableAndAsJson) {
  Invocation table;
  table.agent.answers["status"] = status();
  EXPECT_EQ(table.run({"keys"}), base::Exit::kOk);
  EXPECT_EQ(table.console.out_text,
            "NAME  ROLE  TYPE                        FINGERPRINT  NEEDS  TOKEN    MADE ON\n"
            "sign  sign  sk-ssh-ed25519@openssh.com  SHA256:abc   touch  any use  Key \\x1b[31m\n");
  Invocation lines;
  lines.agent.answers["status"] = status();
  EXPECT_EQ(lines.run({"keys", "--json"}), base::Exit::kOk);
  EXPECT_EQ(lines.console.out_text.find("{\"name\":\"sign\""), 0U);
}

// The words are those of the policy and of the verifier.
TEST(Keys, NeedATouchOrATouchAndThePin) {
  json::object two = status();
  two["keys"].as_array().push_back(json::object{{"name", "pin"}, {"verify_required", true}});
  for (const char* command : {"keys", "status"}) {
    Invocation program;
    program.agent.answers["status"] = two;
    EXPECT_EQ(program.run({command}), base::Exit::kOk);
    EXPECT_NE(program.console.out_text.find("touch+pin"), std::string::npos);
    EXPECT_EQ(program.console.out_text.find("PIN\n"), std::string::npos);
  }
}

TEST(Status, ShowsNothingThatATerminalWouldObey) {
  Invocation program;
  program.agent.answers["status"] = status();
  EXPECT_EQ(program.run({"status"}), base::Exit::kOk);
  EXPECT_EQ(program.console.out_text.find('\x1b'), std::string::npos);
  EXPECT_NE(program.console.out_text.find("Yubico Key \\x1b[31m"), std::string::npos);
}

TEST(TokenList, SaysWhatATokenCanDo) {
  Invocation program;
  program.agent.answers["status"] = status();
  EXPECT_EQ(program.run({"token", "list"}), base::Exit::kOk);
  const std::string& text = program.console.out_text;
  EXPECT_NE(text.find("  not possible  ed25519 ecdsa-p256  FIDO_2_0 U2F\\x1b\n"), std::string::npos)
      << text;
}

TEST(Status, SurvivesAnswersOfAnyShape) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status"}, {"keys"}, {"token", "list"}}) {
    Invocation program;
    program.agent.answers["status"] =
        json::object{{"agent", 7},
                     {"tokens", {1, "two", json::object(), {{"versions", 1}}}},
                     {"keys", json::object()},
                     {"x", 1}};
    EXPECT_EQ(program.run(words), base::Exit::kOk);
  }
}

TEST(KeyNew, AsksForWhatTheOptionsSay) {
  Invocation program;
  program.agent.answers["key-new"] = json::object{{"ok", true}, {"key", {{"name", "work"}}}};
  EXPECT_EQ(program.run({"key", "new", "--role", "login", "--resident", "--token", "t1", "work"}),
            base::Exit::kOk);
  ASSERT_EQ(program.agent.asked.size(), 1U);
  const json::object wanted{{"command", "key-new"}, {"name", "work"},    {"role", "login"},
                            {"algorithm", "any"},   {"resident", true},  {"verify_required", false},
                            {"token", "t1"},        {"comment", "work"}, {"dedicated", false}};
  EXPECT_EQ(program.agent.asked.front(), wanted);
}

// The public key of a P-256 token is longer than a line of a listing.
TEST(KeyNew, PrintsTheWholePublicKey) {
  const std::string line =
      "sk-ecdsa-sha2-nistp256@openssh.com " + std::string(kShownColumnsMax, 'A');
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"key", "new", "work"}, {"key", "remove", "--yes", "work"}}) {
    Invocation program;
    const json::object answer{{"ok", true},
                              {"key", {{"name", "work"}, {"public_key", line + " \x1b[31m"}}}};
    program.agent.answers["key-new"] = answer;
    program.agent.answers["key-remove"] = answer;
    EXPECT_EQ(program.run(words), base::Exit::kOk);
    EXPECT_EQ(program.console.out_text, line + " \\x1b[31m\n");
  }
}

TEST(TokenResident, ShowsTheWholeIdThatDeleteTakes) {
  const std::string id(kShownColumnsMax + 1, 'A');
  Invocation list;
  list.agent.answers["resident-list"] =
      json::object{{"ok", true}, {"credentials", {{{"credential_id", id}}}}};
  EXPECT_EQ(list.run({"token", "resident", "list"}), base::Exit::kOk);
  EXPECT_NE(list.console.out_text.find(id + "\n"), std::string::npos);
  Invocation remove;
  remove.console.answers = {"n"};
  EXPECT_EQ(remove.run({"token", "resident", "delete", id}), base::Exit::kRefused);
  EXPECT_NE(remove.console.questions.front().find(id), std::string::npos);
}

TEST(KeyNew, ExitsAsItsErrorSays) {
  const std::vector<std::pair<base::Code, base::Exit>> cases = {
      {base::Code::kNoToken, base::Exit::kNoToken},
      {base::Code::kTouchTimeout, base::Exit::kTimeout},
      {base::Code::kPinCancelled, base::Exit::kRefused},
      {base::Code::kAlreadyExists, base::Exit::kFailed}};
  for (const auto& [code, exit] : cases) {
    Invocation program;
    program.agent.answers["key-new"] = base::Result<json::object>(base::fail(code));
    EXPECT_EQ(program.run({"key", "new"}), exit);
    EXPECT_EQ(program.console.out_text, "");
  }
}

TEST(KeyRemove, AsksFirstAndTakesNoForNo) {
  Invocation no;
  no.console.answers = {"n"};
  EXPECT_EQ(no.run({"key", "remove", "sign"}), base::Exit::kRefused);
  EXPECT_TRUE(no.agent.asked.empty());

  Invocation yes;
  yes.agent.answers["key-remove"] = json::object{{"ok", true}};
  EXPECT_EQ(yes.run({"key", "remove", "--yes", "sign"}), base::Exit::kOk);
  EXPECT_TRUE(yes.console.questions.empty());
}

TEST(KeyCommands, GiveTheKeyAsJson) {
  Invocation remove;
  remove.agent.answers["key-remove"] = json::object{{"ok", true}, {"key", {{"name", "work"}}}};
  EXPECT_EQ(remove.run({"key", "remove", "--yes", "--json", "work"}), base::Exit::kOk);
  EXPECT_EQ(remove.console.out_text, "{\"name\":\"work\"}\n");
}

TEST(Pin, IsNotSetTwice) {
  Invocation program;
  program.agent.answers["status"] = status();
  EXPECT_EQ(program.run({"pin", "set"}), base::Exit::kRefused);
  EXPECT_NE(program.console.err_text.find("touchstone pin change"), std::string::npos);
  EXPECT_EQ(program.agent.asked.size(), 1U);
}

TEST(Pin, WantsATokenNamedWhenThereAreSeveral) {
  Invocation program;
  json::object two = status();
  two["tokens"].as_array().push_back(json::object{{"id", "hidraw1"}});
  program.agent.answers["status"] = two;
  EXPECT_EQ(program.run({"pin", "verify"}), base::Exit::kUsage);
  Invocation named;
  named.agent.answers["status"] = two;
  named.agent.answers["pin-verify"] = json::object{{"ok", true}};
  EXPECT_EQ(named.run({"pin", "verify", "--token", "hidraw0", "--last-try"}), base::Exit::kOk);
  EXPECT_EQ(named.agent.asked.back(),
            (json::object{{"command", "pin-verify"}, {"token", "hidraw0"}, {"last_try", true}}));
}

TEST(Cancel, TakesANumber) {
  Invocation wrong;
  EXPECT_EQ(wrong.run({"cancel", "three"}), base::Exit::kUsage);
  Invocation right;
  right.agent.answers["cancel"] = json::object{{"ok", true}};
  EXPECT_EQ(right.run({"cancel", "3"}), base::Exit::kOk);
  EXPECT_EQ(number_of(right.agent.asked.front(), "request"), 3);
}

TEST(Reload, IsAskedOfTheAgentAndSaysWhatIsWrong) {
  Invocation program;
  program.agent.answers["reload"] = json::object{{"ok", true}};
  EXPECT_EQ(program.run({"reload"}), base::Exit::kOk);
  EXPECT_EQ(program.agent.asked.front(), (json::object{{"command", "reload"}}));
  Invocation broken;
  broken.agent.answers["reload"] =
      base::Result<json::object>(base::fail(base::Code::kConfigInvalid, "config.toml:2:1"));
  EXPECT_EQ(broken.run({"reload"}), base::Exit::kFailed);
  EXPECT_NE(broken.console.err_text.find("config.toml:2:1"), std::string::npos);
}

TEST(Watch, ShowsWhatIsClaimedAsClaimed) {
  Invocation program;
  program.agent.events = {{{"number", 1},
                           {"kind", "opened"},
                           {"time", "T"},
                           {"prompt",
                            {{"number", 4},
                             {"state", "waiting-touch"},
                             {"headline", "sign commit: \xe2\x80\xae"},
                             {"facts",
                              {{{"label", "repository"}, {"value", "/r"}, {"source", "claimed"}},
                               {{"label", "author"}, {"value", "A"}, {"source", "verified"}}}}}}},
                          {{"number", 2},
                           {"kind", "closed"},
                           {"time", "T"},
                           {"prompt", {{"number", 4}}},
                           {"error", nullptr}}};
  EXPECT_EQ(program.run({"watch"}), base::Exit::kOk);
  const std::string& text = program.console.out_text;
  EXPECT_NE(text.find("T #4 waiting-touch: sign commit: \\u{202e}\n"), std::string::npos) << text;
  EXPECT_NE(text.find("    repository: /r (claimed)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("    author: A\n"), std::string::npos) << text;
  EXPECT_NE(text.find("T #4 done\n"), std::string::npos) << text;
}

TEST(Watch, ShowsEachStateOnceAndAKeyThatIsBeingMade) {
  const auto event = [](std::string_view kind, std::string_view state, std::string_view token) {
    json::object prompt{{"number", 4}, {"headline", "make key: sign"}, {"key", "sign"}};
    prompt["state"] = json::string(state.data(), state.size());
    prompt["token"] = json::string(token.data(), token.size());
    json::object object{{"time", "T"}, {"prompt", std::move(prompt)}};
    object["kind"] = json::string(kind.data(), kind.size());
    return object;
  };
  Invocation program;
  program.agent.events = {event("opened", "preparing", ""), event("state", "preparing", "Maker"),
                          event("state", "waiting-touch", "Maker"),
                          event("state", "preparing", "Maker"), event("closed", "", "Maker")};
  EXPECT_EQ(program.run({"watch"}), base::Exit::kOk);
  EXPECT_EQ(program.console.out_text,
            "T #4 preparing: make key: sign\n"
            "    key: sign\n"
            "    token: Maker\n"
            "T #4 waiting-touch: make key: sign\n"
            "T #4 preparing: make key: sign\n"
            "T #4 done\n");
}

TEST(JsonLine, IsAsciiAndExact) {
  Invocation program;
  program.agent.events = {{{"text", "caf\xc3\xa9 \xf0\x9f\x94\x91 \x7f\xc2\x9b"}}};
  EXPECT_EQ(program.run({"watch", "--json"}), base::Exit::kOk);
  EXPECT_EQ(program.console.out_text, "{\"text\":\"caf\\u00e9 \\ud83d\\udd11 \\u007f\\u009b\"}\n");
}

TEST(Answer, IsReadStrictly) {
  for (const char* wrong : {"", "[]", "{", "{\"ok\":1}", "{}", "{\"ok\":true} x", "null"}) {
    const auto result = members_of_answer(wrong);
    ASSERT_FALSE(result.has_value()) << wrong;
    EXPECT_EQ(result.error().code, base::Code::kProtocol) << wrong;
  }
  const auto refused = members_of_answer(
      R"({"ok":false,"error":{"code":311,"native":2,"context":"token 1","word":"x"}})");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), (base::Error{base::Code::kPinWrong, 2, "token 1"}));
  const auto unknown = members_of_answer(R"({"ok":false,"error":{"code":9999,"word":"later"}})");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, base::Code::kProtocol);
  EXPECT_FALSE(members_of_answer(R"({"ok":false})").has_value());
}

TEST(Completion, IsPrintedForEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    Invocation program;
    EXPECT_EQ(program.run({"completion", shell}), base::Exit::kOk);
    EXPECT_GT(program.console.out_text.size(), 1000U);
  }
  Invocation other;
  EXPECT_EQ(other.run({"completion", "tcsh"}), base::Exit::kUsage);
}

}  // namespace
}  // namespace touchstone::agent::cli
