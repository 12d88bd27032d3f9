// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/control.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "agent/config.h"

namespace touchstone::agent::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 16;  // docs/agent-extensions.md

const json::value* find(const json::object& object, std::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size()));
}

class AgentControl final : public Control {
 public:
  explicit AgentControl(git::AgentClient client) : client_(std::move(client)) {}

  base::Result<json::object> ask(json::object request) override {
    request.insert_or_assign("version", 1);
    TRY(answer, client_.control(json::serialize(request)));
    return members_of_answer(answer);
  }

  base::Status watch(std::uint64_t after,
                     const std::function<bool(const json::object&)>& on_event) override {
    base::Status read;
    TRY_VOID(client_.watch(after, [&](std::string_view text) {
      auto event = parse_object(text, "event");
      if (!event.has_value()) {
        read = base::fail(std::move(event.error()));
        return false;
      }
      return on_event(*event);
    }));
    return read;
  }

  base::Result<base::Bytes> sign_object(const ssh::SignObject& object) override {
    return client_.sign_object(object);
  }

  std::string socket() const override { return client_.socket().string(); }

 private:
  git::AgentClient client_;
};

}  // namespace

base::Result<std::unique_ptr<Control>> connect_control(git::AgentPlaces places,
                                                       const std::optional<std::string>& socket) {
  if (socket.has_value()) {
    TRY(client, git::AgentClient::connect(*socket));
    return std::make_unique<AgentControl>(std::move(client));
  }
  // A configuration that cannot be read is the agent's to report; here it only names the socket.
  const auto config = load_config(default_config_path(), false);
  if (config.has_value()) {
    places.own = config->socket;
  }
  TRY(client, git::AgentClient::connect_any(places));
  return std::make_unique<AgentControl>(std::move(client));
}

base::Result<json::object> parse_object(std::string_view text, std::string_view what) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  const json::value value =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  const json::object* const object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return base::fail(base::Code::kProtocol, std::string(what) + " is not a JSON object");
  }
  return *object;
}

base::Result<json::object> members_of_answer(std::string_view text) {
  TRY(answer, parse_object(text, "the agent's answer"));
  const json::value* const ok = find(answer, "ok");
  if (ok == nullptr || !ok->is_bool()) {
    return base::fail(base::Code::kProtocol, "the agent's answer does not say whether it is one");
  }
  if (ok->get_bool()) {
    return answer;
  }
  const json::object* const error = object_of(answer, "error");
  if (error == nullptr) {
    return base::fail(base::Code::kAgentRefused);
  }
  return base::fail(error_of(*error));
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const value = find(object, name);
  const json::string* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::int64_t number_of(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* const value = find(object, name);
  if (value == nullptr) {
    return otherwise;
  }
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? otherwise : number;
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* const value = find(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object* object_of(const json::object& object, std::string_view name) {
  const json::value* const value = find(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

void for_each_object(const json::object& object, std::string_view name,
                     const std::function<void(const json::object&)>& on_object) {
  const json::value* const value = find(object, name);
  const json::array* const array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) {
    return;
  }
  for (const json::value& element : *array) {
    if (const json::object* const one = element.if_object()) {
      on_object(*one);
    }
  }
}

base::Error error_of(const json::object& error) {
  const std::int64_t number = number_of(error, "code");
  const auto known = base::all_errors();
  const auto found = std::find_if(known.begin(), known.end(), [number](const auto& info) {
    return static_cast<std::int64_t>(info.code) == number;
  });
  if (found == known.end()) {
    return base::Error{base::Code::kProtocol, number,
                       "the agent answers with an error we do not know: " + text_of(error, "word")};
  }
  return base::Error{found->code, number_of(error, "native"), text_of(error, "context")};
}

json::object error_object(const base::Error& error) {
  const base::ErrorInfo& info = base::describe(error.code);
  const auto text = [](std::string_view words) { return json::string(words.data(), words.size()); };
  return {{"code", static_cast<std::uint16_t>(error.code)},
          {"word", text(info.word)},
          {"message", base::message_of(error)},
          {"hint", text(info.hint)}};
}

}  // namespace touchstone::agent::cli
