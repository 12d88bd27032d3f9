// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/hook_plan.h"
#include "agent/cli/listing.h"
#include "base/clock.h"
#include "base/file.h"
#include "git-integration/process.h"
#include "git-integration/server/hook_run.h"
#include "git-integration/server/hook_scripts.h"
#include "git-integration/server/limits.h"
#include "git-integration/server/pending_push.h"
#include "git-integration/server/receive_settings.h"
#include "git-integration/server/record_push.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;
namespace server = git::server;

constexpr std::size_t kHookArguments = 3;

std::string repository_of(const Arguments& arguments) {
  return arguments.value_or("repository", ".");
}

base::Result<base::Exit> carry_out(Context& context, const Arguments& arguments,
                                   const HookPlan& plan) {
  Console& console = context.console();
  for (const std::string& line : plan.lines()) {
    console.out(console.paint(Colour::kYellow, "to do  ") + shown(line) + "\n");
  }
  if (plan.empty()) {
    console.err("nothing to do\n");
    return base::Exit::kOk;
  }
  if (arguments.has("dry-run")) {
    console.err("nothing was changed\n");
    return base::Exit::kOk;
  }
  TRY_VOID(plan.carry_out());
  console.err("done\n");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_install(Context& context, const Arguments& arguments) {
  TRY(plan,
      plan_hook_install(repository_of(arguments), arguments.positional(0).value_or(""), arguments));
  return carry_out(context, arguments, plan);
}

base::Result<base::Exit> run_uninstall(Context& context, const Arguments& arguments) {
  TRY(plan, plan_hook_uninstall(repository_of(arguments), arguments.positional(0).value_or("")));
  return carry_out(context, arguments, plan);
}

json::object to_json(const server::InstalledHook& hook) {
  return {{"hook", hook.name},
          {"path", hook.path.string()},
          {"state", server::to_word(hook.state)},
          {"executable", hook.executable},
          {"chained", hook.chained}};
}

// judges_pushes: is this one of the two hooks that do, and does git run it?
bool judges_pushes(const server::InstalledHook& hook) {
  return hook.state == server::HookState::kOurs && hook.executable &&
         (hook.name == "pre-receive" || hook.name == "update");
}

json::object to_json(const server::ReceiveSettings& settings, std::size_t pending, bool judged) {
  json::object object = {
      {"judges_pushes", judged},        {"require_push_certificate", settings.require_certificate},
      {"judged_refs", settings.judged}, {"protected_refs", settings.protected_refs},
      {"pending_pushes", pending},      {"introduction", nullptr},
      {"introduced_by", nullptr},       {"signers", nullptr}};
  if (settings.introduction) {
    object["introduction"] = settings.introduction->commit;
    object["introduced_by"] = settings.introduction->fingerprint;
  }
  if (settings.signers) {
    object["signers"] = settings.signers->string();
  }
  return object;
}

void print_settings(Console& console, const server::ReceiveSettings& settings, std::size_t pending,
                    bool judged) {
  console.out("\npushes to here     " +
              (judged ? std::string("judged")
                      : console.paint(Colour::kYellow,
                                      "not judged: neither pre-receive nor update "
                                      "is installed")) +
              "\n");
  if (settings.introduction) {
    console.out("introduction       " + shown(settings.introduction->commit) + " by " +
                shown(settings.introduction->fingerprint) + "\n");
  } else if (settings.signers) {
    console.out("signers            " + shown(settings.signers->string()) + "\n");
  } else {
    console.out("signers            " +
                (judged ? console.paint(Colour::kRed, "none: every push is refused") : "none") +
                "\n");
  }
  console.out("push certificates  " +
              std::string(settings.require_certificate ? "required" : "checked when there is one") +
              "\n");
  console.out("judged refs        " + shown(settings.judged) + "\n");
  console.out("protected refs     " + shown(settings.protected_refs) + "\n");
  console.out("pending pushes     " + std::to_string(pending) + "\n");
}

base::Result<base::Exit> run_hook_status(Context& context, const Arguments& arguments) {
  const std::string repository = repository_of(arguments);
  TRY(folder, server::hooks_folder(repository));
  TRY(settings, server::read_settings(repository));
  TRY(git_folder, server::git_folder_of(repository));
  TRY(pending, server::PendingFolder(git_folder).list());
  Console& console = context.console();
  bool judged = false;
  Table table({"HOOK", "STATE", "RUNS", "BEHIND IT"});
  for (const std::string_view name : server::kHookNames) {
    TRY(hook, server::look_at_hook(folder, name));
    judged = judged || judges_pushes(hook);
    if (arguments.has("json")) {
      console.out(json_line(to_json(hook)));
      continue;
    }
    const bool ours = hook.state == server::HookState::kOurs;
    table.add(
        {std::string(name),
         Cell(std::string(server::to_word(hook.state)), ours ? Colour::kGreen : Colour::kYellow),
         hook.executable ? "yes" : "no", hook.chained ? "the hook from before" : ""});
  }
  if (arguments.has("json")) {
    console.out(json_line(to_json(settings, pending.size(), judged)));
    return base::Exit::kOk;
  }
  table.print(console);
  print_settings(console, settings, pending.size(), judged);
  return base::Exit::kOk;
}

// run_chained runs the hook that was there before ours, as git would have; its exit status.
base::Result<int> run_chained(const std::string& path, const server::HookCall& call) {
  if (access(path.c_str(), X_OK) != 0) {
    return 0;
  }
  const base::FileDescriptor input(memfd_create("input", MFD_CLOEXEC));
  TRY_VOID(base::write_all(input.get(), base::as_bytes(call.input)));
  lseek(input.get(), 0, SEEK_SET);
  std::vector<std::string> words = {path};
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  std::vector<std::string> environment;
  for (std::size_t i = 0; environ != nullptr && environ[i] != nullptr; ++i) {
    environment.emplace_back(environ[i]);
  }
  TRY(child, git::Child::start(words, environment, input.get(), STDOUT_FILENO, STDERR_FILENO));
  return child.wait();
}

base::Result<server::HookCall> read_call(Context& context, const Arguments& arguments) {
  server::HookCall call;
  call.name = arguments.positional(0).value_or("");
  for (std::size_t i = 1; i <= kHookArguments; ++i) {
    if (const auto argument = arguments.positional(i)) {
      call.arguments.push_back(*argument);
    }
  }
  if (call.name != "update") {
    // Read to the end even when it is refused: git must not find the pipe closed.
    TRY(input,
        base::read_descriptor(STDIN_FILENO, server::kHookInputMax).with_context("standard input"));
    call.input = base::as_text(input);
  }
  call.environment = [&context](std::string_view name) { return context.environment(name); };
  TRY_ASSIGN(call.caller, server::process_name(getppid()));
  return call;
}

base::Result<base::Exit> run_run(Context& context, const Arguments& arguments) {
  TRY(call, read_call(context, arguments));
  if (const auto chained = arguments.value("chained")) {
    TRY(status, run_chained(*chained, call));
    if (status != 0) {
      return base::Exit::kFailed;
    }
  }
  auto outcome = server::run_hook(call, base::SystemClock());
  if (!outcome) {
    if (call.name == "pre-receive" || call.name == "update") {
      context.console().err(
          "touchstone: this server could not judge the push and refused it, nothing was changed; "
          "tell who runs it:\n");
    }
    return base::fail(std::move(outcome.error()));
  }
  context.console().err(outcome->text);
  return outcome->accepted ? base::Exit::kOk : base::Exit::kFailed;
}

Option repository_option() {
  return {"repository",       '\0',
          "FOLDER",           "the repository (that of the working folder when not given)",
          Completes::kFolder, {}};
}

Option valued(std::string name, std::string argument, std::string help) {
  return {std::move(name), '\0', std::move(argument), std::move(help), Completes::kNothing, {}};
}

Positional hook_positional() {
  return {"HOOK",
          "pre-receive, update or pre-push",
          Count::kOne,
          Completes::kWords,
          {"pre-receive", "update", "pre-push"}};
}

Command install_command() {
  return {
      "hook install",
      "make git refuse pushes of what was not signed with a touch",
      "On a server, pre-receive judges every commit and tag a push brings, what it does to refs, "
      "and its push certificate, before anything is changed; post-receive comes with it and keeps "
      "the push log. Update judges one ref at a time, for servers that call nothing else. At home, "
      "pre-push says what still lacks a touch before it is sent.\n\n"
      "Whose signatures count stands in the repository's own policy when it has an introduction, "
      "in an allowed signers file otherwise. What lies in the repository already is not judged.\n\n"
      "A hook that is there already is never overwritten.",
      {repository_option(),
       {"signers", '\0', "FILE", "the allowed signers file", Completes::kFile, {}},
       valued("introduction", "COMMIT", "the commit where trust in the policy starts"),
       valued("introduced-by", "FINGERPRINT", "the key that signed it"),
       switch_option("require-push-certificate",
                     "refuse pushes without a certificate (push --signed)"),
       valued("ref", "PATTERNS",
              "the refs whose commits and tags are judged (refs/* if not given)"),
       valued("protect", "PATTERNS",
              "the refs that are never deleted or rewound (HEAD,refs/tags/* if not given)"),
       switch_option("chain", "keep a hook that is there already and run it first"),
       switch_option("dry-run", "show the steps and change nothing")},
      {hook_positional()},
      run_install};
}

}  // namespace

