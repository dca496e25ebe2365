//! Who asks with an API key, and what becomes of whoever asks with a wrong one.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::Utc;
use hukun::http::{AuthConfig, Config};
use hukun::model::key::KEY_ALPHABET;
use hukun::model::principal::Role;
use hukun::service::NewKey;
use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::keys::key;
use crate::support::socket::Socket;
use crate::support::{Reply, TestApp, graph};

const QUESTION: &str = "{ revision }";

fn config(auth: AuthConfig) -> Config {
    Config {
        auth,
        ..Config::default()
    }
}

/// A refusal: what is told to whoever is not let in.
#[track_caller]
fn refused(reply: Reply) -> String {
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.headers["www-authenticate"], "Bearer realm=\"hukun\"");
    assert!(reply.body.get("data").is_none());
    let (code, message) = reply.bad();
    assert_eq!(code, "UNAUTHENTICATED");
    message
}

/// A key with the id of one and the secret of another, whole as a key is.
fn crossed(id_of: &str, secret_of: &str) -> String {
    let (id, secret) = (&id_of[..16], &secret_of[16..48]);
    let body = format!("{id}{secret}");
    let check = &Sha256::digest(body.as_bytes())[..6];
    let check: String = check
        .iter()
        .map(|byte| char::from(KEY_ALPHABET[usize::from(byte % 32)]))
        .collect();
    format!("{body}{check}")
}

#[tokio::test]
async fn a_key_lets_in_and_all_wrong_ones_are_told_the_same() {
    let app = TestApp::with(graph().entities(["fund:a"])).await;
    let (one, two) = (
        app.issue(key(Role::Reader)).await,
        app.issue(key(Role::Reader)).await,
    );
    app.with_token(one.reveal()).query(QUESTION).await.good();
    app.with_token(two.reveal()).query(QUESTION).await.good();

    let expired = NewKey {
        expires_at: Some(Utc::now() - Duration::from_secs(1)),
        ..key(Role::Admin)
    };
    let expired = app.issue(expired).await;
    let revoked = app.issue(key(Role::Admin)).await;
    app.service.keys().revoke(&revoked.key.id).await.unwrap();
    let elsewhere = TestApp::with(graph()).await;
    let unknown = elsewhere.issue(key(Role::Admin)).await;
    let mut told = Vec::new();
    for wrong in [
        expired.reveal(),
        revoked.reveal(),
        unknown.reveal(),
        &crossed(one.reveal(), two.reveal()),
        "a.b.c",
        "secret",
        &"x".repeat(9000),
    ] {
        told.push(refused(app.with_token(wrong).query(QUESTION).await));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("is not accepted") && told[0].contains("ask the operator"));

    let cut = &one.reveal()[..40];
    let told = refused(app.with_token(cut).query(QUESTION).await);
    assert!(told.contains("incomplete"), "{told}");
    assert!(!told.contains(cut), "{told}");
}

#[tokio::test]
async fn the_header_is_bearer_and_there_once() {
    let app = TestApp::with(graph()).await;
    let issued = app.issue(key(Role::Reader)).await;
    let ask = async |headers: &[String]| {
        let mut request = Client::new().get(format!("{}/graphql?query={{revision}}", app.url));
        for header in headers {
            request = request.header("authorization", header);
        }
        request.send().await.unwrap().status()
    };
    let good = format!("Bearer {}", issued.reveal());
    assert_eq!(ask(&[]).await, StatusCode::OK);
    assert_eq!(ask(std::slice::from_ref(&good)).await, StatusCode::OK);
    assert_eq!(ask(&[good.replace("Bearer", "bearer")]).await, StatusCode::OK);
    for wrong in [
        vec![good.replace("Bearer", "Basic")],
        vec![issued.reveal().to_string()],
        vec!["Bearer".to_string()],
        vec![good.clone(), good.clone()],
    ] {
        assert_eq!(
            ask(&wrong).await,
            StatusCode::UNAUTHORIZED,
            "{} headers",
            wrong.len()
        );
    }
}

