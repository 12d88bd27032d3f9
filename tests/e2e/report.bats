#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154  # bats sets $status, $output and $stderr
# `touchstone report` writes a page that people look at in a browser: so does this, in a real one.

bats_require_minimum_version 1.5.0
load helpers
load stack

# A port of this machine where nobody listens: what goes through a proxy ends there.
readonly kNoProxy=127.0.0.1:9

setup() {
  sandbox_setup
  make_repository "$HOME/repository"
  cd "$HOME/repository" || return
  page=$BATS_TEST_TMPDIR/page.html
}
teardown() { sandbox_teardown; }

# browse [OPTION…] URL: headless, with a profile of its own. The browser's own sandbox does not
# start for root and in containers.
browse() {
  timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --hide-scrollbars \
    --user-data-dir="$BATS_TEST_TMPDIR/browser" "$@" 2>>"$BATS_TEST_TMPDIR/browser.log" 3>&-
}
# alone is browse without any network.
alone() {
  browse --proxy-server="$kNoProxy" --host-resolver-rules='MAP * ~NOTFOUND' "$@"
}

# element_count NAME counts elements in what the browser made of the page.
element_count() { grep -o "<$1[ >]" "$BATS_TEST_TMPDIR/dom" | wc -l; }

# sign_without_touch uses a key file, as what is judged by a page is not always good.
sign_without_touch() {
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$HOME/key"
  printf 'alice@example.org %s\n' "$(cat "$HOME/key.pub")" >>"$HOME/allowed_signers"
  git config gpg.format ssh
  git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  git config user.signingkey "$HOME/key.pub"
}

# with_small_files COMMAND… ends its writing in the middle: no file gets larger than a kilobyte.
with_small_files() (
  trap '' XFSZ
  ulimit -f 1
  "$@"
)

into_full_disk() { "$@" >/dev/full; }

# mixed_history has a commit of each kind: touched, silent, by a key file, unsigned.
mixed_history() {
  start_stack name=alice,touch=always
  touchstone key new --role sign work >/dev/null
  use_key . work
  on 2026-03-02 git commit -q --allow-empty -m one
  on 2026-03-03 git commit -q --allow-empty -m two
  with_tokens git -c gpg.ssh.program=touchstone-attack-silent-signature \
    -c user.signingkey="$XDG_DATA_HOME/touchstone/keys/work" commit-tree -S -m thrown-away \
    "$(git mktree </dev/null)" >/dev/null
  on 2026-03-05 git commit -q --allow-empty -m three
  on 2026-03-05 with_tokens git -c gpg.ssh.program=touchstone-attack-silent-signature \
    -c user.signingkey="$XDG_DATA_HOME/touchstone/keys/work" commit -q --allow-empty -m silent
  on 2026-03-06 git commit -q --no-gpg-sign --allow-empty -m unsigned
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$HOME/key"
  printf 'alice@example.org %s\n' "$(cat "$HOME/key.pub")" >>"$HOME/allowed_signers"
  on 2026-03-07 git -c gpg.ssh.program=ssh-keygen -c user.signingkey="$HOME/key.pub" \
    commit -q --allow-empty -m software
  git tag -m release v1
}

# on DATE COMMAND… has git take that date for the present one.
on() {
  GIT_AUTHOR_DATE="$1T12:00:00Z" GIT_COMMITTER_DATE="$1T12:00:00Z" "${@:2}"
}

