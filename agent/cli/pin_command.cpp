// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

base::Result<json::object> token_for(Context& context, const Arguments& arguments) {
  TRY(status, context.ask({{"command", "status"}}));
  return chosen_token(status, arguments);
}

base::Status ask_pin(Context& context, std::string_view command, const json::object& token,
                     const Arguments& arguments) {
  TRY_VOID(context.ask({{"command", std::string(command)},
                        {"token", text_of(token, "id")},
                        {"last_try", arguments.has("last-try")}}));
  return {};
}

base::Result<base::Exit> run_set(Context& context, const Arguments& arguments) {
  TRY(token, token_for(context, arguments));
  if (flag_of(token, "pin_set")) {
    return base::fail(base::Code::kPinIsSet, token_name(token));
  }
  TRY_VOID(ask_pin(context, "pin-set", token, arguments));
  context.console().out("PIN set on " + token_name(token) + "\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_change(Context& context, const Arguments& arguments) {
  TRY(token, token_for(context, arguments));
  if (!flag_of(token, "pin_set")) {
    return base::fail(base::Code::kPinNotSet, token_name(token));
  }
  TRY_VOID(ask_pin(context, "pin-set", token, arguments));
  context.console().out("PIN changed on " + token_name(token) + "\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_pin_verify(Context& context, const Arguments& arguments) {
  TRY(token, token_for(context, arguments));
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
