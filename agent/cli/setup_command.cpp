// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/git_query.h"
#include "agent/cli/listing.h"
#include "agent/cli/setup_plan.h"
#include "git-integration/git_config.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kFirstKey = "sign";
constexpr std::string_view kSecondKey = "sign-2";

// Places are the files that setup writes, by scope.
struct Places {
  std::filesystem::path signers;
  bool signers_configured{false};  // git has it already: see places()
  std::filesystem::path changes;   // what setup changed, for --undo
};

// Step says what is done, in what state it is, and what it was before.
void print_step(Console& console, bool done, const std::string& what) {
  console.out(done ? console.paint(Colour::kGreen, "done   ") + what + "\n"
                   : console.paint(Colour::kYellow, "to do  ") + what + "\n");
}

base::Result<Places> places(const Context& context, git::ConfigScope scope,
                            const Arguments& arguments) {
  Places result;
  if (scope == git::ConfigScope::kLocal) {
    const auto folder = git_folder();
    if (!folder.has_value()) {
      return base::fail(base::Code::kUsage,
                        "there is no git repository here: go to one, or add --global");
    }
    result.signers = *folder / "touchstone" / "allowed_signers";
    result.changes = *folder / "touchstone" / "setup.json";
  } else {
    TRY(config, context.folder("XDG_CONFIG_HOME", ".config"));
    TRY(state, context.folder("XDG_STATE_HOME", ".local/state"));
    result.signers = config / "git" / "allowed_signers";
    result.changes = state / "touchstone" / "setup.json";
  }
  if (const auto given = arguments.value("signers")) {
    result.signers = std::filesystem::absolute(*given);
    return result;
  }
  // For one repository what holds in it counts, wherever it is set; for all of them only what all
  // of them see: the repository setup happens to run in says nothing about the others.
  const std::string setting(git::kSignersKey);
  TRY(configured, scope == git::ConfigScope::kLocal ? git::configured_path(".", setting)
                                                    : git::GitConfig(scope, ".").path(setting));
  if (configured.has_value()) {
    result.signers = std::filesystem::absolute(*configured);
    result.signers_configured = true;
  }
  return result;
}

base::Result<std::string> email(git::ConfigScope scope, const Arguments& arguments) {
  if (const auto given = arguments.value("email")) {
    return *given;
  }
  TRY(current, scope == git::ConfigScope::kLocal ? git_value("user.email")
                                                 : git::GitConfig(scope, ".").get("user.email"));
  if (!current.has_value()) {
    return base::fail(base::Code::kUsage,
                      "git has no email address for you: git config --global user.email "
                      "YOU@EXAMPLE.ORG, or add --email");
  }
  return *current;
}

// Wish is what is to be set up, before anything is changed.
struct Wish {
  git::ConfigScope scope{git::ConfigScope::kLocal};
  std::string key_name;
  std::string public_key;  // "TYPE BASE64"; empty: it is still to be made
  std::string token;       // where it will be made
  std::string email;
  bool second{false};
  Places places;
};

// type_and_base64 leaves out the comment of a .pub line.
std::string type_and_base64(const std::string& line) {
  const std::size_t space = line.find(' ');
  return space == std::string::npos ? line : line.substr(0, line.find(' ', space + 1));
}

base::Status find_key(Context& context, const Arguments& arguments, Wish& wish) {
  const auto given = arguments.value("key");
  wish.key_name = given.value_or(std::string(wish.second ? kSecondKey : kFirstKey));
  TRY(status, context.ask({{"command", "status"}}));
  std::string role;
  for_each_object(status, "keys", [&](const json::object& key) {
    if (text_of(key, "name") == wish.key_name) {
      wish.public_key = type_and_base64(text_of(key, "public_key"));
      role = text_of(key, "role");
    }
  });
  if (!wish.public_key.empty()) {
    return role == "sign" ? base::Status()
                          : base::fail(base::Code::kWrongRole, wish.key_name + " is for " + role);
  }
  if (given.has_value()) {
    return base::fail(base::Code::kKeyNotFound, *given);
  }
  TRY(token, chosen_token(status, arguments));
  wish.token = text_of(token, "id");
  return {};
}

git::ConfigScope scope_of(const Arguments& arguments) {
  return arguments.has("global") ? git::ConfigScope::kGlobal : git::ConfigScope::kLocal;
}

