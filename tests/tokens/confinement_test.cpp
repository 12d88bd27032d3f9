// SPDX-License-Identifier: Apache-2.0
#include "tokens/confinement.h"

#include <cerrno>
#include <functional>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace touchstone::tokens {
namespace {

// in_confinement runs a check in a child, which cannot come back from confine(); the exit status
// says how it went, 0 for true.
bool in_confinement(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool held = confine().has_value() && check();
    ::_exit(held ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool refused(long result) { return result == -1 && errno == EPERM; }

TEST(Confinement, NoProgramsNoTracing) {
  EXPECT_TRUE(in_confinement([] {
    char name[] = "/bin/true";
    char* arguments[] = {name, nullptr};
    return refused(::execve(name, arguments, nullptr));
  }));
  EXPECT_TRUE(
      in_confinement([] { return refused(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }));
}

TEST(Confinement, NoNetwork) {
  for (const int family :
       {AF_INET, AF_INET6, AF_PACKET, AF_VSOCK, AF_BLUETOOTH, AF_ALG, 0, 63, 64, 1000}) {
    EXPECT_TRUE(in_confinement([family] { return refused(::socket(family, SOCK_STREAM, 0)); }))
        << family;
  }
  EXPECT_TRUE(in_confinement([] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }));
  EXPECT_TRUE(in_confinement([] { return ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }));
}

TEST(Confinement, NoServers) {
  EXPECT_TRUE(in_confinement([] { return refused(::bind(0, nullptr, 0)); }));
  EXPECT_TRUE(in_confinement([] { return refused(::listen(0, 1)); }));
  EXPECT_TRUE(in_confinement([] { return refused(::accept(0, nullptr, nullptr)); }));
  EXPECT_TRUE(in_confinement([] { return refused(::accept4(0, nullptr, nullptr, 0)); }));
}

TEST(Confinement, NoDumpsAndNoWayBack) {
  EXPECT_TRUE(in_confinement([] {
    rlimit core{1, 1};
    return ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
           ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }));
}

// The same calls work before: the checks above can fail.
TEST(Confinement, IsWhatRefuses) {
  EXPECT_GE(::socket(AF_INET, SOCK_STREAM, 0), 0);
  EXPECT_FALSE(refused(::listen(-1, 1)));
}

}  // namespace
}  // namespace touchstone::tokens
