use super::*;

/// What stands for values in the tables: an Auth Token, another one, a key's secret, and the SIDs.
fn filled(text: &str) -> String {
    let (token, secret) = ("5e3d07ab1c9f4826".repeat(2), "aB3dE6gH9jK2mN5p".repeat(2));
    let old = "c81e0f2a94d7b365".repeat(2);
    let with = text.replace("{T}", &token).replace("{O}", &old).replace("{S}", &secret);
    with.replace("{AC}", &format!("AC{token}")).replace("{SK}", &format!("SK{token}"))
}

fn wrong(table: &[&str], told: bool) -> Vec<String> {
    let all = table.iter().map(|text| filled(&format!("# {text}")));
    all.filter(|text| in_free_words(text).is_some() != told).collect()
}

#[test]
fn free_words_that_say_what_they_are() {
    let told = [
        "old token {O}",
        "the Auth Token was: {O} (until May)",
        "{O} is the old token",
        "token:\u{a0}{O}\u{a0}\u{2028}{O}",
        "secret: {S}",
        "{SK}:{S}",
        // Twilio's own words.
        "Twilio API Key Secret: {S}",
        "API key secret {S}",
        "secret key: {S}",
        "API_KEY_SECRET={S}",
        "SHOP_API_SECRET={S}",
        "old key {SK} / secret {S}",
        "key {SK} secret {S}",
        "account id {AC} token {O}",
        "build server token: {O}",
        "tokens: {O}, {T}",
        "token2: {O}",
        "MY_TOKEN={O}",
        "Auth Token before 2026-05-01: {O}",
        // More of them.
        "Auth Token: {O}",
        "auth_token = \"{O}\"",
        "twilio token (rotated 2025-01-01): {O}",
        "token (key {SK}): {O}",
        "Twilio secret -> {S}",
        "prod token: {O}",
        "staging API secret: {S}",
        "old_token={O}",
        "PREV_AUTH_TOKEN: {O}",
        "secret for {SK}: {S}",
        "token of account {AC}: {O}",
        "API secret (do not share): {S}",
        "main account auth token {O}",
        "webhook secret = {S}",
        "twilioAuthToken: '{O}'",
        "apiKeySecret: {S}",
        "SECRET_KEY={S}",
        "TOKEN={O}",
        "export TWILIO_TOKEN={O}",
        "token 2: {O}",
        "token 2025-01-01: {O}",
        "token B: {O}",
        "secret #2: {S}",
        "the token since 2025: {O}",
        "the token of the shop was {O}",
        "the build file's secret: {S}",
        "session token: {O}",
        "API key id {SK}, secret {S}",
        "copy of the token: {O}",
        "secrets: {S} {S}",
        "password: {S}",
        "AWS prod: twilio api secret {S}",
        "shop: {O} (auth token)",
        "{S} (API key secret)",
        "curl -u {SK}:{S} https://api.twilio.com",
        // With a warning, a number, an arrow.
        "old auth token, do not use: {O}",
        "token, don't use: {O}",
        "the token we used before 2026 was {O}",
        "{O} <- old auth token",
        "{O} = old token",
        "token no. 2: {O}",
        "do not use this token: {O}",
        "Example Corp auth token: {O}",
        "kubectl get secret twilio: token {O}",
        "kubectl create secret generic x --from-literal=token={O}",
        // What a program said that keeps secrets, and what stands behind a command.
        "pass show twilio gives the token {O}",
        "vault read twilio/prod returned the old auth token {O}",
        "op item get twilio says our password is {S}",
        "az account show printed auth token {O}",
        "bw get item shop is now the token {O}",
        "what lpass show prints is token {O}",
        "doppler secrets get X gave API key secret {S}",
        "aws secretsmanager get-secret-value --secret-id x returns token {O}",
        "see pass show twilio. The old token {O}",
        "vault read shop \u{2014} token {O}",
        // Old ones, in whatever words; and of which stage or account they are.
        "no longer used token: {O}",
        "no longer valid auth token: {O}",
        "old auth token no longer used: {O}",
        "API secret no longer in use: {S}",
        "old auth token, still valid: {O}",
        "Auth Token, expires never: {O}",
        "auth token prod: {O}",
        "Auth token primary: {O}",
        "Auth Token [prod]: {O}",
        "token not rotated: {O}",
        "token rotated, old one: {O}",
        "token, now: {O}",
        "get rid of the old auth token {O}",
        "not the live token: {O}",
        "not the current auth token: {O}",
        "dummy account token: {O}",
        "log in with the token {O}",
        "it works with auth token {O}",
        "get rid of that token: {O}",
        "token from the shop, still valid: {O}",
        "password until the end of May, if anybody asks: {S}",
        "op read shop \u{2013} old auth token {O}",
    ];
    assert_eq!(wrong(&told, true), [""; 0]);
}

