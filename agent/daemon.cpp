// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/driver_client.h"
#include "agent/limits.h"
#include "agent/pin_entry_assuan.h"
#include "agent/prompt_notification.h"
#include "agent/prompt_terminal.h"
#include "agent/version.h"

namespace touchstone::agent {
namespace {

// ConfiguredPinEntry takes the program from the configuration of the moment: it may change, or be
// installed, while the agent runs.
class ConfiguredPinEntry final : public PinEntry {
 public:
  ConfiguredPinEntry(boost::asio::io_context& reactor, Timers& timers)
      : reactor_(reactor), timers_(timers) {}

  void configure(std::string program) { program_ = std::move(program); }

  void ask(const PinQuestion& question, Handler handler) override {
    const auto path = find_program(program_);
    if (!path.has_value()) {
      failed_ = timers_.after(
          std::chrono::milliseconds{0},
          [handler = std::move(handler), error = path.error()] { handler(base::fail(error)); });
      return;
    }
    entry_ = make_pin_entry(reactor_, *path);
    entry_->ask(question, std::move(handler));
  }

  void cancel() override {
    if (entry_ != nullptr) {
      entry_->cancel();
    }
  }

 private:
  boost::asio::io_context& reactor_;
  Timers& timers_;
  std::string program_;
  std::unique_ptr<PinEntry> entry_;
  std::unique_ptr<Timers::Timer> failed_;
};

// open_listener takes the socket of the service manager, or makes its own where it was told to.
base::Result<Listener> open_listener(const DaemonOptions& options, Config& config) {
  auto activated = Listener::activated();
  if (activated.has_value()) {
    config.socket = activated->address();
    return activated;
  }
  if (activated.error().code != base::Code::kNotFound) {
    return activated;
  }
  config.socket = std::filesystem::absolute(options.socket.value_or(config.socket));
  return Listener::at(config.socket);
}

}  // namespace

base::Status harden_process() {
  ::umask(S_IRWXG | S_IRWXO);
  // A client that is gone and a file that may grow no further are errors, not ends of ours.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit no_core{0, 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::fail(base::from_errno(errno, "hardening the process"));
  }
  return base::init_secure_heap();
}

std::filesystem::path default_token_driver(const std::filesystem::path& own_program) {
  const std::filesystem::path folder = own_program.parent_path();
  const std::filesystem::path sibling = folder / "touchstone-token";
  std::error_code ignored;
  if (std::filesystem::exists(sibling, ignored)) {
    return sibling;
  }
  return folder.parent_path() / "libexec" / "touchstone" / "touchstone-token";
}

// Parts is everything there is, in the order in which it depends on what stands above.
struct Daemon::Parts {
  Parts(std::unique_ptr<base::Clock> time, Config configuration, std::filesystem::path config_path,
        const DaemonOptions& given, std::unique_ptr<Journal> opened, Listener listener);

  base::Status reload();
  void apply();
  void tokens_changed();
  void stop();

  const std::unique_ptr<base::Clock> own_clock;
  const base::Clock& clock{*own_clock};
  const DaemonOptions options;
  const std::filesystem::path config_file;
  Config config;
  Log log{clock};
  boost::asio::io_context reactor{1};
  AsioTimers timers{reactor};
  std::unique_ptr<Journal> journal;
  KeyStore keys;
  EventLog events{clock};
  std::unique_ptr<PromptChannel> terminal;
  std::unique_ptr<PromptChannel> notification;
  PromptBoard board{{}, events, clock};
  ConfiguredPinEntry pin_entry{reactor, timers};
  PinDesk pins{pin_entry};
  TokenLanes lanes;
  AgentLock lock;
  std::vector<tokens::TokenInfo> known_tokens;
  DriverClient driver;
  Broker broker;
  Control control;
  Agent agent;
  Server server;
  std::unique_ptr<Timers::Timer> stop_timer;
};

Daemon::Parts::Parts(std::unique_ptr<base::Clock> time, Config configuration,
                     std::filesystem::path config_path, const DaemonOptions& given,
                     std::unique_ptr<Journal> opened, Listener listener)
    : own_clock(std::move(time)),
      options(given),
      config_file(std::move(config_path)),
      config(std::move(configuration)),
      journal(std::move(opened)),
      keys(config.keys),
      driver(reactor, timers, DriverClient::Options{given.token_driver, "fido2"},
             DriverClient::Events{
                 [this] { tokens_changed(); }, [this](std::string_view text) { log.line(text); },
                 [this](const tokens::SilentSignature& signature) { broker.silent(signature); }}),
      broker(Broker::Context{Services{driver, board, lanes, pins, *journal, events}, clock}, keys,
             config),
      control(Control::Parts{keys, broker, events, board, lock, clock, [this] { return reload(); }},
              Control::About{config.socket, config.journal, config_file, clock.now()}),
      agent(Agent::Parts{keys, broker, control, lock, timers, log}),
      server(reactor, std::move(listener), agent, timers, log) {}

