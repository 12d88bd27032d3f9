// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "agent/pin_entry_assuan.h"
#include "tests/agent/temporary_folder.h"

namespace touchstone::agent {
namespace {

constexpr std::string_view kPin = "246810";

PinQuestion question_of(std::string_view description) {
  PinQuestion question;
  question.description = description;
  question.prompt = "PIN:";
  return question;
}

struct Answer {
  bool given{false};
  std::string pin;
  base::Error error;
};

class PinEntryTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(base::init_secure_heap().has_value()); }

  // A pinentry that logs what it is told and answers OK, but for what `cases` says.
  std::string scripted(std::string_view cases, std::string_view greeting = "echo 'OK hello'") {
    const std::filesystem::path path = folder_.path() / "pinentry";
    std::ofstream(path) << "#!/bin/sh\nlog=" << log().native() << "\nenv > $log.env\n"
                        << greeting << "\nwhile IFS= read -r line; do\n"
                        << "printf '%s\\n' \"$line\" >> $log\ncase \"$line\" in\n"
                        << cases << "\n*) echo OK ;;\nesac\ndone\n";
    chmod(path.c_str(), 0700);
    return path;
  }
  std::filesystem::path log() const { return folder_.path() / "log"; }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static PinEntry::Handler into(Answer& answer) {
    return [&answer](base::Result<base::Secret> result) {
      EXPECT_FALSE(answer.given) << "called twice";
      answer.given = true;
      if (result.has_value()) {
        answer.pin = base::as_text(result->view());
      } else {
        answer.error = result.error();
        // Whatever went wrong, the PIN may not turn up in a log.
        EXPECT_EQ(base::format_error(answer.error).find(kPin), std::string::npos);
        EXPECT_EQ(answer.error.context.find(kPin), std::string::npos);
      }
    };
  }

  Answer ask(const std::string& program, const PinQuestion& question = question_of("work"),
             std::chrono::steady_clock::duration timeout = std::chrono::hours(1)) {
    const auto entry = make_pin_entry(io_, program, timeout);
    Answer answer;
    entry->ask(question, into(answer));
    EXPECT_FALSE(answer.given) << "called from within ask()";
    io_.run();
    io_.restart();
    EXPECT_TRUE(answer.given);
    return answer;
  }

  TemporaryFolder folder_;
  boost::asio::io_context io_{1};
};

TEST_F(PinEntryTest, AsksAndGetsThePin) {
  const std::string program = scripted("GETPIN) echo 'D 246810'; echo OK ;;");
  PinQuestion question = question_of("PIN of key work\n100% <b>");
  question.tries_left = 3;
  const Answer answer = ask(program, question);
  EXPECT_EQ(answer.pin, kPin);
  EXPECT_EQ(read(log()),
            "SETTIMEOUT 3595\nSETTITLE Touchstone\n"
            "SETDESC PIN of key work%0A100%25 <b>%0A3 tries left\nSETPROMPT PIN:\nGETPIN\n");
}

TEST_F(PinEntryTest, SaysWhenItWasWrongAndWhenOneTryIsLeft) {
  PinQuestion question = question_of("work");
  question.tries_left = 1;
  question.after_wrong_pin = true;
  ask(scripted("GETPIN) echo 'D 1'; echo OK ;;"), question);
  EXPECT_NE(read(log()).find("SETDESC work%0A1 try left\n"), std::string::npos);
  EXPECT_NE(read(log()).find("SETERROR That PIN was wrong\n"), std::string::npos);
}

TEST_F(PinEntryTest, TakesAPinInPieces) {
  EXPECT_EQ(ask(scripted("GETPIN) echo '# x'; echo 'D 24'; echo 'S y'; echo 'D 68%31%30'; echo OK"
                         " ;;"))
                .pin,
            kPin);
}

TEST_F(PinEntryTest, GivesTheProgramAnEnvironmentOfItsOwn) {
  setenv("LD_PRELOAD_TEST", "x", 1);
  setenv("SSH_AUTH_SOCK", "/x", 1);
  setenv("PATH_BEFORE", "x", 1);
  setenv("LANG", "C.UTF-8", 1);
  ask(scripted("GETPIN) echo 'D 1'; echo OK ;;"));
  const std::string environment = read(log().native() + ".env");
  EXPECT_EQ(environment.find("LD_PRELOAD_TEST"), std::string::npos);
  EXPECT_EQ(environment.find("SSH_AUTH_SOCK"), std::string::npos);
  EXPECT_NE(environment.find("PATH=/usr/local/bin:/usr/bin:/bin\n"), std::string::npos);
  EXPECT_NE(environment.find("LANG=C.UTF-8\n"), std::string::npos);
}

