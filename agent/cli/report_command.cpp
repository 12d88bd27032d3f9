// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/batches.h"
#include "agent/cli/commands.h"
#include "agent/cli/context.h"
#include "agent/cli/format.h"
#include "agent/cli/git_query.h"
#include "agent/cli/progress.h"
#include "agent/cli/verified_cache.h"
#include "agent/cli/verify_arguments.h"
#include "base/clock.h"
#include "base/file.h"
#include "git-integration/git_object.h"
#include "git-integration/limits.h"
#include "git-integration/report/html.h"
#include "git-integration/verify_setup.h"

namespace touchstone::agent::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMebibyte = 1024 * 1024;
constexpr mode_t kPermissions = 0777;
constexpr int kLinksMax = 40;  // as many as Linux follows

// PageFile is where a page goes, and the mode it gets there.
struct PageFile {
  fs::path path;
  mode_t mode{0};
};

// is_standard_output takes the names under which a shell knows it, too: what is open there is
// written to, and nothing put in its place.
bool is_standard_output(const std::string& argument) {
  return argument == "-" || argument == "/dev/stdout" || argument == "/dev/fd/1" ||
         argument == "/proc/self/fd/1";
}

// check_link refuses a link that another user has put where anybody may put one: they chose what
// is written over. Linux does so for programs that open it (proc_sys_fs(5), protected_symlinks).
base::Status check_link(const fs::path& link, const fs::path& folder) {
  struct stat of_link {};
  struct stat of_folder {};
  if (lstat(link.c_str(), &of_link) != 0 || stat(folder.c_str(), &of_folder) != 0) {
    return base::fail(base::from_errno(errno, link.string()));
  }
  const bool anybodys = (of_folder.st_mode & S_ISVTX) != 0 && (of_folder.st_mode & S_IWOTH) != 0;
  if (anybodys && of_link.st_uid != geteuid() && of_link.st_uid != of_folder.st_uid) {
    return base::fail(base::Code::kUsage, "no page is written through " + shown(link.string()) +
                                              ", another user's link in a folder for everybody");
  }
  std::error_code error;
  if (fs::canonical(folder, error).string().starts_with("/proc/")) {
    return base::fail(base::Code::kUsage, "no page is written through " + shown(link.string()) +
                                              ", an open file; - is standard output");
  }
  return {};
}

// follow_links gives where a name leads, so that a link stays what it is.
base::Result<fs::path> follow_links(const std::string& argument) {
  fs::path file(argument);
  for (int followed = 0; followed <= kLinksMax; ++followed) {
    std::error_code error;
    if (!fs::is_symlink(fs::symlink_status(file, error))) {
      return file;
    }
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    TRY_VOID(check_link(file, folder));
    file = folder / fs::read_symlink(file, error);
  }
  return base::fail(base::Code::kUsage, "no page is written through " + shown(argument) +
                                            ", a link of a link of a link");
}

// new_file_mode is what any program makes a file with.
mode_t new_file_mode() {
  constexpr mode_t kEverybody = 0666;
  const mode_t mask = umask(0);
  umask(mask);
  return kEverybody & ~mask;
}

// page_file takes nothing that a page would destroy: a device, a pipe. What is there keeps who may
// read it. Asked before the verification, which may be long.
base::Result<PageFile> page_file(const std::string& argument) {
  TRY(file, follow_links(argument));
  struct stat info {};
  if (stat(file.c_str(), &info) == 0) {
    if (S_ISREG(info.st_mode)) {
      return PageFile{std::move(file), info.st_mode & kPermissions};
    }
    return base::fail(base::Code::kUsage, "no page is written over " + shown(argument) +
                                              ", which is no file; - is standard output");
  }
  if (file != fs::path(argument)) {
    return base::fail(base::Code::kUsage,
                      "no page is written to " + shown(argument) + ", a link to nothing");
  }
  if (argument.empty() || !file.has_filename()) {
    return base::fail(base::Code::kUsage, "--html wants the name of a file");
  }
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return base::fail(base::Code::kNotFound, folder.string());
  }
  return PageFile{std::move(file), new_file_mode()};
}

// repository_name is the folder's that a person would call the repository by.
base::Result<std::string> repository_name() {
  constexpr std::string_view kSuffix = ".git";
  TRY(folder, git_folder());
  std::string name = folder.filename().string();
  if (name == kSuffix) {
    return folder.parent_path().filename().string();
  }
  if (name.ends_with(kSuffix)) {
    name.resize(name.size() - kSuffix.size());
  }
  return name;
}

