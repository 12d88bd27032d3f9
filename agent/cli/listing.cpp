// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/listing.h"

#include <algorithm>
#include <vector>

#include "agent/cli/control.h"
#include "agent/cli/format.h"
#include "agent/config.h"
#include "base/text.h"

namespace touchstone::agent::cli {

Option json_option(std::string help) {
  return {"json", '\0', "", std::move(help), Completes::kNothing, {}};
}

Option token_option() {
  return {"token",
          '\0',
          "ID",
          "the token, as touchstone token list names it (needed when several are plugged in)",
          Completes::kToken,
          {}};
}

base::Result<boost::json::object> chosen_token(const boost::json::object& status,
                                               const Arguments& arguments) {
  const std::string id = arguments.value_or("token", "");
  std::vector<boost::json::object> tokens;
  for_each_object(status, "tokens",
                  [&tokens](const boost::json::object& token) { tokens.push_back(token); });
  if (tokens.empty()) {
    return base::fail(base::Code::kNoToken);
  }
  if (!id.empty()) {
    const auto named = std::find_if(
        tokens.begin(), tokens.end(),
        [&id](const boost::json::object& token) { return text_of(token, "id") == id; });
    return named != tokens.end()
               ? base::Result<boost::json::object>(*named)
               : base::fail(base::Code::kNotFound, "token " + id + " (see touchstone token list)");
  }
  if (tokens.size() > 1) {
    return base::fail(base::Code::kUsage, "several tokens are plugged in; name one with --token");
  }
  return tokens.front();
}

std::string needs_of(const boost::json::object& key) {
  return std::string(name_of(flag_of(key, "verify_required") ? Demand::kTouchPin : Demand::kTouch));
}

std::string key_line(const boost::json::object& key) {
  std::string line = shown(text_of(key, "name")) + ", " + shown(text_of(key, "role")) + ", " +
                     shown(text_of(key, "type")) + " " + shown(text_of(key, "fingerprint")) + ", " +
                     needs_of(key);
  if (flag_of(key, "dedicated")) {
    line += ", on a token of its own";
  }
  return flag_of(key, "resident") ? line + ", resident" : line;
}

std::string token_name(const boost::json::object& token) {
  std::string name = text_of(token, "manufacturer");
  const std::string product = text_of(token, "product");
  name += (name.empty() || product.empty() ? "" : " ") + product;
  const std::string device = text_of(token, "device");
  if (!device.empty()) {
    name += (name.empty() ? "" : " ") + ("(" + device + ")");
  }
  return shown(name.empty() ? text_of(token, "id") : name);
}

std::string pin_text(const boost::json::object& token) {
  if (!flag_of(token, "pin_supported")) {
    return "takes no PIN";
  }
  if (!flag_of(token, "pin_set")) {
    return "no PIN set";
  }
  const std::int64_t left = number_of(token, "pin_retries", -1);
  return left < 0 ? "PIN set"
                  : "PIN set, " + base::counted(static_cast<std::uint64_t>(left), "try", "tries") +
                        " left";
}

std::string token_line(const boost::json::object& token) {
  return token_name(token) + ", " + pin_text(token) + (flag_of(token, "busy") ? ", busy" : "");
}

}  // namespace touchstone::agent::cli
