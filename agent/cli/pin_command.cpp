// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

// chosen_token gives the token named, or the only one there is.
base::Result<json::object> chosen_token(Context& context, const std::string& id) {
  TRY(status, context.ask({{"command", "status"}}));
  std::vector<json::object> tokens;
  for_each_object(status, "tokens", [&](const json::object& token) {
    if (id.empty() || text_of(token, "id") == id) {
      tokens.push_back(token);
    }
  });
  if (tokens.empty()) {
    return base::fail(base::Code::kNoToken, id);
  }
  if (tokens.size() > 1) {
    return base::fail(base::Code::kUsage, "several tokens are plugged in; name one with --token");
  }
  return tokens.front();
}

base::Status ask_pin(Context& context, std::string_view command, const json::object& token,
                     const Arguments& arguments) {
  TRY_VOID(context.ask({{"command", std::string(command)},
                        {"token", text_of(token, "id")},
                        {"last_try", arguments.has("last-try")}}));
  return {};
}

base::Result<base::Exit> run_set(Context& context, const Arguments& arguments) {
  TRY(token, chosen_token(context, arguments.value_or("token", "")));
  if (flag_of(token, "pin_set")) {
    return base::fail(base::Code::kPinIsSet, token_name(token));
  }
  TRY_VOID(ask_pin(context, "pin-set", token, arguments));
  context.console().out("PIN set on " + token_name(token) + "\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_change(Context& context, const Arguments& arguments) {
  TRY(token, chosen_token(context, arguments.value_or("token", "")));
  if (!flag_of(token, "pin_set")) {
    return base::fail(base::Code::kPinNotSet, token_name(token));
  }
  TRY_VOID(ask_pin(context, "pin-set", token, arguments));
  context.console().out("PIN changed on " + token_name(token) + "\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_pin_verify(Context& context, const Arguments& arguments) {
  TRY(token, chosen_token(context, arguments.value_or("token", "")));
  TRY_VOID(ask_pin(context, "pin-verify", token, arguments));
  context.console().out("PIN of " + token_name(token) + " is right\n");
  return base::Exit::kOk;
}

std::vector<Option> options() {
  return {token_option(),
          {"last-try",
           '\0',
           "",
           "go on although a wrong PIN would block the token for good",
           Completes::kNothing,
           {}}};
}

}  // namespace

std::vector<Command> pin_commands() {
  return {
      {"pin set",
       "give a token its first PIN",
       "The PIN is asked for by the pinentry program, twice. It never passes through this program.",
       {token_option()},
       {},
       run_set},
      {"pin change",
       "change a token's PIN",
       "Asks for the old PIN, and twice for the new one, in the pinentry program.",
       options(),
       {},
       run_change},
      {"pin verify",
       "check that you know a token's PIN",
       "Asks for the PIN in the pinentry program and tries it. A right PIN sets the number of "
       "tries back to its full count; a wrong one costs a try.",
       options(),
       {},
       run_pin_verify},
  };
}

}  // namespace touchstone::agent::cli