// what_text says what is judged, and where it ends when that is one commit.
base::Result<std::string> what_text(const Arguments& arguments, const git::VerifyOptions& options) {
  std::string text;
  for (const std::string& target : arguments.positionals()) {
    text += (text.empty() ? "" : " ") + target;
  }
  text = text.empty() ? "HEAD" : text;
  if (arguments.has("push")) {
    text = "what a push would publish";
  }
  TRY(tips,
      git::tips_of(options.repository,
                   options.ranges.empty() ? std::vector<std::string>{"HEAD"} : options.ranges));
  if (tips.size() == 1) {
    text += " at " + git::short_id(tips.front());
  }
  return text;
}

// now_text is in UTC, to the minute.
std::string now_text() {
  const std::string now = base::to_rfc3339(base::SystemClock().now());
  constexpr std::size_t kDateSize = 10;
  constexpr std::size_t kTimeSize = 5;
  return now.substr(0, kDateSize) + " " + now.substr(kDateSize + 1, kTimeSize) + " UTC";
}

base::Result<git::HistoryReport> gather(Console& console, git::VerifyOptions& options,
                                        bool to_standard_output) {
  TRY_VOID(use_batches(console, options));
  Progress progress(
      console, console.err_is_terminal() && !(to_standard_output && console.out_is_terminal()));
  if (progress.on()) {
    options.on_total = [&](std::uint64_t total) { progress.set_total(total); };
  }
  git::HistoryReport report;
  TRY(summary, git::verify_range(options, [&](const git::ObjectVerdict& object) -> base::Status {
        progress.count();
        report.add(object);
        return {};
      }));
  say_ref_unknown(console, summary);
  report.finish(std::move(summary));
  return report;
}

base::Result<base::Exit> run_report(Context& context, const Arguments& arguments) {
  Console& console = context.console();
  const auto out = arguments.value("html");
  if (!out) {
    return base::fail(base::Code::kUsage,
                      "--html FILE says where the page goes, - is standard output");
  }
  std::optional<PageFile> file;
  if (!is_standard_output(*out)) {
    TRY_ASSIGN(file, page_file(*out));
  }
  TRY(options, options_of(arguments));
  TRY(kind, add_target(arguments, options));
  if (kind == git::TargetKind::kFile) {
    return base::fail(base::Code::kUsage,
                      shown(*arguments.positional(0)) + " is a file, which has no history");
  }
  TRY(title, repository_name());
  TRY(what, what_text(arguments, options));
  const auto verified = open_verified(context, arguments);
  options.verified = verified.get();
  TRY(report, gather(console, options, !file));
  save_verified(verified.get());
  const std::string page = git::to_html(report, git::HtmlSettings{title, what, now_text()});
  if (!file) {
    console.out(page);
    return base::Exit::kOk;
  }
  TRY_VOID(base::write_file_atomically(file->path, base::as_bytes(page), file->mode));
  console.out(git::to_text(report.summary()));
  return base::Exit::kOk;
}

std::vector<Option> report_options() {
  std::vector<Option> options = {{"html",
                                  '\0',
                                  "FILE",
                                  "where the page goes, over what is there; - is standard output",
                                  Completes::kFile,
                                  {}}};
  for (Option& option : history_options()) {
    options.push_back(std::move(option));
  }
  return options;
}

std::string report_description() {
  return "Writes one HTML page on a history, which says: how much of it was signed with a touch, "
         "over time; who signed what; how the counter of each key went, and where values are "
         "missing; what was refused, and why. It is judged as touchstone verify does, with the "
         "same options.\n\n"
         "The page is complete in itself: it holds no script, and forbids a browser to fetch "
         "anything. It is written at once or not at all, and where there is a file already, may "
         "be read by whom that could. However long the history, the page has "
         "at most " +
         std::to_string(git::kReportPageMax / kMebibyte) + " MiB: it shows up to " +
         std::to_string(git::kReportSignersMax) + " signers, " +
         std::to_string(git::kReportKeysMax) + " keys and " +
         std::to_string(git::kReportRefusedMax) +
         " refused objects, and says how many more there are.\n\n"
         "Exits with 0 when the page was written, whatever stands in it: touchstone verify is "
         "there to pass judgement.";
}

}  // namespace

std::vector<Command> report_commands() {
  return {
      {"report",
       "draw a page of which commits were signed with a touch",
       report_description(),
       report_options(),
       {{"WHAT",
         "ranges as for git rev-list (all of HEAD when not given), or tags",
         Count::kAny,
         Completes::kNothing,
         {}}},
       run_report},
  };
}

}  // namespace touchstone::agent::cli
