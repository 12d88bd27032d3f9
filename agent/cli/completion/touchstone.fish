# SPDX-License-Identifier: Apache-2.0
# fish completion for touchstone(1). Made by: touchstone completion fish

# __touchstone_command prints the words before the cursor that name a command.
function __touchstone_command
    set -l names \
        'setup' \
        'keys' \
        'key' \
        'key new' \
        'key import' \
        'key mark' \
        'key remove' \
        'key export' \
        'status' \
        'watch' \
        'cancel' \
        'reload' \
        'log' \
        'log verify' \
        'sign' \
        'verify' \
        'report' \
        'policy' \
        'policy init' \
        'policy check' \
        'policy explain' \
        'policy add-signer' \
        'policy add-evidence' \
        'policy revoke' \
        'policy rotate' \
        'policy approve' \
        'hook' \
        'hook install' \
        'hook uninstall' \
        'hook status' \
        'hook run' \
        'audit' \
        'pin' \
        'pin set' \
        'pin change' \
        'pin verify' \
        'token' \
        'token list' \
        'token resident' \
        'token resident list' \
        'token resident delete' \
        'config' \
        'config check' \
        'config show' \
        'config path' \
        'doctor' \
        'completion' \
        'version'
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l command ''
    set -l skip no
    for token in $tokens
        if test $skip = yes
            set skip no
            continue
        end
        switch $token
            case --socket
                set skip yes
                continue
            case '-*'
                continue
        end
        set -l longer (string trim -- "$command $token")
        if contains -- $longer $names
            set command $longer
        else
            break
        end
    end
    echo $command
end

function __touchstone_in
    set -l command (__touchstone_command)
    test "$command" = "$argv[1]"
end