// apply makes what follows from the configuration.
void Daemon::Parts::apply() {
  std::vector<PromptChannel*> channels;
  if (config.prompt_terminal && terminal == nullptr) {
    terminal = make_terminal_channel();
  }
  if (config.prompt_notification && notification == nullptr) {
    notification = make_notification_channel(reactor);
  }
  if (config.prompt_terminal) {
    channels.push_back(terminal.get());
  }
  if (config.prompt_notification) {
    channels.push_back(notification.get());
  }
  board.replace_channels(std::move(channels));
  pin_entry.configure(config.pin_program);
  broker.configure(config);
}

// reload takes what may change while the agent runs: where the socket and the journal are stays
// as it was at the start.
base::Status Daemon::Parts::reload() {
  TRY(fresh, load_config(config_file, options.config.has_value()));
  fresh.socket = config.socket;
  fresh.journal = config.journal;
  fresh.keys = config.keys;
  config = std::move(fresh);
  apply();
  TRY_VOID(keys.load());
  for (const KeyStore::Problem& problem : keys.problems()) {
    log.line("key not loaded: " + base::message_of(problem.error));
  }
  return {};
}

void Daemon::Parts::tokens_changed() {
  const std::vector<tokens::TokenInfo> before = std::exchange(known_tokens, driver.tokens());
  const auto has = [](const std::vector<tokens::TokenInfo>& list, const tokens::TokenId& id) {
    return std::any_of(list.begin(), list.end(),
                       [&id](const tokens::TokenInfo& info) { return info.id == id; });
  };
  for (const tokens::TokenInfo& token : before) {
    if (!has(known_tokens, token.id)) {
      events.token_changed(EventKind::kTokenRemoved, token);
    }
  }
  for (const tokens::TokenInfo& token : known_tokens) {
    if (!has(before, token.id)) {
      events.token_changed(EventKind::kTokenAdded, token);
    }
  }
}

// stop lets what is under way end, so that the journal says how, but not for long.
void Daemon::Parts::stop() {
  ::sd_notify(/*unset_environment=*/1, "STOPPING=1");
  broker.on_idle([this] { reactor.stop(); });
  stop_timer = timers.after(kStopGrace, [this] { reactor.stop(); });
  server.close();
  broker.cancel_all("the agent was stopped");
  if (broker.under_way() == 0) {
    reactor.stop();
  }
}

base::Result<std::unique_ptr<Daemon>> Daemon::make(const DaemonOptions& options) {
  const std::filesystem::path config_file =
      options.config.has_value() ? *options.config : default_config_path();
  TRY(config, load_config(config_file, options.config.has_value()));
  TRY(listener, open_listener(options, config));
  auto clock = std::make_unique<base::SystemClock>();
  TRY(journal, Journal::open(config.journal, *clock));
  auto parts = std::make_unique<Parts>(std::move(clock), std::move(config), config_file, options,
                                       std::move(journal), std::move(listener));
  parts->apply();
  TRY_VOID(parts->keys.load());
  for (const KeyStore::Problem& problem : parts->keys.problems()) {
    parts->log.line("key not loaded: " + base::message_of(problem.error));
  }
  TRY_VOID(parts->journal->event("agent-start", version()));
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() = default;

const std::filesystem::path& Daemon::socket() const { return parts_->config.socket; }

void Daemon::run() {
  Parts& parts = *parts_;
  boost::asio::signal_set stop(parts.reactor, SIGTERM, SIGINT);
  boost::asio::signal_set hang_up(parts.reactor, SIGHUP);
  stop.async_wait([&parts](boost::system::error_code error, int /*signal*/) {
    if (!error) {
      parts.stop();
    }
  });
  const std::function<void()> wait_for_reload = [&] {
    hang_up.async_wait([&](boost::system::error_code error, int /*signal*/) {
      if (error) {
        return;
      }
      const base::Status reloaded = parts.reload();
      parts.log.line(reloaded.has_value() ? "configuration and keys read again"
                                          : base::message_of(reloaded.error()));
      wait_for_reload();
    });
  };
  wait_for_reload();
  if (parts.config.driver_fido2) {
    parts.driver.start();
  }
  parts.server.start();
  // The variable is kept for stop; programs that the agent starts get an environment of their own.
  ::sd_notify(/*unset_environment=*/0, "READY=1");
  parts.reactor.run();
  (void)parts.journal->event("agent-stop", "");  // there is nobody left to tell
}

}  // namespace touchstone::agent
