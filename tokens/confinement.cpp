// SPDX-License-Identifier: Apache-2.0
#include "tokens/confinement.h"

#include <array>
#include <cerrno>
#include <limits>
#include <memory>

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tokens/driver_protocol.h"

namespace touchstone::tokens {
namespace {

using base::Code;
using base::Status;

struct FilterRelease {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterRelease>;

constexpr std::array kForbidden = {
    SCMP_SYS(execve),           SCMP_SYS(execveat), SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(bind),     SCMP_SYS(listen),
    SCMP_SYS(accept),           SCMP_SYS(accept4),  SCMP_SYS(process_vm_writev),
};

// Address families from here on are refused as a range; below it, one by one.
constexpr unsigned kFamiliesMax = 64;

Status check(int result, const char* what) {
  if (result < 0) {
    return base::fail(Code::kSystem, what, -result);
  }
  return {};
}

Status forbid_socket(const Filter& filter, const scmp_arg_cmp& family) {
  return check(
      seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &family),
      "seccomp_rule_add");
}

Status forbid_system_calls() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) {
    return base::fail(Code::kSystem, "seccomp_init");
  }
  for (const int number : kForbidden) {
    TRY_VOID(check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 0),
                   "seccomp_rule_add"));
  }
  // A local socket is what umockdev's preload speaks through; it leads nowhere without a peer
  // that listens, and nothing here can be told to connect to one.
  for (unsigned family = 0; family < kFamiliesMax; ++family) {
    if (family != AF_NETLINK && family != AF_UNIX) {
      TRY_VOID(forbid_socket(filter, scmp_arg_cmp{0, SCMP_CMP_EQ, family, 0}));
    }
  }
  TRY_VOID(forbid_socket(filter, scmp_arg_cmp{0, SCMP_CMP_GE, kFamiliesMax, 0}));
  return check(seccomp_load(filter.get()), "seccomp_load");
}

}  // namespace

Status close_inherited() {
  if (::close_range(kDriverDescriptor + 1, std::numeric_limits<unsigned>::max(), 0) != 0) {
    return base::fail(base::from_errno(errno, "closing inherited descriptors"));
  }
  return {};
}

Status confine() {
  const rlimit no_core{0, 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) {
    return base::fail(base::from_errno(errno, "forbidding core dumps"));
  }
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return base::fail(base::from_errno(errno, "forbidding to be traced"));
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::fail(base::from_errno(errno, "forbidding new privileges"));
  }
  return forbid_system_calls();
}

}  // namespace touchstone::tokens