TEST_F(PinEntryTest, EndsWhenThePersonDeclines) {
  for (const char* error : {"83886179 cancelled", "83886142 timeout", "83886278 cancelled"}) {
    EXPECT_EQ(ask(scripted("GETPIN) echo 'ERR " + std::string(error) + "' ;;")).error.code,
              base::Code::kPinCancelled);
  }
  EXPECT_EQ(ask(scripted("GETPIN) echo OK ;;")).error.code, base::Code::kPinCancelled);
  EXPECT_EQ(ask(scripted("GETPIN) echo 'D '; echo OK ;;")).error.code, base::Code::kPinCancelled);
}

// What pinentry 1.2 answers without a terminal, with one that is not there, one that is no
// terminal, and one that is too small.
TEST_F(PinEntryTest, SaysWhenThereIsNothingToAskOn) {
  for (const char* number : {"83918950", "83918929", "83918952", "83886381"}) {
    const Answer answer = ask(scripted("GETPIN) echo 'ERR " + std::string(number) + " words' ;;"));
    EXPECT_EQ(answer.error.code, base::Code::kPinRequired) << number;
    EXPECT_EQ(answer.error.context, "pinentry has no terminal or display to ask on");
  }
  const Answer other = ask(scripted("GETPIN) echo 'ERR 83886135 words' ;;"));
  EXPECT_EQ(other.error.code, base::Code::kExternalProgram);
}

TEST_F(PinEntryTest, GoesOnWithoutWhatAnOlderProgramLacks) {
  EXPECT_EQ(ask(scripted("SETTIMEOUT*|SETTITLE*) echo 'ERR 83886355 unknown command' ;;\n"
                         "GETPIN) echo 'D 246810'; echo OK ;;"))
                .pin,
            kPin);
  EXPECT_EQ(ask(scripted("SETDESC*) echo 'ERR 83886355 unknown command' ;;\n"
                         "GETPIN) echo 'D 246810'; echo OK ;;"))
                .error.code,
            base::Code::kExternalProgram);
}

TEST_F(PinEntryTest, AsksTwiceForANewPin) {
  PinQuestion question = question_of("work");
  question.new_pin = true;
  EXPECT_EQ(
      ask(scripted("GETPIN) echo 'S PIN_REPEATED'; echo 'D 246810'; echo OK ;;"), question).pin,
      kPin);
  EXPECT_NE(read(log()).find("SETREPEAT Again:\nGETPIN\n"), std::string::npos);
  // An older one, which knows no SETREPEAT.
  const std::string old = "SETREPEAT*) echo 'ERR 83886355 unknown command' ;;\n";
  EXPECT_EQ(ask(scripted(old + "GETPIN) echo 'D 246810'; echo OK ;;"), question).pin, kPin);
  EXPECT_NE(read(log()).find("GETPIN\nSETPROMPT Again:\nGETPIN\n"), std::string::npos);
  EXPECT_EQ(
      ask(scripted(old + "GETPIN) n=x$n; echo \"D 246810$n\"; echo OK ;;"), question).error.code,
      base::Code::kPinCancelled);
}

TEST_F(PinEntryTest, RefusesMalformedAnswers) {
  for (const char* cases :
       {"GETPIN) echo 'D 246810%'; echo OK ;;", "GETPIN) echo 'd 246810'; echo OK ;;",
        "GETPIN) echo '246810' ;;", "GETPIN) echo 'INQUIRE 246810' ;;", "GETPIN) echo 'ERR 0' ;;",
        "GETPIN) printf 'D 246810\\r\\nOK\\r\\n' ;;", "GETPIN) printf 'D 246810\\000\\nOK\\n' ;;",
        "SETDESC*) echo 'D 246810'; echo OK ;;", "GETPIN) echo 'ERR 83886355 246810' ;;"}) {
    EXPECT_EQ(ask(scripted(cases)).error.code, base::Code::kExternalProgram) << cases;
  }
}

TEST_F(PinEntryTest, BoundsWhatItReads) {
  EXPECT_EQ(ask(scripted("GETPIN) head -c 100000 /dev/zero | tr '\\0' 2 ;;")).error.code,
            base::Code::kExternalProgram);
  EXPECT_EQ(ask(scripted("GETPIN) yes '# 246810' | head -n 100000 ;;")).error.code,
            base::Code::kExternalProgram);
  EXPECT_EQ(ask(scripted("GETPIN) i=0; while [ $i -lt 40 ]; do echo 'D 24681024681'; "
                         "i=$((i+1)); done; echo OK ;;"))
                .error.code,
            base::Code::kExternalProgram);
}

