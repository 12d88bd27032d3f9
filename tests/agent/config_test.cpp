// SPDX-License-Identifier: Apache-2.0
#include "agent/config.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "agent/config_entry.h"
#include "agent/limits.h"
#include "base/file.h"
#include "git-integration/limits.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent {
namespace {

constexpr std::array kRoles = {Role::kLogin, Role::kSign, Role::kRelease, Role::kApprove,
                               Role::kSeal};
constexpr std::array kPurposes = {Purpose::kLogin,    Purpose::kCommit,      Purpose::kTag,
                                  Purpose::kPush,     Purpose::kBatch,       Purpose::kRelease,
                                  Purpose::kApproval, Purpose::kCertificate, Purpose::kFile,
                                  Purpose::kTest,     Purpose::kUnknown};

// The environment is the process's own; each test gets it as it needs it.
class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("HOME", "/home/a", 1);
    setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
    for (const char* name : {"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}) {
      unsetenv(name);
    }
  }

  static Config defaults() { return Config::defaults().value(); }

  static std::string error_of(std::string_view text) {
    const auto config = parse_config(text, "c.toml", defaults());
    if (config.has_value()) {
      return "accepted";
    }
    EXPECT_EQ(config.error().code, base::Code::kConfigInvalid);
    return config.error().context;
  }
};

TEST_F(ConfigTest, PutsThePathsInTheXdgFolders) {
  EXPECT_EQ(defaults().socket, "/run/user/1/touchstone/agent.sock");
  EXPECT_EQ(defaults().keys, "/home/a/.local/share/touchstone/keys");
  EXPECT_EQ(defaults().journal, "/home/a/.local/state/touchstone/journal.jsonl");
  EXPECT_EQ(default_config_path(), "/home/a/.config/touchstone/config.toml");
  setenv("XDG_DATA_HOME", "/d", 1);
  setenv("XDG_STATE_HOME", "/s", 1);
  setenv("XDG_CONFIG_HOME", "/c", 1);
  EXPECT_EQ(defaults().keys, "/d/touchstone/keys");
  EXPECT_EQ(defaults().journal, "/s/touchstone/journal.jsonl");
  EXPECT_EQ(default_config_path(), "/c/touchstone/config.toml");
}

TEST_F(ConfigTest, IgnoresRelativeXdgFolders) {
  setenv("XDG_DATA_HOME", "d", 1);
  setenv("XDG_CONFIG_HOME", "", 1);
  EXPECT_EQ(defaults().keys, "/home/a/.local/share/touchstone/keys");
  EXPECT_EQ(default_config_path(), "/home/a/.config/touchstone/config.toml");
}

TEST_F(ConfigTest, NeedsTheRuntimeFolder) {
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(Config::defaults().error().code, base::Code::kNotFound);
  setenv("XDG_RUNTIME_DIR", "run", 1);
  EXPECT_EQ(Config::defaults().error().code, base::Code::kNotFound);
}

TEST_F(ConfigTest, NeedsAHomeWhereNothingElseIsSet) {
  unsetenv("HOME");
  EXPECT_EQ(Config::defaults().error().code, base::Code::kNotFound);
  EXPECT_EQ(default_config_path(), "");
}

Demand default_demand(Role role, Purpose purpose, bool forwarded) {
  if (role == Role::kLogin && purpose == Purpose::kLogin) {
    return Demand::kTouch;
  }
  if (purpose == Purpose::kTest && (role == Role::kLogin || role == Role::kSign) && !forwarded) {
    return Demand::kTouch;
  }
  const bool of_git = purpose == Purpose::kCommit || purpose == Purpose::kTag ||
                      purpose == Purpose::kPush || purpose == Purpose::kFile;
  if (role == Role::kSign && of_git && !forwarded) {
    return Demand::kTouch;
  }
  const bool is_release = role == Role::kRelease && purpose == Purpose::kRelease;
  const bool is_approval = role == Role::kApprove && purpose == Purpose::kApproval;
  const bool is_batch = role == Role::kSign && purpose == Purpose::kBatch;
  return (is_release || is_approval || is_batch) && !forwarded ? Demand::kTouchPin : Demand::kDeny;
}

