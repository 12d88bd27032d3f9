#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verifies what a push brought, on any runner: touchstone and git are all it needs.
#
#   verify-push.sh BEFORE AFTER [OPTION…]
#
# BEFORE and AFTER are the ends of the push as the forge's event gives them; OPTIONs are those of
# touchstone verify, such as --signers FILE. Run it in a clone, however shallow: what is missing is
# fetched from REMOTE (origin). REF is the full name of the ref that was pushed: its rules apply, and
# a tag is judged under that name, with the commits it brings. Exits with 0 when all was signed with
# a touch, with 1 when not, and with 2 when it cannot tell.
set -eu

if [ $# -lt 2 ]; then
  echo "usage: verify-push.sh BEFORE AFTER [OPTION…]" >&2
  exit 2
fi
before=$1 after=$2
shift 2
remote=${REMOTE:-origin}
ref=${REF:-}
deepen_by=${DEEPEN_BY:-200}

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 2
}

has_commit() { git cat-file -e "$1^{commit}" 2>/dev/null; }
is_shallow() { [ "$(git rev-parse --is-shallow-repository)" = true ]; }

# fetch ARGUMENT…: from the remote, or it cannot be told.
fetch() {
  git fetch --quiet "$@" ||
    fail "git cannot fetch from $remote" "look at what git said, and run it again"
}
is_zero() { [ -z "${1#"${1%%[!0]*}"}" ]; }

[ -n "$after" ] || fail "AFTER is empty" "give what the event calls the end of the push"
if is_zero "$after" && [ ${#after} -ge 40 ]; then
  echo "nothing new: the ref was deleted" >&2
  exit 0
fi
has_commit "$after" || git fetch --quiet --depth=1 "$remote" "$after" ||
  fail "the remote has no commit $after" "was the branch pushed again since? run the newer job"

case $(git cat-file -t "$after" || true) in
commit) tag= ;;
tag)
  # Its own words say what it is called, which anybody may push under another name.
  case $ref in
  refs/tags/?*) tag=$ref ;;
  *) fail "$after is a tag, of which only the name counts" "set REF=refs/tags/NAME" ;;
  esac
  known=$(git rev-parse --verify --quiet "$tag" || git rev-parse "$after")
  [ "$known" = "$(git rev-parse "$after")" ] ||
    fail "$tag is another one in this clone" "git fetch --force $remote $tag:$tag"
  git update-ref "$tag" "$after" || fail "git makes no $tag" "is REF the name of a tag?"
  ;;
*) fail "$after is neither a commit nor a tag" "give what the event calls the end of the push" ;;
esac
# The rules of other refs than branches and tags are for no push.
case "$ref $* " in
*" --ref"*) ;;
refs/heads/?* | refs/tags/?*) set -- "$@" --ref "$ref" ;;
esac

# A new branch has no BEFORE, and after a forced push the remote may have forgotten it: everything
# the default branch lacks is new then, and when that is nothing, all of it, for it may be the
# default branch that was pushed.
case $before in
*[!0-9a-f]*) has_commit "$before" || fail "BEFORE names no commit: $before" "give its id" ;;
esac
if is_zero "$before"; then
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
  fetch --deepen="$deepen_by" "$remote" "$before" "$after"
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
    fetch --unshallow "$remote" "$before" "$after"
  fi
  ;;
esac

first=$(walk) || exit 2
if [ -n "$first" ] || [ -n "$tag" ]; then
  # Not BEFORE..AFTER, which would leave out the tag.
  exec touchstone verify "$@" "${tag:-$after}" "^$before"
fi
case $ref in
refs/tags/*)
  # A lightweight one: the commit it names, which has to have its parents to leave them out.
  if is_shallow; then
    fetch --deepen=1 "$remote" "$after"
  fi
  exec touchstone verify "$@" "$after^!"
  ;;
esac
if [ -n "$lost" ]; then
  if is_shallow; then
    fetch --unshallow "$remote" "$after"
  fi
  exec touchstone verify "$@" "$after"
fi
echo "nothing new: $after was there before" >&2