TEST_F(PinEntryTest, NoticesAProgramThatDies) {
  EXPECT_EQ(ask(scripted("", "exit 0")).error.code, base::Code::kExternalProgram);
  EXPECT_EQ(ask(scripted("GETPIN) exit 3 ;;")).error.code, base::Code::kExternalProgram);
  EXPECT_EQ(ask(scripted("GETPIN) printf 'D 2468'; exit 0 ;;")).error.code,
            base::Code::kExternalProgram);
  EXPECT_EQ(ask(scripted("GETPIN) echo 'D 246810'; kill -9 $$ ;;")).error.code,
            base::Code::kExternalProgram);
  EXPECT_EQ(ask(folder_.path() / "nothing").error.code, base::Code::kExternalProgram);
  EXPECT_EQ(ask(folder_.path()).error.code, base::Code::kExternalProgram);
}

// The time is up at once: the program never gets to answer.
TEST_F(PinEntryTest, GivesUpOnAProgramThatHangs) {
  const Answer answer = ask(scripted("", "read -r forever"), question_of("work"),
                            std::chrono::steady_clock::duration::zero());
  EXPECT_EQ(answer.error.code, base::Code::kPinCancelled);
}

TEST_F(PinEntryTest, CanBeCancelled) {
  const auto entry = make_pin_entry(io_, scripted("", "read -r forever"), std::chrono::hours(1));
  Answer answer;
  entry->ask(question_of("work"), into(answer));
  entry->cancel();
  EXPECT_FALSE(answer.given);
  io_.run();
  io_.restart();
  EXPECT_EQ(answer.error.code, base::Code::kCancelled);
  entry->cancel();  // nothing to cancel any more
  Answer again;
  entry->ask(question_of("work"), into(again));
  entry->cancel();
  io_.run();
  EXPECT_EQ(again.error.code, base::Code::kCancelled);
}

TEST_F(PinEntryTest, AsksOneQuestionAtATime) {
  const auto entry =
      make_pin_entry(io_, scripted("GETPIN) echo 'D 246810'; echo OK ;;"), std::chrono::hours(1));
  Answer first;
  Answer second;
  entry->ask(question_of("work"), into(first));
  entry->ask(question_of("work"), into(second));
  io_.run();
  EXPECT_EQ(first.pin, kPin);
  EXPECT_EQ(second.error.code, base::Code::kTokenBusy);
}

TEST_F(PinEntryTest, DropsTheQuestionWhenItIsDestroyed) {
  Answer answer;
  make_pin_entry(io_, scripted("", "read -r forever"), std::chrono::hours(1))
      ->ask(question_of("work"), into(answer));
  io_.run();
  EXPECT_FALSE(answer.given);
}

