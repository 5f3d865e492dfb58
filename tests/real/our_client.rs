//! Our own client through the same check: what it asks is valid against Twilio's files.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use twcred::api::{Candidate, Client, Depth, Endpoint, Revocation, Settings, Verdict};
use twcred::model::{Credential, FriendlyName, KeyPair, KeySid, NewKey, Policy, Secret};

use crate::contract::Contract;
use crate::support::{Ran, Sample, Tools, run};

fn checked() -> Option<(Sample, Contract)> {
    let tools = Tools::with_node()?;
    let sample = Sample::start(120);
    let contract = Contract::before(&tools, &sample.sandbox.addr().to_string());
    Some((sample, contract))
}

/// The calls that went through, `METHOD path`, the account's and the keys' SIDs left out.
fn routes(contract: &Contract) -> Vec<String> {
    let plain = |segment: &str| {
        let sid = segment.len() >= 34 && (segment.starts_with("AC") || segment.starts_with("SK"));
        if sid { format!("{}{}", &segment[..2], &segment[34..]) } else { segment.to_owned() }
    };
    let route = |path: &str| path.split('/').map(plain).collect::<Vec<_>>().join("/");
    contract.exchanges().iter().map(|one| format!("{} {}", one.method, route(&one.path))).collect()
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_our_client_asks_and_the_sandbox_answers_is_valid() {
    let Some((sample, contract)) = checked() else { return };
    let client = Client::new(Settings::new(Endpoint::custom(&contract.url()).unwrap()));
    let account = sample.account();
    let auth = Credential::AuthToken { account: account.clone(), token: Secret::new(sample.token()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (keys, _) = client.all_keys(&auth, account).await.unwrap();
        assert_eq!(keys.len(), 123);
        let mut paged = 0;
        client.keys(&auth, account, 50, |page| paged += page.len()).await.unwrap();
        assert_eq!(paged, 123);

        let name = |text: &str| FriendlyName::parse(text).unwrap();
        let standard = NewKey { name: name("a key & more, ünïcode"), policy: None };
        let standard = client.create_key(&auth, account, &standard).await.unwrap();
        let allow = ["/twilio/messaging/messages/list", "/twilio/messaging/messages/read"];
        let policy = Policy { allow: allow.map(str::to_owned).into() };
        let restricted = NewKey { name: name("restricted"), policy: Some(policy.clone()) };
        let restricted = client.create_key(&auth, account, &restricted).await.unwrap();
        let shown = client.key(&auth, account, &restricted.pair.sid).await.unwrap().unwrap();
        assert_eq!(shown.policy, Some(policy));

        client.rename_key(&auth, account, &standard.pair.sid, &name("renamed")).await.unwrap();
        let shown = client.key(&auth, account, &standard.pair.sid).await.unwrap().unwrap();
        assert_eq!(shown.name, Some(name("renamed")));

        let mut candidates = vec![
            Candidate::Credential(auth.clone()),
            Candidate::Pair(standard.pair.clone()),
            Candidate::Pair(restricted.pair.clone()),
        ];
        for kind in ["main", "standard", "rotator"] {
            let (sid, secret) = sample.key(kind);
            let pair = KeyPair { sid: KeySid::parse(&sid).unwrap(), secret: Secret::new(secret) };
            candidates.push(Candidate::Credential(Credential::ApiKey { account: account.clone(), pair }));
        }
        for candidate in &candidates {
            for depth in [Depth::Quick, Depth::Full] {
                let verdict = client.probe(candidate, depth).await.unwrap();
                assert!(matches!(verdict, Verdict::Valid { .. }), "{candidate:?}: {verdict:?}");
            }
        }

        for pair in [&standard.pair, &restricted.pair] {
            assert!(matches!(client.revoke_key(&auth, account, &pair.sid).await.unwrap(), Revocation::Revoked));
            assert!(matches!(client.revoke_key(&auth, account, &pair.sid).await.unwrap(), Revocation::AlreadyGone));
            assert_eq!(client.key(&auth, account, &pair.sid).await.unwrap(), None);
        }
        let mut accounts = 0;
        client.accounts(&auth, 50, |page| accounts += page.len()).await.unwrap();
        assert_eq!(accounts, 2);
    });
    contract.assert_kept(25);
    let routes = routes(&contract);
    for route in [
        "GET /v1/Keys",
        "POST /v1/Keys",
        "GET /v1/Keys/SK",
        "POST /v1/Keys/SK",
        "DELETE /v1/Keys/SK",
        "GET /v2/Services",
        "GET /2010-04-01/Accounts.json",
        "GET /2010-04-01/Accounts/AC.json",
    ] {
        assert!(routes.iter().any(|one| one == route), "nothing asked {route}: {routes:?}");
    }
}

/// The program, with nothing of the caller's environment, speaking to the checked sandbox.
struct Program<'a> {
    sample: &'a Sample,
    url: String,
    home: &'a Path,
}