base::Result<Wish> read_wish(Context& context, const Arguments& arguments) {
  Wish wish;
  wish.scope = scope_of(arguments);
  wish.second = arguments.has("second");
  TRY_ASSIGN(wish.places, places(context, wish.scope, arguments));
  TRY_ASSIGN(wish.email, email(wish.scope, arguments));
  TRY_VOID(signer_line(wish.email, "", ""));
  TRY_VOID(find_key(context, arguments, wish));
  return wish;
}

// wanted_settings gives what git needs to sign with the key.
std::vector<std::pair<std::string, std::string>> wanted_settings(const Wish& wish) {
  git::SigningSettings settings;
  settings.program = program_folder() / "touchstone-git-sign";
  // "key::", because git takes only literals that begin with "ssh-" for keys without it.
  settings.signing_key =
      "key::" +
      (wish.public_key.empty() ? "(public key of " + wish.key_name + ")" : wish.public_key);
  settings.allowed_signers = wish.places.signers;
  auto wanted = git::settings_of(settings);
  if (wish.places.signers_configured) {
    const auto is_signers = [](const auto& one) { return one.first == git::kSignersKey; };
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(), is_signers), wanted.end());
  }
  return wanted;
}

// show_settings prints each setting with its state; false when all are as wanted.
base::Result<bool> show_settings(Console& console, const Wish& wish) {
  const auto wanted = wanted_settings(wish);
  TRY(changes, git::GitConfig(wish.scope, ".").plan(wanted));
  for (const auto& [key, value] : wanted) {
    const auto change =
        std::find_if(changes.begin(), changes.end(),
                     [name = key](const git::ConfigChange& one) { return one.key == name; });
    if (change == changes.end()) {
      print_step(console, true, shown(key) + " is " + whole(value));
      continue;
    }
    const std::string before =
        change->old_value.has_value() ? "was " + shown(*change->old_value) : "was not set";
    print_step(console, false, git::to_command(wish.scope, *change) + "  (" + before + ")");
  }
  return !changes.empty();
}

// show_plan prints every step with its state; false when nothing is left to do.
base::Result<bool> show_plan(Context& context, const Wish& wish) {
  Console& console = context.console();
  const bool has_key = !wish.public_key.empty();
  print_step(console, has_key,
             has_key ? "key " + shown(wish.key_name) + " is there"
                     : "make key " + shown(wish.key_name) + " on token " + shown(wish.token) +
                           " (it will ask for a touch)");
  TRY(text, read_signers(wish.places.signers));
  const bool listed = has_key && has_signer(text, wish.email, wish.public_key);
  print_step(console, listed,
             "add key " + shown(wish.key_name) + " for " + shown(wish.email) + " to " +
                 shown(wish.places.signers.string()));
  bool something = !has_key || !listed;
  if (!wish.second) {
    TRY(settings, show_settings(console, wish));
    something = something || settings;
  }
  return something;
}

base::Status make_key(Context& context, Wish& wish) {
  context.console().err("making key " + shown(wish.key_name) +
                        ": touch the token when it blinks\n");
  TRY(answer, context.ask({{"command", "key-new"},
                           {"name", wish.key_name},
                           {"role", "sign"},
                           {"algorithm", "any"},
                           {"resident", false},
                           {"verify_required", false},
                           {"token", wish.token},
                           {"comment", wish.email},
                           {"other_token", wish.second}}));
  const json::object* const key = object_of(answer, "key");
  wish.public_key = key == nullptr ? "" : type_and_base64(text_of(*key, "public_key"));
  if (wish.public_key.empty()) {
    return base::fail(base::Code::kProtocol, "the agent's answer has no key");
  }
  print_step(context.console(), true, "key " + shown(wish.key_name) + " made");
  return {};
}

base::Status write_settings(Context& context, const Wish& wish) {
  const git::GitConfig config(wish.scope, ".");
  TRY(changes, config.plan(wanted_settings(wish)));
  if (changes.empty()) {
    return {};
  }
  TRY(made, read_changes(wish.places.changes));
  remember(made, changes);
  // Written first: what is undone is compared with what is there, so that a change that was
  // remembered and not made does no harm.
  TRY_VOID(write_changes(wish.places.changes, made));
  TRY_VOID(config.apply(changes));
  print_step(context.console(), true, "git configuration written");
  return {};
}

base::Status carry_out(Context& context, Wish& wish) {
  if (wish.public_key.empty()) {
    TRY_VOID(make_key(context, wish));
  }
  TRY(text, read_signers(wish.places.signers));
  if (!has_signer(text, wish.email, wish.public_key)) {
    TRY(line, signer_line(wish.email, wish.public_key, wish.key_name));
    TRY_VOID(add_signer(wish.places.signers, line));
    print_step(context.console(), true, shown(wish.places.signers.string()) + " written");
  }
  return wish.second ? base::Status() : write_settings(context, wish);
}