complete -c touchstone -f
complete -c touchstone -s h -l help -d 'say how a command is used'
complete -c touchstone -l version -d 'print the version'
complete -c touchstone -l socket -r -F -d 'the agent\'s socket (the configured one when not given)'
complete -c touchstone -n '__touchstone_in \'\'' -a setup -d 'make git sign with a token, step by step'
complete -c touchstone -n '__touchstone_in \'\'' -a keys -d 'list the keys the agent holds'
complete -c touchstone -n '__touchstone_in \'\'' -a key -d 'make, import, mark, remove and export keys'
complete -c touchstone -n '__touchstone_in \'\'' -a status -d 'what the agent sees: tokens, keys, waiting requests'
complete -c touchstone -n '__touchstone_in \'\'' -a watch -d 'show requests as they come'
complete -c touchstone -n '__touchstone_in \'\'' -a cancel -d 'cancel a request that waits'
complete -c touchstone -n '__touchstone_in \'\'' -a reload -d 'make the agent read its configuration and its keys again'
complete -c touchstone -n '__touchstone_in \'\'' -a log -d 'print the journal of what was asked and signed'
complete -c touchstone -n '__touchstone_in \'\'' -a sign -d 'sign what lacks a touch, just before a push'
complete -c touchstone -n '__touchstone_in \'\'' -a verify -d 'say which commits were signed with a touch'
complete -c touchstone -n '__touchstone_in \'\'' -a report -d 'draw a page of which commits were signed with a touch'
complete -c touchstone -n '__touchstone_in \'\'' -a policy -d 'who may sign what in this repository'
complete -c touchstone -n '__touchstone_in \'\'' -a hook -d 'make git refuse what was not signed with a touch'
complete -c touchstone -n '__touchstone_in \'\'' -a audit -d 'say whether a token made signatures that nobody knows of'
complete -c touchstone -n '__touchstone_in \'\'' -a pin -d 'set, change and check the PIN of a token'
complete -c touchstone -n '__touchstone_in \'\'' -a token -d 'what is on a token'
complete -c touchstone -n '__touchstone_in \'\'' -a config -d 'the agent\'s configuration'
complete -c touchstone -n '__touchstone_in \'\'' -a doctor -d 'find out what is wrong, and the command that mends it'
complete -c touchstone -n '__touchstone_in \'\'' -a completion -d 'print the completion for a shell'
complete -c touchstone -n '__touchstone_in \'\'' -a version -d 'print the version'
complete -c touchstone -n '__touchstone_in \'setup\'' -l local -d 'write the configuration of this repository (when neither is given)'
complete -c touchstone -n '__touchstone_in \'setup\'' -l global -d 'write your own configuration, for all repositories'
complete -c touchstone -n '__touchstone_in \'setup\'' -l key -x -a '(touchstone keys --names 2>/dev/null)' -d 'use this key instead of making one'
complete -c touchstone -n '__touchstone_in \'setup\'' -l second -d 'make a key on a second token, and let it sign beside the first'
complete -c touchstone -n '__touchstone_in \'setup\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'setup\'' -l email -x -d 'who signs (git\'s user.email when not given)'
complete -c touchstone -n '__touchstone_in \'setup\'' -l signers -r -F -d 'the allowed signers file (git\'s gpg.ssh.allowedSignersFile when not given)'
complete -c touchstone -n '__touchstone_in \'setup\'' -l dry-run -d 'show the steps and change nothing'
complete -c touchstone -n '__touchstone_in \'setup\'' -s y -l yes -d 'do not ask'
complete -c touchstone -n '__touchstone_in \'setup\'' -l undo -d 'put git\'s configuration back as it was before'
complete -c touchstone -n '__touchstone_in \'keys\'' -l json -d 'print one object of JSON a line'
complete -c touchstone -n '__touchstone_in \'keys\'' -l names -d 'print only the names, one a line'
complete -c touchstone -n '__touchstone_in \'key\'' -a new -d 'make a key on a token'
complete -c touchstone -n '__touchstone_in \'key\'' -a import -d 'take over an id_*_sk file made by ssh-keygen'
complete -c touchstone -n '__touchstone_in \'key\'' -a mark -d 'mark the token of an imported key that always wants its PIN'
complete -c touchstone -n '__touchstone_in \'key\'' -a remove -d 'make the agent forget a key'
complete -c touchstone -n '__touchstone_in \'key\'' -a export -d 'write a key\'s files in OpenSSH\'s format'
complete -c touchstone -n '__touchstone_in \'key new\'' -l role -x -a 'login sign release approve seal' -d 'what the key is for (sign when not given)'
complete -c touchstone -n '__touchstone_in \'key new\'' -l algorithm -x -a 'any ed25519-sk ecdsa-sk' -d 'any takes ed25519-sk, or ecdsa-sk where the token has no other'
complete -c touchstone -n '__touchstone_in \'key new\'' -l resident -d 'keep the key on the token, so that another computer can find it'
complete -c touchstone -n '__touchstone_in \'key new\'' -l verify-required -d 'ask for the PIN at every signature'
complete -c touchstone -n '__touchstone_in \'key new\'' -l dedicated -d 'note that its token is used for nothing but this key, so that touchstone audit can say exactly what it signed'
complete -c touchstone -n '__touchstone_in \'key new\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'key new\'' -l comment -x -d 'the public key\'s comment (the name when not given)'
complete -c touchstone -n '__touchstone_in \'key new\'' -l json -d 'print the key as one object of JSON'
complete -c touchstone -n '__touchstone_in \'key import\'' -l name -x -d 'a name for the key (the file\'s when not given)'
complete -c touchstone -n '__touchstone_in \'key import\'' -l role -x -a 'login sign release approve seal' -d 'what the key is for (login, unless it was made for another role)'
complete -c touchstone -n '__touchstone_in \'key import\'' -l attestation -r -F -d 'the key\'s attestation (the key file with .attestation.json after it, if there is one)'
complete -c touchstone -n '__touchstone_in \'key import\'' -l json -d 'print the key as one object of JSON'
complete -c touchstone -n '__touchstone_in \'key import\'' -F
complete -c touchstone -n '__touchstone_in \'key mark\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'key mark\'' -l json -d 'print the key as one object of JSON'
complete -c touchstone -n '__touchstone_in \'key mark\'' -a '(touchstone keys --names 2>/dev/null)'
complete -c touchstone -n '__touchstone_in \'key remove\'' -s y -l yes -d 'do not ask'
complete -c touchstone -n '__touchstone_in \'key remove\'' -l json -d 'print the key that was as one object of JSON'
complete -c touchstone -n '__touchstone_in \'key remove\'' -a '(touchstone keys --names 2>/dev/null)'
complete -c touchstone -n '__touchstone_in \'key export\'' -s o -l output -r -F -d 'name of the private key file (the key\'s name when not given); the others get .pub and .attestation.json after it'
complete -c touchstone -n '__touchstone_in \'key export\'' -l passphrase -d 'protect the private key file with a passphrase'
complete -c touchstone -n '__touchstone_in \'key export\'' -s f -l force -d 'overwrite files that are there'
complete -c touchstone -n '__touchstone_in \'key export\'' -a '(touchstone keys --names 2>/dev/null)'
complete -c touchstone -n '__touchstone_in \'status\'' -l json -d 'print one object of JSON'
complete -c touchstone -n '__touchstone_in \'watch\'' -l json -d 'print one object of JSON a line'
complete -c touchstone -n '__touchstone_in \'log\'' -a verify -d 'check that the journal is whole and its signatures good'
complete -c touchstone -n '__touchstone_in \'log\'' -s n -l lines -x -d 'only the last N lines'
complete -c touchstone -n '__touchstone_in \'log\'' -l json -d 'print the lines as they are, one object of JSON each'
complete -c touchstone -n '__touchstone_in \'log\'' -l file -r -F -d 'the journal (the configured one when not given)'
complete -c touchstone -n '__touchstone_in \'log verify\'' -l json -d 'print one object of JSON; error in it is null when the journal is good'
complete -c touchstone -n '__touchstone_in \'log verify\'' -l file -r -F -d 'the journal (the configured one when not given)'
complete -c touchstone -n '__touchstone_in \'sign\'' -l batch -d 'sign a list of the commits instead, with one touch and the PIN'
complete -c touchstone -n '__touchstone_in \'sign\'' -l dry-run -d 'say what would be signed and how many touches it takes'
complete -c touchstone -n '__touchstone_in \'sign\'' -l force -d 'also sign anew what is on a remote branch already'
complete -c touchstone -n '__touchstone_in \'sign\'' -l key -r -F -d 'the key to sign with (git\'s user.signingkey when not given)'
complete -c touchstone -n '__touchstone_in \'sign\'' -l signers -r -F -d 'whose commits a key may sign (git\'s gpg.ssh.allowedSignersFile when not given)'
complete -c touchstone -n '__touchstone_in \'sign\'' -l json -d 'print one object of JSON a line: a commit and what became of it, then the sum'
complete -c touchstone -n '__touchstone_in \'verify\'' -l signers -r -F -d 'the allowed signers file (git\'s gpg.ssh.allowedSignersFile when not given)'
complete -c touchstone -n '__touchstone_in \'verify\'' -l introduction -x -d 'judge by the repository\'s policy, which is trusted from this commit on (full name)'
complete -c touchstone -n '__touchstone_in \'verify\'' -l introduced-by -x -d 'the key that touched the introduction: SHA256:…'
complete -c touchstone -n '__touchstone_in \'verify\'' -l ref -x -d 'judge for this ref, by its full name (default: the branch WHAT names; when it names none, by all rules for refs)'
complete -c touchstone -n '__touchstone_in \'verify\'' -l push -d 'what a push of the current branch would publish'
complete -c touchstone -n '__touchstone_in \'verify\'' -l any-committer -d 'the committer need not be the signer'
complete -c touchstone -n '__touchstone_in \'verify\'' -l allow-webauthn -d 'a touch counts in signatures that a browser made, too'
complete -c touchstone -n '__touchstone_in \'verify\'' -l trust-dates -d 'let a commit\'s own date say whether its key was valid'
complete -c touchstone -n '__touchstone_in \'verify\'' -l push-log -d 'let the repository\'s push log (refs/touchstone/pushes, fetched from a server you trust) say when a commit was received'
complete -c touchstone -n '__touchstone_in \'verify\'' -l no-cache -d 'verify every signature, also what was verified before'
complete -c touchstone -n '__touchstone_in \'verify\'' -l namespace -x -d 'of the signature beside a file (default: file)'
complete -c touchstone -n '__touchstone_in \'verify\'' -l summary -d 'print only what is refused, and the counts'
complete -c touchstone -n '__touchstone_in \'verify\'' -l sarif -d 'print what is refused as a SARIF 2.1.0 log, for viewers of findings'
complete -c touchstone -n '__touchstone_in \'verify\'' -l json -d 'print one object of JSON a line: commit, class, signer, identity, key, counter, accepted, problems'
complete -c touchstone -n '__touchstone_in \'verify\'' -F
complete -c touchstone -n '__touchstone_in \'report\'' -l html -r -F -d 'where the page goes, over what is there; - is standard output'
complete -c touchstone -n '__touchstone_in \'report\'' -l signers -r -F -d 'the allowed signers file (git\'s gpg.ssh.allowedSignersFile when not given)'
complete -c touchstone -n '__touchstone_in \'report\'' -l introduction -x -d 'judge by the repository\'s policy, which is trusted from this commit on (full name)'
complete -c touchstone -n '__touchstone_in \'report\'' -l introduced-by -x -d 'the key that touched the introduction: SHA256:…'
complete -c touchstone -n '__touchstone_in \'report\'' -l ref -x -d 'judge for this ref, by its full name (default: the branch WHAT names; when it names none, by all rules for refs)'
complete -c touchstone -n '__touchstone_in \'report\'' -l push -d 'what a push of the current branch would publish'
complete -c touchstone -n '__touchstone_in \'report\'' -l any-committer -d 'the committer need not be the signer'
complete -c touchstone -n '__touchstone_in \'report\'' -l allow-webauthn -d 'a touch counts in signatures that a browser made, too'
complete -c touchstone -n '__touchstone_in \'report\'' -l trust-dates -d 'let a commit\'s own date say whether its key was valid'
complete -c touchstone -n '__touchstone_in \'report\'' -l push-log -d 'let the repository\'s push log (refs/touchstone/pushes, fetched from a server you trust) say when a commit was received'
complete -c touchstone -n '__touchstone_in \'report\'' -l no-cache -d 'verify every signature, also what was verified before'
complete -c touchstone -n '__touchstone_in \'policy\'' -a init -d 'begin a policy for this repository'
complete -c touchstone -n '__touchstone_in \'policy\'' -a check -d 'look for errors in the policy'
complete -c touchstone -n '__touchstone_in \'policy\'' -a explain -d 'say what the policy means'
complete -c touchstone -n '__touchstone_in \'policy\'' -a add-signer -d 'let somebody sign'
complete -c touchstone -n '__touchstone_in \'policy\'' -a add-evidence -d 'say that a key is in a token'
complete -c touchstone -n '__touchstone_in \'policy\'' -a revoke -d 'revoke a key'
complete -c touchstone -n '__touchstone_in \'policy\'' -a rotate -d 'put a new key in the place of an old one'
complete -c touchstone -n '__touchstone_in \'policy\'' -a approve -d 'sign a change of the policy that somebody commits'
complete -c touchstone -n '__touchstone_in \'policy init\'' -l require -x -a 'nothing signature touch touch+pin' -d 'what a commit has to prove (touch when not given)'
complete -c touchstone -n '__touchstone_in \'policy init\'' -l change-signers -x -d 'how many people a change of the policy takes (1 when not given)'
complete -c touchstone -n '__touchstone_in \'policy init\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'policy init\'' -F
complete -c touchstone -n '__touchstone_in \'policy check\'' -l json -d 'print one object of JSON for each problem'
complete -c touchstone -n '__touchstone_in \'policy explain\'' -l ref -x -d 'the ref a commit is for (default: the branch WHAT names; when it names none, all rules for refs)'
complete -c touchstone -n '__touchstone_in \'policy explain\'' -l json -d 'print one object of JSON a line'
complete -c touchstone -n '__touchstone_in \'policy add-signer\'' -l comment -x -d 'what stands behind the key in the file'
complete -c touchstone -n '__touchstone_in \'policy add-signer\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'policy add-signer\'' -F
complete -c touchstone -n '__touchstone_in \'policy add-evidence\'' -l attestation -r -F -d 'the attestation (the key file with .attestation.json in the place of .pub)'
complete -c touchstone -n '__touchstone_in \'policy add-evidence\'' -l root -r -F -d 'root certificates that the token\'s maker published, in PEM'
complete -c touchstone -n '__touchstone_in \'policy add-evidence\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'policy add-evidence\'' -F
complete -c touchstone -n '__touchstone_in \'policy revoke\'' -l reason -x -d 'why; has to be given'
complete -c touchstone -n '__touchstone_in \'policy revoke\'' -l since -x -d 'when the key was lost, 2026-03-31T08:00:00Z (now when not given)'
complete -c touchstone -n '__touchstone_in \'policy revoke\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'policy revoke\'' -F
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l attestation -r -F -d 'the attestation (the key file with .attestation.json in the place of .pub)'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l root -r -F -d 'root certificates that the token\'s maker published, in PEM'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l reason -x -d 'revoke the old key too, and say why'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l since -x -d 'when the key was lost, 2026-03-31T08:00:00Z (now when not given)'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l comment -x -d 'what stands behind the key in the file'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -F
complete -c touchstone -n '__touchstone_in \'policy rotate\'' -F
complete -c touchstone -n '__touchstone_in \'policy approve\'' -l key -r -F -d 'fingerprint or file of the key to sign with (git\'s user.signingkey when not given)'
complete -c touchstone -n '__touchstone_in \'policy approve\'' -s y -l yes -d 'do not ask'
complete -c touchstone -n '__touchstone_in \'policy approve\'' -l dry-run -d 'show what would change, and change nothing'
complete -c touchstone -n '__touchstone_in \'hook\'' -a install -d 'make git refuse pushes of what was not signed with a touch'
complete -c touchstone -n '__touchstone_in \'hook\'' -a uninstall -d 'take a hook away again'
complete -c touchstone -n '__touchstone_in \'hook\'' -a status -d 'say which hooks are installed and what they demand'
complete -c touchstone -n '__touchstone_in \'hook\'' -a run -d 'do the work of a hook: git calls this'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l repository -x -a '(__fish_complete_directories)' -d 'the repository (that of the working folder when not given)'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l signers -r -F -d 'the allowed signers file'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l introduction -x -d 'the commit where trust in the policy starts'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l introduced-by -x -d 'the key that signed it'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l require-push-certificate -d 'refuse pushes without a certificate (push --signed)'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l ref -x -d 'the refs whose commits and tags are judged (refs/* if not given)'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l protect -x -d 'the refs that are never deleted or rewound (HEAD,refs/tags/* if not given)'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l chain -d 'keep a hook that is there already and run it first'
complete -c touchstone -n '__touchstone_in \'hook install\'' -l dry-run -d 'show the steps and change nothing'
complete -c touchstone -n '__touchstone_in \'hook install\'' -a 'pre-receive update pre-push'
complete -c touchstone -n '__touchstone_in \'hook uninstall\'' -l repository -x -a '(__fish_complete_directories)' -d 'the repository (that of the working folder when not given)'
complete -c touchstone -n '__touchstone_in \'hook uninstall\'' -l dry-run -d 'show the steps and change nothing'
complete -c touchstone -n '__touchstone_in \'hook uninstall\'' -a 'pre-receive update pre-push'
complete -c touchstone -n '__touchstone_in \'hook status\'' -l repository -x -a '(__fish_complete_directories)' -d 'the repository (that of the working folder when not given)'
complete -c touchstone -n '__touchstone_in \'hook status\'' -l json -d 'print one object of JSON a line: each hook, then the settings'
complete -c touchstone -n '__touchstone_in \'hook run\'' -l chained -r -F -d 'a hook to run first'
complete -c touchstone -n '__touchstone_in \'hook run\'' -a 'pre-receive post-receive update pre-push'
complete -c touchstone -n '__touchstone_in \'audit\'' -l journal -r -F -d 'a journal (the configured one when not given; may be given several times)'
complete -c touchstone -n '__touchstone_in \'audit\'' -l repository -x -a '(__fish_complete_directories)' -d 'count what all refs of this repository hold (may be given several times)'
complete -c touchstone -n '__touchstone_in \'audit\'' -l no-token -d 'do not ask the tokens that are plugged in'
complete -c touchstone -n '__touchstone_in \'audit\'' -l json -d 'print one object of JSON for each key'
complete -c touchstone -n '__touchstone_in \'pin\'' -a set -d 'give a token its first PIN'
complete -c touchstone -n '__touchstone_in \'pin\'' -a change -d 'change a token\'s PIN'
complete -c touchstone -n '__touchstone_in \'pin\'' -a verify -d 'check that you know a token\'s PIN'
complete -c touchstone -n '__touchstone_in \'pin set\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'pin change\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'pin change\'' -l last-try -d 'go on although a wrong PIN would block the token for good'
complete -c touchstone -n '__touchstone_in \'pin verify\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'pin verify\'' -l last-try -d 'go on although a wrong PIN would block the token for good'
complete -c touchstone -n '__touchstone_in \'token\'' -a list -d 'list the tokens plugged in'
complete -c touchstone -n '__touchstone_in \'token\'' -a resident -d 'credentials kept on the token itself'
complete -c touchstone -n '__touchstone_in \'token list\'' -l json -d 'print one object of JSON a line'
complete -c touchstone -n '__touchstone_in \'token list\'' -l ids -d 'print only the identifiers, one a line'
complete -c touchstone -n '__touchstone_in \'token resident\'' -a list -d 'list the credentials kept on a token'
complete -c touchstone -n '__touchstone_in \'token resident\'' -a delete -d 'delete a credential from a token'
complete -c touchstone -n '__touchstone_in \'token resident list\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'token resident list\'' -l json -d 'print one object of JSON a line'
complete -c touchstone -n '__touchstone_in \'token resident delete\'' -l token -x -a '(touchstone token list --ids 2>/dev/null)' -d 'the token, as touchstone token list names it (needed when several are plugged in)'
complete -c touchstone -n '__touchstone_in \'token resident delete\'' -s y -l yes -d 'do not ask'
complete -c touchstone -n '__touchstone_in \'config\'' -a check -d 'look for errors in the configuration'
complete -c touchstone -n '__touchstone_in \'config\'' -a show -d 'print the configuration in force, defaults filled in'
complete -c touchstone -n '__touchstone_in \'config\'' -a path -d 'print where the configuration file is looked for'
complete -c touchstone -n '__touchstone_in \'config check\'' -F
complete -c touchstone -n '__touchstone_in \'config show\'' -l json -d 'print one object of JSON: each key by its name in touchstone.toml(5)'
complete -c touchstone -n '__touchstone_in \'config show\'' -F
complete -c touchstone -n '__touchstone_in \'doctor\'' -l json -d 'print one object of JSON a line: check, state, finding, mend'
complete -c touchstone -n '__touchstone_in \'completion\'' -a 'bash zsh fish'