TEST_F(PinEntryTest, NeedsLockedMemoryAndLeavesNoChildren) {
  ask(scripted("GETPIN) echo 'D 246810'; echo OK ;;"));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(FindProgram, LooksInFixedFoldersOnly) {
  const TemporaryFolder folder;
  const std::string path = std::getenv("PATH");
  std::ofstream(folder.path() / "only-in-path").close();
  chmod((folder.path() / "only-in-path").c_str(), 0700);
  setenv("PATH", folder.path().c_str(), 1);
  EXPECT_EQ(find_program("only-in-path").error().code, base::Code::kNotFound);
  setenv("PATH", path.c_str(), 1);
  const std::string absolute = folder.path() / "only-in-path";
  EXPECT_EQ(find_program(absolute).value(), absolute);
  chmod(absolute.c_str(), 0600);
  EXPECT_EQ(find_program(absolute).error().code, base::Code::kPermission);
  EXPECT_EQ(find_program("/nowhere/pinentry").error().code, base::Code::kNotFound);
  EXPECT_TRUE(find_program("env").value() == "/usr/bin/env" ||
              find_program("env").value() == "/bin/env");
  for (const char* bad : {"", "no-such-program", "../bin/env", "bin/env"}) {
    EXPECT_EQ(find_program(bad).error().code, base::Code::kNotFound) << bad;
  }
}

// Pseudoterminal with a person at it who types once the program has drawn something.
class Person final {
 public:
  Person(boost::asio::io_context& io, std::string_view prompt, std::string_view keys)
      : screen_(io), prompt_(prompt), keys_(keys) {
    int controller = -1;
    std::array<char, 64> name{};
    winsize size{24, 80, 0, 0};
    if (openpty(&controller, &terminal_, name.data(), nullptr, &size) != 0) {
      throw std::runtime_error("openpty");
    }
    name_ = name.data();
    screen_.assign(controller);
    watch();
  }
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;
  ~Person() { close(terminal_); }

  const std::string& name() const { return name_; }
  const std::string& seen() const { return seen_; }
  bool echoes() const {
    termios settings{};
    tcgetattr(terminal_, &settings);
    return (settings.c_lflag & ECHO) != 0;
  }
  void leave() { screen_.close(); }

 private:
  void watch() {
    screen_.async_read_some(boost::asio::buffer(buffer_),
                            [this](const boost::system::error_code& error, std::size_t count) {
                              if (error) {
                                return;
                              }
                              seen_.append(buffer_.data(), count);
                              if (!keys_.empty() && seen_.find(prompt_) != std::string::npos) {
                                const std::string keys = std::exchange(keys_, "");
                                EXPECT_EQ(write(screen_.native_handle(), keys.data(), keys.size()),
                                          static_cast<ssize_t>(keys.size()));
                              }
                              watch();
                            });
  }

  boost::asio::posix::stream_descriptor screen_;
  std::string prompt_;
  std::string keys_;
  int terminal_{-1};
  std::string name_;
  std::string seen_;
  std::array<char, 4096> buffer_{};
};

class StockPinentry : public PinEntryTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    PinEntryTest::SetUp();
    setenv("TERM", "xterm", 1);
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("DISPLAY");
    if (!find_program(GetParam()).has_value()) {
      GTEST_SKIP() << GetParam() << " is not installed";
    }
  }

  // The program is gone, and the terminal as it was, when the reactor has nothing left but the
  // person to watch.
  Answer ask_at(Person& person, PinQuestion question) {
    question.terminal = person.name();
    const auto entry =
        make_pin_entry(io_, find_program(GetParam()).value(), std::chrono::seconds(60));
    Answer answer;
    entry->ask(question, into(answer));
    while (!answer.given || !person.echoes()) {
      io_.run_one();
    }
    person.leave();
    io_.run();
    return answer;
  }
};

TEST_P(StockPinentry, GetsThePinFromATerminal) {
  Person person(io_, "PIN:", "246810\r");
  PinQuestion question = question_of("PIN of key work (50%)");
  question.tries_left = 2;
  const Answer answer = ask_at(person, question);
  EXPECT_EQ(answer.pin, kPin) << base::format_error(answer.error);
  EXPECT_NE(person.seen().find("PIN of key work (50%)"), std::string::npos) << person.seen();
  EXPECT_NE(person.seen().find("2 tries left"), std::string::npos);
  EXPECT_EQ(person.seen().find(kPin), std::string::npos) << "echoed";
}

TEST_P(StockPinentry, IsNotAskedInVainWithoutATerminal) {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    unsetenv(name);
  }
  // pinentry-tty calls it declined.
  const bool is_tty = std::string_view(GetParam()) == "pinentry-tty";
  EXPECT_EQ(ask(find_program(GetParam()).value()).error.code,
            is_tty ? base::Code::kPinCancelled : base::Code::kPinRequired);
}

TEST_P(StockPinentry, IsCancelledFromTheTerminal) {
  // End of file, or Cancel by way of OK.
  const bool is_tty = std::string_view(GetParam()) == "pinentry-tty";
  Person person(io_, "PIN:", is_tty ? "\x04" : "\t\t\r");
  EXPECT_EQ(ask_at(person, question_of("work")).error.code, base::Code::kPinCancelled);
}

TEST_P(StockPinentry, GivesTheTerminalBackWhenItIsEnded) {
  Person person(io_, "PIN:", "");
  PinQuestion question = question_of("work");
  question.terminal = person.name();
  const auto entry =
      make_pin_entry(io_, find_program(GetParam()).value(), std::chrono::seconds(60));
  Answer answer;
  entry->ask(question, into(answer));
  while (person.seen().find("PIN:") == std::string::npos) {
    io_.run_one();
  }
  EXPECT_FALSE(person.echoes());
  entry->cancel();
  while (!answer.given || !person.echoes()) {
    io_.run_one();
  }
  EXPECT_EQ(answer.error.code, base::Code::kCancelled);
  person.leave();
  io_.run();
}

INSTANTIATE_TEST_SUITE_P(Programs, StockPinentry,
                         testing::Values("pinentry-tty", "pinentry-curses"),
                         [](const auto& program) {
                           return std::string(program.param).find("tty") != std::string::npos
                                      ? "Tty"
                                      : "Curses";
                         });

}  // namespace
}  // namespace touchstone::agent