impl Program<'_> {
    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twcred"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.home).current_dir(self.home);
        command.env("TWILIO_ACCOUNT_SID", self.sample.account().as_str()).env("TWILIO_AUTH_TOKEN", self.sample.token());
        command.args(arguments).args(["--api-url", &self.url, "--no-input", "--json"]);
        run(&mut command, "")
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "twcred {arguments:?}: {}\n{}{}", ran.status, ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
    }
}

/// The one value in an env file that a variable has.
fn value_of(file: &Path, variable: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(variable)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{variable} is not in the file")).trim_matches(['"', '\'']).to_owned()
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_the_program_asks_is_valid_command_by_command() {
    let Some((sample, contract)) = checked() else { return };
    let home = tempfile::tempdir().unwrap();
    let program = Program { sample: &sample, url: contract.url(), home: home.path() };
    let file = home.path().join("repos.env");
    let (sid, secret) = sample.key("standard");
    let account = sample.account();
    std::fs::write(&file, format!("TWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\n"))
        .unwrap();

    program.done(&["whoami"]);
    program.done(&["keys", "list"]);
    program.done(&["keys", "list", "--all-accounts"]);
    program.done(&["keys", "show", &sid]);
    program.done(&["keys", "verify", "--env-file", "repos.env"]);
    program.done(&["keys", "create", "made by the program", "--to", "env:made.env"]);
    let made = value_of(&home.path().join("made.env"), "TWILIO_API_KEY");
    program.done(&["keys", "rename", &made, "renamed by the program"]);
    let allow = "/twilio/messaging/messages/list";
    program.done(&["keys", "create", "restricted", "--restricted", "--allow", allow, "--to", "env:restricted.env"]);
    let restricted = value_of(&home.path().join("restricted.env"), "TWILIO_API_KEY");
    program.done(&["keys", "show", &restricted]);
    // What a file still holds is not revoked.
    std::fs::remove_file(home.path().join("made.env")).unwrap();
    program.done(&["keys", "revoke", &made, "--yes"]);
    contract.assert_kept(15);
}

#[test]
#[ignore = "needs tools that tests/run installs"]
fn what_a_rotation_asks_is_valid_of_a_standard_key_and_of_a_restricted_one() {
    let Some((sample, contract)) = checked() else { return };
    let home = tempfile::tempdir().unwrap();
    let program = Program { sample: &sample, url: contract.url(), home: home.path() };
    for name in ["standard", "rotator"] {
        let file = home.path().join(format!("{name}.env"));
        let (sid, secret) = sample.key(name);
        let account = sample.account();
        let text = format!("TWILIO_ACCOUNT_SID={account}\nTWILIO_API_KEY={sid}\nTWILIO_API_SECRET={secret}\n");
        std::fs::write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        program.done(&["keys", "rotate", "--env-file", path, "--dry-run"]);
        program.done(&["keys", "rotate", "--env-file", path]);
        let new = value_of(&file, "TWILIO_API_KEY");
        assert_ne!(new, sid, "the new pair is in the file");
        program.done(&["rotation", "list"]);
        program.done(&["keys", "rotate", "--env-file", path, "--now"]);
        let state = sample.sandbox.state();
        assert!(state.key(&KeySid::parse(&sid).unwrap()).is_none(), "the old key is retired");
        assert!(state.key(&KeySid::parse(&new).unwrap()).is_some(), "the new key lives");
    }
    contract.assert_kept(20);
}
