# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_twcred_global_optspecs
    string join \n env-file= p/profile= account= region= edge= api-url= ca-file= timeout= config= state-dir= o/output= json q/quiet v/verbose color= no-input y/yes h/help V/version
end

function __fish_twcred_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_twcred_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_twcred_using_subcommand
    set -l cmd (__fish_twcred_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c twcred -n "__fish_twcred_needs_command" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_needs_command" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_needs_command" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_needs_command" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_needs_command" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_needs_command" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_needs_command" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_needs_command" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_needs_command" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_needs_command" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_needs_command" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_needs_command" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_needs_command" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_needs_command" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_needs_command" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_needs_command" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_needs_command" -s V -l version -d 'Print version'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "keys" -d 'Work with the API keys of an account'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "token" -d 'Replace the account\'s Auth Token, by way of a secondary one'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "rotation" -d 'Follow, continue or end rotations'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "sink" -d 'See, test, compare and fill the places that credentials are kept in'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "profile" -d 'Keep credentials by name, their secrets in the keyring'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "whoami" -d 'Show which credential is in force, where it came from and what it can do'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "webhook" -d 'Look at the webhooks that Twilio sends'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "sandbox" -d 'Run a local Twilio for keys, tokens and accounts'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "rehearse" -d 'Rehearse a rotation against the embedded sandbox, killed at every step'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "audit" -d 'Find what is wrong with a secrets file, and mend it'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "exec" -d 'Run a command with the credential in force in its environment'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "export" -d 'Print the credential in force, for a shell, a container or a program'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "init" -d 'Write a configuration with every field explained'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c twcred -n "__fish_twcred_needs_command" -f -a "man" -d 'Print the manual'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "list" -d 'List every key of the account'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "ls" -d 'List every key of the account'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "create" -d 'Make a key and put its secret where it is used'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "show" -d 'Show one key, with its policy'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "rename" -d 'Give a key another name'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "verify" -d 'Find out whether a key and its secret work'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "rotate" -d 'Replace a key by a new one wherever it is used, and retire it'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and not __fish_seen_subcommand_from list ls create show rename verify rotate revoke" -f -a "revoke" -d 'End keys for good'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l max-age -d 'Hold each key\'s age against this; exit 3 if a key is older' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l format -d 'How to show the keys; --json is --format json' -r -f -a "table\t'A table, for people'
json\t'twcred.keys/v1'
sarif\t'SARIF 2.1.0: the keys that are older than --max-age'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l concurrency -d 'Ask for this many accounts at once, and for fewer where Twilio throttles' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l all-accounts -d 'List the keys of all subaccounts as well'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l resume -d 'Go on with the run of the last hour that did not come to its end: ask only for the accounts it did not list'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l max-age -d 'Hold each key\'s age against this; exit 3 if a key is older' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l format -d 'How to show the keys; --json is --format json' -r -f -a "table\t'A table, for people'
json\t'twcred.keys/v1'
sarif\t'SARIF 2.1.0: the keys that are older than --max-age'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l concurrency -d 'Ask for this many accounts at once, and for fewer where Twilio throttles' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l all-accounts -d 'List the keys of all subaccounts as well'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l resume -d 'Go on with the run of the last hour that did not come to its end: ask only for the accounts it did not list'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l to -d 'Store the new pair in this sink (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l allow -d 'With --restricted: a permission, /twilio/PRODUCT/RESOURCE/ACTION (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l policy -d 'Make a Restricted key with this policy, a JSON file: {"allow": […]}' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l reveal -d 'Print the secret on standard output'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l restricted -d 'Make a Restricted key, which may do what --allow names and nothing else'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l drop-marker -d 'Take the marker of a rotation out of the name; for a rotation whose journal is lost for good'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l secret-kept -d 'Say that you have the secret: a `keys create` that was cut off need not bring it anywhere any more'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l sid -d 'The key; its secret is asked for, or read from standard input' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l var -d 'Take the key whose SID stands in this variable' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l var -d 'Rotate the pair whose SID stands in this variable of --env-file (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l to -d 'Store the new pair in this sink as well (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l without -d 'Leave this sink of an earlier rotation, or place of the configuration, alone, although it holds the key (repeatable); a place of the configuration in this run only: give it again until the key has ended' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l max-age -d 'Rotate only keys that reach this age before their grace would be over; without it, keys of any age' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l grace -d 'How long the old key goes on working [default: 24h]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l check -d 'Hold the rotation while this command fails' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l after -d 'Run this once the new pair is current; the old key stays until it has succeeded' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l all -d 'Rotate every pair of --env-file; without it, every target of the configuration'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l now -d 'End the grace now: revoke the old key in this very run'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s n -l dry-run -d 'Say what would be done, and do nothing'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l allow-downgrade -d 'Replace a Main key, which cannot be made by API, by a Standard one'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l step -d 'Stop before every step until Enter is pressed'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l sink -d 'Look into this sink as well before revoking what it may hold (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l force -d 'Revoke even the key that signs the request, one that is or may be still held, or one that a rotation works on or needs'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -f -a "status" -d 'Show which token is in hand, and whether a secondary is outstanding'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -f -a "create" -d 'Make a secondary token and put it beside the one in force'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -f -a "promote" -d 'Put the secondary token in force, from which there is no way back'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -f -a "delete" -d 'Delete the secondary token and take it out of the sinks'
complete -c twcred -n "__fish_twcred_using_subcommand token; and not __fish_seen_subcommand_from status create promote delete rotate" -f -a "rotate" -d 'Do all of it: make, publish, promote, switch, clear'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l to -d 'Keep the tokens in this sink as well, which holds the one in force already (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l without -d 'Leave this sink of an earlier rotation, or of an open one, alone; json:FILE is its root object only (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l suppress-email -d 'Ask Twilio not to tell the account\'s owners by mail'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l reveal -d 'Print the new token on standard output'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l to -d 'Keep the tokens in this sink as well, which holds the one in force already (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l without -d 'Leave this sink of an earlier rotation, or of an open one, alone; json:FILE is its root object only (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l propagation -d 'How long the old token stays beside the new one in the sinks [default: 60s]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l check -d 'Promote only after this command has succeeded' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l after -d 'Run this once the new token is in force in every sink' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l suppress-email -d 'Ask Twilio not to tell the account\'s owners by mail'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l to -d 'Keep the tokens in this sink as well, which holds the one in force already (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l without -d 'Leave this sink of an earlier rotation, or of an open one, alone; json:FILE is its root object only (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l suppress-email -d 'Ask Twilio not to tell the account\'s owners by mail'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l to -d 'Keep the tokens in this sink as well, which holds the one in force already (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l without -d 'Leave this sink of an earlier rotation, or of an open one, alone; json:FILE is its root object only (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l max-age -d 'Rotate only if the last promotion is this old' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l propagation -d 'How long the old token stays beside the new one in the sinks [default: 60s]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l check -d 'Promote only after this command has succeeded' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l after -d 'Run this once the new token is in force in every sink; the old one stays beside it until it has succeeded' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l all -d 'Rotate the tokens of every target of the configuration'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l suppress-email -d 'Ask Twilio not to tell the account\'s owners by mail'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s n -l dry-run -d 'Say what would be done, and do nothing'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand token; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "list" -d 'List the rotations this machine knows, and creates that were cut off, open ones first'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "show" -d 'Show one rotation, or a create that was cut off, record by record'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "resume" -d 'Continue an open rotation as far as it goes now, or settle a create that was cut off'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "rollback" -d 'Put the old pair back everywhere and revoke the new key; of a token: take the secondary back'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "retire" -d 'End the grace of a rotation: revoke its old key now; of a token: take the old one out now'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and not __fish_seen_subcommand_from list show resume rollback retire abort" -f -a "abort" -d 'Give a rotation up that no sink has seen yet'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l open -d 'Show open ones only'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rotation; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -f -a "list" -d 'List the kinds of sinks, and the places of every target'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -f -a "ls" -d 'List the kinds of sinks, and the places of every target'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -f -a "test" -d 'Find out whether sinks could be written, without writing'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -f -a "diff" -d 'Compare what the sinks of a target hold, by SID and fingerprint'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and not __fish_seen_subcommand_from list ls test diff push" -f -a "push" -d 'Put the credential that the first sink of a target holds into the others'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l sink -d 'Try this sink, which need not be of a target (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l from -d 'Take it from this sink of the target, and not from the first one' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l all -d 'Every target of the configuration'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sink; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "add" -d 'Keep a credential under a name, once Twilio has accepted it'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "list" -d 'List the profiles; the keyring is not asked'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "show" -d 'Show one profile, and whether its secret is where it should be'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "use" -d 'Make a profile the active one'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "remove" -d 'Forget a profile and its secret on this machine; at Twilio nothing changes'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and not __fish_seen_subcommand_from add list show use remove import" -f -a "import" -d 'Take over the profiles of another program'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l sid -d 'Keep this API key; without it, the account\'s Auth Token' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l kind -d 'What to take of an --env-file that holds both' -r -f -a "key\t'The API key'
token\t'The Auth Token'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l store -d 'Where the secret is kept [default: keyring, or where that of the replaced profile is]' -r -f -a "keyring\t'The keyring of the operating system'
file\t'A file that only you may read, in plain text'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l replace -d 'Replace the profile of this name; with neither --account nor --sid by the same credential, whose secret is asked for'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l reveal -d 'Print the secret on standard output'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l from -d 'Whose profiles' -r -f -a "twilio-cli\t'The official CLI'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l path -d 'The file, if it is not where that program keeps it' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l store -d 'Where the secrets are kept' -r -f -a "keyring\t'The keyring of the operating system'
file\t'A file that only you may read, in plain text'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l replace -d 'Replace profiles of the same names'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand profile; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and not __fish_seen_subcommand_from verify" -f -a "verify" -d 'Find out which of the tokens in hand signed a webhook'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l url -d 'The URL as it was given to Twilio; with --request, in place of what the request says' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l signature -d 'The value of the header X-Twilio-Signature' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l body -d 'The body as it was received, a form or JSON (`-`: from standard input)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l form -d 'One field of the form, as the application sees it (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l request -d 'A whole request as a log has it: request line, headers, empty line, body (`-`: from standard input)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l var -d 'Try the value of this variable as well: the secret of a SharedKey, or a token under another name (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l secondary-suffix -d 'What is put behind a token\'s variable for the token that waits to be promoted [default: _SECONDARY]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l previous-suffix -d 'What is put behind it for the token that was in force before [default: _PREVIOUS]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand webhook; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l listen -d 'Listen here; a loopback address, port 0 for a free one' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l load -d 'Start from this saved state' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l save -d 'Save the state here at the end' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l fault -d 'Let this go wrong (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l limit -d 'Answer 429 to more than this many requests at once' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l latency -d 'Take at least this long for every request' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l subaccounts -d 'Start with so many subaccounts' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l max-keys -d 'Refuse more keys than this in an account' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l seed -d 'Invent the same SIDs and secrets for the same number' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l var -d 'Rehearse this pair only, named by the variable of its SID' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand rehearse" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l format -d 'How to show the findings; --json is --format json' -r -f -a "human\t'For people'
json\t'twcred.audit/v1'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Annotations of GitHub Actions'"
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l fail-on -d 'Exit 3 for findings of this severity and above [default: error]' -r -f -a "critical\t''
error\t''
warning\t''
info\t''"
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l select -d 'Ask these rules only: codes, names, or beginnings such as TW3' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l ignore -d 'Do not ask these rules' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l readers -d 'The programs that read the file, such as docker,systemd [default: all that are known]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l explain -d 'Explain a rule and do nothing else' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l copies -d 'Search this file or folder, and the histories of shells, for other places where the values stand (repeatable)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l owner -d 'Who the file should belong to: a user\'s name or number [default: this user; under sudo, the caller]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l allow-group -d 'A group that may read the file: a name or number (repeatable)' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l max-age -d 'How old a credential may grow [default: 180d]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l baseline -d 'Leave out the findings that this file knows' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l write-baseline -d 'Write the findings to this file, to be known from now on' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l config -d 'Take exceptions and defaults from here [default: $XDG_CONFIG_HOME/twcred/audit.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l stdin -d 'Audit what standard input says'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l exit-zero -d 'Exit 0 whatever is found'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l pedantic -d 'Ask the pedantic rules too'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l fix -d 'Mend what is safe to mend: each program reads what it read before, or now what stands there'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l unsafe-fixes -d 'Also mend what somebody may rely upon'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l diff -d 'Show what --fix would change, values masked, and change nothing'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l include-ignored -d 'Search folders that git ignores, too (ignored files in other folders, and tracked ones in these, are always searched)'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l history -d 'Search the git history in and around the folders of --copies, too'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l live -d 'Ask Twilio about the credentials; nothing is changed there'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l require-live -d 'The same, and exit 75 if an answer does not settle it'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l no-ignores -d 'Take no notice of exceptions in the file and in the configuration'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l var -d 'Give the key whose SID stands in this variable' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l auth-token -d 'Give the Auth Token, and not an API key'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand export" -l format -d 'How to write it; --json is --format json' -r -f -a "env\t'NAME=value, for env files'
shell\t'export NAME=\'value\', for eval in a shell'
json\t'One object, for programs'
docker\t'NAME=value as it is, for docker run --env-file'"
complete -c twcred -n "__fish_twcred_using_subcommand export" -l var -d 'Give the key whose SID stands in this variable' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand export" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand export" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand export" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand export" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand export" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand export" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand export" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand export" -l reveal -d 'Print the secret on standard output'
complete -c twcred -n "__fish_twcred_using_subcommand export" -l auth-token -d 'Give the Auth Token, and not an API key'
complete -c twcred -n "__fish_twcred_using_subcommand export" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand export" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand export" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand export" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand export" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand init" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand init" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand init" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand init" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand init" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand init" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand init" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand init" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand init" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand init" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand init" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand init" -l force -d 'Replace the configuration that is there'
complete -c twcred -n "__fish_twcred_using_subcommand init" -l schema -d 'Print the schema of the file, for editors, and write nothing'
complete -c twcred -n "__fish_twcred_using_subcommand init" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand init" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand init" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand init" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand init" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c twcred -n "__fish_twcred_using_subcommand man" -l dir -d 'Write every page into this folder, which must exist, and print none' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand man" -l env-file -d 'Take credentials, region and edge from this env file (`-`: from standard input, which may also be one credential without names)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand man" -s p -l profile -d 'Take them from this profile [env: TWCRED_PROFILE, in place of the active one]' -r
complete -c twcred -n "__fish_twcred_using_subcommand man" -l account -d 'Act on this account; with an API key from the environment, the account it belongs to' -r
complete -c twcred -n "__fish_twcred_using_subcommand man" -l region -d 'Twilio region, such as ie1 or au1 [env: TWILIO_REGION]' -r
complete -c twcred -n "__fish_twcred_using_subcommand man" -l edge -d 'Twilio edge, such as dublin or sydney [env: TWILIO_EDGE]' -r
complete -c twcred -n "__fish_twcred_using_subcommand man" -l api-url -d 'Talk to this server and not to Twilio: https, or http to loopback [env: TWCRED_API_URL]' -r -f
complete -c twcred -n "__fish_twcred_using_subcommand man" -l ca-file -d 'Trust this certificate authority as well (PEM)' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand man" -l timeout -d 'Give up on one request after this long' -r
complete -c twcred -n "__fish_twcred_using_subcommand man" -l config -d 'Take targets from this file [env: TWCRED_CONFIG] [default: ~/.config/twcred/twcred.toml]' -r -F
complete -c twcred -n "__fish_twcred_using_subcommand man" -l state-dir -d 'Keep journals and sealed secrets in this folder [env: TWCRED_STATE_DIR]' -r -f -a "(__fish_complete_directories)"
complete -c twcred -n "__fish_twcred_using_subcommand man" -s o -l output -d 'How to show the result' -r -f -a "table\t'A table, for people'
json\t'JSON, for programs'"
complete -c twcred -n "__fish_twcred_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c twcred -n "__fish_twcred_using_subcommand man" -l json -d 'Same as --output json; an error is then one line of JSON on stderr'
complete -c twcred -n "__fish_twcred_using_subcommand man" -s q -l quiet -d 'Leave out notes and progress; a rotation is then told of only if something was done'
complete -c twcred -n "__fish_twcred_using_subcommand man" -s v -l verbose -d 'Show each exchange with Twilio: method, URL, status, request id, time'
complete -c twcred -n "__fish_twcred_using_subcommand man" -l no-input -d 'Never ask; a question without a safe answer is exit code 2'
complete -c twcred -n "__fish_twcred_using_subcommand man" -s y -l yes -d 'Answer yes to every question'
complete -c twcred -n "__fish_twcred_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
