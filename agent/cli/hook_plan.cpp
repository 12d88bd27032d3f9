// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/hook_plan.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/random.h>

#include "base/encoding.h"
#include "base/file.h"
#include "git-integration/git_config.h"
#include "git-integration/server/git_plumbing.h"
#include "git-integration/server/receive_settings.h"
#include "ssh/allowed_signers.h"
#include "ssh/limits.h"

namespace touchstone::agent::cli {
namespace {

namespace server = git::server;
using Wanted = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kSeedBytes = 32;

// own_program is the absolute path of the program that runs, which the hooks are to call.
base::Result<std::filesystem::path> own_program() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return base::fail(base::from_errno(error.value(), "/proc/self/exe"));
  }
  return path;
}

std::vector<std::string> names_with(const std::string& name) {
  return name == "pre-receive" ? std::vector<std::string>{name, "post-receive"}
                               : std::vector<std::string>{name};
}

// want_introduction takes any name of a commit that is there, or a whole one in an empty server.
base::Status want_introduction(const std::string& repository, const Arguments& arguments,
                               Wanted& wanted) {
  const auto commit = arguments.value("introduction");
  const auto by = arguments.value("introduced-by");
  if (commit.has_value() != by.has_value()) {
    return base::fail(base::Code::kUsage, "--introduction and --introduced-by go together");
  }
  if (!commit) {
    return {};
  }
  const server::GitCall call{
      {"rev-parse", "--verify", "--quiet", "--end-of-options", *commit + "^{commit}"}};
  TRY(found, server::call_git(repository, call));
  const std::string id = found.status == 0 ? found.out.substr(0, found.out.find('\n')) : *commit;
  const auto introduction = git::parse_introduction(id + " " + *by);
  if (!introduction) {
    return base::fail(base::Code::kUsage, introduction.error().context);
  }
  wanted.emplace_back(git::kIntroductionKey, id + " " + *by);
  return {};
}

base::Status want_signers(const Arguments& arguments, Wanted& wanted) {
  const auto file = arguments.value("signers");
  if (!file) {
    return {};
  }
  const std::filesystem::path path = std::filesystem::absolute(*file);
  TRY(bytes, base::read_file(path, ssh::kAllowedSignersFileMax).with_context("allowed signers"));
  TRY_VOID(ssh::AllowedSigners::parse(base::as_text(bytes)).with_context(path.string()));
  wanted.emplace_back(git::kSignersKey, path.string());
  return {};
}

base::Result<base::Bytes> random_seed() {
  base::Bytes bytes(kSeedBytes);
  // Up to 256 bytes come whole and uninterrupted (getrandom(2)).
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return base::fail(base::from_errno(errno, "random numbers"));
  }
  return bytes;
}

// want_certificates also makes git give out nonces: without, it takes no certificates at all.
base::Status want_certificates(const git::GitConfig& config, const Arguments& arguments,
                               Wanted& wanted) {
  if (!arguments.has("require-push-certificate")) {
    return {};
  }
  wanted.emplace_back(server::kRequireCertificateKey, "true");
  TRY(seed, config.get(server::kNonceSeedKey));
  if (!seed || seed->empty()) {
    TRY(bytes, random_seed());
    wanted.emplace_back(server::kNonceSeedKey, base::to_hex(bytes));
  }
  return {};
}

// check_signers refuses a server hook that would refuse every push.
base::Status check_signers(const std::string& repository, const Wanted& wanted) {
  for (const auto& [key, value] : wanted) {
    if (key == git::kIntroductionKey || key == git::kSignersKey) {
      return {};
    }
  }
  TRY(settings, server::read_settings(repository));
  if (settings.introduction || settings.signers) {
    return {};
  }
  return base::fail(base::Code::kUsage,
                    "whose signatures count? Add --signers, or --introduction and --introduced-by");
}

}  // namespace

std::vector<std::string> HookPlan::lines() const {
  std::vector<std::string> all;
  for (const git::ConfigChange& change : settings) {
    all.push_back(change.key == server::kNonceSeedKey && change.new_value
                      ? "git config --local " + change.key + " (a random value)"
                      : to_command(git::ConfigScope::kLocal, change));
  }
  for (const server::HookStep& step : scripts) {
    all.push_back(describe(step));
  }
  return all;
}

base::Status HookPlan::carry_out() const {
  TRY_VOID(git::GitConfig(git::ConfigScope::kLocal, repository).apply(settings));
  return server::carry_out(scripts);
}

base::Result<HookPlan> plan_hook_install(const std::string& repository, const std::string& name,
                                         const Arguments& arguments) {
  HookPlan plan;
  plan.repository = repository;
  TRY(folder, server::hooks_folder(repository));
  const git::GitConfig config(git::ConfigScope::kLocal, repository);
  Wanted wanted;
  TRY_VOID(want_introduction(repository, arguments, wanted));
  TRY_VOID(want_signers(arguments, wanted));
  TRY_VOID(want_certificates(config, arguments, wanted));
  for (const auto& [option, key] : {std::pair("ref", server::kJudgedRefsKey),
                                    std::pair("protect", server::kProtectedRefsKey)}) {
    if (const auto patterns = arguments.value(option)) {
      wanted.emplace_back(key, *patterns);
    }
  }
  TRY_VOID(check_signers(repository, wanted));
  TRY_ASSIGN(plan.settings, config.plan(wanted));
  TRY(program, own_program());
  for (const std::string& one : names_with(name)) {
    TRY(steps, server::plan_install(folder, one, program, arguments.has("chain")));
    std::move(steps.begin(), steps.end(), std::back_inserter(plan.scripts));
  }
  return plan;
}

base::Result<HookPlan> plan_hook_uninstall(const std::string& repository, const std::string& name) {
  HookPlan plan;
  plan.repository = repository;
  TRY(folder, server::hooks_folder(repository));
  for (const std::string& one : names_with(name)) {
    TRY(steps, server::plan_uninstall(folder, one));
    std::move(steps.begin(), steps.end(), std::back_inserter(plan.scripts));
  }
  return plan;
}

}  // namespace touchstone::agent::cli
