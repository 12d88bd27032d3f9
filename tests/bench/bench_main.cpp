// SPDX-License-Identifier: Apache-2.0
// touchstone-bench: our agent and the stock ssh-agent side by side, over the same software token,
// taking turns in one run. Single times mean little on a shared machine; the ratios do.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/json.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "ssh/agent_message.h"
#include "ssh/limits.h"
#include "ssh/private_key_file.h"
#include "ssh/signature.h"
#include "ssh/touchstone_extension.h"
#include "ssh/userauth.h"
#include "tests/bench/bench_driver.h"
#include "tests/bench/client.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"
#include "tests/bench/software_token.h"

namespace touchstone::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 10;
constexpr int kSignaturesPerRound = 30;
constexpr int kListsPerRound = 300;
constexpr std::string_view kApplication = "ssh:";

struct Places {
  std::filesystem::path programs;  // our programs
  std::filesystem::path scratch;   // on disk
};

std::vector<std::string> environment_for(const std::filesystem::path& home) {
  const std::string path = home.string();
  return {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
          "HOME=" + path,
          "XDG_RUNTIME_DIR=" + path,
          "XDG_CONFIG_HOME=" + path,
          "XDG_DATA_HOME=" + path,
          "XDG_STATE_HOME=" + path};
}

base::Status write_text(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  return base::write_file_atomically(path, base::as_bytes(text), mode);
}

// Agent is a running agent under measurement.
struct Agent {
  Process process;
  Client client;
  ssh::PublicKey key;
  std::filesystem::path socket;
};

base::Bytes control_message(const std::string& json) {
  return ssh::encode(ssh::AgentRequest{
      ssh::ExtensionRequest{std::string(ssh::kControlExtension), base::to_bytes(json)}});
}

base::Status import_key(Client& client, const ssh::SkPrivateKey& key) {
  TRY(file, ssh::format_private_key_file(key, nullptr));
  TRY(answer,
      client.exchange(control_message(
          R"({"version":1,"command":"key-import","name":"bench","role":"login","private_key":")" +
          base::to_base64(file) + "\",\"certificate\":\"\"}")));
  if (base::as_text(answer).find("\"ok\":true") == std::string_view::npos) {
    return base::fail(base::Code::kAgentRefused, std::string(base::as_text(answer)));
  }
  return {};
}

base::Result<Agent> start_ours(const Places& places, const std::filesystem::path& home,
                               const std::filesystem::path& journal) {
  const std::filesystem::path wrapper = home / "driver";
  TRY_VOID(write_text(wrapper,
                      "#!/bin/sh\nexec '" + (places.programs / "touchstone-bench-driver").string() +
                          "' '" + (home / "stats").string() + "'\n",
                      0700));
  TRY_VOID(write_text(home / "config.toml",
                      "[agent]\njournal = \"" + journal.string() +
                          "\"\n[prompt]\nterminal = false\nnotification = false\n",
                      0600));
  const std::filesystem::path socket = home / "agent.sock";
  TRY(process, Process::start({(places.programs / "touchstone-agent").string(), "-a",
                               socket.string(), "--config", (home / "config.toml").string(),
                               "--token-driver", wrapper.string()},
                              environment_for(home), home / "agent.log"));
  TRY(client, Client::connect(socket));
  const SoftwareToken::Handle handle = SoftwareToken::new_handle();
  TRY(key, ssh::PublicKey::from_token(SoftwareToken::public_key(handle), kApplication));
  TRY_VOID(import_key(client, {key, ssh::kSkFlagUserPresence, base::to_bytes(handle), "bench"}));
  return Agent{std::move(process), std::move(client), std::move(key), socket};
}

