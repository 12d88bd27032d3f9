// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/context.h"

#include <system_error>

namespace touchstone::agent::cli {

std::optional<std::string> Context::environment(std::string_view name) const {
  auto value = environment_(name);
  return value.has_value() && !value->empty() ? value : std::nullopt;
}

base::Result<std::filesystem::path> Context::folder(std::string_view variable,
                                                    std::string_view otherwise) const {
  // XDG Base Directory Specification 0.8: a relative path is invalid and to be ignored.
  if (const auto folder = environment(variable); folder && folder->starts_with('/')) {
    return std::filesystem::path(*folder);
  }
  if (const auto home = environment("HOME")) {
    return std::filesystem::path(*home) / otherwise;
  }
  return base::fail(base::Code::kNotFound, "home folder (HOME is not set)");
}

base::Result<Control*> Context::control() {
  if (control_ == nullptr) {
    TRY_ASSIGN(control_, connect_(socket_));
  }
  return control_.get();
}

base::Result<boost::json::object> Context::ask(boost::json::object request) {
  TRY(agent, control());
  return agent->ask(std::move(request));
}

base::Result<Config> Context::config() const { return load_config(default_config_path(), false); }

std::filesystem::path program_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

}  // namespace touchstone::agent::cli