@test "the page says what verify says, in the browser, with no network" {
  mixed_history
  run --separate-stderr touchstone report --html "$page"
  assert_equal "$status" 0
  assert_contains "$output" "6 objects: 3 touch, 2 no-touch, 1 unsigned"
  assert_equal "$stderr" ''
  alone --dump-dom "file://$page" >"$BATS_TEST_TMPDIR/dom"
  output=$(<"$BATS_TEST_TMPDIR/dom")
  assert_contains "$output" "<h1>Touches in repository</h1>"
  assert_contains "$output" "HEAD at $(git rev-parse --short=12 HEAD), judged by a list of allowed"
  assert_contains "$output" "Not accepted: 3 of 6 objects refused"
  assert_contains "$output" "3 of 6 objects (50 %) signed with a touch of their own."
  assert_contains "$output" "<title>2026-03-02: touch 1</title>"
  assert_contains "$output" "<title>2026-03-05: no-touch 1</title>"
  assert_contains "$output" '<th scope="row">2026-03-04</th>'
  assert_contains "$output" '<th scope="row" class="who">alice@example.org</th>'
  assert_contains "$output" "<code>$(ssh-keygen -lf "$HOME/work.pub" | cut -d' ' -f2)</code>"
  assert_contains "$output" "4 signatures, "
  assert_contains "$output" " missing in "
  assert_contains "$output" "<code>$(git rev-parse HEAD~1 | cut -c-12)</code>"
  assert_contains "$output" "the key is on no token"

  run --separate-stderr touchstone report --html - v1
  assert_equal "$status" 0
  assert_contains "$output" "7 objects"
  assert_contains "$output" "v1 at $(git rev-parse --short=12 v1),"
  assert_equal "${output: -7}" "</html>"
  run --separate-stderr touchstone report --html - HEAD~5..HEAD~4
  assert_contains "$output" "Accepted: 1 object, nothing refused"
}

@test "it reads on a phone and on a desk, light and dark" {
  mixed_history
  touchstone report --html "$page"
  # The browser makes no window as narrow as a phone, but frames.
  printf '<!doctype html><body style="margin:0"><iframe style="border:0;width:390px;height:844px" src="page.html"></iframe>' \
    >"$BATS_TEST_TMPDIR/phone.html"
  local scheme name size
  for scheme in 1 0; do
    alone --blink-settings=preferredColorScheme=$scheme --window-size=390,844 \
      --screenshot="$BATS_TEST_TMPDIR/phone-$scheme.png" "file://$BATS_TEST_TMPDIR/phone.html"
    alone --blink-settings=preferredColorScheme=$scheme --window-size=1280,800 \
      --screenshot="$BATS_TEST_TMPDIR/desk-$scheme.png" "file://$page"
  done
  for name in phone-1:390,844:#ffffff phone-0:390,844:#14171b desk-1:1280,800:#ffffff \
    desk-0:1280,800:#14171b; do
    IFS=: read -r name size paper <<<"$name"
    read -r width height colours first \
      < <("$TOUCHSTONE_SOURCE/tests/e2e/picture.py" "$BATS_TEST_TMPDIR/$name.png")
    assert_equal "$width,$height $first" "$size $paper"
    # Text, its edges, and the colours of the classes; a blank page has one.
    ((colours > 50))
  done

  # Nothing but tables is wider than the screen, and those scroll by themselves.
  python3 - "$page" >"$BATS_TEST_TMPDIR/measure.html" <<'PYTHON'
import html, sys
page = html.escape(open(sys.argv[1]).read())
frames = "".join(f'<iframe style="border:0;width:{width}px;height:800px" srcdoc="{page}"></iframe>'
                 for width in (320, 390, 1280))
print(f"""<!doctype html><body>{frames}<p></p><script>onload = () => {{
  document.querySelector("p").textContent = [...document.querySelectorAll("iframe")].map(frame => {{
    const page = frame.contentDocument.documentElement;
    return page.scrollWidth + " of " + page.clientWidth;
  }}).join();
}}</script>""")
PYTHON
  run alone --dump-dom "file://$BATS_TEST_TMPDIR/measure.html"
  assert_contains "$output" "<p>320 of 320,390 of 390,1280 of 1280</p>"
}

@test "hostile names stay text in the browser" {
  sign_without_touch
  local evil='"><script>document.title="run"</script><img/src=x/onerror=alert(1)>'
  git -c user.email="a'\"&b@example.org" commit -q -S --allow-empty -m "$evil"
  git branch -- "$evil"
  git commit -q --allow-empty -m $'\u202egnp.exe'
  cd .. && mv repository '<b onmouseover=alert(1)>&"x' && cd '<b onmouseover=alert(1)>&"x' || return
  run --separate-stderr -0 touchstone report --html "$page" "$evil"
  alone --dump-dom "file://$page" >"$BATS_TEST_TMPDIR/dom"
  output=$(<"$BATS_TEST_TMPDIR/dom")
  assert_contains "$output" '<h1>Touches in &lt;b onmouseover=alert(1)&gt;&amp;"x</h1>'
  assert_contains "$output" '"&gt;&lt;script&gt;document.title="run"&lt;/script&gt;'
  assert_contains "$output" "a'\"&amp;b@example.org"
  assert_equal "$(element_count script) $(element_count img) $(element_count b)" "0 0 0"
  refute_contains "$output" $'\u202e'
}

