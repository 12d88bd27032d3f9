// SPDX-License-Identifier: Apache-2.0
#include "tests/emulators/host/options.h"

#include <algorithm>

namespace touchstone::emulators {
namespace {

bool good_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !name.empty() && name.size() <= kTokenNameBytesMax &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

base::Status set_option(TokenOptions& options, std::string_view key, std::string_view value) {
  if (key == "name" && good_name(value)) {
    options.name = value;
  } else if (key == "state") {
    options.state = value;
  } else if (key == "profile") {
    TRY_VOID(fido2::find_profile(value));
    options.profile = value;
  } else if (key == "touch") {
    TRY_ASSIGN(options.touch, fido2::parse_touch_policy(value));
  } else if (key == "quirk") {
    std::string assignment(value);
    std::replace(assignment.begin(), assignment.end(), ':', '=');
    fido2::Quirks scratch;
    TRY_VOID(fido2::set_quirk(scratch, assignment));
    options.quirks.push_back(assignment);
  } else if (key == "plugged" && (value == "yes" || value == "no")) {
    options.plugged = value == "yes";
  } else {
    return base::fail(base::Code::kUsage,
                      "--token: " + std::string(key) + "=" + std::string(value));
  }
  return {};
}

}  // namespace

std::string usage() {
  std::string profiles;
  for (const std::string& name : fido2::profile_names()) {
    profiles += " " + name;
  }
  return "usage: touchstone-emulator [--token name=NAME[,state=FILE][,profile=PROFILE]\n"
         "           [,touch=POLICY][,quirk=NAME:VALUE]…[,plugged=no]]…\n"
         "           [--control SOCKET] [--env-file FILE] [-- COMMAND…]\n"
         "       touchstone-emulator ctl SOCKET COMMAND…\n"
         "       touchstone-emulator root-certificate\n"
         "profiles:" +
         profiles +
         "\n"
         "touch policies: always never button enter late:KEEPALIVES late:MILLISECONDSms\n"
         "commands: status, touch N, wait-touch N, plug N, unplug N, wait-unplugged N,\n"
         "          quirk N NAME=VALUE, touch-policy N POLICY, reset-counters N\n";
}

base::Result<TokenOptions> parse_token_options(std::string_view text) {
  TokenOptions options;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return base::fail(base::Code::kUsage, "--token: " + std::string(part));
    }
    TRY_VOID(set_option(options, part.substr(0, equals), part.substr(equals + 1)));
  }
  if (options.name.empty()) {
    return base::fail(base::Code::kUsage, "--token without a name");
  }
  return options;
}

base::Result<HostOptions> parse_host_options(std::span<const std::string> arguments) {
  HostOptions options;
  while (!arguments.empty()) {
    const std::string& option = arguments.front();
    arguments = arguments.subspan(1);
    if (option == "--") {
      options.command.assign(arguments.begin(), arguments.end());
      break;
    }
    if (arguments.empty()) {
      return base::fail(base::Code::kUsage, option);
    }
    const std::string& value = arguments.front();
    arguments = arguments.subspan(1);
    if (option == "--token") {
      TRY(token, parse_token_options(value));
      options.tokens.push_back(std::move(token));
    } else if (option == "--control") {
      options.control = value;
    } else if (option == "--env-file") {
      options.env_file = value;
    } else {
      return base::fail(base::Code::kUsage, option);
    }
  }
  return options;
}

}  // namespace touchstone::emulators