// Design section 5, and tests of keys: every role, purpose and way of asking.
TEST_F(ConfigTest, DeniesByDefaultAllButTheKnownCombinations) {
  const Config config = defaults();
  for (const Role role : kRoles) {
    for (const Purpose purpose : kPurposes) {
      for (const bool forwarded : {false, true}) {
        EXPECT_EQ(decide(config, role, purpose, forwarded),
                  default_demand(role, purpose, forwarded))
            << name_of(role) << " " << name_of(purpose) << " " << forwarded;
      }
    }
  }
}

TEST_F(ConfigTest, DeniesWhatAnEmptyTableDoesNotName) {
  EXPECT_EQ(decide(Config(), Role::kLogin, Purpose::kLogin, /*forwarded=*/false), Demand::kDeny);
}

TEST_F(ConfigTest, ReadsEveryKey) {
  const auto config = parse_config(R"(
[agent]
socket = "/s"
keys = "/k"
journal = "/j"
[touch]
timeout = 7
[prompt]
terminal = false
notification = false
[pin]
program = "/usr/bin/pinentry-tty"
[driver]
fido2 = false
[policy.sign]
commit = "touch+pin"
file = "deny"
[policy.sign.forwarded]
commit = "touch"
)",
                                   "c.toml", defaults());
  ASSERT_TRUE(config.has_value()) << config.error().context;
  EXPECT_EQ(config->socket, "/s");
  EXPECT_EQ(config->keys, "/k");
  EXPECT_EQ(config->journal, "/j");
  EXPECT_EQ(config->touch_timeout, std::chrono::seconds(7));
  EXPECT_FALSE(config->prompt_terminal);
  EXPECT_FALSE(config->prompt_notification);
  EXPECT_EQ(config->pin_program, "/usr/bin/pinentry-tty");
  EXPECT_FALSE(config->driver_fido2);
  EXPECT_EQ(decide(*config, Role::kSign, Purpose::kCommit, false), Demand::kTouchPin);
  EXPECT_EQ(decide(*config, Role::kSign, Purpose::kFile, false), Demand::kDeny);
  EXPECT_EQ(decide(*config, Role::kSign, Purpose::kCommit, true), Demand::kTouch);
  EXPECT_EQ(decide(*config, Role::kSign, Purpose::kTag, false), Demand::kTouch);
}

TEST_F(ConfigTest, NamesThePlaceOfAnUnknownKeyAndTheNearestOne) {
  EXPECT_EQ(error_of("[touch]\ntimeouts = 3\n"),
            "c.toml:2:1: unknown key touch.timeouts, did you mean touch.timeout");
  EXPECT_EQ(error_of("touch = { timeout = 3, retry = true }"),
            "c.toml:1:24: unknown key touch.retry, did you mean touch.timeout");
  EXPECT_EQ(error_of("\n\n[policy.sgin]\ncommit = \"touch\"\n"),
            "c.toml:3:9: unknown key policy.sgin, did you mean policy.sign");
  EXPECT_EQ(error_of("[policy.sign]\n  comit = \"touch\""),
            "c.toml:2:3: unknown key policy.sign.comit, did you mean policy.sign.commit");
}

TEST_F(ConfigTest, RefusesEmptyUnknownTables) {
  EXPECT_NE(error_of("[nothing]\n").find("c.toml:1:2: unknown key nothing"), std::string::npos);
  EXPECT_EQ(error_of("[touch]\n"), "accepted");
}

TEST_F(ConfigTest, DoesNotTakeAQuotedKeyForADottedOne) {
  EXPECT_NE(error_of("\"touch.timeout\" = 3").find("unknown key \"touch.timeout\""),
            std::string::npos);
}