base::Result<Agent> start_stock(const Places& places, const std::filesystem::path& home) {
  const std::string provider =
      std::filesystem::canonical(places.programs / "touchstone-bench-sk-provider.so").string();
  const std::string socket = (home / "stock.sock").string();
  const std::string key_file = (home / "id").string();
  std::vector<std::string> environment = environment_for(home);
  environment.push_back("TOUCHSTONE_BENCH_HOLD=" + (home / "hold").string());
  environment.push_back("SSH_AUTH_SOCK=" + socket);
  TRY(process, Process::start({"ssh-agent", "-D", "-a", socket, "-P", provider}, environment,
                              home / "stock.log"));
  TRY(client, Client::connect(socket));
  TRY(keygen, Process::start({"ssh-keygen", "-q", "-t", "ed25519-sk", "-w", provider, "-N", "",
                              "-f", key_file},
                             environment, home / "stock.log"));
  TRY(add, (keygen.wait(), Process::start({"ssh-add", "-q", "-S", provider, key_file}, environment,
                                          home / "stock.log")));
  if (add.wait() != 0) {
    return base::fail(base::Code::kExternalProgram,
                      "ssh-add: see " + (home / "stock.log").string());
  }
  TRY(line, base::read_file(key_file + ".pub", ssh::kPrivateKeyFileMax));
  TRY(key, ssh::PublicKey::parse_line(base::as_text(line)));
  return Agent{std::move(process), std::move(client), std::move(key), socket};
}

base::Bytes sign_message(const ssh::PublicKey& key, std::string_view user, std::uint32_t serial) {
  const ssh::UserauthRequest request{base::Writer().u32(serial).raw(base::Bytes(28, 7)).bytes(),
                                     std::string(user),
                                     "ssh-connection",
                                     std::string(key.name()),
                                     key,
                                     std::nullopt};
  return ssh::encode(
      ssh::AgentRequest{ssh::SignRequest{base::to_bytes(key.blob()), request.encode(), 0}});
}

base::Status time_exchanges(Agent& agent, Sample& sample, int count,
                            const std::function<base::Bytes()>& make,
                            ssh::AgentMessageType expected) {
  for (int i = 0; i < count; ++i) {
    const base::Bytes message = make();
    const auto begin = Clock::now();
    TRY(answer, agent.client.exchange(message));
    sample.add(Clock::now() - begin);
    if (answer.empty() || answer.front() != static_cast<std::uint8_t>(expected)) {
      return base::fail(base::Code::kAgentRefused, "see the agent's log");
    }
  }
  return {};
}