# Were somebody to get markup into the page after all, it would reach nobody: the policy in its
# head is what a browser obeys. The same page without it shows that this would be noticed.
@test "the browser loads nothing and runs no script that got into the page" {
  sign_without_touch
  git commit -q -S --allow-empty -m one
  touchstone report --html "$page"
  start_background listener python3 -uc 'import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        os.write(1, f"asked {self.path}\n".encode())  # a line at once: others write, too
        self.send_error(404)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port)
server.serve_forever()'
  wait_for_line "$BATS_TEST_TMPDIR/listener.log" '^port '
  local url copy
  url=http://127.0.0.1:$(sed -n 's/^port //p' "$BATS_TEST_TMPDIR/listener.log")
  for copy in with without; do
    python3 - "$page" "$url/$copy" >"$BATS_TEST_TMPDIR/$copy.html" <<'PYTHON'
import sys
page, url = open(sys.argv[1]).read(), sys.argv[2]
print(page.replace("<main>", f"""<main><script>document.title = "run"</script>
<script src={url}/script></script><link rel=stylesheet href={url}/style><img src={url}/img>
<iframe src={url}/frame></iframe><p style="background:url({url}/url)">x</p>"""))
PYTHON
  done
  sed -i '/Content-Security-Policy/d' "$BATS_TEST_TMPDIR/without.html"
  browse --dump-dom "file://$BATS_TEST_TMPDIR/with.html" >"$BATS_TEST_TMPDIR/dom"
  assert_equal "$(element_count img) $(element_count iframe)" "1 1"
  refute_contains "$(<"$BATS_TEST_TMPDIR/dom")" "<title>run</title>"
  browse --dump-dom "file://$BATS_TEST_TMPDIR/without.html" >"$BATS_TEST_TMPDIR/dom"
  assert_contains "$(<"$BATS_TEST_TMPDIR/dom")" "<title>run</title>"
  assert_equal "$(sed -n 's#^asked /without/##p' "$BATS_TEST_TMPDIR/listener.log" | sort | tr '\n' ' ')" \
    "frame img script style url "
  assert_equal "$(grep -c 'asked /with/' "$BATS_TEST_TMPDIR/listener.log")" 0
}

@test "the page is written whole or not at all" {
  sign_without_touch
  git commit -q -S --allow-empty -m one
  mkdir "$BATS_TEST_TMPDIR/out"
  local out=$BATS_TEST_TMPDIR/out/page.html
  echo old >"$out"
  run -1 --separate-stderr with_small_files touchstone report --html "$out"
  assert_contains "$stderr" "error: "
  assert_equal "$(cat "$out")" old
  assert_equal "$(ls "$BATS_TEST_TMPDIR/out")" page.html
  # A history that cannot be judged gives no page.
  run -1 --separate-stderr touchstone report --html "$out" --signers "$HOME/none"
  assert_equal "$(cat "$out")" old

  ln -s page.html "$BATS_TEST_TMPDIR/out/link.html"
  touchstone report --html "$BATS_TEST_TMPDIR/out/link.html"
  [[ -L $BATS_TEST_TMPDIR/out/link.html ]]
  assert_equal "$(tail -n 1 "$out")" "</html>"
  rm "$out"
  (umask 027 && touchstone report --html "$out")
  assert_equal "$(stat -c %a "$out")" 640
}

@test "a page that is written over is for no more eyes than before" {
  git commit -q --allow-empty -m one
  touch "$HOME/allowed_signers"
  git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  for mode in 600 644 604; do
    echo old >"$page"
    chmod "$mode" "$page"
    touchstone report --html "$page"
    assert_equal "$(stat -c %a "$page")" "$mode"
    assert_equal "$(tail -n 1 "$page")" "</html>"
  done
}

@test "a name as long as names can be is one for a page" {
  git commit -q --allow-empty -m one
  touch "$HOME/allowed_signers"
  git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  local name
  name=$(printf '%0255d' 1)
  touchstone report --html "$HOME/$name"
  assert_equal "$(tail -n 1 "$HOME/$name")" "</html>"
  run -1 --separate-stderr touchstone report --html "$HOME/1$name"
  assert_contains "$stderr" "error: "
}

