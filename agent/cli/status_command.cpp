// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kNumberMax = 1'000'000'000'000'000;

void print_agent(Console& console, const json::object& status) {
  if (const json::object* const agent = object_of(status, "agent")) {
    console.out(console.paint(Colour::kBold, "agent") + "    version " +
                shown(text_of(*agent, "version")) + ", pid " +
                std::to_string(number_of(*agent, "pid")) + ", since " +
                shown(text_of(*agent, "started")) + ", " + shown(text_of(*agent, "socket")) + "\n");
  }
}

void print_pending(Console& console, const json::object& status) {
  for_each_object(status, "pending", [&](const json::object& prompt) {
    console.out(console.paint(Colour::kYellow, "waiting") + "  #" +
                std::to_string(number_of(prompt, "number")) + " " +
                shown(text_of(prompt, "state")) + ": " + shown(text_of(prompt, "headline")) + ", " +
                std::to_string(number_of(prompt, "seconds_left")) + " s left\n");
  });
}

void print_refusals(Console& console, const json::object& status) {
  for_each_object(status, "refusals", [&](const json::object& refusal) {
    const json::object* const error = object_of(refusal, "error");
    console.out(
        console.paint(Colour::kRed, "refused") + "  " + shown(text_of(refusal, "time")) + " " +
        shown(text_of(refusal, "headline")) + ": " +
        (error == nullptr ? std::string("no reason given") : base::message_of(error_of(*error))) +
        "\n");
  });
}

base::Result<base::Exit> run_status(Context& context, const Arguments& arguments) {
  TRY(status, context.ask({{"command", "status"}}));
  Console& console = context.console();
  if (arguments.has("json")) {
    status.erase("ok");
    console.out(json_line(status));
    return base::Exit::kOk;
  }
  print_agent(console, status);
  for_each_object(status, "tokens", [&](const json::object& token) {
    console.out(console.paint(Colour::kBold, "token") + "    " + token_line(token) + "\n");
  });
  for_each_object(status, "keys", [&](const json::object& key) {
    console.out(console.paint(Colour::kBold, "key") + "      " + key_line(key) + "\n");
  });
  print_pending(console, status);
  print_refusals(console, status);
  return base::Exit::kOk;
}

