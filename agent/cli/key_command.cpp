// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/key_files.h"
#include "agent/cli/listing.h"
#include "agent/limits.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

const std::vector<std::string> kRoles{"login", "sign", "release", "approve", "seal"};

// made_on names the product: which of two alike it was, only the token itself can tell.
std::string made_on(const json::object& key) {
  const std::string token = text_of(key, "token");
  return token.empty() ? "not known" : shown(token);
}

base::Result<base::Exit> run_keys(Context& context, const Arguments& arguments) {
  TRY(status, context.ask({{"command", "status"}}));
  Console& console = context.console();
  Table table({"NAME", "ROLE", "TYPE", "FINGERPRINT", "NEEDS", "TOKEN", "MADE ON"});
  for_each_object(status, "keys", [&](const json::object& key) {
    if (arguments.has("json")) {
      console.out(json_line(key));
    } else if (arguments.has("names")) {
      console.out(shown(text_of(key, "name")) + "\n");
    } else {
      table.add({shown(text_of(key, "name")), shown(text_of(key, "role")),
                 shown(text_of(key, "type")), shown(text_of(key, "fingerprint")), needs_of(key),
                 flag_of(key, "dedicated") ? "its own" : "any use", made_on(key)});
    }
  });
  table.print(console);
  return base::Exit::kOk;
}

void print_key(Context& context, const Arguments& arguments, const json::object& answer,
               std::string_view what) {
  const json::object* const key = object_of(answer, "key");
  if (arguments.has("json")) {
    context.console().out(json_line(key == nullptr ? json::object() : *key));
  } else if (key != nullptr) {
    // Standard output is for what a script or an authorized_keys file takes.
    context.console().err(std::string(what) + " " + key_line(*key) + "\n");
    const std::string line = text_of(*key, "public_key");
    if (!line.empty()) {
      context.console().out(whole(line) + "\n");
    }
  }
}

