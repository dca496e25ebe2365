//! Who asks with a token of a login service, and which tokens are no good.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::graph::entity;
use crate::support::tokens::{AUDIENCE, ISSUER, KeyServer, Signer, accepting, claims, part, seconds, set};
use crate::support::{Graph, TestApp, graph};

const QUESTION: &str = "{ experts { nodes { contact } } }";
const CONTACT: &str = "wang@example.org";
const NEVER: Duration = Duration::from_hours(1);

fn data() -> Graph {
    graph().entity(entity("expert:a").contact(CONTACT))
}

/// What the asker with a token sees of the contact.
async fn seen(app: &TestApp, token: &str) -> Value {
    let data = app.with_token(token).query(QUESTION).await.good();
    data["experts"]["nodes"][0]["contact"].clone()
}

async fn is_refused(app: &TestApp, token: &str) -> bool {
    let reply = app.with_token(token).query(QUESTION).await;
    match reply.status {
        StatusCode::OK => false,
        StatusCode::UNAUTHORIZED => {
            let (code, message) = reply.bad();
            assert_eq!(code, "UNAUTHENTICATED");
            assert!(
                message.starts_with("The key or token is not accepted"),
                "{message}"
            );
            true
        }
        other => panic!("{other}: {:#}", reply.body),
    }
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = claims();
    change(&mut claims);
    claims
}

#[tokio::test]
async fn a_token_of_each_algorithm_says_who_asks_and_what_they_may() {
    let signers = [Signer::rsa(), Signer::p256(), Signer::ed25519()];
    let server = KeyServer::start(&signers.each_ref()).await;
    let app = TestApp::with_config(data(), accepting(&server.address, NEVER, NEVER).await).await;
    for signer in &signers {
        assert_eq!(
            seen(&app, &signer.sign(&claims())).await,
            CONTACT,
            "{}",
            signer.id
        );
        let reader = with(|claims| claims["roles"] = json!(["reader"]));
        assert_eq!(seen(&app, &signer.sign(&reader)).await, Value::Null);
    }
    let signer = &signers[2];
    for good in [
        with(|claims| claims["roles"] = json!("pii editor")),
        with(|claims| claims["aud"] = json!(["other", AUDIENCE])),
        with(|claims| claims["exp"] = json!(seconds(-3))),
        with(|claims| claims["nbf"] = json!(seconds(3))),
        with(|claims| claims["datasets"] = json!(["kunshan"])),
    ] {
        assert_eq!(seen(&app, &signer.sign(&good)).await, CONTACT, "{good}");
    }
    assert_eq!(server.asked(), 1, "known keys are not fetched again");
}

