//! A world whose every secret is known, and what nothing of it may leave.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use twcred::model::{Policy, Secret};
use twcred::sandbox::{Kind, Stored};

use super::front::{Front, Role};
use super::{Ran, World, account_sid, add_key, key_sid, secret};

/// The Auth Token that sings. Made here, so that no file of the repository has it.
pub(crate) fn canary() -> String {
    format!("{}{}", "cafe0c4a4a57", "f1e2d3c4b5a697887766")
}

/// A world whose every secret is known: those it began with, and each that Twilio shows.
pub(crate) struct Cage {
    pub(crate) world: World,
    pub(crate) shown: Arc<Mutex<Vec<String>>>,
    _front: Front,
}

impl Cage {
    pub(crate) fn new() -> Self {
        Self::behind(|_, body| body)
    }

    /// The same where the answers are changed on their way.
    pub(crate) fn behind(change: impl Fn(&str, String) -> String + Send + Sync + 'static) -> Self {
        let world = World::with(|state| {
            state.account_mut(&account_sid('a')).unwrap().token = Stored::new(Secret::new(canary()));
            let policy = Policy { allow: ["/twilio/messaging/messages/create".to_owned()].into() };
            add_key(state, 'a', '2', "sms", Kind::Restricted(policy), 40);
        });
        let shown = Arc::new(Mutex::new(vec![canary(), secret('1'), secret('2')]));
        let heard = shown.clone();
        let answer = move |what: &str, body: String| {
            for name in ["\"secret\":\"", "auth_token\":\""] {
                if let Some((_, rest)) = body.split_once(name).filter(|(_, rest)| !rest.starts_with('"')) {
                    heard.lock().unwrap().push(rest.split('"').next().unwrap().to_owned());
                }
            }
            change(what, body)
        };
        let front = Front::start(Role::Rewrite(Box::new(|_, body| body), Box::new(answer)), world.sandbox.addr());
        let temp = world.path("tmp");
        std::fs::create_dir(&temp).unwrap();
        let world = world
            .env("TWCRED_API_URL", &format!("http://{}", front.addr))
            .env("TMPDIR", temp.to_str().unwrap())
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        world.file("repos.env", &Self::repos());
        Self { world, shown, _front: front }
    }

    pub(crate) fn repos() -> String {
        format!(
            "TWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\nTWILIO_API_KEY={}\nTWILIO_API_SECRET={}\n\
             SMS_TWILIO_API_KEY={}\nSMS_TWILIO_API_SECRET={}\n",
            account_sid('a'),
            canary(),
            key_sid('1'),
            secret('1'),
            key_sid('2'),
            secret('2')
        )
    }

    /// Every form in which a secret might get out.
    pub(crate) fn forms(&self) -> Vec<String> {
        let mut users = vec![account_sid('a').to_string()];
        users.extend(self.world.live().iter().map(ToString::to_string));
        users.extend(['1', '2'].map(|digit| key_sid(digit).to_string()));
        let mut forms = Vec::new();
        for secret in self.shown.lock().unwrap().iter() {
            let digits: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let (hex, percent) = (digits.concat(), format!("%{}", digits.join("%").to_uppercase()));
            let bytes = format!("{:?}", secret.as_bytes());
            forms.extend([secret[..12].to_owned(), secret[20..].to_owned(), hex.to_uppercase(), hex, percent]);
            forms.push(bytes.trim_matches(['[', ']']).to_owned());
            forms.push(secret.chars().rev().collect());
            for user in &users {
                forms.push(STANDARD_NO_PAD.encode(format!("{user}:{secret}")));
            }
            // Wherever in a longer text it may stand: the part that its neighbours do not touch.
            for before in 0..3 {
                let text = STANDARD.encode(format!("{}{secret}", "?".repeat(before)));
                forms.push(text[4..text.len() - 4].to_owned());
            }
            forms.push(URL_SAFE.encode(secret));
        }
        forms
    }

    #[track_caller]
    pub(crate) fn assert_clean(&self, what: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for form in self.forms() {
            assert!(!text.contains(&form), "{what} has a secret, as {form}:\n{text}");
        }
    }

    /// A run, and nothing of a secret in what it said.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let ran = self.world.run(args);
        self.assert_clean(&format!("stdout of {args:?}"), ran.raw_out.as_bytes());
        self.assert_clean(&format!("stderr of {args:?}"), ran.raw_err.as_bytes());
        ran
    }

    /// The same at every level of talk. The last of them tells the exit code.
    #[track_caller]
    pub(crate) fn aloud(&self, args: &[&str]) -> Ran {
        for more in [&["-v"][..], &["--json"], &["-q"]] {
            self.run(&[args, more].concat());
        }
        self.run(&[args, &["-v", "--json"]].concat())
    }

    /// Every file under the home but those that are there to hold secrets.
    #[track_caller]
    pub(crate) fn assert_files_clean(&self, keep: &[&str]) {
        let mut open = vec![self.world.home.path().to_path_buf()];
        let mut seen = 0;
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(&dir).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.world.home.path()).unwrap().to_str().unwrap().to_owned();
                self.assert_clean("a file's name", name.as_bytes());
                if path.is_dir() {
                    open.push(path);
                } else if !keep.contains(&name.as_str()) {
                    seen += 1;
                    self.assert_clean(&name, &std::fs::read(&path).unwrap());
                }
            }
        }
        assert!(seen > 0, "there was nothing to look at");
    }

    /// A program that writes down how it was started, and then does this.
    pub(crate) fn program(&self, name: &str, then: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.world.file(
            name,
            &format!(
                "#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ > {0}/own.$$\n\
                 cat /proc/$PPID/cmdline /proc/$PPID/environ > {0}/parents.$$ 2>/dev/null\n{then}\n",
                self.world.path("tmp").display()
            ),
        );
        std::fs::File::open(&path).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}