#[test]
fn labels_that_say_since_when_it_is_or_whose() {
    let told = [
        "Auth token created 2025-01-01: {O}",
        "auth token added 2025-01-01: {O}",
        "auth token issued in May: {O}",
        "auth token generated 2025: {O}",
        "auth token changed 2025-01-01: {O}",
        "auth token main account: {O}",
        "auth token account 2: {O}",
        "auth token subaccount 2: {O}",
        "auth token copy: {O}",
        "token fallback: {O}",
        "emergency auth token: {O}",
        "auth token emergency: {O}",
        "pass: {O}",
        "pw: {S}",
        "user {AC} pass {O}",
        "old pw {S}",
        "the twilio pass was {O}",
        "TWILIO_PASS={O}",
        "key {SK} with secret {S}",
        "account {AC} with token {O}",
        "auth token on prod: {O}",
        "auth token ({O})",
        "auth token [{O}]",
    ];
    assert_eq!(wrong(&told, true), [""; 0]);
}

#[test]
fn what_has_the_form_of_a_secret_and_another_name() {
    let untold = [
        "{O}",
        "{SK}",
        "the token of {SK}",
        "md5 of the token file: {O}",
        "request id {O}, token expired",
        "tokens {O}",
        "SOME_AUTH_TOKENS={O}",
        "token {O}0",
        "token: of the shop, kept in the vault under the name {O}",
        "password is in the vault",
        // Secrets that are called by their names in a store.
        "docker secret: {O}",
        "k8s secret {O}",
        "aws secret {O}",
        "vault secret {O}",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{O}",
        "secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:{S}",
        "bitwarden item: {O} (twilio auth token)",
        "token from 1Password item: {O}",
        "token (1Password item): {O}",
        // More of them.
        "github secret: {O}",
        "azure keyvault secret {O}",
        "aws twilio secret: {O}",
        "docker swarm secret {O}",
        "kubernetes secrets: {O}",
        "doppler secret: {O}",
        "secret in vault: {O}",
        "secret in AWS: {O}",
        "token stored in 1Password as {O}",
        "1Password: {O}",
        "op://vault/{O}/token",
        "secret id: {O}",
        "secret name: {O}",
        "secret ref {O}",
        "token hash: {O}",
        "hashed token: {O}",
        "sha256 token {O}",
        "md5 of the API secret: {O}",
        "id of the token: {O}",
        "path of the secret is {O}",
        "lastpass entry {O} (twilio auth token)",
        "item {O} is the auth token",
        "no token, {O} is the commit",
        "no token: {O}",
        "gist {O}, auth token script",
        "token bucket: {O}",
        "secret version id {O}",
        "secret rotation job {O}",
        "token docs: {O}",
        "urn:secret:{O}",
        "token for request: {O}",
        "token in commit: {O}",
        "token of the shop, trace: {O}",
        "API key {O}",
        "session {O}",
        "build file {O}",
        // Denied, or made up.
        "not a secret: {O}",
        "Not a token: {O}",
        "this is not the token: {O}",
        "public, not secret: {O}",
        "non-secret: {O}",
        "example token: {O}",
        "example auth token: {O}",
        "dummy token: {O}",
        "fake token {O}",
        "public key token: {O}",
        "PublicKeyToken={O}",
        "{O} = token hash",
        "id {O} = token",
        "Zone {O} (token)",
        // The name of an item, as a program is asked for it.
        "bw get password {O}",
        "lpass show --password {O}",
        "pass show token {O}",
        "op item get --fields password {O}",
        "gcloud secrets versions access latest --secret={O}",
        "kubectl get secret {O}",
        "pass show shop token {O}",
        "bw get the password {O}",
        "this is pass show token {O}",
        "what it gives is by bw get password {O}",
        "it says vault read token {O}",
        "bw get password {O} is the item",
        "pass show {O} gives the token",
        "op item get twilio is how one asks for the password {O}",
        "vault read says where the item has the token {O}",
        "kubectl describe pod returns what is called secret {O}",
        "kubectl -n shop. get secret {O}",
        "pass show . token {O}",
        "pass show ./token {O}",
        "the vault \u{2014} bw get password {O}",
        // For everybody to read, or the name of something that has it.
        "notion page with the token: {O}",
        "hash of TWILIO_AUTH_TOKEN: {O}",
        "public token: {O}",
        "next page token {O}",
        "nextPageToken: {O}",
        "token expired, request id: {O}",
        "no token needed: {O}",
    ];
    assert_eq!(wrong(&untold, false), [""; 0]);
    assert_eq!(in_free_words(&format!("# token {}", "a".repeat(32))), None);
}