@test "standard output under any of its names is written to and not replaced" {
  git commit -q --allow-empty -m one
  touch "$HOME/allowed_signers"
  git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  local out
  for out in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
    {
      echo before
      touchstone report --html "$out"
      echo after
    } >"$page"
    assert_equal "$(head -n 1 "$page")" before
    assert_equal "$(tail -n 2 "$page" | head -n 1)" "</html>"
    assert_equal "$(tail -n 1 "$page")" after
  done
  echo kept >"$page"
  run -2 --separate-stderr touchstone report --html /dev/fd/7 7<>"$page"
  assert_contains "$stderr" "an open file; - is standard output"
  assert_equal "$(cat "$page")" kept
}

@test "another user's link in a folder for everybody is not followed" {
  [[ $(id -u) -eq 0 ]] || skip "needs root, to make another user's link"
  git commit -q --allow-empty -m one
  touch "$HOME/allowed_signers"
  git config gpg.ssh.allowedSignersFile "$HOME/allowed_signers"
  mkdir "$HOME/everybody"
  chmod 1777 "$HOME/everybody"
  echo kept >"$HOME/kept"
  ln -s "$HOME/kept" "$HOME/everybody/page.html"
  chown -h 65534 "$HOME/everybody/page.html"
  run -2 --separate-stderr touchstone report --html "$HOME/everybody/page.html"
  assert_contains "$stderr" "another user's link in a folder for everybody"
  ln -s everybody/page.html "$HOME/own.html"
  run -2 --separate-stderr touchstone report --html "$HOME/own.html"
  assert_equal "$(cat "$HOME/kept")" kept
  # One's own link is, and so is anybody's where only its owner could put it.
  chown -h 0 "$HOME/everybody/page.html"
  touchstone report --html "$HOME/own.html"
  assert_equal "$(tail -n 1 "$HOME/kept")" "</html>"
  ln -s kept "$HOME/theirs.html"
  chown -h 65534 "$HOME/theirs.html"
  touchstone report --html "$HOME/theirs.html"
}

@test "what is no file is not written over" {
  sign_without_touch
  git commit -q -S --allow-empty -m one
  mkfifo "$HOME/pipe"
  ln -s nowhere "$HOME/dangling"
  local out
  for out in /dev/null "$HOME/pipe" "$HOME" "$HOME/dangling" ''; do
    run -2 --separate-stderr touchstone report --html "$out"
    assert_contains "$stderr" "error: report: "
  done
  [[ -c /dev/null && -p $HOME/pipe && -L $HOME/dangling ]]
  run -1 --separate-stderr touchstone report --html "$HOME/none/page.html"
  run -1 into_full_disk touchstone report --html -
}

@test "what it is asked for wrongly is a usage error" {
  git commit -q --allow-empty -m one
  echo content >file
  run -2 --separate-stderr touchstone report
  assert_contains "$stderr" "--html FILE says where the page goes"
  run -2 --separate-stderr touchstone report --html "$page" -- file
  assert_contains "$stderr" "file is a file, which has no history"
  run -2 touchstone report --html "$page" --push HEAD
  run -2 touchstone report --html "$page" --introduced-by x
  run -1 touchstone report --html "$page" nothing
  [[ ! -e $page ]]
}

@test "with an introduction it is the repository's policy that judges" {
  start_stack name=alice,touch=always
  touchstone setup --yes
  touchstone policy init
  git add .touchstone
  git commit -q -m 'introduce the policy'
  git commit -q --allow-empty -m touched
  git commit -q --no-gpg-sign --allow-empty -m unsigned
  touchstone keys --json | jq -r .public_key >"$HOME/alice.pub"
  touchstone report --html "$page" --introduction "$(git rev-parse HEAD~2)" \
    --introduced-by "$(ssh-keygen -lf "$HOME/alice.pub" | cut -d' ' -f2)"
  assert_contains "$(<"$page")" "judged by the repository's policy"
  assert_contains "$(<"$page")" "Not accepted: 1 of "
}

@test "of an empty range the page says so" {
  sign_without_touch
  git commit -q -S --allow-empty -m one
  run -0 touchstone report --html "$page" HEAD..HEAD
  assert_contains "$(<"$page")" "Not accepted: there is nothing to verify"
}
