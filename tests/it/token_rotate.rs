//! `twcred token` as its users run it.

use insta::assert_snapshot;
use twcred::sandbox::AccountSeed;

use crate::support::{Ran, World, account_sid, env_text, exposed, key, repos, token};

const FILE: &[&str] = &["--env-file", "repos.env"];

fn world() -> World {
    let world = World::new();
    world.file("repos.env", &repos());
    world
}

fn with<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["token", verb][..], FILE, more].concat()
}

/// The primary token, and how many mails the owners got.
fn primary(world: &World) -> (String, u64) {
    world.sandbox.with_state(|state| {
        let account = state.account(&account_sid('a')).unwrap();
        (exposed(&account.token.secret()).to_owned(), account.mails)
    })
}

fn has_secondary(world: &World) -> bool {
    world.sandbox.with_state(|state| state.account(&account_sid('a')).unwrap().secondary.is_some())
}

#[test]
fn in_one_run() {
    let world = world();
    assert_snapshot!(world.run(&with("rotate", &["--yes", "--propagation", "1s"])), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58
    --- stderr
    the secondary token 65177d58 is made, both tokens sealed
    the token 65177d58 works
    wrote env:~/repos.env: the new token as …_SECONDARY, beside the one in force
    read env:~/repos.env back: both tokens work
    repos.env:3 TWILIO_AUTH_TOKEN holds the old token and gets the new one
    from the promote on Twilio signs webhooks with the new token: a validator that knows only the old one rejects them (docs/token-rotation.md; `twcred webhook verify` tries a signature)
    until now `twcred token delete` undoes everything; from the promote on there is no rollback and no way back
    before the promote: the known API key works
    promoted the token 65177d58: the one before it is dead, and there is no way back
    wrote env:~/repos.env: the new token in force, the old one as …_PREVIOUS
    read env:~/repos.env back: it works
    the old token is refused
    after the promote: the known API key still works
    waiting until YYYY-MM-DDThh:mm:ssZ for the new token to spread; an end of this run costs nothing, a later one goes on
    took the old token out of env:~/repos.env
    ");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary(&world).0));
    assert_snapshot!(world.run(&with("status", &[])), @r"
    exit: 0
    --- stdout
    token                          held as  fingerprint  Twilio says
    repos.env:3 TWILIO_AUTH_TOKEN  current  65177d58     works, the primary

    account                AC.1..............................
    secondary outstanding  no since YYYY-MM-DDThh:mm:ssZ: the last of Monitor's events about it is its end
    last promoted          YYYY-MM-DDThh:mm:ssZ
    open rotation          none
    ");
}

#[test]
fn the_journal_tells_of_it_beside_those_of_keys() {
    let world = world();
    world.run(&with("rotate", &["--yes", "--propagation", "0"]));
    assert_snapshot!(world.run(&["rotation", "list"]), @r"
    exit: 0
    --- stdout
    rotation      phase    old key         new key         begun                 old key ends
    rotation.id1  rotated  token 3eb1bd43  token 65177d58  YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&["rotation", "list", "--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.rotations/v1",
      "rotations": [
        {
          "id": "rotation.id1",
          "subject": "token",
          "phase": "rotated",
          "open": false,
          "account": "AC.1..............................",
          "old": "3eb1bd43",
          "new": "65177d58",
          "begun": "YYYY-MM-DDThh:mm:ssZ",
          "last": "YYYY-MM-DDThh:mm:ssZ",
          "retire_at": null,
          "sinks": [
            "env:~/repos.env"
          ],
          "endpoint": "TWILIO"
        }
      ]
    }
    "#);
    let id = world.rotations().pop().unwrap();
    assert_snapshot!(world.run(&["rotation", "show", &id]), @r"
    exit: 0
    --- stdout
    rotation   rotation.id1
    phase      rotated
    account    AC.1..............................
    old token  3eb1bd43
    new token  65177d58
    begun      YYYY-MM-DDThh:mm:ssZ
    sinks      env:~/repos.env
    endpoint   TWILIO
    next step  nothing

    YYYY-MM-DDThh:mm:ssZ  token begun
    YYYY-MM-DDThh:mm:ssZ  creating
    YYYY-MM-DDThh:mm:ssZ  the secondary token 65177d58 is made, both tokens sealed
    YYYY-MM-DDThh:mm:ssZ  the token 65177d58 works
    YYYY-MM-DDThh:mm:ssZ  wrote env:~/repos.env: the new token as …_SECONDARY, beside the one in force
    YYYY-MM-DDThh:mm:ssZ  read env:~/repos.env back: both tokens work
    YYYY-MM-DDThh:mm:ssZ  before the promote: the known API key works
    YYYY-MM-DDThh:mm:ssZ  promoting
    YYYY-MM-DDThh:mm:ssZ  promoted the token 65177d58: the one before it is dead, and there is no way back
    YYYY-MM-DDThh:mm:ssZ  handed over
    YYYY-MM-DDThh:mm:ssZ  wrote env:~/repos.env: the new token in force, the old one as …_PREVIOUS
    YYYY-MM-DDThh:mm:ssZ  read env:~/repos.env back: it works
    YYYY-MM-DDThh:mm:ssZ  the old token is refused
    YYYY-MM-DDThh:mm:ssZ  after the promote: the known API key still works
    YYYY-MM-DDThh:mm:ssZ  current
    YYYY-MM-DDThh:mm:ssZ  took the old token out of env:~/repos.env
    YYYY-MM-DDThh:mm:ssZ  unsealed
    YYYY-MM-DDThh:mm:ssZ  finished
    ");
    assert_snapshot!(world.run(&["rotation", "rollback", &id, "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 has ended
    hint: `twcred token rotate` goes on from where it stands, or begins another
    hint: `twcred rotation list` shows where each rotation stands
    ");
}

#[test]
fn dry_run() {
    let world = world();
    let before = crate::support::evidence::Evidence::of(&world);
    assert_snapshot!(world.run(&with("rotate", &["-n", "--check", "true", "--after", "true"])), @r"
    exit: 0
    --- stdout
    token        3eb1bd43
    account      AC.1..............................
    known keys   SK.1..............................
    propagation  1m
    decision     rotate
      1. create a secondary token, once
      2. seal both tokens in the state directory
      3. verify the new token with a live call
      4. write the new token into env:~/repos.env, as …_SECONDARY beside the one in force
      5. read env:~/repos.env back and authenticate with both
      6. run the check command; hold while it fails
      7. have somebody say yes: until here `twcred token delete` undoes all, from here nothing does
      8. verify both tokens and the known API key once more, then promote the new token
      9. write env:~/repos.env in one replacement: the new token in force, the old one as …_PREVIOUS
     10. read env:~/repos.env back and authenticate with what it gave
     11. see that the old token is refused
     12. see that every API key that worked before still works
     13. run the after command
     14. after 1m: take …_PREVIOUS out again
     15. delete the sealed tokens
    ");
    assert_snapshot!(world.run(&with("rotate", &["-n", "--json"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.token-plan/v1",
      "account": "AC.1..............................",
      "token": "3eb1bd43",
      "promoted": null,
      "sinks": [
        "env:~/repos.env"
      ],
      "keys": [
        "SK.1.............................."
      ],
      "propagation_seconds": 60,
      "max_age_seconds": null,
      "decision": "rotate",
      "steps": [
        "create a secondary token, once",
        "seal both tokens in the state directory",
        "verify the new token with a live call",
        "write the new token into env:~/repos.env, as …_SECONDARY beside the one in force",
        "read env:~/repos.env back and authenticate with both",
        "have somebody say yes: until here `twcred token delete` undoes all, from here nothing does",
        "verify both tokens and the known API key once more, then promote the new token",
        "write env:~/repos.env in one replacement: the new token in force, the old one as …_PREVIOUS",
        "read env:~/repos.env back and authenticate with what it gave",
        "see that the old token is refused",
        "see that every API key that worked before still works",
        "after 1m: take …_PREVIOUS out again",
        "delete the sealed tokens"
      ]
    }
    "#);
    assert_eq!(crate::support::evidence::Evidence::of(&world), before);
}

#[test]
fn create_then_delete() {
    let world = world();
    assert_snapshot!(world.run(&with("create", &["--suppress-email"])), @r"
    exit: 0
    --- stdout
    the token 65177d58 waits beside 3eb1bd43 in env:~/repos.env; both work
    --- stderr
    the secondary token 65177d58 is made, both tokens sealed
    the token 65177d58 works
    wrote env:~/repos.env: the new token as …_SECONDARY, beside the one in force
    read env:~/repos.env back: both tokens work
    ");
    assert_snapshot!(world.run(&with("status", &[])), @r"
    exit: 0
    --- stdout
    token                                    held as    fingerprint  Twilio says
    repos.env:3 TWILIO_AUTH_TOKEN            current    3eb1bd43     works, the primary
    repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY  secondary  65177d58     works, the secondary

    account                AC.1..............................
    secondary outstanding  yes since YYYY-MM-DDThh:mm:ssZ: repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY works, and is not the primary
    last promoted          unknown
    open rotation          rotation.id1 (staged)
    next step              have somebody say yes to the promote
    sinks                  env:~/repos.env
    ");
    assert_snapshot!(world.run(&with("status", &["--json"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.token-status/v1",
      "account": "AC.1..............................",
      "tokens": [
        {
          "place": "repos.env:3 TWILIO_AUTH_TOKEN",
          "role": "current",
          "fingerprint": "3eb1bd43",
          "works": "works",
          "standing": "primary"
        },
        {
          "place": "repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY",
          "role": "secondary",
          "fingerprint": "65177d58",
          "works": "works",
          "standing": "secondary"
        }
      ],
      "secondary": {
        "outstanding": "yes",
        "since": "YYYY-MM-DDThh:mm:ssZ",
        "why": "repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY works, and is not the primary"
      },
      "promoted": null,
      "rotation": {
        "id": "rotation.id1",
        "phase": "staged",
        "next": "have somebody say yes to the promote",
        "old": "3eb1bd43",
        "new": "65177d58",
        "sinks": [
          "env:~/repos.env"
        ]
      }
    }
    "#);
    assert_snapshot!(world.run(&with("delete", &[])).briefly(), @r"
    exit 2
    error: `Delete the secondary token 65177d58 of AC.1.............................. and take it out of the sinks?` needs an answer, and there is no terminal to ask on
    hint: answer with --yes
    ");
    assert_snapshot!(world.run(&with("delete", &["--yes"])), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 stays: the rotation was rolled back
    --- stderr
    env:~/repos.env does not hold the new token any more
    the secondary token is deleted
    ");
    assert_eq!(world.read("repos.env"), repos());
    assert!(!has_secondary(&world));
    assert_eq!(primary(&world), (token(), 0));
    assert_snapshot!(world.run(&with("delete", &["--yes"])), @r"
    exit: 1
    --- stderr
    error: the account has no secondary Auth Token that could be deleted
    hint: `twcred token status` tells what is known
    ");
}

#[test]
fn create_then_promote_and_no_way_back() {
    let world = world();
    world.run(&with("create", &[]));
    assert_snapshot!(world.run(&with("promote", &[])).briefly(), @r"
    exit 2
    error: nobody could say yes to the promote: there is no terminal to ask on
    hint: give a command that proves it safe, --check COMMAND, or say so beforehand: --yes
    hint: to go only as far as both tokens work everywhere: twcred token create
    ");
    assert_eq!(primary(&world).0, token());
    // Long enough not to be waited for.
    assert_snapshot!(world.run(&with("promote", &["--yes", "--propagation", "1h"])), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58; it is taken out of the sinks after YYYY-MM-DDThh:mm:ssZ
    --- stderr
    repos.env:3 TWILIO_AUTH_TOKEN holds the old token and gets the new one
    from the promote on Twilio signs webhooks with the new token: a validator that knows only the old one rejects them (docs/token-rotation.md; `twcred webhook verify` tries a signature)
    until now `twcred token delete` undoes everything; from the promote on there is no rollback and no way back
    before the promote: the known API key works
    promoted the token 65177d58: the one before it is dead, and there is no way back
    wrote env:~/repos.env: the new token in force, the old one as …_PREVIOUS
    read env:~/repos.env back: it works
    the old token is refused
    after the promote: the known API key still works
    ");
    let text = world.read("repos.env");
    assert!(text.contains(&format!("TWILIO_AUTH_TOKEN={}\n", primary(&world).0)), "{text}");
    assert!(text.contains(&format!("TWILIO_AUTH_TOKEN_PREVIOUS={}\n", token())) && !text.contains("_SECONDARY"));
    assert_snapshot!(world.run(&with("rotate", &["--yes"])), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58, and is taken out of the sinks by a run after YYYY-MM-DDThh:mm:ssZ
    ");
    assert_snapshot!(world.run(&with("delete", &["--yes"])), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 has promoted its new token already; there is no way back from a promote
    hint: the token in force takes its place in the sinks, and the rotation comes to its end: twcred token promote --env-file repos.env
    ");
    assert_snapshot!(world.run(&["rotation", "rollback", "--yes"]), @r"
    exit: 2
    --- stderr
    error: rotation rotation.id1 has promoted its new token already; there is no way back from a promote
    hint: the token in force takes its place in the sinks, and the rotation comes to its end: twcred token promote --env-file ~/repos.env
    ");
    assert_snapshot!(world.run(&["rotation", "retire", "--yes"]), @r"
    exit: 0
    --- stdout
    the token 3eb1bd43 was replaced by 65177d58
    --- stderr
    took the old token out of env:~/repos.env
    ");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary(&world).0));
}

/// A secondary that was made elsewhere, and put beside the token by hand.
#[test]
fn what_was_made_elsewhere_is_taken_up() {
    for (verb, rotated) in [("promote", true), ("delete", false)] {
        let world = world();
        let made = world.run(&["token", "create", "--env-file", "repos.env", "--reveal", "--state-dir", "other"]);
        let shown =
            made.raw_out.lines().find_map(|line| line.strip_prefix("secondary token")).unwrap().trim().to_owned();
        assert!(world.read("repos.env").contains(&format!("TWILIO_AUTH_TOKEN_SECONDARY={shown}\n")));
        let flags: &[&str] = if rotated { &["--yes", "--propagation", "0"] } else { &["--yes"] };
        let ran = world.run(&with(verb, flags));
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(!has_secondary(&world));
        assert_eq!(primary(&world).0, if rotated { shown } else { token() });
        assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary(&world).0));
    }
}

#[test]
fn reveal_shows_it_again_until_it_is_promoted() {
    let world = world().with_token();
    let shown = |ran: &Ran| ran.raw_out.split_whitespace().last().unwrap().to_owned();
    let first = world.run(&["token", "create", "--reveal"]);
    assert_eq!(shown(&first), shown(&world.run(&["token", "create", "--reveal"])));
    // Nothing would hold it.
    assert_snapshot!(world.run(&["token", "promote", "--yes"]).briefly(), @r"
    exit 2
    error: rotation rotation.id1 stopped
      because: no sink is left that would hold the new token
    hint: the token in force works and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1`
    hint: to go back instead: twcred token delete
    hint: name a sink that holds the token in force: --env-file FILE, or --to SINK
    ");
    assert_eq!(primary(&world).0, token());
    // A file that joins holds it.
    let ran = world.run(&with("promote", &["--yes", "--propagation", "0"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(primary(&world).0, shown(&first));
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &shown(&first)));
}

#[test]
fn the_check_holds_the_promote_and_after_holds_the_clearing() {
    let world = world();
    let rotate = |check: &str, after: &str| {
        world.run(&with("rotate", &["--check", check, "--after", after, "--propagation", "0"]))
    };
    assert_snapshot!(rotate("exit 9", "true").briefly(), @r"
    exit 7
    error: rotation rotation.id1 stopped
      because: the check command failed: exit status: 9
    hint: the token in force works and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1 --env-file repos.env`
    hint: to go back instead: twcred token delete --env-file repos.env
    hint: every sink holds both tokens, and both work; run again once the check passes
    ");
    assert_eq!(primary(&world).0, token());
    assert!(has_secondary(&world));
    assert_snapshot!(rotate("grep -q TWILIO_AUTH_TOKEN_SECONDARY= repos.env", "exit 8").briefly(), @r"
    exit 5
    error: rotation rotation.id1 stopped
      because: the after command failed: exit status: 8
    hint: the new token is in force and nothing is lost; run the same command again, or `twcred rotation resume rotation.id1 --env-file repos.env`
    hint: the new token is in force; run again to repeat the command
    ");
    assert_ne!(primary(&world).0, token());
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_PREVIOUS="));
    let ran = rotate("exit 9", "test \"$TWCRED_ACCOUNT_SID\" && ! test \"$TWILIO_AUTH_TOKEN\"");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(world.read("repos.env"), repos().replace(&token(), &primary(&world).0));
}

#[test]
fn by_age() {
    let world = world();
    let daily = || world.run(&with("rotate", &["--yes", "--max-age", "90d", "--propagation", "0"]));
    assert_snapshot!(daily(), @r"
    exit: 1
    --- stderr
    error: nothing tells how old the Auth Token is: no rotation of it is in the journal, and Twilio's events tell of no promotion
    hint: rotate it once whatever its age, with --max-age 0s, also where the configuration says max-age: then the journal tells
    ");
    world.run(&with("rotate", &["--yes", "--propagation", "0"]));
    assert_snapshot!(daily(), @r"
    exit: 0
    --- stdout
    the token 65177d58 is not due before YYYY-MM-DDThh:mm:ssZ
    ");
    // Another machine has no journal: Twilio's events tell.
    let other = ["--yes", "--max-age", "90d", "--state-dir", "other"];
    assert_snapshot!(world.run(&with("rotate", &other)), @r"
    exit: 0
    --- stdout
    the token 65177d58 is not due before YYYY-MM-DDThh:mm:ssZ
    ");
}

#[test]
fn names_and_mails_are_the_users() {
    let world = world();
    world.run(&with("create", &["--suppress-email", "--secondary-suffix", "_NEXT", "--previous-suffix", "_LAST"]));
    assert!(world.read("repos.env").contains("TWILIO_AUTH_TOKEN_NEXT="));
    let flags = ["--yes", "--suppress-email", "--secondary-suffix", "_NEXT", "--previous-suffix", "_LAST"];
    let ran = world.run(&with("rotate", &[&flags[..], &["--propagation", "1h"]].concat()));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(world.read("repos.env").contains(&format!("TWILIO_AUTH_TOKEN_LAST={}\n", token())));
    assert_eq!(primary(&world).1, 0);
    assert_snapshot!(world.run(&with("rotate", &["--previous-suffix", "_SECONDARY"])).briefly(), @r"
    exit 2
    error: a token's variable with the suffix _SECONDARY is the name of something else
    hint: the default is --secondary-suffix _SECONDARY --previous-suffix _PREVIOUS
    ");
}

/// Forty projects in one file, some with the token under their own prefix, and one that nothing can replace.
#[test]
fn every_project_of_the_file_and_what_nothing_replaces() {
    let world = world();
    let shared = format!("{}\nA_TWILIO_ACCOUNT_SID={}\nA_TWILIO_AUTH_TOKEN='{}'\n", repos(), account_sid('a'), token());
    world.file("repos.env", &shared);
    let ran = world.run(&with("rotate", &["--yes", "--propagation", "0"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    let now = primary(&world).0;
    assert_eq!(world.read("repos.env"), shared.replace(&token(), &now));

    let odd = format!("{}MYSECRET={now}\n", shared.replace(&token(), &now));
    world.file("repos.env", &odd);
    assert_snapshot!(world.run(&with("rotate", &["--check", "true"])).briefly(), @r"
    exit 3
    error: the old token would be dead where nothing replaces it: repos.env:14 MYSECRET
    hint: nothing was promoted; put the token under a name of its own there (X_AUTH_TOKEN with X_ACCOUNT_SID), or take it out
    hint: or promote all the same: --yes
    ");
    assert_eq!(primary(&world).0, now);
    let ran = world.run(&with("rotate", &["--yes", "--propagation", "0"]));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.err.contains("MYSECRET holds the old token, and nothing replaces it there"), "{ran}");
    assert!(world.read("repos.env").contains(&format!("MYSECRET={now}\n")));
}

#[test]
fn refused_before_anything_is_made() {
    let world = World::with(|state| {
        let seed = AccountSeed {
            sid: account_sid('b'),
            owner: Some(account_sid('a')),
            name: "Child".to_owned(),
            token: twcred::model::Secret::new("ab".repeat(16)),
            created: twcred::cli::context::clock(),
        };
        state.add_account(seed).unwrap();
    });
    world.file("repos.env", &repos());
    let child = account_sid('b').to_string();
    let asked = world.sandbox.exchanges().len();
    assert_snapshot!(world.run(&with("rotate", &[])).briefly(), @r"
    exit 2
    error: nobody could say yes to the promote: there is no terminal to ask on
    hint: give a command that proves it safe, --check COMMAND, or say so beforehand: --yes
    hint: to go only as far as both tokens work everywhere: twcred token create
    ");
    assert_snapshot!(world.run(&with("rotate", &["--yes", "--account", &child])).briefly(), @r"
    exit 2
    error: the token in hand is that of AC.1.............................., and Twilio would replace that, not the one of AC.2..............................
    hint: these calls act on the account that signs them: run with the SID of AC.2.............................. and its own Auth Token, also where AC.1.............................. is its parent
    ");
    assert_snapshot!(world.run(&["token", "create"]).briefly(), @r"
    exit 2
    error: no Twilio credential was given
    hint: name an env file: --env-file repos.env
    hint: or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)
    hint: or keep one under a name: twcred profile add NAME
    ");
    assert_snapshot!(world.run_with(&["token", "create", "--env-file", "-"], &repos()).briefly(), @r"
    exit 2
    error: nothing says where the new token is to be kept, and Twilio shows it only once
    hint: name the env file that holds the token in force: twcred token create --env-file repos.env
    hint: or a sink, --to SINK, or have it printed: --reveal
    ");
    world.file("key.env", &env_text(&key('1')));
    assert_snapshot!(world.run(&["token", "rotate", "--yes", "--env-file", "key.env"]).briefly(), @r"
    exit 2
    error: ~/key.env holds no Auth Token with its account
    hint: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN there: an API key may not replace the token
    ");
    assert_snapshot!(world.run_with(&["token", "create", "--reveal", "--env-file", "-"], &env_text(&key('1'))).briefly(), @r"
    exit 2
    error: the credential in force is the API key SK.1.............................., and an API key may not replace the Auth Token
    hint: bring the token itself: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, in the environment or in --env-file
    ");
    world.file("half.env", &format!("TWILIO_AUTH_TOKEN={}\n", token()));
    assert_snapshot!(world.run(&["token", "rotate", "--yes", "--env-file", "half.env"]).briefly(), @r"
    exit 2
    error: cannot use ~/half.env
      because: line 1, TWILIO_AUTH_TOKEN: the Account SID that belongs to it is missing
    hint: put the missing half beside it, or take this line out: a credential is whole or not there
    ");
    assert_snapshot!(world.run(&with("promote", &["--yes"])).briefly(), @r"
    exit 1
    error: no rotation of the token is open, and no secondary token is in hand
    hint: make one: twcred token create --env-file repos.env
    hint: or put it beside the token, as …_SECONDARY: only its holder can promote it safely
    ");
    assert_eq!(world.sandbox.exchanges().len(), asked);
    // A token of another account, and one that is wrong.
    world.file("other.env", &repos().replace(account_sid('a').as_str(), &child));
    assert_snapshot!(world.run(&["token", "rotate", "--yes", "--env-file", "other.env"]).briefly(), @r"
    exit 4
    error: the token in hand (3eb1bd43) was rejected by Twilio: TWILIO refused GET /2010-04-01/Accounts/AC.2...............................json: Authenticate (code 20003, HTTP 401, request RQ…)
    hint: `twcred token status` tells which token is in hand, and whether it works; a token belongs to one account and one region
    hint: the request was signed by AC.2..............................; its token is from other.env:3 TWILIO_AUTH_TOKEN
    ");
    assert!(world.rotations().is_empty());
}
