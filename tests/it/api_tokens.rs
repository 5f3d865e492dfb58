//! The client's calls for Auth Tokens and their events, against the sandbox.

use std::time::Duration;

use twcred::api::{
    Client, Endpoint, Kind, Outstanding, PromoteError, Promotion, Retries, SecondaryDeletion, SecondaryError, Settings,
    TokenEventKind, Why, outstanding,
};
use twcred::model::{AccountSid, Credential, KeyPair, Policy, Secret};
use twcred::sandbox;

use crate::support::{World, account_sid, add_key, exposed, key_sid, secret, token};

fn client(world: &World) -> Client {
    let retries = Retries {
        attempts: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(1),
        max_wait: Duration::from_millis(1),
    };
    Client::new(Settings { retries, ..Settings::new(Endpoint::custom(&world.sandbox.url()).unwrap()) })
}

fn auth(account: &AccountSid, token: &Secret) -> Credential {
    Credential::AuthToken { account: account.clone(), token: token.clone() }
}

fn primary() -> Credential {
    auth(&account_sid('a'), &Secret::new(token()))
}

fn faulty(fault: &str) -> World {
    World::served(|_| {}, |options| options.faults.push(fault.parse().unwrap()))
}

fn has_secondary(world: &World) -> bool {
    world.sandbox.with_state(|state| state.account(&account_sid('a')).unwrap().secondary.is_some())
}