TEST_F(ConfigTest, RefusesWrongTypes) {
  EXPECT_EQ(error_of("touch.timeout = \"30\""),
            "c.toml:1:7: touch.timeout takes a whole number of seconds, not a string");
  EXPECT_EQ(error_of("touch.timeout = 3.5"),
            "c.toml:1:7: touch.timeout takes a whole number of seconds, not a number with a "
            "fraction");
  EXPECT_EQ(error_of("touch = 30"), "c.toml:1:1: touch is a table, not a number");
  EXPECT_EQ(error_of("prompt.terminal = 1"),
            "c.toml:1:8: prompt.terminal takes true or false, not a number");
  EXPECT_EQ(error_of("pin.program = [\"pinentry\"]"),
            "c.toml:1:5: pin.program takes a program in quotes, not an array");
  EXPECT_EQ(error_of("[touch.timeout]\n"),
            "c.toml:1:8: touch.timeout takes a whole number of seconds, not a table");
  EXPECT_EQ(error_of("agent.keys = 1979-05-27"),
            "c.toml:1:7: agent.keys takes a path in quotes, not a date or time");
}

TEST_F(ConfigTest, BoundsTheTimeout) {
  EXPECT_EQ(error_of("touch.timeout = 1"), "accepted");
  EXPECT_EQ(error_of("touch.timeout = 300"), "accepted");
  EXPECT_EQ(error_of("touch.timeout = 0"),
            "c.toml:1:7: touch.timeout takes 1 to 300 seconds, not 0");
  EXPECT_EQ(error_of("touch.timeout = 301"),
            "c.toml:1:7: touch.timeout takes 1 to 300 seconds, not 301");
  EXPECT_NE(error_of("touch.timeout = -9223372036854775808"), "accepted");
  EXPECT_NE(error_of("touch.timeout = 9223372036854775808"), "accepted");
}

TEST_F(ConfigTest, TakesPathsFromTheRootOnly) {
  EXPECT_NE(error_of("agent.keys = \"keys\""), "accepted");
  EXPECT_NE(error_of("agent.keys = \"\""), "accepted");
  EXPECT_NE(error_of("agent.keys = \"~/keys\""), "accepted");
  EXPECT_NE(error_of("agent.keys = \"/a\\nb\""), "accepted");
  EXPECT_NE(error_of("agent.keys = \"/a\\u0000b\""), "accepted");
  EXPECT_NE(error_of("agent.keys = \"/a\\u007fb\""), "accepted");
  const auto path = [](std::string_view key, std::size_t size) {
    return std::string(key) + " = \"/" + std::string(size - 1, 'a') + "\"";
  };
  EXPECT_EQ(error_of(path("agent.socket", kSocketPathMax)), "accepted");
  EXPECT_NE(error_of(path("agent.socket", kSocketPathMax + 1)), "accepted");
  EXPECT_EQ(error_of(path("agent.keys", kConfigPathMax)), "accepted");
  EXPECT_NE(error_of(path("agent.keys", kConfigPathMax + 1)), "accepted");
}

TEST_F(ConfigTest, TakesAProgramByPathOrByBareName) {
  for (const char* good : {"pinentry", "/usr/bin/pinentry-gnome3", "pinentry-qt.5+x"}) {
    EXPECT_EQ(error_of(std::string("pin.program = \"") + good + "\""), "accepted") << good;
  }
  for (const char* bad :
       {"", "./pinentry", "bin/pinentry", "..", "-x", "pin entry", "a;b", "~/p", "/a\\tb"}) {
    EXPECT_NE(error_of(std::string("pin.program = \"") + bad + "\""), "accepted") << bad;
  }
  const auto name = [](std::size_t size) {
    return "pin.program = \"" + std::string(size, 'p') + "\"";
  };
  EXPECT_EQ(error_of(name(kProgramNameMax)), "accepted");
  EXPECT_NE(error_of(name(kProgramNameMax + 1)), "accepted");
}

TEST_F(ConfigTest, RefusesUnknownDemands) {
  EXPECT_EQ(error_of("policy.sign.commit = \"allow\""),
            "c.toml:1:13: policy.sign.commit takes \"deny\", \"touch\" or \"touch+pin\", not "
            "\"allow\"");
  EXPECT_NE(error_of("policy.sign.commit = true"), "accepted");
  EXPECT_NE(error_of("policy.sign.commit = \"Touch\""), "accepted");
}

