// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/doctor_checks.h"
#include "base/secret.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;

// The beginning of a FIDO token's report descriptor (CTAP 2.1 section 11.2.8.1), and a mouse's.
constexpr std::string_view kFido{"\x06\xd0\xf1\x09\x01\xa1\x01", 7};
constexpr std::string_view kMouse{"\x05\x01\x09\x02\xa1\x01", 6};

class Doctor : public testing::Test {
 protected:
  Doctor() {
    machine_.hidraw = folder_.path() / "sys";
    machine_.devices = folder_.path() / "dev";
    machine_.rules = {folder_.path() / "rules"};
    machine_.uid = ::getuid();
    machine_.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(std::string(name));
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    fs::create_directories(machine_.devices);
    fs::create_directories(machine_.rules.front());
  }

  void add_device(const std::string& name, std::string_view descriptor) {
    fs::create_directories(machine_.hidraw / name / "device");
    std::ofstream(machine_.hidraw / name / "device" / "report_descriptor") << descriptor;
  }

  void install_rules() { std::ofstream(machine_.rules.front() / "70-touchstone-fido.rules") << ""; }

  TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
  Machine machine_;
};

TEST_F(Doctor, WantsAPrivateRuntimeFolder) {
  EXPECT_EQ(check_runtime_folder(machine_).health, Health::kProblem);
  variables_["XDG_RUNTIME_DIR"] = folder_.path() / "none";
  const Check missing = check_runtime_folder(machine_);
  EXPECT_EQ(missing.health, Health::kProblem);
  EXPECT_EQ(missing.mend, "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
  const fs::path run = folder_.path() / "run";
  fs::create_directory(run);
  variables_["XDG_RUNTIME_DIR"] = run;
  ASSERT_EQ(::chmod(run.c_str(), 0755), 0);
  const Check open = check_runtime_folder(machine_);
  EXPECT_EQ(open.health, Health::kProblem);
  EXPECT_EQ(open.mend, "chmod 700 " + run.string());
  ASSERT_EQ(::chmod(run.c_str(), 0700), 0);
  EXPECT_EQ(check_runtime_folder(machine_).health, Health::kGood);
  machine_.uid += 1;
  const Check foreign = check_runtime_folder(machine_);
  EXPECT_EQ(foreign.health, Health::kProblem);
  EXPECT_EQ(foreign.mend, "export XDG_RUNTIME_DIR=/run/user/$(id -u)") << "never a chown";
}

TEST_F(Doctor, FindsTokensThatMayNotBeOpened) {
  add_device("hidraw0", kFido);  // and no device node that this user may open
  const Check without_rules = check_devices(machine_);
  EXPECT_EQ(without_rules.health, Health::kProblem);
  EXPECT_NE(without_rules.finding.find("/dev/hidraw0"), std::string::npos);
  EXPECT_NE(without_rules.mend.find("cmake --install"), std::string::npos);
  install_rules();
  EXPECT_NE(check_devices(machine_).mend.find("udevadm trigger"), std::string::npos);
}

TEST_F(Doctor, LooksAtTokensOnly) {
  add_device("hidraw0", kMouse);
  install_rules();
  EXPECT_EQ(check_devices(machine_).health, Health::kGood);
}

TEST_F(Doctor, IsContentWithTokensThatMayBeOpened) {
  add_device("hidraw0", kFido);
  std::ofstream(machine_.devices / "hidraw0") << "";
  const Check check = check_devices(machine_);
  EXPECT_EQ(check.health, Health::kGood);
  EXPECT_EQ(check.finding, "1 FIDO devices that you may open");
}

TEST_F(Doctor, NotesRulesThatAreNotInstalled) {
  EXPECT_EQ(check_devices(machine_).health, Health::kNote);
}

TEST_F(Doctor, SaysWhyTheAgentDoesNotAnswer) {
  const Check none = check_agent(base::fail(base::Code::kAgentUnreachable, "/x"));
  EXPECT_EQ(none.health, Health::kProblem);
  EXPECT_NE(none.mend.find("enable --now touchstone-agent.socket"), std::string::npos);
  const Check broken = check_agent(base::fail(base::Code::kProtocol));
  EXPECT_NE(broken.mend.find("restart"), std::string::npos);
  const Check old = check_agent(boost::json::object{{"agent", {{"version", "0.0.1"}}}});
  EXPECT_EQ(old.health, Health::kProblem);
  EXPECT_EQ(check_agent(boost::json::object{}).health, Health::kProblem);
}

TEST_F(Doctor, WantsAToken) {
  EXPECT_EQ(check_tokens(base::fail(base::Code::kAgentUnreachable)).health, Health::kNote);
  EXPECT_EQ(check_tokens(boost::json::object{{"tokens", boost::json::array()}}).health,
            Health::kProblem);
  EXPECT_EQ(check_tokens(boost::json::object{{"tokens", {{{"id", "t"}}}}}).health, Health::kGood);
}

// The agent's environment is not that of the shell doctor runs in.
TEST_F(Doctor, FindsThePinentryProgramWhereTheAgentDoes) {
  Config config;
  config.pin_program = "pinentry-test";
  const fs::path program = folder_.path() / "pinentry-test";
  std::ofstream(program) << "#!/bin/sh\n";
  ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  const std::string path = std::getenv("PATH");
  ASSERT_EQ(::setenv("PATH", folder_.path().c_str(), 1), 0);
  variables_["PATH"] = folder_.path();
  EXPECT_EQ(check_pinentry(config).health, Health::kProblem);
  ASSERT_EQ(::setenv("PATH", path.c_str(), 1), 0);
  config.pin_program = program;
  EXPECT_EQ(check_pinentry(config).health, Health::kGood);
  ASSERT_EQ(::chmod(program.c_str(), 0644), 0);
  EXPECT_EQ(check_pinentry(config).health, Health::kProblem) << "not executable";
  config.pin_program = "env";
  EXPECT_EQ(check_pinentry(config).health, Health::kGood);
}

TEST_F(Doctor, FindsAJournalThatDoesNotHoldTogether) {
  Config config;
  config.journal = folder_.path() / "journal";
  EXPECT_EQ(check_journal(config).health, Health::kGood);
  std::ofstream(config.journal) << "not a journal\n";
  const Check check = check_journal(config);
  EXPECT_EQ(check.health, Health::kProblem);
  EXPECT_EQ(check.mend, "touchstone log verify");
}

TEST_F(Doctor, WantsThePrivateKeysFolder) {
  Config config;
  config.keys = folder_.path() / "keys";
  EXPECT_EQ(check_keys_folder(machine_, config).health, Health::kGood);
  std::ofstream(config.keys) << "";
  const Check file = check_keys_folder(machine_, config);
  EXPECT_EQ(file.finding, config.keys.string() + " is no folder");
  EXPECT_NE(file.mend.find("mkdir -m 700"), std::string::npos);
  fs::remove(config.keys);
  fs::create_directory(config.keys);
  ASSERT_EQ(::chmod(config.keys.c_str(), 0750), 0);
  EXPECT_EQ(check_keys_folder(machine_, config).health, Health::kProblem);
  ASSERT_EQ(::chmod(config.keys.c_str(), 0700), 0);
  EXPECT_EQ(check_keys_folder(machine_, config).health, Health::kGood);
  machine_.uid += 1;
  const Check foreign = check_keys_folder(machine_, config);
  EXPECT_EQ(foreign.mend,
            "sudo chown -R " + std::to_string(machine_.uid) + " " + config.keys.string());
}

TEST_F(Doctor, WantsLockedMemoryForAPin) {
  machine_.locked_memory_max = base::kSecureHeapBytes - 1;
  EXPECT_EQ(check_locked_memory(machine_).health, Health::kProblem);
  machine_.locked_memory_max = base::kSecureHeapBytes;
  EXPECT_EQ(check_locked_memory(machine_).health, Health::kGood);
}

TEST_F(Doctor, HasACommandForEveryProblem) {
  add_device("hidraw0", kFido);
  Config config;
  config.pin_program = "none";
  for (const Check& check :
       {check_runtime_folder(machine_), check_devices(machine_), check_pinentry(config),
        check_locked_memory(machine_), check_tokens(boost::json::object{}),
        check_agent(base::fail(base::Code::kAgentUnreachable)),
        check_configuration(base::fail(base::Code::kConfigInvalid, "line 3"), "/c")}) {
    EXPECT_EQ(check.health, Health::kProblem) << check.name;
    EXPECT_FALSE(check.mend.empty()) << check.name;
    EXPECT_FALSE(check.finding.empty()) << check.name;
  }
}

}  // namespace
}  // namespace touchstone::agent::cli