#[tokio::test]
async fn a_key_is_refused_within_a_second_of_its_end() {
    let app = TestApp::with(graph()).await;
    let revoked = app.issue(key(Role::Reader)).await;
    app.with_token(revoked.reveal()).query(QUESTION).await.good();
    app.service.keys().revoke(&revoked.key.id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    refused(app.with_token(revoked.reveal()).query(QUESTION).await);

    // Long enough for a busy machine to ask once before it ends.
    let end = Utc::now() + Duration::from_secs(6);
    let soon = NewKey {
        expires_at: Some(end),
        ..key(Role::Reader)
    };
    let ending = app.issue(soon).await;
    app.with_token(ending.reveal()).query(QUESTION).await.good();
    let left = (end - Utc::now()).to_std().unwrap_or_default();
    tokio::time::sleep(left + Duration::from_millis(10)).await;
    refused(app.with_token(ending.reveal()).query(QUESTION).await);
}

#[tokio::test]
async fn the_use_of_a_key_is_written_down_once_a_minute() {
    let app = TestApp::with(graph()).await;
    let issued = app.issue(key(Role::Reader)).await;
    let last_used = async || app.service.keys().list().await.unwrap()[0].last_used_at;
    assert_eq!(last_used().await, None);
    app.with_token(issued.reveal()).query(QUESTION).await.good();
    let mut noted = None;
    for _ in 0..100 {
        noted = last_used().await;
        if noted.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let age = Utc::now() - noted.expect("its use is written down soon");
    assert!(age < chrono::TimeDelta::seconds(30), "{age}");
    for _ in 0..3 {
        app.with_token(issued.reveal()).query(QUESTION).await.good();
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    app.with_token(issued.reveal()).query(QUESTION).await.good();
    assert_eq!(last_used().await, noted);
    let revision = app.query(QUESTION).await.good();
    assert_eq!(revision["revision"], "0", "keys are no part of the graph");
}

/// What the proxy of the tests says of a client: the client's own words come first, and its own address last.
const OURS: &str = "198.51.100.9, 203.0.113.7, 127.0.0.1";

#[tokio::test]
async fn too_many_failures_are_told_to_wait_and_others_are_not_slowed() {
    let auth = AuthConfig {
        failures_per_minute_max: NonZeroU32::new(3).unwrap(),
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..AuthConfig::default()
    };
    let app = TestApp::with_config(graph(), config(auth)).await;
    let (used, new) = (
        app.issue(key(Role::Reader)).await,
        app.issue(key(Role::Reader)).await,
    );
    let ask = async |address: &str, token: Option<&str>| {
        let mut request = Client::new()
            .get(format!("{}/graphql?query={{revision}}", app.url))
            .header("x-forwarded-for", address);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.headers().get("retry-after").cloned())
    };
    for _ in 0..10 {
        assert_eq!(ask(OURS, Some(used.reveal())).await.0, StatusCode::OK);
    }
    for guess in ["a", "b", "c"] {
        assert_eq!(ask(OURS, Some(guess)).await.0, StatusCode::UNAUTHORIZED);
    }
    for guess in ["d", "e", "a"] {
        let (status, retry) = ask(OURS, Some(guess)).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = retry.unwrap().to_str().unwrap().parse().unwrap();
        assert!((1..=21).contains(&wait), "{wait}");
    }
    // A good key is accepted all the same, be it the first time that it comes from there; a wrong one of a key that is there is not.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(ask(OURS, Some(new.reveal())).await.0, StatusCode::OK);
    assert_eq!(ask(OURS, Some(used.reveal())).await.0, StatusCode::OK);
    let guess = crossed(new.reveal(), used.reveal());
    assert_eq!(ask(OURS, Some(&guess)).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(OURS, None).await.0, StatusCode::OK);
    // What the client writes itself, further to the left, changes nothing; another client is another.
    assert_eq!(
        ask("192.0.2.1, 203.0.113.7", Some("wrong")).await.0,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(ask("203.0.113.8", Some(new.reveal())).await.0, StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_one_key_are_counted_together_and_an_ended_key_shuts_nobody_out() {
    let auth = AuthConfig {
        failures_per_minute_max: NonZeroU32::new(2).unwrap(),
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..AuthConfig::default()
    };
    let app = TestApp::with_config(graph(), config(auth)).await;
    let (good, other) = (
        app.issue(key(Role::Reader)).await,
        app.issue(key(Role::Reader)).await,
    );
    let ask = async |address: &str, token: &str| {
        let request = Client::new()
            .get(format!("{}/graphql?query={{revision}}", app.url))
            .header("x-forwarded-for", address)
            .bearer_auth(token);
        request.send().await.unwrap().status()
    };
    // Wherever they come from.
    let guess = crossed(good.reveal(), other.reveal());
    let mut told = Vec::new();
    for from in [
        "203.0.113.1:4711",
        "[2001:db8::1]:4711",
        "203.0.113.3",
        "203.0.113.4",
    ] {
        told.push(ask(from, &guess).await.as_u16());
    }
    assert_eq!(told, [401, 401, 429, 429]);
    assert_eq!(ask("203.0.113.1", good.reveal()).await, StatusCode::OK);

    // A script that goes on with a key that has ended is no guesser: others at its address may still mistype theirs.
    app.service.keys().revoke(&other.key.id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(ask("203.0.113.9", other.reveal()).await.as_u16());
    }
    assert_eq!(told, [401, 401, 429, 429]);
    assert_eq!(ask("203.0.113.9", "mistyped").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("203.0.113.9", good.reveal()).await, StatusCode::OK);
}

#[tokio::test]
async fn whom_no_proxy_speaks_for_cannot_take_another_address() {
    let auth = AuthConfig {
        failures_per_minute_max: NonZeroU32::new(1).unwrap(),
        ..AuthConfig::default()
    };
    let app = TestApp::with_config(graph(), config(auth)).await;
    let statuses = ["10.0.0.1", "10.0.0.2"].map(|address| {
        let request = Client::new()
            .get(format!("{}/graphql?query={{revision}}", app.url))
            .header("x-forwarded-for", address)
            .bearer_auth(format!("wrong {address}"));
        async { request.send().await.unwrap().status() }
    });
    let mut seen = Vec::new();
    for status in statuses {
        seen.push(status.await);
    }
    assert_eq!(seen, [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS]);
}

#[tokio::test]
async fn a_server_may_answer_nobody_unknown() {
    let auth = AuthConfig {
        anonymous: false,
        ..AuthConfig::default()
    };
    let app = TestApp::with_config(graph().entities(["fund:a"]), config(auth)).await;
    let told = refused(app.query(QUESTION).await);
    assert!(told.contains("hukun key create"), "{told}");
    let issued = app.issue(key(Role::Reader)).await;
    app.with_token(issued.reveal()).query(QUESTION).await.good();

    for (route, decision) in routes() {
        let path = route.replace("{file}", "none.js").replace("{*id}", "source:s");
        for method in [Method::GET, Method::POST] {
            let answer = Client::new()
                .request(method.clone(), format!("{}{path}", app.url))
                .send();
            let (status, what) = (answer.await.unwrap().status(), format!("{method} {path}"));
            match decision {
                "data" if method == Method::GET => assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}"),
                "data" | "first message" => assert!(status.is_client_error(), "{what}: {status}"),
                "open" => assert_ne!(status, StatusCode::UNAUTHORIZED, "{what}"),
                other => panic!("{route}: {other} is no decision; data, first message or open"),
            }
        }
    }
    let mut unknown = Socket::dial(&app.url).await;
    unknown.say(json!({ "type": "connection_init" })).await;
    assert_eq!(unknown.closed().await, 4401);
}

/// The decisions on who may ask what by which address, `path decision` a line: `data` is for whoever is let in, with `--anonymous off`
/// for nobody unknown; `first message` asks then; `open` holds no data.
fn routes() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("fixed/routes.txt").lines();
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

#[test]
fn every_route_has_a_decision() {
    let code = include_str!("../src/http/mod.rs");
    let mut routes_there: Vec<&str> = code
        .split(".route(")
        .skip(1)
        .map(|rest| rest.split('"').nth(1).unwrap())
        .collect();
    routes_there.sort_unstable();
    let decided: Vec<&str> = routes().into_iter().map(|(route, _)| route).collect();
    assert_eq!(
        decided, routes_there,
        "decide who may ask there, in tests/fixed/routes.txt, sorted; and take out what is gone"
    );
}

#[tokio::test]
async fn a_label_is_one_line() {
    let app = TestApp::with(graph()).await;
    for label in ["", "  ", "a\nb", &"x".repeat(101)] {
        let new = NewKey {
            label: Some(label.into()),
            ..key(Role::Reader)
        };
        let error = app.service.keys().issue(new).await.unwrap_err();
        assert!(error.to_string().contains("1 to 100 characters"), "{error}");
    }
}