TEST_F(ConfigTest, RefusesDuplicatesAndBrokenToml) {
  EXPECT_NE(error_of("touch.timeout = 3\ntouch.timeout = 3\n").find("c.toml:2:"),
            std::string::npos);
  EXPECT_NE(error_of("[touch]\ntimeout = 3\n[touch]\n").find("c.toml:3:"), std::string::npos);
  EXPECT_NE(error_of("[touch\n").find("c.toml:1:"), std::string::npos);
  EXPECT_NE(error_of(std::string_view("a\0", 2)), "accepted");
  EXPECT_NE(error_of("agent.keys = \"/\xff\""), "accepted");
}

// toml++ 3.3 aborts on these when assertions are on.
TEST_F(ConfigTest, RefusesHeadersWithoutAName) {
  for (const char* bad :
       {"[=]", "[[=]]", "\t[ !a]", "\xef\xbb\xbf[=]", "[\x7f", "[{}]", "[#]", "[", "[\na]"}) {
    EXPECT_EQ(error_of(std::string("\n") + bad).find("c.toml:2:"), 0U) << bad;
    EXPECT_EQ(error_of(bad).find("c.toml:1:"), 0U) << bad;
  }
  EXPECT_EQ(error_of("[ touch ]\ntimeout = 3\n"), "accepted");
  EXPECT_EQ(error_of("[\"touch\"]\n'timeout' = 3\n"), "accepted");
}

TEST_F(ConfigTest, BoundsTheFile) {
  const std::string full(kConfigFileMax, '\n');
  EXPECT_TRUE(parse_config(full, "c.toml", defaults()).has_value());
  EXPECT_EQ(parse_config(full + "\n", "c.toml", defaults()).error().code, base::Code::kTooLong);
}

// Each dot is one table in another, and one more frame in toml++'s destructors.
TEST_F(ConfigTest, BoundsTheDotsOfALine) {
  const auto line = [](std::size_t dots) {
    std::string text = "a";
    for (std::size_t i = 0; i < dots; ++i) {
      text += ".a";
    }
    return text + " = 1\n";
  };
  EXPECT_NE(error_of(line(git::kTomlLineDotsMax)).find("unknown key"), std::string::npos);
  EXPECT_EQ(error_of("\n" + line(git::kTomlLineDotsMax + 1)),
            "c.toml:2:1: too many dots in one line");
  EXPECT_NE(error_of("a = " + std::string(1000, '[')), "accepted");
}

TEST_F(ConfigTest, FormatsWhatItWasGiven) {
  const Config before =
      parse_config(
          "agent.socket = '/a\"b\\c'\ntouch.timeout = 7\nprompt.terminal = false\n"
          "policy.sign.commit = 'deny'\npolicy.seal.forwarded.file = 'touch+pin'",
          "c.toml", defaults())
          .value();
  const std::string text = format_config(before);
  const auto after = parse_config(text, "again.toml", defaults());
  ASSERT_TRUE(after.has_value()) << after.error().context << "\n" << text;
  EXPECT_EQ(format_config(*after), text);
  EXPECT_EQ(after->socket, "/a\"b\\c");
  EXPECT_EQ(after->touch_timeout, std::chrono::seconds(7));
  EXPECT_EQ(decide(*after, Role::kSign, Purpose::kCommit, false), Demand::kDeny);
  EXPECT_EQ(decide(*after, Role::kSeal, Purpose::kFile, true), Demand::kTouchPin);
}

std::string toml_of(const ConfigKey& key) {
  const std::string value = key.type == "path" ? "/p" : std::string(key.initial);
  return key.type == "path" || key.type == "program" ? "\"" + value + "\"" : value;
}

