// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>
#include <span>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "tokens/confinement.h"
#include "tokens/driver_process.h"
#include "tokens/driver_protocol.h"
#include "tokens/fido2/discovery.h"

#if defined(TOUCHSTONE_SANITIZED)
// Looking for leaks at exit takes ptrace, which this program gives up. Tests preload umockdev,
// which AddressSanitizer wants to come before.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:verify_asan_link_order=0";
}
#endif

namespace touchstone::tokens {
namespace {

constexpr std::string_view kHelp =
    "usage: touchstone-token fido2\n"
    "       touchstone-token --help | --version\n"
    "\n"
    "Talks to the tokens of one kind for touchstone-agent, which starts it with a socket as\n"
    "descriptor 3. Not to be run by hand.\n";

int exit_status(base::Exit exit) { return static_cast<int>(exit); }

bool has_channel() {
  struct stat status {};
  return ::fstat(kDriverDescriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

base::Status run_driver(const base::Clock& clock) {
  TRY_VOID(close_inherited());
  TRY_VOID(base::init_secure_heap());
  TRY(source, fido2::UdevSource::make(clock));
  TRY_VOID(confine());
  TRY(process, DriverProcess::make(base::FileDescriptor(kDriverDescriptor), std::move(source),
                                   clock, DriverProcess::RetryWaits{}));
  return process->run();
}

int main_with(std::span<char*> arguments) {
  const std::string_view first = arguments.size() == 2 ? arguments[1] : "";
  if (first == "--help") {
    std::cout << kHelp;
    return exit_status(base::Exit::kOk);
  }
  if (first == "--version") {
    std::cout << "touchstone-token " << TOUCHSTONE_VERSION << '\n';
    return exit_status(base::Exit::kOk);
  }
  if (first != "fido2") {
    std::cerr << kHelp;
    return exit_status(base::Exit::kUsage);
  }
  if (!has_channel()) {
    std::cerr << "error: descriptor " << kDriverDescriptor << " is not a socket\n"
              << "hint: touchstone-agent starts this program; do not run it by hand\n";
    return exit_status(base::Exit::kUsage);
  }
  // libfido2 would write what passes between it and a token to stderr.
  ::unsetenv("FIDO_DEBUG");
  const base::SystemClock clock;
  const base::Status status = run_driver(clock);
  if (!status.has_value()) {
    std::cerr << base::format_error(status.error());
    return exit_status(base::describe(status.error().code).exit);
  }
  return exit_status(base::Exit::kOk);
}

}  // namespace
}  // namespace touchstone::tokens

int main(int argc, char** argv) {
  return touchstone::tokens::main_with(std::span(argv, static_cast<std::size_t>(argc)));
}