// may_go_on asks the person, unless --yes has answered already. kUsage without a terminal.
base::Status may_go_on(Context& context, const Arguments& arguments) {
  if (arguments.has("yes")) {
    return {};
  }
  if (!context.console().has_person()) {
    return base::fail(base::Code::kUsage, "there is no terminal to ask on; add --yes");
  }
  TRY(sure, context.console().confirm("Do what is to do?"));
  return sure ? base::Status() : base::fail(base::Code::kCancelled);
}

base::Result<base::Exit> run_undo(Context& context, const Arguments& arguments) {
  const git::ConfigScope scope = scope_of(arguments);
  const git::GitConfig config(scope, ".");
  TRY(files, places(context, scope, arguments));
  TRY(made, read_changes(files.changes));
  Console& console = context.console();
  if (made.empty()) {
    console.out("nothing to undo\n");
    return base::Exit::kOk;
  }
  std::vector<git::ConfigChange> undone;
  for (const git::ConfigChange& change : git::undo_of(made)) {
    TRY(current, config.get(change.key));
    if (current != change.old_value) {
      console.out("left as it is, because it was changed since: " + shown(change.key) + "\n");
      continue;
    }
    print_step(console, false, git::to_command(scope, change));
    undone.push_back(change);
  }
  if (arguments.has("dry-run")) {
    console.err("nothing was changed\n");
    return base::Exit::kOk;
  }
  if (!undone.empty()) {
    TRY_VOID(may_go_on(context, arguments));
  }
  TRY_VOID(config.apply(undone));
  std::error_code ignored;
  std::filesystem::remove(files.changes, ignored);
  print_step(console, true, "git configuration is as it was");
  console.err("keys and allowed signers stay: past signatures need them\n");
  return base::Exit::kOk;
}

void print_next(Context& context, const Wish& wish) {
  const bool global = wish.scope == git::ConfigScope::kGlobal;
  const std::string more = wish.second
                               ? ""
                               : std::string("a second token as backup: touchstone setup ") +
                                     (global ? "--global --second" : "--second");
  context.console().err(
      "git asks for a touch now when it signs; touchstone doctor checks it all\n" +
      (more.empty() ? "" : more + "\n"));
}

base::Result<base::Exit> run_setup(Context& context, const Arguments& arguments) {
  if (arguments.has("local") && arguments.has("global")) {
    return base::fail(base::Code::kUsage, "--local and --global exclude each other");
  }
  if (arguments.has("undo")) {
    return run_undo(context, arguments);
  }
  TRY(wish, read_wish(context, arguments));
  TRY(something, show_plan(context, wish));
  if (!something) {
    context.console().err("nothing to do\n");
    return base::Exit::kOk;
  }
  if (arguments.has("dry-run")) {
    context.console().err("nothing was changed\n");
    return base::Exit::kOk;
  }
  TRY_VOID(may_go_on(context, arguments));
  TRY_VOID(carry_out(context, wish));
  print_next(context, wish);
  return base::Exit::kOk;
}

}  // namespace

std::vector<Command> setup_commands() {
  return {
      {"setup",
       "make git sign with a token, step by step",
       "Makes a key for signing on the token, adds it to an allowed signers file with your email "
       "address, and writes the git configuration that makes commits and tags signed with it. "
       "Every step is shown before anything is changed. Steps that are done already say so, so "
       "that it can be run again at any time.\n\n"
       "Two tokens are the normal case, one to carry and one to keep: run it again with --second "
       "when the other one is plugged in.",
       {switch_option("local",
                      "write the configuration of this repository (when neither is given)"),
        switch_option("global", "write your own configuration, for all repositories"),
        {"key", '\0', "NAME", "use this key instead of making one", Completes::kKey, {}},
        switch_option("second", "make a key on a second token, and let it sign beside the first"),
        token_option(),
        {"email",
         '\0',
         "ADDRESS",
         "who signs (git's user.email when not given)",
         Completes::kNothing,
         {}},
        {"signers",
         '\0',
         "FILE",
         "the allowed signers file (git's gpg.ssh.allowedSignersFile when not given)",
         Completes::kFile,
         {}},
        switch_option("dry-run", "show the steps and change nothing"),
        {"yes", 'y', "", "do not ask", Completes::kNothing, {}},
        switch_option("undo", "put git's configuration back as it was before")},
       {},
       run_setup},
  };
}

}  // namespace touchstone::agent::cli