// Every key of the table is one the parser knows, and its initial value is what it says.
TEST_F(ConfigTest, DocumentsTheKeysItTakes) {
  const std::string effective = format_config(defaults());
  for (const ConfigKey& key : config_keys()) {
    const std::string name(key.name);
    EXPECT_FALSE(key.summary.empty()) << name;
    if (key.type != "demand") {
      EXPECT_EQ(error_of(name + " = " + toml_of(key)), "accepted");
    }
    if (key.type != "demand" && key.type != "path") {
      const std::string line = "\n" + name.substr(name.find('.') + 1) + " = " + toml_of(key) + "\n";
      EXPECT_NE(effective.find(line), std::string::npos) << name;
    }
  }
}

class ManualPage : public ConfigTest {
 protected:
  ManualPage() {
    const auto bytes = base::read_file("docs/man/touchstone.toml.5.scd", 1024 * 1024);
    EXPECT_TRUE(bytes.has_value());
    text_ = bytes ? std::string(base::as_text(*bytes)) : "";
  }
  std::string text_;
};

TEST_F(ManualPage, NamesEveryKeyWithTypeDefaultAndSummary) {
  std::size_t documented = 0;
  for (auto at = text_.find("\n*"); at != std::string::npos; at = text_.find("\n*", at + 1)) {
    const std::string line = text_.substr(at, text_.find('\n', at + 1) - at);
    if (line.find(", default _") != std::string::npos) {
      ++documented;
    }
  }
  EXPECT_EQ(documented, config_keys().size());
  for (const ConfigKey& key : config_keys()) {
    const std::string entry = "\n*" + std::string(key.name) + "* (" + std::string(key.type) +
                              ", default _" + std::string(key.initial) + "_)\n\t" +
                              std::string(key.summary) + "\n";
    EXPECT_NE(text_.find(entry), std::string::npos) << entry;
  }
}

TEST_F(ManualPage, GivesTheDefaultPolicy) {
  const std::size_t begin = text_.find("```\n", text_.find("The defaults are:")) + 4;
  Config nothing = defaults();
  nothing.policy.clear();
  const auto config =
      parse_config(text_.substr(begin, text_.find("```", begin) - begin), "manual", nothing);
  ASSERT_TRUE(config.has_value()) << config.error().context;
  EXPECT_EQ(format_config(*config), format_config(defaults()));
}

TEST_F(ConfigTest, LoadsTheFileOrTheDefaults) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "config.toml";
  EXPECT_TRUE(load_config(path, /*must_exist=*/false).has_value());
  EXPECT_TRUE(load_config("", /*must_exist=*/false).has_value());
  EXPECT_EQ(load_config(path, /*must_exist=*/true).error().code, base::Code::kNotFound);
  std::ofstream(path) << "touch.timeout = 9\n";
  EXPECT_EQ(load_config(path, false).value().touch_timeout, std::chrono::seconds(9));
  std::ofstream(path) << "touch.timeout = no\n";
  EXPECT_EQ(load_config(path, false).error().code, base::Code::kConfigInvalid);
  EXPECT_NE(load_config(path, false).error().context.find(path.string() + ":1:"),
            std::string::npos);
  EXPECT_FALSE(load_config(folder.path(), false).has_value());
}

TEST(AgentNames, GoBothWays) {
  for (const Role role : kRoles) {
    EXPECT_EQ(role_named(name_of(role)).value(), role);
    EXPECT_EQ(application_of(role).substr(0, 4), "ssh:");
  }
  for (const Demand demand : {Demand::kDeny, Demand::kTouch, Demand::kTouchPin}) {
    EXPECT_EQ(demand_named(name_of(demand)).value(), demand);
  }
  for (const Purpose purpose : kPurposes) {
    EXPECT_EQ(purpose_named(name_of(purpose)).value(), purpose);
  }
  EXPECT_EQ(role_named("Sign").error().code, base::Code::kNotFound);
  EXPECT_EQ(demand_named("").error().code, base::Code::kNotFound);
  EXPECT_EQ(purpose_named("commits").error().code, base::Code::kNotFound);
}

// A key of one role must never answer for another: no two share an application.
TEST(AgentNames, EveryRoleHasItsOwnApplication) {
  std::vector<std::string_view> seen;
  for (const Role role : kRoles) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), application_of(role)), 0);
    seen.push_back(application_of(role));
  }
}

}  // namespace
}  // namespace touchstone::agent
