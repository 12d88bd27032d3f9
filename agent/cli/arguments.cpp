// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/arguments.h"

#include <algorithm>
#include <charconv>

#include <boost/program_options.hpp>

#include "agent/cli/command.h"
#include "agent/cli/format.h"
#include "base/text.h"

namespace touchstone::agent::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kPositionalsName = "touchstone-positionals";

po::options_description described(const std::vector<Option>& options) {
  po::options_description all;
  for (const Option& option : options) {
    std::string name = option.name;
    if (option.letter != '\0') {
      name += std::string(",") + option.letter;
    }
    if (option.argument.empty()) {
      all.add_options()(name.c_str(), "");
    } else {
      all.add_options()(name.c_str(), po::value<std::string>(), "");
    }
  }
  all.add_options()(kPositionalsName, po::value<std::vector<std::string>>(), "");
  return all;
}

std::string unknown_option(std::string_view given, const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) {
    names.push_back("--" + option.name);
  }
  const std::string_view name = given.substr(0, given.find('='));
  std::string text = "unknown option " + shown(name);
  if (const auto nearest = nearest_name(name, names)) {
    text += ", did you mean " + *nearest;
  }
  return text;
}

base::Status check_word(const std::vector<std::string>& words, std::string_view what,
                        const std::string& value) {
  if (words.empty() || std::find(words.begin(), words.end(), value) != words.end()) {
    return {};
  }
  std::string list;
  for (const std::string& word : words) {
    list += (list.empty() ? "" : ", ") + word;
  }
  return base::fail(base::Code::kUsage,
                    std::string(what) + " is one of " + list + ", not " + shown(value));
}

base::Status check_options(const std::vector<Option>& options, const Arguments& arguments) {
  for (const Option& option : options) {
    const auto value = arguments.value(option.name);
    if (value.has_value() && option.completes == Completes::kWords) {
      TRY_VOID(check_word(option.words, "--" + option.name, *value));
    }
  }
  return {};
}

base::Status check_positionals(const Command& command, const std::vector<std::string>& given) {
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    const Positional& positional = command.positionals.at(i);
    if (i >= given.size()) {
      if (positional.count == Count::kOne) {
        return base::fail(base::Code::kUsage, positional.name + " is missing");
      }
      continue;
    }
    if (positional.completes == Completes::kWords) {
      TRY_VOID(check_word(positional.words, positional.name, given.at(i)));
    }
  }
  const bool any = !command.positionals.empty() && command.positionals.back().count == Count::kAny;
  if (given.size() > command.positionals.size() && !any) {
    return base::fail(base::Code::kUsage,
                      "one argument too many: " + shown(given.at(command.positionals.size())));
  }
  return {};
}

base::Result<po::parsed_options> parsed(const std::vector<Option>& options,
                                        const std::vector<std::string>& words) {
  // No guessing: an abbreviation that works today means something else after the next option.
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::positional_options_description positionals;
  positionals.add(kPositionalsName, -1);
  const po::options_description all = described(options);
  try {
    return po::command_line_parser(words).options(all).positional(positionals).style(style).run();
  } catch (const po::unknown_option& error) {
    return base::fail(base::Code::kUsage, unknown_option(error.get_option_name(), options));
  } catch (const po::error_with_option_name& error) {
    const std::string name = error.get_option_name();
    const bool is_switch =
        std::any_of(options.begin(), options.end(), [&name](const Option& option) {
          return option.argument.empty() && name == "--" + option.name;
        });
    return base::fail(base::Code::kUsage,
                      shown(name) + (is_switch ? " takes no value" : " wants a value"));
  } catch (const po::error& error) {
    return base::fail(base::Code::kUsage, shown(error.what()));
  }
}

}  // namespace

const std::vector<std::string>* Arguments::find(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? nullptr : &found->second;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const std::vector<std::string>* found = find(option);
  return found == nullptr ? std::nullopt : std::optional(found->front());
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const std::vector<std::string>* found = find(option);
  return found == nullptr ? std::vector<std::string>() : *found;
}

std::string Arguments::value_or(std::string_view option, std::string_view otherwise) const {
  return value(option).value_or(std::string(otherwise));
}

std::optional<std::string> Arguments::positional(std::size_t index) const {
  return index < positionals_.size() ? std::optional(positionals_.at(index)) : std::nullopt;
}

void Arguments::add(const std::string& option, std::string value) {
  options_[option].push_back(std::move(value));
}

base::Result<Arguments> parse_arguments(const Command& command, const std::vector<Option>& global,
                                        const std::vector<std::string>& words) {
  std::vector<Option> options = command.options;
  options.insert(options.end(), global.begin(), global.end());
  TRY(result, parsed(options, words));
  Arguments arguments;
  std::vector<std::string> given;
  for (const auto& option : result.options) {
    if (option.string_key == kPositionalsName) {
      given.insert(given.end(), option.value.begin(), option.value.end());
      continue;
    }
    const bool many = std::any_of(options.begin(), options.end(), [&option](const Option& known) {
      return known.many && known.name == option.string_key;
    });
    if (arguments.has(option.string_key) && !many) {
      return base::fail(base::Code::kUsage, "--" + option.string_key + " is given twice");
    }
    arguments.add(option.string_key, option.value.empty() ? "" : option.value.front());
  }
  for (std::string& text : given) {
    arguments.add_positional(text);
  }
  // All that stands after the first "--" is positional.
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    const auto behind = static_cast<std::size_t>(words.end() - dashes) - 1;
    arguments.set_first_after_dashes(given.size() - std::min(behind, given.size()));
  }
  if (arguments.has("help")) {
    return arguments;
  }
  TRY_VOID(check_options(options, arguments));
  TRY_VOID(check_positionals(command, given));
  return arguments;
}

base::Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t max,
                                        std::string_view what) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value == 0 || value > max) {
    return base::fail(base::Code::kUsage, std::string(what) + " is a number from 1 to " +
                                              std::to_string(max) + ", not " + shown(text));
  }
  return value;
}

}  // namespace touchstone::agent::cli