base::Result<base::Exit> run_cancel(Context& context, const Arguments& arguments) {
  const std::string text = arguments.positional(0).value_or("");
  TRY(number, parse_count(text, kNumberMax, "NUMBER"));
  TRY_VOID(context.ask({{"command", "cancel"}, {"request", number}}));
  context.console().out("cancelled request " + std::to_string(number) + "\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_reload(Context& context, const Arguments& /*arguments*/) {
  TRY_VOID(context.ask({{"command", "reload"}}));
  context.console().out("the agent has read its configuration and its keys again\n");
  return base::Exit::kOk;
}

// print_facts shows what a request is for. What is only claimed says so.
void print_facts(Console& console, const json::object& prompt) {
  for_each_object(prompt, "facts", [&](const json::object& fact) {
    const bool claimed = text_of(fact, "source") != "verified";
    console.out("    " + shown(text_of(fact, "label")) + ": " + shown(text_of(fact, "value")) +
                (claimed ? console.paint(Colour::kYellow, " (claimed)") : std::string()) + "\n");
  });
  const std::string key = text_of(prompt, "key");
  if (!key.empty()) {
    // A key that is being made has no fingerprint yet.
    const std::string fingerprint = shown(text_of(prompt, "fingerprint"));
    console.out("    key: " + shown(key) + (fingerprint.empty() ? "" : " " + fingerprint) + "\n");
  }
  if (const json::object* const client = object_of(prompt, "client")) {
    console.out("    asked by: " + shown(text_of(*client, "program")) + ", pid " +
                std::to_string(number_of(*client, "pid")) +
                (flag_of(*client, "forwarded") ? ", over a forwarded connection" : "") + "\n");
  }
  const std::string digest = text_of(prompt, "digest");
  if (!digest.empty()) {
    console.out("    digest: " + shown(digest) + "\n");
  }
}

// States keeps the state of each request that was last shown.
using States = std::map<std::int64_t, std::string>;

// print_state shows a request's new state; when it is the old one, what has changed is that its
// token is known now.
void print_state(Console& console, const json::object& prompt, const std::string& before,
                 States& states) {
  const std::int64_t number = number_of(prompt, "number");
  const std::string state = text_of(prompt, "state");
  const auto [last, first] = states.try_emplace(number, state);
  if (first || last->second != state) {
    last->second = state;
    console.out(before + console.paint(Colour::kYellow, shown(state)) + ": " +
                console.paint(Colour::kBold, shown(text_of(prompt, "headline"))) + "\n");
    return;
  }
  const std::string token = text_of(prompt, "token");
  if (!token.empty()) {
    console.out("    token: " + shown(token) + "\n");
  }
}

void print_event(Console& console, const json::object& event, States& states) {
  const std::string kind = text_of(event, "kind");
  const std::string time = shown(text_of(event, "time")) + " ";
  if (const json::object* const token = object_of(event, "token")) {
    console.out(time + shown(kind) + ": " + token_line(*token) + "\n");
    return;
  }
  const json::object* const error = object_of(event, "error");
  const json::object* const prompt = object_of(event, "prompt");
  if (prompt == nullptr) {
    const std::string what = error == nullptr ? "" : ": " + base::message_of(error_of(*error));
    console.out(time + console.paint(Colour::kRed, shown(kind)) + what + "\n");
    return;
  }
  const std::string number = "#" + std::to_string(number_of(*prompt, "number")) + " ";
  if (kind == "closed") {
    states.erase(number_of(*prompt, "number"));
    console.out(time + number +
                (error == nullptr
                     ? console.paint(Colour::kGreen, "done")
                     : console.paint(Colour::kRed, base::message_of(error_of(*error)))) +
                "\n");
    return;
  }
  print_state(console, *prompt, time + number, states);
  if (kind == "opened") {
    print_facts(console, *prompt);
  }
}

base::Result<base::Exit> run_watch(Context& context, const Arguments& arguments) {
  TRY(agent, context.control());
  Console& console = context.console();
  const bool as_json = arguments.has("json");
  if (!as_json && console.err_is_terminal()) {
    console.err("requests are shown here as they come; Ctrl-C ends it\n");
  }
  base::Status written;
  States states;
  TRY_VOID(agent->watch(0, [&](const json::object& event) {
    if (as_json) {
      console.out(json_line(event));
    } else {
      print_event(console, event, states);
    }
    written = console.flush();
    return written.has_value();
  }));
  TRY_VOID(std::move(written));
  return base::Exit::kOk;
}

}  // namespace

std::vector<Command> status_commands() {
  return {
      {"status",
       "what the agent sees: tokens, keys, waiting requests",
       "Shows the agent, the tokens plugged in, the keys it holds, the requests that wait for a "
       "touch, and the last refusals with the reason for each.",
       {json_option("print one object of JSON")},
       {},
       run_status},
      {"watch",
       "show requests as they come",
       "Shows every request with what it is for, until interrupted. While it runs it counts as a "
       "place where a person sees requests: keep it open in a terminal on a machine without a "
       "desktop.",
       {json_option("print one object of JSON a line")},
       {},
       run_watch},
      {"cancel",
       "cancel a request that waits",
       "Cancels one request: whoever made it is told that it was refused, and nothing is signed.",
       {},
       {{"NUMBER",
         "the request's number, as touchstone status shows it",
         Count::kOne,
         Completes::kNothing,
         {}}},
       run_cancel},
      {"reload",
       "make the agent read its configuration and its keys again",
       "Makes the agent read its configuration file and its folder of keys again, as SIGHUP does, "
       "and "
       "says what is wrong with the configuration. Where socket, keys and journal are stays as it "
       "was when the agent started. Keys that ssh-add -d or ssh-add -D took out of the agent are "
       "back afterwards.",
       {},
       {},
       run_reload},
  };
}

}  // namespace touchstone::agent::cli
