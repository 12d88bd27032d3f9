// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/listing.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

// words_of gives a list of texts in one cell.
std::string words_of(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  const json::array* const array = value == nullptr ? nullptr : value->if_array();
  std::string words;
  for (const json::value& word : array == nullptr ? json::array() : *array) {
    if (const json::string* const text = word.if_string()) {
      words += (words.empty() ? "" : " ") + std::string(text->data(), text->size());
    }
  }
  return shown(words);
}

base::Result<base::Exit> run_list(Context& context, const Arguments& arguments) {
  TRY(status, context.ask({{"command", "status"}}));
  Console& console = context.console();
  Table table({"ID", "TOKEN", "PIN", "KEYS ON IT", "ALGORITHMS", "VERSIONS"});
  for_each_object(status, "tokens", [&](const json::object& token) {
    if (arguments.has("json")) {
      console.out(json_line(token));
    } else if (arguments.has("ids")) {
      console.out(whole(text_of(token, "id")) + "\n");
    } else {
      table.add({whole(text_of(token, "id")), token_name(token), pin_text(token),
                 flag_of(token, "resident_supported") ? "possible" : "not possible",
                 words_of(token, "algorithms"), words_of(token, "versions")});
    }
  });
  table.print(console);
  return base::Exit::kOk;
}

base::Result<base::Exit> run_resident_list(Context& context, const Arguments& arguments) {
  TRY(answer,
      context.ask({{"command", "resident-list"}, {"token", arguments.value_or("token", "")}}));
  Console& console = context.console();
  Table table({"APPLICATION", "USER", "CREDENTIAL"});
  for_each_object(answer, "credentials", [&](const json::object& credential) {
    if (arguments.has("json")) {
      console.out(json_line(credential));
    } else {
      table.add({shown(text_of(credential, "application")), shown(text_of(credential, "user_name")),
                 whole(text_of(credential, "credential_id"))});
    }
  });
  table.print(console);
  return base::Exit::kOk;
}

base::Result<base::Exit> run_resident_delete(Context& context, const Arguments& arguments) {
  const std::string credential = arguments.positional(0).value_or("");
  if (!arguments.has("yes")) {
    TRY(sure, context.console().confirm("Delete credential " + whole(credential) +
                                        " from the token? It cannot be brought back."));
    if (!sure) {
      return base::fail(base::Code::kCancelled, "credential " + credential);
    }
  }
  TRY_VOID(context.ask({{"command", "resident-delete"},
                        {"token", arguments.value_or("token", "")},
                        {"credential_id", credential}}));
  context.console().out("deleted " + whole(credential) + "\n");
  return base::Exit::kOk;
}

}  // namespace

std::vector<Command> token_commands() {
  return {
      {"token list",
       "list the tokens plugged in",
       "Lists the tokens the agent sees, with what --token takes to name one and what each can do: "
       "whether it keeps resident keys, the algorithms of its keys, and the versions of FIDO.",
       {json_option("print one object of JSON a line"),
        {"ids", '\0', "", "print only the identifiers, one a line", Completes::kNothing, {}}},
       {},
       run_list},
      {"token resident list",
       "list the credentials kept on a token",
       "Asks for the PIN in the pinentry program and lists the credentials that the token keeps "
       "for "
       "SSH, whoever made them: those whose application begins with ssh:. What it keeps for "
       "websites is no business of the agent's.",
       {token_option(), json_option("print one object of JSON a line")},
       {},
       run_resident_list},
      {"token resident delete",
       "delete a credential from a token",
       "Asks for the PIN in the pinentry program and deletes one credential for good: the account "
       "or key it belongs to cannot be opened with this token again.",
       {token_option(), {"yes", 'y', "", "do not ask", Completes::kNothing, {}}},
       {{"CREDENTIAL",
         "as touchstone token resident list shows it",
         Count::kOne,
         Completes::kNothing,
         {}}},
       run_resident_delete},
  };
}

}  // namespace touchstone::agent::cli
