#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verifies what a push brought, on any runner: touchstone and git are all it needs.
#
#   verify-push.sh BEFORE AFTER [OPTION…]
#
# BEFORE and AFTER are the ends of the push as the forge's event gives them; OPTIONs are those of
# touchstone verify, such as --signers FILE. Run it in a clone, however shallow: what is missing is
# fetched from REMOTE (origin). Where AFTER is a tag, it is judged with the commits it brings. Exits
# with 0 when all was signed with a touch, with 1 when not, and with 2 when it cannot tell.
set -eu

if [ $# -lt 2 ]; then
  echo "usage: verify-push.sh BEFORE AFTER [OPTION…]" >&2
  exit 2
fi
before=$1 after=$2
shift 2
remote=${REMOTE:-origin}
deepen_by=${DEEPEN_BY:-200}

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 2
}

has_commit() { git cat-file -e "$1^{commit}" 2>/dev/null; }
is_shallow() { [ "$(git rev-parse --is-shallow-repository)" = true ]; }

[ -n "$after" ] || fail "AFTER is empty" "give what the event calls the end of the push"
if [ -z "${after#"${after%%[!0]*}"}" ]; then
  echo "nothing new: the ref was deleted" >&2
  exit 0
fi
has_commit "$after" || git fetch --quiet --depth=1 "$remote" "$after" ||
  fail "the remote has no commit $after" "was the branch pushed again since? run the newer job"

# A new branch has no BEFORE, and after a forced push the remote may have forgotten it: everything
# the default branch lacks is new then, and when that is nothing, all of it, for it may be the
# default branch that was pushed.
if [ -z "${before#"${before%%[!0]*}"}" ]; then
  before=
elif ! has_commit "$before" && ! git fetch --quiet --depth=1 "$remote" "$before" 2>/dev/null; then
  before=
fi
lost=
if [ -z "$before" ]; then
  lost=yes
  git fetch --quiet --depth=1 "$remote" HEAD ||
    fail "the remote has no default branch" "give BEFORE yourself"
  before=$(git rev-parse FETCH_HEAD)
fi

# Where a clone was cut, commits have no parents. A range that has such a one reaches further back
# than what is here, or really begins a history: then the clone gets whole.
# walk OPTION…: what git fails to walk is not nothing.
walk() {
  git rev-list --max-count=1 "$@" "$before..$after" ||
    fail "git cannot walk $before..$after" "run git fsck in the clone, or clone it anew"
}
first_root=$(walk --max-parents=0) || exit 2
while is_shallow && [ -n "$first_root" ]; do
  had=$(git rev-parse --git-path shallow | xargs cat)
  git fetch --quiet --deepen="$deepen_by" "$remote" "$before" "$after"
  if is_shallow && [ "$(git rev-parse --git-path shallow | xargs cat)" = "$had" ]; then
    # What no ref leads to any more is not deepened, but given whole.
    git fetch --quiet --unshallow "$remote" "$before" "$after" || true
    ! is_shallow ||
      fail "the clone is shallow and $remote gives no more history" "clone it with more depth"
  fi
  first_root=$(walk --max-parents=0) || exit 2
done

# A policy is followed from its introduction on, which may lie anywhere.
case " $* $(git config touchstone.introduction || true)" in
*" --introduction"* | *SHA256:*)
  if is_shallow; then
    git fetch --quiet --unshallow "$remote" "$before" "$after"
  fi
  ;;
esac

first=$(walk) || exit 2
if [ -z "$first" ] && [ "$(git cat-file -t "$after")" = commit ]; then
  if [ -n "$lost" ]; then
    if is_shallow; then
      git fetch --quiet --unshallow "$remote" "$after"
    fi
    exec touchstone verify "$@" "$after"
  fi
  echo "nothing new: $after was there before" >&2
  exit 0
fi
# Not BEFORE..AFTER, which would leave out a tag.
exec touchstone verify "$@" "$after" "^$before"
