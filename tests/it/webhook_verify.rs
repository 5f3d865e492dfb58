//! `twcred webhook verify`: which token signed a request, and what would match if none did.

use insta::assert_snapshot;
use serde_json::Value;
use twcred::model::Secret;
use twcred::sandbox::{Account, SecondaryToken, Stored};

use crate::support::webhook::{AUTH_TOKEN, SHARED_KEY, Webhook, sign};
use crate::support::{Ran, World, account_sid, token};

const URL: &str = "https://hooks.example.test/sms?tenant=7";

/// What somebody wrote, and what no output may repeat.
const PRIVATE: &str = "call +15005550006 about the diagnosis";

/// The tokens of the account: the current one is [`token`].
fn next_token() -> String {
    "fedcba9876543210".repeat(2)
}

fn other_token() -> String {
    "00112233445566778899aabbccddeeff".to_owned()
}

/// An env file midway through a rotation, with another project beside it.
fn world() -> World {
    let world = World::new();
    world.file(
        "repos.env",
        &format!(
            "# shared\nTWILIO_ACCOUNT_SID={}\nTWILIO_AUTH_TOKEN={}\nTWILIO_AUTH_TOKEN_SECONDARY={}\n\
             SHOP_TWILIO_AUTH_TOKEN='{}'\nGITHUB_AUTH_TOKEN=g1thub\nEMPTY_TWILIO_AUTH_TOKEN=\n",
            account_sid('a'),
            token(),
            next_token(),
            other_token()
        ),
    );
    world
}

fn sms(token: &str, url: &str) -> Webhook {
    Webhook::form(token, url, &[("From", "+15005550006"), ("Body", PRIVATE), ("MediaUrl0", "")])
}

/// Runs the command on a request, and holds that nothing of it leaks.
#[track_caller]
fn verify(world: &World, webhook: &Webhook, url: &str, more: &[&str]) -> Ran {
    world.file("body", &webhook.body);
    let mut args = vec!["webhook", "verify", "--url", url, "--signature", &webhook.signature, "--body", "body"];
    if !more.contains(&"--env-file") {
        args.extend(["--env-file", "repos.env"]);
    }
    args.extend(more);
    kept_quiet(world.run(&args))
}

#[track_caller]
fn kept_quiet(ran: Ran) -> Ran {
    for secret in [token(), next_token(), other_token(), "diagnosis".to_owned(), "s3same".to_owned()] {
        assert!(!ran.raw_out.contains(&secret) && !ran.raw_err.contains(&secret), "{secret}: {ran}");
    }
    ran
}

fn json(ran: &Ran) -> Value {
    let value: Value = serde_json::from_str(&ran.raw_out).unwrap();
    assert_eq!(value["schema"], "twcred.webhook/v1");
    value
}