#[test]
fn a_label_that_goes_on_with_another_thing_or_is_of_one() {
    let untold = [
        "Auth token rotated by Jenkins, job: {O}",
        "Auth token rotated by Jenkins job: {O}",
        "kms key of the token: {O}",
        "md5(TWILIO_AUT{O}_TOKEN) = {O}",
        "md5 (auth token): {O}",
        "sealed(token): {O}",
        "md5 sum, token of the shop: {O}",
        "Auth token moved to secrets manager, project: {O}",
        "token-service image: {O}",
        "token rotation run: {O}",
        "secret stored in: {O}",
        "where the token is kept: {O}",
        "where the token is: {O}",
        "token kid: {O}",
        "token serial: {O}",
        "token signing cert thumbprint: {O}",
        "password policy: {O}",
        "password salt: {O}",
        "sentry project for the token service: {O}",
        "redis key for token: {O}",
        "secret scanning alert: {O}",
        "token issuer: {O}",
        "token client: {O}",
        "commit that leaked the token: {O}",
        "domain verification token: {O}",
        "account with the token: {O}",
        "token [Jenkins job]: {O}",
        "token used by project: {O}",
        "token of the shop, Jenkins job: {O}",
        "Slack thread on the token: {O}",
        "PagerDuty incident about the leaked token: {O}",
        "notion page on how to rotate the auth token: {O}",
        "how to rotate the old live auth token: {O}",
        "wiki: how to revoke the old token: {O}",
        "Trace of the failed login with the old token: {O}",
        "dashboard for calls with the old token: {O}",
        "encrypted token: {O}",
        "encrypted TWILIO_AUTH_TOKEN: {O}",
        "token (encrypted): {O}",
        "sealed token: {O}",
        "auth token [{O} in bitwarden]",
        "auth token ({O} in our vault)",
        "auth token created by job: {O}",
        "auth token account id: {O}",
        "account with secret: {O}",
        "first pass: {O}",
        "all tests pass: {O}",
        "tests pass at {O}",
        "tests pass {O}",
        "boarding pass {O}",
        "bypass: {O}",
        "compass {O}",
        "pass {O}",
        "pass item: {O}",
        "pass entry: {O}",
        "pass id {O}",
    ];
    assert_eq!(wrong(&untold, false), [""; 0]);
}

/// No place is cut within a character, and nothing is walked again for each value.
#[test]
fn comments_of_any_characters_and_of_many_values() {
    let value = filled("{O}");
    for around in ["\u{a0}", "\u{2028}", "é", "😀", "：", "\u{301}"] {
        for text in [
            format!("#{around}{value}{around}"),
            format!("#{around}token{around}:{around}{value}{around}(token{around})"),
            format!("#{}{value}{}", around.repeat(CHUNK), around.repeat(CHUNK)),
            format!("# token ({around}{around}) {around}: {value}{around}-{around}"),
            format!("#{value}-{around}"),
            format!("#{value}{around}is{around}the{around}token"),
        ] {
            let _ = in_free_words(&text);
        }
    }
    for part in ["{O}) ", "{O}-", "{O} ", "({O} ", "a_key_key_key_", "token of ", "{O}:", "get {O} ", "{O} no. 2 "] {
        let text = format!("# {}", filled(part).repeat((1 << 17) / filled(part).len()));
        assert_eq!(in_free_words(&text), None, "{part}");
    }
}
