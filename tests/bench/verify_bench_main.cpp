// SPDX-License-Identifier: Apache-2.0
// touchstone-bench-verify [--commits N] [--json]: the verifier side by side with what it is
// measured against, taking turns in one run: OpenSSL's own `openssl speed` for the same algorithm,
// stock git's `git log --format=%G?`, and git reading the history without judging it. Single
// numbers mean little on a shared machine; the ratios do, of which the median of several turns is
// given.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <unistd.h>

#include "base/file.h"
#include "git-integration/process.h"
#include "tests/bench/measured_run.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"
#include "tests/git-integration/history/history.h"

namespace touchstone::bench {
namespace {

using base::Result;
using Keys = git::HistoryPlan::Keys;

constexpr int kTurns = 3;
constexpr std::size_t kSmallHistory = 10000;
constexpr std::size_t kStockSample = 300;  // stock git takes some eight milliseconds for each
constexpr std::size_t kPushCommits = 50;
constexpr std::size_t kPushes = 11;

struct Setting {
  std::string touchstone;         // our program
  std::filesystem::path scratch;  // of this run
  std::vector<std::string> environment;
  std::size_t commits{100000};
};

// One is an algorithm under measurement, with its history.
struct Subject {
  std::string name;     // ours
  std::string openssl;  // what `openssl speed` calls it
  std::filesystem::path folder;
  git::MadeHistory history;

