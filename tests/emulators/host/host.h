// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "tests/emulators/host/hosted_token.h"
#include "tests/emulators/host/testbed.h"

namespace touchstone::emulators {

constexpr std::size_t kControlLineBytesMax = 4096;

// HostOptions is the command line of touchstone-emulator.
struct HostOptions {
  std::vector<TokenOptions> tokens;
  std::string control;               // path of the control socket; empty: none
  std::string env_file;              // empty: none
  std::vector<std::string> command;  // empty: run until told to stop
};

// Host is the program's one loop: control socket, signals, standard input, the child.
class Host final {
 public:
  static base::Result<std::unique_ptr<Host>> create(const HostOptions& options);
  ~Host();

  // run gives the exit status: the command's, or 0 when it was told to stop.
  base::Result<int> run();

 private:
  struct Connection {
    base::FileDescriptor socket;
    std::string input;
    std::string waiting;  // "wait-touch NAME" without its answer, or empty
    bool gone = false;
  };

  explicit Host(HostOptions options) : options_(std::move(options)) {}

  base::Status start_tokens();
  base::Status listen();
  base::Status write_env_file();
  base::Status watch_signals();
  base::Status start_command();
  // poll_once gives true while the program shall go on.
  bool poll_once();
  void accept_connection();
  void read_connection(Connection& connection);
  void answer_waiting();
  bool read_signals();
  bool read_stdin();

  // execute gives the reply line to one command; empty when it comes later.
  std::string execute(std::string_view line);
  std::string execute_on(std::string_view verb, HostedToken& token, std::string_view rest);
  std::string status();
  HostedToken* find(std::string_view name);

  HostOptions options_;
  std::unique_ptr<Testbed> testbed_;
  base::FileDescriptor wake_;
  base::FileDescriptor signals_;
  base::FileDescriptor listener_;
  bool watch_stdin_ = false;
  std::vector<std::unique_ptr<HostedToken>> tokens_;
  std::list<Connection> connections_;
  pid_t child_ = -1;
  int exit_status_ = 0;
};

}  // namespace touchstone::emulators