base::Result<base::Exit> run_new(Context& context, const Arguments& arguments) {
  const std::string role = arguments.value_or("role", "sign");
  const std::string name = arguments.positional(0).value_or(role);
  context.console().err("making key " + shown(name) + ": touch the token when it blinks" +
                        (arguments.has("verify-required") ? ", twice\n" : "\n"));
  TRY(answer, context.ask({{"command", "key-new"},
                           {"name", name},
                           {"role", role},
                           {"algorithm", arguments.value_or("algorithm", "any")},
                           {"resident", arguments.has("resident")},
                           {"verify_required", arguments.has("verify-required")},
                           {"token", arguments.value_or("token", "")},
                           {"comment", arguments.value_or("comment", name)},
                           {"dedicated", arguments.has("dedicated")}}));
  print_key(context, arguments, answer, "made");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_import(Context& context, const Arguments& arguments) {
  const std::filesystem::path file = arguments.positional(0).value_or("");
  TRY(imported, read_key_file(context.console(), file));
  const std::string role = arguments.value_or("role", role_for_application(imported.application));
  const std::string name = arguments.value_or("name", file.stem().string());
  TRY(attestation, read_attestation(file, arguments.value("attestation")));
  json::object request{{"command", "key-import"},
                       {"name", name},
                       {"role", role},
                       {"private_key", imported.base64},
                       {"certificate", imported.certificate},
                       {"attestation", nullptr}};
  if (attestation.has_value()) {
    request["attestation"] = attestation->object;
  }
  TRY(answer, context.ask(std::move(request)));
  print_key(context, arguments, answer, "imported");
  if (!arguments.has("json")) {
    const json::object* const key = object_of(answer, "key");
    context.console().err(
        "attestation: " +
        (attestation.has_value() && key != nullptr
             ? shown(text_of(*key, "attestation")) + ", from " + whole(attestation->path.string())
             : std::string("there is none")) +
        "\n");
  }
  return base::Exit::kOk;
}

base::Result<base::Exit> run_mark(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional(0).value_or("");
  context.console().err("marking the token of " + shown(name) + ": touch it when it blinks\n");
  TRY(answer,
      context.ask(
          {{"command", "key-mark"}, {"name", name}, {"token", arguments.value_or("token", "")}}));
  print_key(context, arguments, answer, "marked the token of");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_remove(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional(0).value_or("");
  if (!arguments.has("yes")) {
    TRY(sure,
        context.console().confirm(
            "Remove key " + shown(name) +
            "? Without its file the token cannot sign with it again, unless it is resident."));
    if (!sure) {
      return base::fail(base::Code::kCancelled, "key " + name);
    }
  }
  TRY(answer, context.ask({{"command", "key-remove"}, {"name", name}}));
  print_key(context, arguments, answer, "removed");
  return base::Exit::kOk;
}

base::Result<base::Exit> run_export(Context& context, const Arguments& arguments) {
  const std::string name = arguments.positional(0).value_or("");
  TRY(answer, context.ask({{"command", "key-export"}, {"name", name}}));
  std::filesystem::path file = arguments.value_or("output", name);
  if (!arguments.has("output") && file.filename() != file) {
    return base::fail(base::Code::kMalformed, "key name " + name + " is a path; use --output");
  }
  TRY(written, write_key_files(context.console(), answer, file, arguments.has("passphrase"),
                               arguments.has("force")));
  for (const std::filesystem::path& path : written) {
    context.console().out(whole(path.string()) + "\n");
  }
  return base::Exit::kOk;
}

Positional key_name() {
  return {"NAME", "the key's name, as touchstone keys lists it", Count::kOne, Completes::kKey, {}};
}

Option role_option(std::string help) {
  return {"role", '\0', "ROLE", std::move(help), Completes::kWords, kRoles};
}

Command new_command() {
  return {
      "key new",
      "make a key on a token",
      "Makes a key on a token and prints its public half, as one line on standard output. A key "
      "has one role, and a touch for "
      "one role never counts for another: sign for commits and tags, login for SSH, release, "
      "approve and seal for what their names say.\n\n"
      "The key itself never leaves the token. The agent keeps a file without which the token "
      "cannot use it, unless the key is resident.",
      {role_option("what the key is for (sign when not given)"),
       {"algorithm",
        '\0',
        "NAME",
        "any takes ed25519-sk, or ecdsa-sk where the token has no other",
        Completes::kWords,
        {"any", "ed25519-sk", "ecdsa-sk"}},
       {"resident",
        '\0',
        "",
        "keep the key on the token, so that another computer can find it",
        Completes::kNothing,
        {}},
       {"verify-required", '\0', "", "ask for the PIN at every signature", Completes::kNothing, {}},
       {"dedicated",
        '\0',
        "",
        "note that its token is used for nothing but this key, so that touchstone audit can say "
        "exactly what it signed",
        Completes::kNothing,
        {}},
       token_option(),
       {"comment",
        '\0',
        "TEXT",
        "the public key's comment (the name when not given)",
        Completes::kNothing,
        {}},
       json_option("print the key as one object of JSON")},
      {{"NAME",
        "a name for the key (its role when not given)",
        Count::kOptional,
        Completes::kNothing,
        {}}},
      run_new};
}

Command import_command() {
  return {"key import",
          "take over an id_*_sk file made by ssh-keygen",
          "Gives the agent a key that ssh-keygen made on a token. The file stays where it is. The "
          "certificate in FILE-cert.pub goes along when there is one: ssh is offered both. A "
          "passphrase is asked for on the terminal when the file has one; the agent gets what is "
          "in it. The attestation that key export wrote beside it is taken over as well, when it "
          "is about this very key.",
          {{"name",
            '\0',
            "NAME",
            "a name for the key (the file's when not given)",
            Completes::kNothing,
            {}},
           role_option("what the key is for (login, unless it was made for another role)"),
           {"attestation",
            '\0',
            "FILE",
            "the key's attestation (the key file with .attestation.json after it, if there is one)",
            Completes::kFile,
            {}},
           json_option("print the key as one object of JSON")},
          {{"FILE", "the private key file", Count::kOne, Completes::kFile, {}}},
          run_import};
}

Command mark_command() {
  return {
      "key mark",
      "mark the token of an imported key that always wants its PIN",
      "A key that ssh-keygen made with -O verify-required answers no token without its PIN, and "
      "the agent gives a PIN to no token that has not proved to hold the key. This makes a "
      "marker on the token, a second credential that proves which token it is and nothing "
      "else. Plug in the very token the key was made on: from then on the PIN goes to the one "
      "that has the marker. Keys made by touchstone key new have theirs already.",
      {token_option(), json_option("print the key as one object of JSON")},
      {key_name()},
      run_mark};
}

Command remove_command() {
  return {"key remove",
          "make the agent forget a key",
          "Removes the key's file from the agent. What the token keeps stays there: see "
          "touchstone token resident delete for keys that are resident. Export the key first if "
          "it may be wanted again.",
          {{"yes", 'y', "", "do not ask", Completes::kNothing, {}},
           json_option("print the key that was as one object of JSON")},
          {key_name()},
          run_remove};
}

Command export_command() {
  return {"key export",
          "write a key's files in OpenSSH's format",
          "Writes the private key file (which is of no use without the token), the public key and "
          "the attestation, if there is one, and prints the names of the files.",
          {{"output",
            'o',
            "FILE",
            "name of the private key file (the key's name when not given); "
            "the others get .pub and .attestation.json after it",
            Completes::kFile,
            {}},
           {"passphrase",
            '\0',
            "",
            "protect the private key file with a passphrase",
            Completes::kNothing,
            {}},
           {"force", 'f', "", "overwrite files that are there", Completes::kNothing, {}}},
          {key_name()},
          run_export};
}

}  // namespace

std::vector<Command> key_commands() {
  return {
      {"keys",
       "list the keys the agent holds",
       "Lists every key with its role, its fingerprint, what a signature needs, whether its token "
       "is used for nothing else, and the token it was made on.",
       {json_option("print one object of JSON a line"),
        {"names", '\0', "", "print only the names, one a line", Completes::kNothing, {}}},
       {},
       run_keys},
      new_command(),
      import_command(),
      mark_command(),
      remove_command(),
      export_command(),
  };
}

}  // namespace touchstone::agent::cli