std::vector<Command> hook_commands() {
  return {
      install_command(),
      {"hook uninstall",
       "take a hook away again",
       "Puts the hook back that was there before. Post-receive goes with pre-receive. The push log "
       "and the repository's settings stay: git config --local --list shows them.",
       {repository_option(), switch_option("dry-run", "show the steps and change nothing")},
       {hook_positional()},
       run_uninstall},
      {"hook status",
       "say which hooks are installed and what they demand",
       "Lists the hooks of a repository and the settings they go by.",
       {repository_option(),
        json_option("print one object of JSON a line: each hook, then the settings")},
       {},
       run_hook_status},
      {"hook run",
       "do the work of a hook: git calls this",
       "Is what an installed hook calls, with git's own arguments and standard input "
       "(githooks(5)). Exits with 0 when git may go on.",
       {{"chained", '\0', "FILE", "a hook to run first", Completes::kFile, {}}},
       {{"HOOK",
         "pre-receive, post-receive, update or pre-push",
         Count::kOne,
         Completes::kWords,
         {"pre-receive", "post-receive", "update", "pre-push"}},
        {"FIRST", "git's first argument", Count::kOptional, Completes::kNothing, {}},
        {"SECOND", "git's second argument", Count::kOptional, Completes::kNothing, {}},
        {"THIRD", "git's third argument", Count::kOptional, Completes::kNothing, {}}},
       run_run},
  };
}

}  // namespace touchstone::agent::cli