#[test]
fn it_tells_which_token_signed() {
    let world = world();
    assert_snapshot!(verify(&world, &sms(&token(), URL), URL, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA1, over the URL and 3 form fields
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    assert_snapshot!(verify(&world, &sms(&next_token(), URL), URL, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
    signature  HMAC-SHA1, over the URL and 3 form fields
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    note       a secondary token signs nothing before it is promoted: Twilio has promoted it, and what holds it as secondary is to be brought up to date
    ");
    assert_snapshot!(verify(&world, &sms(&other_token(), URL), URL, &["--json"]), @r#"
    exit: 0
    --- stdout
    {
      "schema": "twcred.webhook/v1",
      "verdict": "signed",
      "algorithm": "HMAC-SHA1",
      "shared_key": null,
      "url": "https://hooks.example.test/sms?tenant=7",
      "signed_url": "https://hooks.example.test/sms?tenant=7",
      "port": "without",
      "body": "form",
      "form_fields": 3,
      "signed_by": {
        "fingerprint": "5947d7c3",
        "held_by": [
          {
            "place": "repos.env:5 SHOP_TWILIO_AUTH_TOKEN",
            "variable": "SHOP_TWILIO_AUTH_TOKEN",
            "slot": "current"
          }
        ]
      },
      "would_match": null,
      "tokens": [
        {
          "fingerprint": "3eb1bd43",
          "held_by": [
            {
              "place": "repos.env:3 TWILIO_AUTH_TOKEN",
              "variable": "TWILIO_AUTH_TOKEN",
              "slot": "current"
            }
          ]
        },
        {
          "fingerprint": "4ba68aa8",
          "held_by": [
            {
              "place": "repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY",
              "variable": "TWILIO_AUTH_TOKEN_SECONDARY",
              "slot": "secondary"
            }
          ]
        },
        {
          "fingerprint": "5947d7c3",
          "held_by": [
            {
              "place": "repos.env:5 SHOP_TWILIO_AUTH_TOKEN",
              "variable": "SHOP_TWILIO_AUTH_TOKEN",
              "slot": "current"
            }
          ]
        }
      ],
      "not_tried": [],
      "notes": [],
      "hints": []
    }
    "#);
    assert_snapshot!(verify(&world, &sms(&"9".repeat(32), URL), URL, &[]), @r"
    exit: 3
    --- stdout
    signed by  none of the 3 tokens in hand
    signature  HMAC-SHA1
    URL        https://hooks.example.test/sms?tenant=7
    not by     repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
               repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    hint       each account, subaccount and region signs with a token of its own: name the file of the one that owns the number, with --env-file
               the URL is signed as it stands at Twilio, and the form with every field it has: give both unchanged
    ");
}

#[test]
fn a_previous_token_is_told_as_such() {
    let world = world();
    let text = format!("TWILIO_AUTH_TOKEN={}\nTWILIO_AUTH_TOKEN_PREVIOUS={}\n", next_token(), token());
    world.file("after.env", &text);
    let ran = verify(&world, &sms(&token(), URL), URL, &["--env-file", "after.env", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let said = json(&ran);
    assert_eq!(said["signed_by"]["held_by"][0]["slot"], "previous");
    assert!(said["notes"][0].as_str().unwrap().contains("validators still need it"), "{ran}");
    // One value under two names is one token, and the current one.
    world.file("both.env", &(text + &format!("AUTH_TOKEN={}\n", token())));
    let ran = verify(&world, &sms(&token(), URL), URL, &["--env-file", "both.env", "--json"]);
    let said = json(&ran);
    assert_eq!(said["signed_by"]["held_by"].as_array().map(Vec::len), Some(2), "{ran}");
    assert_eq!((said["tokens"].as_array().map(Vec::len), &said["notes"]), (Some(2), &serde_json::json!([])), "{ran}");
}

#[test]
fn the_tokens_in_hand_are_those_of_the_sources_in_force() {
    let world = world().env("TWILIO_AUTH_TOKEN", &token()).env("TWILIO_AUTH_TOKEN_SECONDARY", &next_token());
    let signed_by = |args: &[&str], token: &str, code: i32| {
        let webhook = sms(token, URL);
        world.file("body", &webhook.body);
        let mut all = vec!["webhook", "verify", "--url", URL, "--signature", &webhook.signature, "--body", "body"];
        all.extend(["--json"].iter().chain(args));
        let ran = kept_quiet(world.run(&all));
        assert_eq!(ran.code, Some(code), "{ran}");
        json(&ran)["signed_by"]["held_by"][0]["place"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(signed_by(&[], &token(), 0), "environment TWILIO_AUTH_TOKEN");
    assert_eq!(signed_by(&[], &next_token(), 0), "environment TWILIO_AUTH_TOKEN_SECONDARY");
    assert_eq!(signed_by(&[], &other_token(), 3), "");
    // An env file that a flag names is the only source.
    world.file("one.env", &format!("SHOP_AUTH_TOKEN={}\nSHOP_ACCOUNT_SID={}\n", other_token(), account_sid('b')));
    assert_eq!(signed_by(&["--env-file", "one.env"], &other_token(), 0), "one.env:1 SHOP_AUTH_TOKEN");
    assert_eq!(signed_by(&["--env-file", "one.env"], &token(), 3), "");
    // A variable of another name, of the file or of the environment.
    assert_eq!(
        signed_by(&["--env-file", "repos.env", "--var", "GITHUB_AUTH_TOKEN"], "g1thub", 0),
        "repos.env:6 GITHUB_AUTH_TOKEN"
    );
    let world = world.env("HOOK_KEY", "h00k");
    let webhook = Webhook::form_by(SHARED_KEY, "h00k", URL, &[("a", "1")]);
    let args = ["webhook", "verify", "--url", URL, "--signature", &webhook.signature, "--form", "a=1"];
    let ran = world.run(&[&args[..], &["--var", "HOOK_KEY"]].concat());
    assert_snapshot!(ran, @r"
    exit: 0
    --- stdout
    signed by  environment HOOK_KEY, fingerprint 8110671a
    signature  HMAC-SHA256, over the URL and one form field
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     environment TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
               environment TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
    ");
    assert_snapshot!(world.run(&args), @r"
    exit: 3
    --- stdout
    signed by  none of the 2 tokens in hand
    signature  HMAC-SHA256
    URL        https://hooks.example.test/sms?tenant=7
    not by     environment TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
               environment TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
    hint       a SharedKey signs like this: name the variable that holds its secret with --var
               each account, subaccount and region signs with a token of its own: name the file of the one that owns the number, with --env-file
               the URL is signed as it stands at Twilio, and the form with every field it has: give both unchanged
    ");
}

#[test]
fn systemd_hands_tokens_over() {
    let world = World::new();
    world.file("twcred", &format!("TWILIO_AUTH_TOKEN={}\n", token()));
    let dir = world.home.path().display().to_string();
    let world = world.env("CREDENTIALS_DIRECTORY", &dir);
    let signature = sign(AUTH_TOKEN, &token(), URL);
    let ran = world.run(&["webhook", "verify", "--url", URL, "--signature", &signature]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.out.contains("~/twcred:1 TWILIO_AUTH_TOKEN"), "{ran}");
}

#[test]
fn it_tells_whether_the_port_is_signed() {
    let world = world();
    let with = "https://hooks.example.test:443/sms?tenant=7";
    assert_snapshot!(verify(&world, &sms(&token(), with), URL, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA1, over the URL and 3 form fields
    URL        https://hooks.example.test:443/sms?tenant=7
    port       a validator has to take the URL with its port; the official ones try both
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    for (url, signed, port) in [(with, URL, "without"), (with, with, "with"), (URL, URL, "without")] {
        let ran = verify(&world, &sms(&token(), signed), url, &["--json"]);
        assert_eq!((ran.code, &json(&ran)["port"]), (Some(0), &Value::from(port)), "{ran}");
        assert_eq!(json(&ran)["signed_url"], signed);
    }
}

#[test]
fn a_json_body_is_held_against_the_hash_in_the_url() {
    let world = world();
    let webhook = Webhook::json(&token(), "https://hooks.example.test/studio", r#"{"note":"diagnosis","k":1}"#);
    assert_snapshot!(verify(&world, &webhook, &webhook.url, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA1, over the URL
    URL        https://hooks.example.test/studio?bodySHA256=abf5402f6737ee9ad8165b530484aae703f8af77afae3dbc2cf4278dbbfbe484
    port       without a port, as it was received
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    let body = |text: &str| Webhook { body: text.to_owned(), ..webhook.clone() };
    let said = |webhook: &Webhook, code| {
        let ran = verify(&world, webhook, &webhook.url, &["--json"]);
        assert_eq!(ran.code, Some(code), "{ran}");
        json(&ran)["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(said(&body("{\"note\":\"diagnosis\",\"k\":1}\n"), 0), "same-but-line-end");
    assert_eq!(said(&body("{\n  \"note\": \"diagnosis\",\n  \"k\": 1\n}\n"), 3), "reformatted");
    assert_snapshot!(verify(&world, &body(r#"{"note":"diagnosis","k":2}"#), &webhook.url, &[]), @r"
    exit: 3
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA1, over the URL
    URL        https://hooks.example.test/studio?bodySHA256=abf5402f6737ee9ad8165b530484aae703f8af77afae3dbc2cf4278dbbfbe484
    port       without a port, as it was received
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    note       the body is not the one that was signed: its SHA-256 is not the URL's bodySHA256
    ");
    let args = ["webhook", "verify", "--url", &webhook.url, "--signature", &webhook.signature];
    let ran = world.run(&[&args[..], &["--env-file", "repos.env", "--json"]].concat());
    assert_eq!((ran.code, &json(&ran)["body"]), (Some(0), &Value::from("not-checked")), "{ran}");
    let plain = sign(AUTH_TOKEN, &token(), "https://hooks.example.test/studio");
    let bare = Webhook { url: "https://hooks.example.test/studio".to_owned(), signature: plain, ..webhook.clone() };
    // Whoever reads the exit code alone must not take a body for signed that nobody vouches for.
    assert_eq!(said(&bare, 3), "unprotected");
}

#[test]
fn a_request_is_taken_from_a_log() {
    let world = world();
    let run = |text: &str, more: &[&str]| {
        let mut args = vec!["webhook", "verify", "--env-file", "repos.env", "--request", "-"];
        args.extend(more);
        kept_quiet(world.run_with(&args, text))
    };
    let request = sms(&token(), URL).request();
    assert_snapshot!(run(&request, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA1, over the URL and 3 form fields
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    // Copied by hand: plain line ends, and one more at the end of the file.
    assert_eq!(run(&(request.replace('\r', "") + "\n"), &[]).code, Some(0));
    assert_eq!(run(&request.replace("X-Forwarded-Proto: https\r\n", ""), &[]).code, Some(0));
    let json_body = Webhook::json(&next_token(), "https://hooks.example.test/studio", "{\"k\":1}").request();
    assert_eq!(run(&(json_body.replace('\r', "") + "\n"), &[]).code, Some(0));
    // The request of a proxy's inner side, and the URL as it stands at Twilio.
    let inner = request.replace("Host: hooks.example.test", "Host: 10.0.0.7:8080").replace("https", "http");
    assert_eq!(run(&inner, &["--url", URL]).code, Some(0));
    assert_snapshot!(run(&inner.replace("X-Forw", "X-Forwarded-Host: hooks.example.test\nX-Forw"), &[]), @r"
    exit: 3
    --- stdout
    signed by    none of the 3 tokens in hand, as it stands
    URL          http://hooks.example.test/sms?tenant=7
    would match  https://hooks.example.test/sms?tenant=7
    that is      https instead of http
    then by      repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    not by       repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
                 repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    let shared = Webhook::form_by(SHARED_KEY, &token(), URL, &[("a", "1")]).request().replace(
        "Host:",
        "X-Twilio-Webhooks-Signature-Settings: key=webhooks_sharedkey_01,algorithm=HMAC_SHA256\r\nHost:",
    );
    assert_snapshot!(run(&shared, &["--var", "TWILIO_AUTH_TOKEN"]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
    signature  HMAC-SHA256 by the SharedKey webhooks_sharedkey_01, over the URL and one form field
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
               repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    let half = run(request.split_at(request.len() - 9).0, &["--json"]);
    assert_eq!(half.code, Some(3), "{half}");
    assert_eq!(json(&half)["notes"][0], "the copy lacks 9 bytes of the body that Content-Length announces");
}

#[test]
fn if_nothing_matches_it_tells_what_would() {
    let world = world();
    for (given, signed, change) in [
        ("http://hooks.example.test/sms?tenant=7", URL, "https instead of http"),
        ("https://hooks.example.test/sms/?tenant=7", URL, "without the slash at the end"),
        ("https://hooks.example.test/sms", "https://hooks.example.test/sms/", "with a slash at the end of the path"),
        ("https://u:s3same@hooks.example.test/sms?tenant=7", URL, "without the user name and password"),
        (
            "https://hooks.example.test/sms?b=2&a=1",
            "https://hooks.example.test/sms?a=1&b=2",
            "with the query's parameters in the order of their names",
        ),
        ("https://hooks.example.test/sms", "wss://hooks.example.test/sms", "wss instead of https"),
    ] {
        let ran = verify(&world, &sms(&next_token(), signed), given, &["--json"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        let near = &json(&ran)["would_match"];
        assert_eq!((&near["url"], &near["changes"][0]), (&Value::from(signed), &Value::from(change)), "{ran}");
        assert_eq!(near["signed_by"]["held_by"][0]["variable"], "TWILIO_AUTH_TOKEN_SECONDARY");
    }
    assert_snapshot!(verify(&world, &sms(&next_token(), URL), "http://hooks.example.test/sms/?tenant=7", &[]), @r"
    exit: 3
    --- stdout
    signed by    none of the 3 tokens in hand, as it stands
    URL          http://hooks.example.test/sms/?tenant=7
    would match  https://hooks.example.test/sms?tenant=7
    that is      https instead of http
                 without the slash at the end
    then by      repos.env:4 TWILIO_AUTH_TOKEN_SECONDARY, fingerprint 4ba68aa8
    not by       repos.env:3 TWILIO_AUTH_TOKEN, fingerprint 3eb1bd43
                 repos.env:5 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    ");
    // A body that the log shows decoded, and fields that were typed as they are encoded.
    let webhook = sms(&token(), URL);
    let decoded = Webhook { body: format!("From=+15005550006&Body={PRIVATE}&MediaUrl0="), ..webhook.clone() };
    let ran = verify(&world, &decoded, URL, &["--json"]);
    let change = "with the body taken as it stands: it is decoded already";
    assert_eq!(json(&ran)["would_match"]["changes"][0], change, "{ran}");
    let args = ["webhook", "verify", "--env-file", "repos.env", "--url", URL, "--signature", &webhook.signature];
    let typed = PRIVATE.replace(' ', "%20").replace('+', "%2B");
    let typed = format!("Body={typed}");
    let fields = ["--form", "From=%2B15005550006", "--form", &typed, "--form", "MediaUrl0=", "--json"];
    let ran = kept_quiet(world.run(&[&args[..], &fields].concat()));
    assert_eq!(json(&ran)["would_match"]["changes"][0], "with the fields decoded: they are percent-encoded", "{ran}");
}

#[test]
fn a_url_may_hold_secrets_of_its_own() {
    let world = world();
    let path = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let url = format!("https://u:s3same@hooks.example.test/{path}/sms");
    for signed in [&url, "https://else.test/"] {
        for more in [&[][..], &["--json"]] {
            let ran = verify(&world, &sms(&token(), signed), &url, more);
            assert!(
                !ran.raw_out.contains(path) && ran.raw_out.contains("https://u:…@hooks.example.test/…/sms"),
                "{ran}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_not_tried() {
    let world = world();
    let twice = format!("TWILIO_AUTH_TOKEN={0}\nTWILIO_AUTH_TOKEN=x{0}\n", token());
    world.file("bad.env", &(format!("SHOP_TWILIO_AUTH_TOKEN={}\n", other_token()) + &twice));
    assert_snapshot!(verify(&world, &sms(&token(), URL), URL, &["--env-file", "bad.env"]), @r"
    exit: 3
    --- stdout
    signed by  not the one token in hand
    signature  HMAC-SHA1
    URL        https://hooks.example.test/sms?tenant=7
    not by     bad.env:1 SHOP_TWILIO_AUTH_TOKEN, fingerprint 5947d7c3
    not tried  bad.env:2 TWILIO_AUTH_TOKEN: it is set more than once, to different values (lines 2, 3)
               bad.env:3 TWILIO_AUTH_TOKEN: it is set more than once, to different values (lines 2, 3)
    hint       each account, subaccount and region signs with a token of its own: name the file of the one that owns the number, with --env-file
               the URL is signed as it stands at Twilio, and the form with every field it has: give both unchanged
    ");
    world.file("worse.env", &(twice + "SHOP_TWILIO_AUTH_TOKEN=\"x\n"));
    assert_snapshot!(verify(&world, &sms(&token(), URL), URL, &["--env-file", "worse.env"]), @r"
    exit: 2
    --- stderr
    error: no Auth Token in hand can be relied upon
    hint: worse.env:1 TWILIO_AUTH_TOKEN: it is set more than once, to different values (lines 1, 2)
    hint: worse.env:2 TWILIO_AUTH_TOKEN: it is set more than once, to different values (lines 1, 2)
    hint: worse.env:3 SHOP_TWILIO_AUTH_TOKEN: programs read it differently: the opening quote is never closed
    ");
}

#[test]
fn among_forty_projects_the_answer_is_not_buried() {
    let world = World::new();
    let line = |n: usize| format!("P{n}_TWILIO_AUTH_TOKEN={n:032x}\n");
    world.file("repos.env", &(0..40).map(line).collect::<String>());
    assert_snapshot!(verify(&world, &sms(&format!("{:032x}", 17), URL), URL, &[]), @r"
    exit: 0
    --- stdout
    signed by  repos.env:18 P17_TWILIO_AUTH_TOKEN, fingerprint efdf1e83
    signature  HMAC-SHA1, over the URL and 3 form fields
    URL        https://hooks.example.test/sms?tenant=7
    port       without a port, as it was received
    not by     the 39 other tokens in hand, which --json lists
    ");
    let nobody = verify(&world, &sms(&token(), URL), URL, &[]);
    assert_eq!((nobody.code, nobody.out.matches("fingerprint").count()), (Some(3), 40), "{nobody}");
}

#[test]
fn bad_input_is_told_and_not_repeated() {
    let world = world();
    let signature = sms(&token(), URL).signature;
    world.private_bytes("latin", b"Body=caf\xe9");
    let known = ["webhook", "verify", "--env-file", "repos.env"];
    let run = |args: &[&str], stdin: &str| kept_quiet(world.run_with(&[&known[..], args].concat(), stdin));
    let given = ["--url", URL, "--signature", &signature];
    assert_snapshot!(run(&["--url", URL], ""), @r"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      --signature <SIGNATURE>

    Usage: twcred webhook verify --env-file <FILE> --url <URL> --signature <SIGNATURE>

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["--signature", &signature], ""), @r"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      --url <URL>

    Usage: twcred webhook verify --env-file <FILE> --signature <SIGNATURE> --url <URL>

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["--url", URL, "--signature", "not base64"], ""), @r"
    exit: 2
    --- stderr
    error: --signature: the signature is not base64
    hint: it is the value of the header X-Twilio-Signature, such as iAifz9bs0IhJDGRvfpdPpHfIArI=
    ");
    assert_snapshot!(run(&["--url", URL, "--signature", &token()], ""), @r"
    exit: 2
    --- stderr
    error: --signature: the signature has 24 bytes; HMAC-SHA1 has 20, and HMAC-SHA256 has 32
    hint: it is the value of the header X-Twilio-Signature, such as iAifz9bs0IhJDGRvfpdPpHfIArI=
    ");
    assert_snapshot!(run(&["--url", URL, "--signature", "iAifz9bs0IhJDGRvfpdPpHfIArI%3D"], ""), @r"
    exit: 2
    --- stderr
    error: --signature: the signature is percent-encoded
    hint: give it decoded: %2B is +, %2F is / and %3D is =
    ");
    assert_snapshot!(run(&["--url", "hooks.example.test/sms", "--signature", &signature], ""), @r"
    exit: 2
    --- stderr
    error: --url: the URL does not start with https:// or http://
    hint: give it as it stands at Twilio, such as https://hooks.example.com/sms?tenant=7
    ");
    assert_snapshot!(run(&["--url", "mailto://u:s3same@x", "--signature", &signature], ""), @r"
    exit: 2
    --- stderr
    error: --url: the URL's scheme is none of https, http, wss and ws
    hint: give it as it stands at Twilio, such as https://hooks.example.com/sms?tenant=7
    ");
    assert_snapshot!(run(&[&given[..], &["--body", "latin"]].concat(), ""), @r"
    exit: 2
    --- stderr
    error: latin: the body is not UTF-8, and a form is
    hint: for a body of another kind Twilio adds bodySHA256 to the URL: give the URL with it
    ");
    assert_snapshot!(run(&[&given[..], &["--body", "latin", "--form", "Body=diagnosis"]].concat(), ""), @r"
    exit: 2
    --- stderr
    error: the argument '--body <FILE>' cannot be used with '--form <NAME=VALUE>'

    Usage: twcred webhook verify --env-file <FILE> --url <URL> --signature <SIGNATURE> --body <FILE>

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&[&given[..], &["--form", "diagnosis"]].concat(), ""), @r"
    exit: 2
    --- stderr
    error: --form number 1 has no = in it
    hint: --form NAME=VALUE
    ");
    assert_snapshot!(run(&[&given[..], &["--body", "no-such-file"]].concat(), ""), @r"
    exit: 2
    --- stderr
    error: cannot read no-such-file: No such file or directory (os error 2)
    ");
    assert_snapshot!(run(&[&given[..], &["--var", "NO_SUCH"]].concat(), ""), @r"
    exit: 2
    --- stderr
    error: no source in force sets NO_SUCH, which --var names
    hint: name the file that holds it: --env-file repos.env
    ");
}

#[test]
fn without_a_token_nothing_can_be_told() {
    let world = World::new();
    let signature = sms(&token(), URL).signature;
    let given = ["--url", URL, "--signature", &signature];
    let twice = world.run(&["webhook", "verify", "--env-file", "-", "--request", "-"]);
    assert_snapshot!(twice, @r"
    exit: 2
    --- stderr
    error: standard input can be read once, and two flags name it
    ");
    assert_snapshot!(world.run(&[&["webhook", "verify"][..], &given].concat()), @r"
    exit: 2
    --- stderr
    error: there is no Auth Token in hand
    hint: name the file that holds it: --env-file repos.env, or set TWILIO_AUTH_TOKEN
    hint: --var VARIABLE takes a token, or the secret of a SharedKey, under another name
    ");
    world.file("none.env", "TWILIO_API_SECRET=x\n");
    assert_snapshot!(world.run(&[&["webhook", "verify", "--env-file", "none.env"][..], &given].concat()), @r"
    exit: 2
    --- stderr
    error: there is no Auth Token in hand
    hint: name the file that holds it: --env-file repos.env, or set TWILIO_AUTH_TOKEN
    hint: --var VARIABLE takes a token, or the secret of a SharedKey, under another name
    ");
}

#[test]
fn a_broken_request_is_told_by_line() {
    let world = world();
    let run = |text: &str| {
        let args = ["webhook", "verify", "--env-file", "repos.env", "--request", "-"];
        let ran = kept_quiet(world.run_with(&args, text));
        assert_eq!((ran.code, ran.raw_out.as_str()), (Some(2), ""), "{ran}");
        ran.err.lines().next().unwrap().to_owned()
    };
    let good = sms(&token(), URL).request();
    let settings =
        |value: &str| good.replace("Host:", &format!("X-Twilio-Webhooks-Signature-Settings: {value}\r\nHost:"));
    let said: Vec<String> = [
        String::new(),
        PRIVATE.to_owned(),
        good.replace("Host: ", &format!("{PRIVATE}\r\nHost: ")),
        good.replace("X-Twilio-Signature", "X-Other"),
        good.replace("Host:", "X-Twilio-Signature: AAAA\r\nHost:"),
        good.replace("Host:", "X-Host:"),
        good.replace("X-Twilio-Signature: ", "X-Twilio-Signature: #"),
        settings("key=k,algorithm=HMAC_SHA512"),
        settings("algorithm=HMAC_SHA256"),
    ]
    .iter()
    .map(|text| run(text))
    .collect();
    assert_snapshot!(said.join("\n"), @r"
    error: standard input: there is nothing in it
    error: standard input: line 1 is no request line, such as POST /sms HTTP/1.1
    error: standard input: line 2 is no header, such as Host: hooks.example.com
    error: standard input: there is no X-Twilio-Signature header
    error: standard input: X-Twilio-Signature stands there twice, with two values
    error: standard input: there is no Host header
    error: standard input: X-Twilio-Signature: the signature is not base64
    error: standard input: X-Twilio-Webhooks-Signature-Settings: the algorithm is neither HMAC_SHA1 nor HMAC_SHA256
    error: standard input: X-Twilio-Webhooks-Signature-Settings names HMAC-SHA256, and X-Twilio-Signature has the length of HMAC-SHA1
    ");
}

#[test]
fn mid_rotation_it_tells_the_token_that_twilio_uses() {
    let world = world();
    let account = |world: &World, change: &dyn Fn(&mut Account)| {
        world.sandbox.with_state(|state| change(state.account_mut(&account_sid('a')).unwrap()));
    };
    let signed_by = || {
        let ran = verify(&world, &world.incoming_message(URL), URL, &["--json"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        json(&ran)["signed_by"]["held_by"][0]["variable"].as_str().unwrap().to_owned()
    };
    assert_eq!(signed_by(), "TWILIO_AUTH_TOKEN");
    account(&world, &|account| {
        let token = Stored::new(Secret::new(next_token()));
        account.secondary = Some(SecondaryToken { token, created: account.created });
    });
    assert_eq!(signed_by(), "TWILIO_AUTH_TOKEN", "a secondary token signs nothing");
    account(&world, &|account| account.token = account.secondary.take().unwrap().token);
    assert_eq!(signed_by(), "TWILIO_AUTH_TOKEN_SECONDARY", "it is promoted");
}