#[tokio::test]
async fn tokens_that_are_not_as_they_must_be_are_refused() {
    let (rsa, p256, stranger) = (Signer::rsa(), Signer::p256(), Signer::ed25519());
    let server = KeyServer::start(&[&rsa, &p256]).await;
    let app = TestApp::with_config(data(), accepting(&server.address, NEVER, NEVER).await).await;
    let good = rsa.sign(&claims());
    assert!(!is_refused(&app, &good).await);

    for (what, claims) in [
        ("expired", with(|claims| claims["exp"] = json!(seconds(-10)))),
        (
            "no exp",
            with(|claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ),
        (
            "exp is no number",
            with(|claims| claims["exp"] = json!("tomorrow")),
        ),
        ("not yet valid", with(|claims| claims["nbf"] = json!(seconds(60)))),
        ("another audience", with(|claims| claims["aud"] = json!("other"))),
        (
            "no audience",
            with(|claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ),
        (
            "another issuer",
            with(|claims| claims["iss"] = json!("https://evil.example.org/")),
        ),
        (
            "issuers",
            with(|claims| claims["iss"] = json!([ISSUER, "https://evil.example.org/"])),
        ),
        (
            "no issuer",
            with(|claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
        ),
        (
            "no subject",
            with(|claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ),
        ("a subject of lines", with(|claims| claims["sub"] = json!("a\nb"))),
        (
            "no role of ours",
            with(|claims| claims["roles"] = json!(["Reader", "clerk"])),
        ),
        ("pii is no role", with(|claims| claims["roles"] = json!(["pii"]))),
        ("roles of numbers", with(|claims| claims["roles"] = json!([1]))),
        (
            "data sets of numbers",
            with(|claims| claims["datasets"] = json!(7)),
        ),
        (
            "a data set with a space",
            with(|claims| claims["datasets"] = json!(["a b"])),
        ),
    ] {
        assert!(is_refused(&app, &rsa.sign(&claims)).await, "{what}");
    }

    let parts: Vec<&str> = good.split('.').collect();
    let forged = |header: &Value, signature: &str| format!("{}.{}.{signature}", part(header), parts[1]);
    let richer = part(&with(|claims| claims["roles"] = json!(["admin"])));
    let hmac = hmac_with_public_key(&rsa);
    let crit = json!({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": false});
    for (what, token) in [
        ("alg none", forged(&json!({"alg": "none", "kid": "rsa"}), "")),
        ("alg None", forged(&json!({"alg": "None", "kid": "rsa"}), "")),
        ("no algorithm", forged(&json!({"kid": "rsa"}), parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("other claims", format!("{}.{richer}.{}", parts[0], parts[2])),
        ("signed as a shared secret by the public key", hmac),
        (
            "another RSA algorithm",
            forged(&json!({"alg": "RS512", "kid": "rsa"}), parts[2]),
        ),
        (
            "the algorithm of another key",
            rsa.sign_under(&json!({"alg": "ES256", "kid": "rsa"}), &claims()),
        ),
        (
            "the key of another algorithm",
            rsa.sign_under(&json!({"alg": "RS256", "kid": "p256"}), &claims()),
        ),
        ("an unknown key", stranger.sign(&claims())),
        (
            "a key that it brings itself",
            stranger.sign_under(
                &json!({"alg": "EdDSA", "jwk": stranger.jwk(), "kid": "mine"}),
                &claims(),
            ),
        ),
        (
            "no key named, of two",
            rsa.sign_under(&json!({"alg": "RS256"}), &claims()),
        ),
        (
            "signed by another",
            stranger.sign_under(&json!({"alg": "EdDSA", "kid": "rsa"}), &claims()),
        ),
        ("crit", rsa.sign_under(&crit, &claims())),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.{}", parts[2])),
        ("no base64", format!("{}.!!!.{}", parts[0], parts[2])),
        (
            "claims are no object",
            rsa.sign_under(&json!({"alg": "RS256", "kid": "rsa"}), &json!([1])),
        ),
        (
            "too long",
            rsa.sign(&with(|claims| claims["filler"] = json!("x".repeat(9000)))),
        ),
        ("dots", "..".into()),
    ] {
        assert!(is_refused(&app, &token).await, "{what}");
    }
    assert_eq!(server.asked(), 1, "no stranger makes the server fetch");
}

/// The oldest trick: the public key, which everybody has, as a shared secret.
fn hmac_with_public_key(rsa: &Signer) -> String {
    let header = jsonwebtoken::Header {
        kid: Some(rsa.id.into()),
        ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256)
    };
    let public = rsa.jwk()["n"].as_str().unwrap().to_string();
    let secret = jsonwebtoken::EncodingKey::from_secret(public.as_bytes());
    jsonwebtoken::encode(&header, &claims(), &secret).unwrap()
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_met_and_an_old_one_goes() {
    let (old, new) = (Signer::ed25519(), Signer::next());
    let server = KeyServer::start(&[&old]).await;
    let refetch = Duration::from_millis(400);
    let app = TestApp::with_config(data(), accepting(&server.address, refetch, NEVER).await).await;
    let (by_old, by_new) = (old.sign(&claims()), new.sign(&claims()));
    assert!(!is_refused(&app, &by_old).await);

    // Unknown keys are asked for once in a while, however many ask.
    tokio::time::sleep(refetch).await;
    let begun = Instant::now();
    let many: Vec<_> = (0..20).map(|_| is_refused(&app, &by_new)).collect();
    assert!(
        futures_util::future::join_all(many)
            .await
            .iter()
            .all(|refused| *refused)
    );
    if begun.elapsed() < refetch {
        assert_eq!(server.asked(), 2);
    }

    // A faulty answer takes nothing away.
    for (status, body) in [
        (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        (StatusCode::OK, "no JSON".into()),
        (StatusCode::OK, json!({"keys": []}).to_string()),
        (StatusCode::OK, " ".repeat(300_000)),
    ] {
        server.now_says(status, &body);
        tokio::time::sleep(refetch).await;
        assert!(is_refused(&app, &by_new).await);
        assert!(!is_refused(&app, &by_old).await);
    }

    server.now_has(&[&new]);
    tokio::time::sleep(refetch).await;
    assert!(!is_refused(&app, &by_new).await);
    assert!(
        is_refused(&app, &by_old).await,
        "what is not in the set any more is not accepted"
    );
}

#[tokio::test]
async fn a_key_taken_out_of_the_set_goes_without_a_new_one_being_met() {
    let (old, new) = (Signer::ed25519(), Signer::next());
    let server = KeyServer::start(&[&old, &new]).await;
    let refresh = Duration::from_millis(300);
    let app = TestApp::with_config(data(), accepting(&server.address, NEVER, refresh).await).await;
    let token = old.sign(&claims());
    assert!(!is_refused(&app, &token).await);
    server.now_has(&[&new]);
    let until = Instant::now() + Duration::from_secs(10);
    while !is_refused(&app, &token).await {
        assert!(Instant::now() < until, "still accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_server_starts_before_its_login_service() {
    let signer = Signer::ed25519();
    let server = KeyServer::start(&[&signer]).await;
    server.now_says(StatusCode::SERVICE_UNAVAILABLE, "");
    let refetch = Duration::from_millis(200);
    let app = TestApp::with_config(data(), accepting(&server.address, refetch, NEVER).await).await;
    let token = signer.sign(&claims());
    assert!(is_refused(&app, &token).await);
    server.now_has(&[&signer]);
    tokio::time::sleep(refetch).await;
    assert!(!is_refused(&app, &token).await);
}

#[tokio::test]
async fn a_key_set_in_a_file_is_read_again_when_it_changes() {
    let (old, new, short) = (Signer::ed25519(), Signer::next(), Signer::short_rsa());
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("keys.json");
    // Keys for other uses, of other kinds, or too short stand beside those that count.
    let other_use = json!({"use": "enc", "kid": "next", "kty": "OKP", "crv": "Ed25519", "x": new.jwk()["x"]});
    let other_kind = json!({"kty": "EC", "kid": "x", "crv": "secp256k1", "x": "AA", "y": "AA"});
    let secret = json!({"kty": "oct", "kid": "shared", "k": "c2VjcmV0"});
    let keys = json!({"keys": [other_use, other_kind, secret, short.jwk(), old.jwk()]});
    std::fs::write(&file, keys.to_string()).unwrap();
    let config = accepting(&file.to_string_lossy(), NEVER, NEVER).await;
    let app = TestApp::with_config(data(), config).await;
    assert!(!is_refused(&app, &old.sign(&claims())).await);
    let unnamed = old.sign_under(&json!({"alg": "EdDSA"}), &claims());
    assert!(
        !is_refused(&app, &unnamed).await,
        "of one key, the name may be left out"
    );
    assert!(
        is_refused(&app, &new.sign(&claims())).await,
        "it is for encryption"
    );
    assert!(
        is_refused(&app, &short.sign(&claims())).await,
        "1024 bits are too few"
    );

    std::fs::write(&file, "{").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(
        !is_refused(&app, &old.sign(&claims())).await,
        "half a file takes nothing away"
    );
    std::fs::write(&file, set(&[&new])).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(!is_refused(&app, &new.sign(&claims())).await);
    assert!(is_refused(&app, &old.sign(&claims())).await);
}

#[tokio::test]
async fn without_a_key_set_no_token_is_accepted() {
    let app = TestApp::with(data()).await;
    assert!(is_refused(&app, &Signer::ed25519().sign(&claims())).await);
}
