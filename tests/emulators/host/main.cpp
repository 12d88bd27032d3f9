// SPDX-License-Identifier: Apache-2.0
// touchstone-emulator: FIDO tokens without hardware, for programs under libumockdev's preload.
#include <cstdio>
#include <string>
#include <vector>

#include "tests/emulators/fido2/attestation.h"
#include "tests/emulators/host/control_client.h"
#include "tests/emulators/host/host.h"
#include "tests/emulators/host/options.h"

namespace touchstone::emulators {
namespace {

int report(const base::Error& error) {
  std::fputs(base::format_error(error).c_str(), stderr);
  return static_cast<int>(base::describe(error.code).exit);
}

int run_control(std::span<const std::string> arguments) {
  if (arguments.size() < 2) {
    std::fputs(usage().c_str(), stderr);
    return static_cast<int>(base::Exit::kUsage);
  }
  std::string line;
  for (const std::string& word : arguments.subspan(1)) {
    line += (line.empty() ? "" : " ") + word;
  }
  const auto reply = control_command(arguments.front(), line);
  if (!reply.has_value()) {
    return report(reply.error());
  }
  if (!reply->empty()) {
    std::puts(reply->c_str());
  }
  return 0;
}

int run_host(std::span<const std::string> arguments) {
  const auto options = parse_host_options(arguments);
  if (!options.has_value()) {
    std::fputs(usage().c_str(), stderr);
    return report(options.error());
  }
  const auto host = Host::create(*options);
  if (!host.has_value()) {
    return report(host.error());
  }
  const auto status = (*host)->run();
  return status.has_value() ? *status : report(status.error());
}

int run(std::span<const std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "ctl") {
    return run_control(arguments.subspan(1));
  }
  if (!arguments.empty() && arguments.front() == "root-certificate") {
    std::fputs(fido2::test_root_pem().c_str(), stdout);
    return 0;
  }
  if (!arguments.empty() && arguments.front() == "--help") {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  return run_host(arguments);
}

}  // namespace
}  // namespace touchstone::emulators

int main(int argc, char** argv) {
  const std::span<char*> all(argv, static_cast<std::size_t>(argc));
  const std::vector<std::string> arguments(all.begin() + (all.empty() ? 0 : 1), all.end());
  return touchstone::emulators::run(arguments);
}