// Watcher keeps a `watch` request open, so that somebody can be shown the prompts.
class Watcher {
 public:
  // start returns when the agent has seen the watcher and has its token: a signature asked for
  // before that would be refused.
  static base::Result<std::unique_ptr<Watcher>> start(const std::filesystem::path& socket) {
    TRY(client, Client::connect(socket));
    std::unique_ptr<Watcher> watcher(new Watcher(std::move(client)));
    TRY_VOID(watcher->next());
    watcher->thread_ = std::thread([self = watcher.get()] {
      while (self->next()) {
      }
    });
    return watcher;
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  // The agent is gone by now, so the thread's read has ended.
  ~Watcher() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  explicit Watcher(Client client) : client_(std::move(client)) {}

  base::Status next() {
    TRY(answer, client_.exchange(control_message(R"({"version":1,"command":"watch","after":)" +
                                                 std::to_string(after_) + "}")));
    TRY(reply, ssh::parse_agent_reply(answer));
    const auto* response = std::get_if<ssh::ExtensionResponse>(&reply);
    if (response == nullptr) {
      return base::fail(base::Code::kAgentRefused, "watch");
    }
    const boost::json::value json = boost::json::parse(base::as_text(response->contents));
    for (const boost::json::value& event : json.at("events").as_array()) {
      after_ = std::max(after_, event.at("number").to_number<std::int64_t>());
    }
    return {};
  }

  Client client_;
  std::int64_t after_ = 0;
  std::thread thread_;
};

Sample read_stats(const std::filesystem::path& file) {
  Sample sample;
  std::ifstream lines(file);
  long long nanoseconds = 0;
  while (lines >> nanoseconds) {
    sample.add(Nanoseconds(nanoseconds));
  }
  return sample;
}

struct SignTimes {
  Sample ours;
  Sample theirs;
  Sample token;
};

base::Result<SignTimes> measure_signatures(Agent& ours, Agent& stock,
                                           const std::filesystem::path& stats) {
  SignTimes times;
  std::uint32_t serial = 0;
  for (int round = 0; round < kRounds; ++round) {
    TRY_VOID(time_exchanges(
        ours, times.ours, kSignaturesPerRound,
        [&] { return sign_message(ours.key, "someone", ++serial); },
        ssh::AgentMessageType::kSignResponse));
    TRY_VOID(time_exchanges(
        stock, times.theirs, kSignaturesPerRound,
        [&] { return sign_message(stock.key, "someone", ++serial); },
        ssh::AgentMessageType::kSignResponse));
  }
  times.token = read_stats(stats);
  return times;
}

base::Status measure_lists(Agent& ours, Agent& stock, Sample& our_times, Sample& stock_times) {
  const base::Bytes list = ssh::encode(ssh::AgentRequest{ssh::RequestIdentities{}});
  for (int round = 0; round < kRounds; ++round) {
    TRY_VOID(time_exchanges(
        ours, our_times, kListsPerRound, [&] { return list; },
        ssh::AgentMessageType::kIdentitiesAnswer));
    TRY_VOID(time_exchanges(
        stock, stock_times, kListsPerRound, [&] { return list; },
        ssh::AgentMessageType::kIdentitiesAnswer));
  }
  return {};
}

// While our agent waits for a touch that does not come, lists are answered on another connection.
base::Result<Sample> measure_lists_while_pending(Agent& ours) {
  TRY(waiting, Client::connect(ours.socket));
  TRY_VOID(waiting.send(sign_message(ours.key, kHoldWord, 0)));
  const base::Bytes list = ssh::encode(ssh::AgentRequest{ssh::RequestIdentities{}});
  Sample sample;
  TRY_VOID(time_exchanges(
      ours, sample, kRounds * kListsPerRound, [&] { return list; },
      ssh::AgentMessageType::kIdentitiesAnswer));
  return sample;
}

// The stock agent answers nobody until the touch has come: one list, asked while a signature is
// held, is answered when it is let go. What is measured is a touch of this length.
constexpr std::chrono::milliseconds kStockTouch{200};

base::Result<Sample> measure_stock_list_while_pending(Agent& stock,
                                                      const std::filesystem::path& hold) {
  if (mkfifo(hold.c_str(), 0600) != 0) {
    return base::fail(base::from_errno(errno, hold.string()));
  }
  TRY(waiting, Client::connect(stock.socket));
  TRY_VOID(waiting.send(sign_message(stock.key, "someone", 0)));
  const int writer = open(hold.c_str(), O_WRONLY | O_CLOEXEC);  // waits for the provider
  Sample sample;
  const auto begin = Clock::now();
  TRY_VOID(stock.client.send(ssh::encode(ssh::AgentRequest{ssh::RequestIdentities{}})));
  while (Clock::now() - begin < kStockTouch) {
    std::this_thread::yield();
  }
  close(writer);
  unlink(hold.c_str());
  TRY(answer, stock.client.receive());
  sample.add(Clock::now() - begin);
  TRY(signature, waiting.receive());
  return sample;
}

// start_idle starts an agent that is asked nothing more; it has come to rest when the rest is done.
base::Result<Process> start_idle(const Places& places, const std::filesystem::path& home) {
  const std::filesystem::path socket = home / "idle.sock";
  TRY(agent,
      Process::start({(places.programs / "touchstone-agent").string(), "-a", socket.string()},
                     environment_for(home), home / "idle.log"));
  TRY(client, Client::connect(socket));
  TRY_VOID(client.exchange(control_message(R"({"version":1,"command":"status"})")));
  return agent;
}

double resident_mib(pid_t pid) { return static_cast<double>(status_kib(pid, "VmRSS")) / 1024.0; }

// Resident is how much memory an agent has, ours and theirs, in MiB.
struct Resident {
  double ours{0};
  double theirs{0};
};

base::Result<std::vector<Row>> memory_rows(const Process& idle, double stock_idle,
                                           const Resident& after) {
  const std::vector<pid_t> drivers = children_of(idle.pid());
  if (drivers.size() != 1) {
    return base::fail(base::Code::kDriverDied,
                      "the idle agent has " + std::to_string(drivers.size()) + " drivers");
  }
  return std::vector<Row>{
      {"resident memory, agent at rest", "MiB", resident_mib(idle.pid()), stock_idle},
      {"resident memory, agent after its work", "MiB", after.ours, after.theirs},
      {"resident memory, idle driver", "MiB", resident_mib(drivers.front()), std::nullopt}};
}

base::Result<std::vector<Row>> measure(const Places& places) {
  const TemporaryFolder home(places.scratch);
  const TemporaryFolder memory_home(std::filesystem::exists("/dev/shm") ? "/dev/shm"
                                                                        : places.scratch);
  std::vector<Row> rows;
  TRY(idle, start_idle(places, home.path()));
  TRY(stock, start_stock(places, home.path()));
  const double stock_idle = resident_mib(stock.process.pid());
  Resident after;
  for (const bool in_memory : {false, true}) {
    const std::filesystem::path& folder = in_memory ? memory_home.path() : home.path();
    TRY(started, start_ours(places, folder, folder / "journal.jsonl"));
    TRY(watcher, Watcher::start(started.socket));
    Agent ours = std::move(started);  // ends before the watcher does
    TRY(times, measure_signatures(ours, stock, folder / "stats"));
    const std::string where = in_memory ? ", journal in memory" : ", journal on disk";
    for (const double percentile : {50.0, 99.0}) {
      rows.push_back(
          {"signature, agent's share, p" + std::to_string(static_cast<int>(percentile)) + where,
           "ms", times.ours.milliseconds_at(percentile) - times.token.milliseconds_at(50),
           times.theirs.milliseconds_at(percentile) - times.token.milliseconds_at(50)});
    }
    if (!in_memory) {
      continue;
    }
    Sample our_lists;
    Sample stock_lists;
    TRY_VOID(measure_lists(ours, stock, our_lists, stock_lists));
    TRY(pending, measure_lists_while_pending(ours));
    TRY(stock_pending, measure_stock_list_while_pending(stock, home.path() / "hold"));
    for (const double percentile : {50.0, 99.0}) {
      rows.push_back({"list, idle, p" + std::to_string(static_cast<int>(percentile)), "ms",
                      our_lists.milliseconds_at(percentile),
                      stock_lists.milliseconds_at(percentile)});
    }
    rows.push_back({"list while a touch is pending, p50 (stock waits for the touch, here " +
                        std::to_string(kStockTouch.count()) + " ms)",
                    "ms", pending.milliseconds_at(50), stock_pending.milliseconds_at(50)});
    rows.push_back(
        {"list while a touch is pending, p99", "ms", pending.milliseconds_at(99), std::nullopt});
    after = {resident_mib(ours.process.pid()), resident_mib(stock.process.pid())};
  }
  TRY(memory, memory_rows(idle, stock_idle, after));
  rows.insert(rows.end(), memory.begin(), memory.end());
  return rows;
}

}  // namespace
}  // namespace touchstone::bench

int main(int argc, char** argv) {
  using namespace touchstone;
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  if (const auto ready = base::init_secure_heap(); !ready) {
    std::fputs(base::format_error(ready.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  const bench::Places places{std::filesystem::canonical("/proc/self/exe").parent_path(),
                             std::filesystem::temp_directory_path()};
  const auto rows = bench::measure(places);
  if (!rows) {
    std::fputs(base::format_error(rows.error()).c_str(), stderr);
    return EXIT_FAILURE;
  }
  std::fputs((json ? bench::format_json(*rows) : bench::format_table(*rows, "ssh-agent")).c_str(),
             stdout);
  return EXIT_SUCCESS;
}