  std::string repository() const { return (folder / "repository.git").string(); }
  std::string signers() const { return (folder / "signers").string(); }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Pair is ours and theirs of one turn; the pair with the median ratio stands for all.
struct Pair {
  double ours;
  double theirs;
  double ratio() const { return ours / theirs; }
};
Row row_of(std::string what, std::string unit, std::vector<Pair> turns) {
  std::sort(turns.begin(), turns.end(),
            [](const Pair& a, const Pair& b) { return a.ratio() < b.ratio(); });
  const Pair& middle = turns[turns.size() / 2];
  return {std::move(what), std::move(unit), middle.ours, middle.theirs};
}

Result<Measured> run_well(const Setting& setting, const std::vector<std::string>& argv,
                          bool keep_output = false) {
  TRY(measured, run_measured(argv, setting.environment, keep_output));
  if (measured.status != 0) {
    return base::fail(base::Code::kExternalProgram,
                      argv.front() + ": status " + std::to_string(measured.status));
  }
  return measured;
}

std::vector<std::string> verify_command(const Setting& setting, const Subject& subject,
                                        const std::vector<std::string>& more) {
  // -C of git is not ours: the shell goes there.
  std::vector<std::string> argv = {"env", "-C", subject.repository(), setting.touchstone, "verify"};
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}
std::vector<std::string> plainly(const Subject& subject) {
  return {"--signers", subject.signers()};
}
std::vector<std::string> by_policy(const Subject& subject) {
  return {"--introduction", subject.history.introduction, "--introduced-by",
          subject.history.fingerprint};
}
std::vector<std::string> cold(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--no-cache", "--summary"});
  return arguments;
}
std::vector<std::string> warm(std::vector<std::string> arguments) {
  arguments.emplace_back("--summary");
  return arguments;
}

// openssl_rate gives verifications a second: on all cores by the clock, or of one core's time.
Result<double> openssl_rate(const Setting& setting, const std::string& algorithm, bool all_cores) {
  std::string command = "exec openssl speed -seconds 2 ";
  if (all_cores) {
    command += "-elapsed -multi " + std::to_string(std::thread::hardware_concurrency()) + " ";
  }
  // What it tells of its progress comes on standard error.
  TRY(measured, run_well(setting, {"sh", "-c", command + algorithm + " 2>/dev/null"}, true));
  // The last number of the last line.
  std::string& out = measured.out;
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) {
    out.pop_back();
  }
  const std::string word = out.substr(out.find_last_of(" \n") + 1);
  double rate = 0;
  if (std::from_chars(word.data(), word.data() + word.size(), rate).ec != std::errc()) {
    return base::fail(base::Code::kExternalProgram, "openssl speed: " + word);
  }
  return rate;
}

Result<Subject> make_subject(const Setting& setting, std::string name, std::string openssl,
                             const git::HistoryPlan& plan) {
  const std::filesystem::path folder =
      setting.scratch / (name + "-" + std::to_string(plan.commits));
  std::filesystem::create_directory(folder);
  TRY(made, git::make_history(folder, plan));
  Subject subject{std::move(name), std::move(openssl), folder, std::move(made)};
  // As git itself packs it; without looking for what resembles what, which no signature does.
  TRY_VOID(run_well(setting, {"git", "-C", subject.repository(), "repack", "-a", "-d", "-q", "-F",
                              "--window=0"}));
  return subject;
}

std::string label(const std::string& what, const Subject& subject) {
  return what + ", " + subject.name;
}

Result<std::vector<Row>> against_openssl(const Setting& setting, const Subject& subject) {
  const auto commits = static_cast<double>(subject.history.commits);
  std::vector<Pair> clock;
  std::vector<Pair> core;
  std::vector<Pair> policy;
  for (int turn = 0; turn < kTurns; ++turn) {
    TRY(plain, run_well(setting, verify_command(setting, subject, cold(plainly(subject)))));
    TRY(limit, openssl_rate(setting, subject.openssl, true));
    TRY(policed, run_well(setting, verify_command(setting, subject, cold(by_policy(subject)))));
    TRY(core_limit, openssl_rate(setting, subject.openssl, false));
    clock.push_back({commits / plain.seconds, limit});
    core.push_back({commits / plain.cpu_seconds, core_limit});
    policy.push_back({commits / policed.seconds, limit});
  }
  return std::vector<Row>{
      row_of(label("verify, all cores, bar 0.85", subject), "/s", clock),
      row_of(label("verify by policy, all cores", subject), "/s", policy),
      row_of(label("verify, a core's second, git included", subject), "/s", core)};
}

Result<Row> against_stock_git(const Setting& setting, const Subject& subject) {
  const std::vector<std::string> stock = {"git",
                                          "-C",
                                          subject.repository(),
                                          "-c",
                                          "gpg.ssh.allowedSignersFile=" + subject.signers(),
                                          "log",
                                          "-" + std::to_string(kStockSample),
                                          "--format=%G?"};
  std::vector<Pair> turns;
  for (int turn = 0; turn < kTurns; ++turn) {
    TRY(ours, run_well(setting, verify_command(setting, subject, cold(plainly(subject)))));
    TRY(theirs, run_well(setting, stock));
    turns.push_back({static_cast<double>(subject.history.commits) / ours.cpu_seconds,
                     static_cast<double>(kStockSample) / theirs.cpu_seconds});
  }
  return row_of(label("against git log %G?, per core, bar 100", subject), "/s", turns);
}

Result<std::vector<Row>> warm_against_walking(const Setting& setting, const Subject& subject) {
  const auto commits = static_cast<double>(subject.history.commits);
  const std::string walk = "git -c core.commitGraph=false -C '" + subject.repository() +
                           "' rev-list main | git -C '" + subject.repository() +
                           "' cat-file --batch --buffer";
  TRY_VOID(run_well(setting, verify_command(setting, subject, warm(plainly(subject)))));
  std::vector<Pair> walking;
  std::vector<Pair> gained;
  for (int turn = 0; turn < kTurns; ++turn) {
    TRY(ours, run_well(setting, verify_command(setting, subject, warm(plainly(subject)))));
    TRY(walked, run_well(setting, {"sh", "-c", walk}));
    TRY(first, run_well(setting, verify_command(setting, subject, cold(plainly(subject)))));
    walking.push_back({commits / ours.seconds, commits / walked.seconds});
    gained.push_back({commits / ours.seconds, commits / first.seconds});
  }
  return std::vector<Row>{
      row_of(label("verify again, against git walking alone", subject), "/s", walking),
      row_of(label("verify again, against the first time", subject), "/s", gained)};
}

Result<std::vector<Row>> memory(const Setting& setting, const Subject& small,
                                const Subject& large) {
  std::vector<Row> rows;
  for (const bool policy : {false, true}) {
    const auto arguments = [&](const Subject& subject) {
      return cold(policy ? by_policy(subject) : plainly(subject));
    };
    TRY(few, run_well(setting, verify_command(setting, small, arguments(small))));
    TRY(many, run_well(setting, verify_command(setting, large, arguments(large))));
    rows.push_back({"peak memory of " + std::to_string(large.history.commits) + " commits, of " +
                        std::to_string(small.history.commits) + (policy ? ", by policy" : ""),
                    "MiB", many.peak_mib, few.peak_mib});
  }
  return rows;
}

// time_hook puts a script in front of the installed hook that writes down how long it took.
base::Status time_hook(const std::filesystem::path& hook, const std::filesystem::path& times) {
  const std::filesystem::path timed = hook.string() + ".timed";
  std::filesystem::rename(hook, timed);
  const std::string script = "#!/bin/sh\nbegin=$(date +%s%N)\n'" + timed.string() +
                             "' \"$@\"\nstatus=$?\nend=$(date +%s%N)\necho $((end - begin)) >>'" +
                             times.string() + "'\nexit $status\n";
  return base::write_file_atomically(hook, base::as_bytes(script), 0755);
}

Result<double> median_milliseconds(const std::filesystem::path& times) {
  std::ifstream lines(times);
  std::vector<double> all;
  double nanoseconds = 0;
  while (lines >> nanoseconds) {
    all.push_back(nanoseconds / 1e6);
  }
  if (all.size() != kPushes) {
    return base::fail(base::Code::kExternalProgram,
                      "the hook ran " + std::to_string(all.size()) + " times");
  }
  return median(std::move(all));
}

Result<Row> pushes(const Setting& setting, const Subject& subject, bool policy) {
  const std::string server = (setting.scratch / (policy ? "policy.git" : "plain.git")).string();
  const auto push = [&](std::size_t behind) {
    return run_well(setting, {"git", "-C", subject.repository(), "push", "-q", server,
                              "main~" + std::to_string(behind) + ":refs/heads/main"});
  };
  TRY_VOID(run_well(setting, {"git", "init", "-q", "--bare", "-b", "main", server}));
  TRY_VOID(push(kPushCommits * kPushes));
  std::vector<std::string> install = {setting.touchstone, "hook",         "install",
                                      "pre-receive",      "--repository", server};
  const std::vector<std::string> trust =
      policy ? by_policy(subject) : std::vector<std::string>{"--signers", subject.signers()};
  install.insert(install.end(), trust.begin(), trust.end());
  TRY_VOID(run_well(setting, install));
  const std::filesystem::path times = server + ".times";
  TRY_VOID(time_hook(std::filesystem::path(server) / "hooks" / "pre-receive", times));
  std::vector<double> stock;
  for (std::size_t number = kPushes; number-- > 0;) {
    TRY_VOID(push(kPushCommits * number));
    const std::string tip = "main~" + std::to_string(kPushCommits * number);
    TRY(log, run_well(setting, {"git", "-C", subject.repository(), "-c",
                                "gpg.ssh.allowedSignersFile=" + subject.signers(), "log",
                                "-" + std::to_string(kPushCommits), "--format=%G?", tip}));
    stock.push_back(log.seconds * 1e3);
  }
  TRY(ours, median_milliseconds(times));
  return Row{std::string("pre-receive, 50 commits") + (policy ? ", by policy" : "") +
                 ", bar 100 ms, and git log %G?",
             "ms", ours, median(std::move(stock))};
}

void add(std::vector<Row>& all, const std::vector<Row>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

Result<std::vector<Row>> measure(const Setting& setting) {
  std::vector<Row> rows;
  TRY(edwards, make_subject(setting, "ed25519", "ed25519", {setting.commits, Keys::kEd25519}));
  TRY(curve, make_subject(setting, "ecdsa", "ecdsap256", {setting.commits, Keys::kEcdsa}));
  for (const Subject* subject : {&edwards, &curve}) {
    TRY(limits, against_openssl(setting, *subject));
    add(rows, limits);
    TRY(stock, against_stock_git(setting, *subject));
    rows.push_back(stock);
    TRY(again, warm_against_walking(setting, *subject));
    add(rows, again);
  }
  for (const bool policy : {false, true}) {
    TRY(row, pushes(setting, edwards, policy));
    rows.push_back(row);
  }
  const std::size_t few = std::min(kSmallHistory, setting.commits / 2);
  TRY(small, make_subject(setting, "small", "ed25519", {few, Keys::kEd25519}));
  TRY(resident, memory(setting, small, edwards));
  add(rows, resident);
  return rows;
}

Setting setting_in(const std::filesystem::path& scratch) {
  const std::string home = scratch.string();
  const std::filesystem::path programs = std::filesystem::canonical("/proc/self/exe").parent_path();
  return {(programs / "touchstone").string(),
          scratch,
          {"PATH=" + programs.string() + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + home,
           "XDG_CONFIG_HOME=" + home + "/config", "XDG_CACHE_HOME=" + home + "/cache",
           "XDG_STATE_HOME=" + home + "/state", "GIT_CONFIG_NOSYSTEM=1"}};
}

int run(const std::vector<std::string>& arguments) {
  const TemporaryFolder scratch(std::filesystem::temp_directory_path());
  Setting setting = setting_in(scratch.path());
  bool json = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = arguments[i] == "--commits" && i + 1 < arguments.size();
    if (has_value) {
      const std::string& text = arguments[++i];
      std::from_chars(text.data(), text.data() + text.size(), setting.commits);
    } else if (arguments[i] == "--json") {
      json = true;
    } else {
      std::fputs("usage: touchstone-bench-verify [--commits N] [--json]\n", stderr);
      return 2;
    }
  }
  // What is pushed and what stock git is asked have to be there.
  if (setting.commits <= kPushCommits * kPushes || setting.commits < kStockSample) {
    std::fputs("error: too few commits to measure with\n", stderr);
    return 2;
  }
  const auto rows = measure(setting);
  if (!rows) {
    std::fputs(base::format_error(rows.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  std::fputs((json ? format_json(*rows) : format_table(*rows, "other")).c_str(), stdout);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace touchstone::bench

int main(int argc, char** argv) { return touchstone::bench::run({argv + 1, argv + argc}); }