#[tokio::test]
async fn a_whole_rotation_and_its_trail() {
    let world = World::new();
    let (client, old) = (client(&world), primary());
    assert_eq!(client.promote(&old, false).await.unwrap(), Promotion::Absent);
    assert_eq!(client.delete_secondary(&old, false).await.unwrap(), SecondaryDeletion::Absent);
    assert_eq!(outstanding(&client.token_events(&old, None, 100).await.unwrap()), Outstanding::Unknown);

    let first = client.create_secondary(&old, true).await.unwrap();
    let there = client.create_secondary(&old, true).await.unwrap_err();
    assert!(matches!(there, SecondaryError::Exists(_)), "{there:?}");
    let events = client.token_events(&old, None, 100).await.unwrap();
    assert!(matches!(outstanding(&events), Outstanding::Yes { .. }));
    assert_eq!(
        client.delete_secondary(&auth(&account_sid('a'), &first), true).await.unwrap(),
        SecondaryDeletion::Deleted
    );

    let second = client.create_secondary(&old, false).await.unwrap();
    assert_ne!(first, second);
    let new = auth(&account_sid('a'), &second);
    assert_eq!(client.promote(&new, true).await.unwrap(), Promotion::Promoted { token: second.clone() });
    let dead = client.token_events(&old, None, 1).await.unwrap_err();
    assert_eq!(*dead.kind(), Kind::Refused(Why::BadCredential));
    let events = client.token_events(&new, None, 100).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| event.change.clone()).collect();
    assert_eq!(
        told,
        [
            TokenEventKind::Promoted,
            TokenEventKind::SecondaryCreated,
            TokenEventKind::SecondaryDeleted,
            TokenEventKind::SecondaryCreated,
        ]
    );
    assert!(matches!(outstanding(&events), Outstanding::No { .. }));
    assert_eq!(client.token_events(&new, None, 2).await.unwrap(), events[..2]);
    let later = Some(events[0].at + Duration::from_hours(1));
    assert_eq!(client.token_events(&new, later, 100).await.unwrap(), []);
    let mails = world.sandbox.with_state(|state| state.account(&account_sid('a')).unwrap().mails);
    assert_eq!(mails, 1, "all but one were asked to be quiet");
    for error in [format!("{there:?} {there}"), format!("{dead:?}"), format!("{events:?}")] {
        assert!(!error.contains(exposed(&second)) && !error.contains(exposed(&first)), "{error}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_told_from_a_write_that_was_not_done() {
    for (fault, done) in [
        ("drop-before=POST /v1/AuthTokens/Secondary@1x*", false),
        ("commit-then-drop=POST /v1/AuthTokens/Secondary@1", true),
        ("garble:truncated=POST /v1/AuthTokens/Secondary@1", true),
        ("refuse:500/20500=POST /v1/AuthTokens/Secondary@1x*", false),
    ] {
        let world = faulty(fault);
        let lost = client(&world).create_secondary(&primary(), false).await.unwrap_err();
        assert!(matches!(lost, SecondaryError::Unknown(_)), "{fault}: {lost:?}");
        assert_eq!((has_secondary(&world), world.sandbox.exchanges().len()), (done, 1), "{fault}: sent once");
        // It is settled by a delete, which finds it or does not.
        let settled = client(&world).delete_secondary(&primary(), false).await.unwrap();
        assert_eq!(settled, if done { SecondaryDeletion::Deleted } else { SecondaryDeletion::Absent }, "{fault}");
    }
    for (fault, done) in [
        ("drop-before=POST /v1/AuthTokens/Promote@1x*", false),
        ("commit-then-drop=POST /v1/AuthTokens/Promote@1", true),
    ] {
        let world = faulty(fault);
        let client = client(&world);
        let second = client.create_secondary(&primary(), false).await.unwrap();
        let lost = client.promote(&primary(), false).await.unwrap_err();
        assert!(matches!(lost, PromoteError::Unknown(_)), "{fault}: {lost:?}");
        // It is settled by trying both tokens.
        let alive = async |login: &Credential| client.token_events(login, None, 1).await.is_ok();
        assert!(alive(&auth(&account_sid('a'), &second)).await);
        assert_eq!(alive(&primary()).await, !done, "{fault}");
    }
    let world = faulty("throttle=POST /v1/AuthTokens/Secondary@1");
    client(&world).create_secondary(&primary(), false).await.unwrap();
    assert_eq!(world.sandbox.exchanges().len(), 2, "a 429 was not processed: it is sent again");
}

#[tokio::test]
async fn keys_and_subaccounts() {
    let world = World::with(|state| {
        let seed = sandbox::AccountSeed {
            sid: account_sid('b'),
            owner: Some(account_sid('a')),
            name: "Child".to_owned(),
            token: Secret::new("fedcba9876543210".repeat(2)),
            created: state.accounts().next().unwrap().created,
        };
        state.add_account(seed).unwrap();
        let nothing = sandbox::Kind::Restricted(Policy { allow: ["/twilio/messaging/messages/create".into()].into() });
        add_key(state, 'a', '2', "restricted", nothing, 1);
    });
    let client = client(&world);
    let child = auth(&account_sid('b'), &Secret::new("fedcba9876543210".repeat(2)));
    let second = client.create_secondary(&child, false).await.unwrap();
    let promoted = client.promote(&auth(&account_sid('b'), &second), false).await.unwrap();
    assert_eq!(promoted, Promotion::Promoted { token: second });
    assert_eq!(client.promote(&primary(), false).await.unwrap(), Promotion::Absent, "the parent has none of it");

    let key = |digit| Credential::ApiKey {
        account: account_sid('a'),
        pair: KeyPair { sid: key_sid(digit), secret: Secret::new(secret(digit)) },
    };
    let refused = client.create_secondary(&key('1'), false).await.unwrap_err();
    assert!(
        matches!(&refused, SecondaryError::NotSent(error)
        if *error.kind() == Kind::Refused(Why::StandardKeyOrBadCredential)),
        "{refused:?}"
    );
    assert_eq!(client.token_events(&key('1'), None, 1).await.unwrap(), [], "a Standard key may read the trail");
    let denied = client.token_events(&key('2'), None, 1).await.unwrap_err();
    let permission = "/twilio/monitor/events/list".to_owned();
    assert_eq!(*denied.kind(), Kind::Refused(Why::MissingPermission { permission }));
}
