// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/cli/console.h"
#include "agent/cli/control.h"
#include "agent/config.h"

namespace touchstone::agent::cli {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// Context is what a command works with besides its arguments. main() makes the real one, tests
// make their own.
class Context {
 public:
  using Connect =
      std::function<base::Result<std::unique_ptr<Control>>(const std::optional<std::string>&)>;

  Context(Console& console, Environment environment, Connect connect)
      : console_(console), environment_(std::move(environment)), connect_(std::move(connect)) {}

  Console& console() const { return console_; }
  // environment gives a variable, or nothing when it is not set or empty.
  std::optional<std::string> environment(std::string_view name) const;

  // folder gives what an XDG variable names, if that is an absolute path, or `otherwise` under the
  // home folder; kNotFound when HOME is not set either.
  base::Result<std::filesystem::path> folder(std::string_view variable,
                                             std::string_view otherwise) const;

  void use_socket(std::string path) { socket_ = std::move(path); }
  const std::optional<std::string>& socket() const { return socket_; }

  // control gives the connection to the agent, made when it is first asked for (connect_control).
  base::Result<Control*> control();
  // ask is one request on that connection.
  base::Result<boost::json::object> ask(boost::json::object request);
  // config is the configuration file's, or the defaults when there is none.
  base::Result<Config> config() const;

 private:
  Console& console_;
  Environment environment_;
  Connect connect_;
  std::optional<std::string> socket_;
  std::unique_ptr<Control> control_;
};

// program_folder is where this program lies: its fellow programs lie beside it.
std::filesystem::path program_folder();

}  // namespace touchstone::agent::cli
