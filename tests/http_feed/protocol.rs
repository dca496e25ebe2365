//! graphql-transport-ws, message by message.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use hukun::http::{AuthConfig, Config};
use hukun::model::principal::Role;
use hukun::service::NewKey;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::server::{FOLLOW, SHORT, follow, fund, limited, text};
use crate::support::graph::entity;
use crate::support::keys::key;
use crate::support::socket::{PATIENCE, Socket};
use crate::support::tokens::{KeyServer, Signer, accepting, claims, seconds};
use crate::support::{TestApp, graph};

async fn app() -> TestApp {
    TestApp::with(graph().entity("fund:a")).await
}

/// The code with which a connection that offers a subprotocol is closed; a library gives up before that.
async fn raw_close(url: &str, offered: &str) -> u16 {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: {offered}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all));
    read.await.unwrap().unwrap();
    let head = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let frame = &all[head + 4..];
    assert_eq!(frame[0], 0x88, "a close frame");
    u16::from_be_bytes([frame[2], frame[3]])
}

#[tokio::test]
async fn only_the_one_subprotocol_is_spoken() {
    let app = app().await;
    let mut socket = Socket::open(&app.url, &[]).await.unwrap();
    assert_eq!(socket.closed().await, 4406);
    for offered in ["graphql-ws", "mqtt, soap"] {
        assert_eq!(raw_close(&app.url, offered).await, 4406, "{offered}");
    }
    let offered = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    let mut socket = Socket::open(&app.url, &offered).await.unwrap();
    socket.init().await;
    let plain = reqwest::get(format!("{}/graphql/ws", app.url)).await.unwrap();
    assert_eq!(plain.status(), 426);
    let told: Value = plain.json().await.unwrap();
    assert!(
        text(&told["errors"][0]["message"]).contains("graphql-transport-ws"),
        "{told}"
    );
}

#[tokio::test]
async fn who_does_not_begin_in_time_is_let_go() {
    let app = limited(|limits| limits.init_ms_max = 100).await;
    assert_eq!(Socket::dial(&app.url).await.closed().await, 4408);
    // Pings before the beginning are answered, and are none.
    let mut socket = Socket::dial(&app.url).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    assert_eq!(socket.closed().await, 4408);
    let mut socket = Socket::greeted(&app.url).await;
    socket.silent(Duration::from_millis(200)).await;
}

#[tokio::test]
async fn a_second_beginning_ends_it() {
    let app = app().await;
    let mut socket = Socket::greeted(&app.url).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4429);
}

#[tokio::test]
async fn nothing_is_answered_before_the_beginning() {
    let app = app().await;
    let mut socket = Socket::dial(&app.url).await;
    socket.subscribe("1", "{ revision }", json!({})).await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_never_taken_for_none() {
    let app = app().await;
    for given in [json!("Bearer hk_nobody_has_this"), json!("Basic x"), json!(1)] {
        let mut socket = Socket::dial(&app.url).await;
        let payload = json!({ "Authorization": given });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.closed().await, 4403, "{given}");
    }
    let refused = Socket::dial_with(&app.url, &[("authorization", "Bearer hk_nobody_has_this")]).await;
    assert_eq!(refused.err(), Some(401));
}

/// A client retries other codes, and an invalid key stays invalid.
#[tokio::test]
async fn an_invalid_key_is_forbidden_after_too_many_failures_too() {
    let config = Config {
        auth: AuthConfig {
            failures_per_minute_max: NonZeroU32::new(2).unwrap(),
            ..AuthConfig::default()
        },
        ..Config::default()
    };
    let app = TestApp::with_config(graph(), config).await;
    let valid = app.issue(key(Role::Reader)).await;
    let mut reasons = Vec::new();
    for guess in ["a", "b", "c", "a"] {
        let mut socket = Socket::dial(&app.url).await;
        let payload = json!({ "Authorization": format!("Bearer {guess}") });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let (code, reason) = socket.closed_with_reason().await;
        assert_eq!(code, 4403, "{guess}: {reason}");
        reasons.push(reason);
    }
    assert_eq!(reasons[..2], ["Forbidden", "Forbidden"]);
    for reason in &reasons[2..] {
        assert!(reason.contains("correct the key and try again in"), "{reason}");
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    with_key(&app, valid.reveal()).await;
}

#[tokio::test]
async fn an_id_is_that_of_one_operation_at_a_time() {
    let app = app().await;
    let mut socket = follow(&app.url, None).await;
    socket.subscribe("1", "{ revision }", json!({})).await;
    assert_eq!(socket.closed().await, 4409);
    let mut socket = Socket::greeted(&app.url).await;
    for _ in 0..3 {
        socket.subscribe("q", "{ revision }", json!({})).await;
        assert_eq!(socket.next("q").await["data"]["revision"], "1");
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "q" }));
    }
}

#[tokio::test]
async fn what_is_no_message_ends_it() {
    let app = app().await;
    for wrong in [
        "x",
        "[]",
        "{}",
        r#"{"type": "start", "id": "1", "payload": {"query": "{ revision }"}}"#,
        r#"{"type": "subscribe", "payload": {"query": "{ revision }"}}"#,
        r#"{"type": "subscribe", "id": "1"}"#,
        r#"{"type": "subscribe", "id": "1", "payload": {"query": 1}}"#,
        r#"{"type": "ping", "payload": "x"}"#,
        r#"{"type": "complete", "id": 7}"#,
    ] {
        for begun in [false, true] {
            let mut socket = Socket::dial(&app.url).await;
            if begun {
                socket.init().await;
            }
            socket.send(Message::text(wrong)).await;
            assert_eq!(socket.closed().await, 4400, "{wrong}");
        }
    }
    let mut socket = Socket::greeted(&app.url).await;
    socket.send(Message::binary(b"{}".to_vec())).await;
    assert_eq!(socket.closed().await, 4400);
}

#[tokio::test]
async fn pings_are_answered_and_who_answers_none_is_given_up() {
    let app = limited(|limits| limits.ping_ms = 100.try_into().unwrap()).await;
    let mut socket = Socket::greeted(&app.url).await;
    let ping = json!({ "type": "ping", "payload": { "n": 7 } });
    socket.say(ping).await;
    assert_eq!(
        socket.hear().await,
        json!({ "type": "pong", "payload": { "n": 7 } })
    );
    // Answering keeps it open; so does nothing else here.
    for _ in 0..5 {
        assert_eq!(socket.hear_any().await, json!({ "type": "ping" }));
        socket.say(json!({ "type": "pong" })).await;
    }
    assert_eq!(socket.closed().await, 4499);
}

#[tokio::test]
async fn questions_are_answered_over_it_as_over_http() {
    let app = app().await;
    let mut socket = Socket::greeted(&app.url).await;
    socket
        .subscribe(
            "q",
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": "fund:a" }),
        )
        .await;
    let answer = socket.next("q").await;
    assert_eq!(answer["data"]["node"]["id"], "fund:a");
    assert_eq!(answer["extensions"]["revision"], "1");
    assert_eq!(socket.hear().await["type"], "complete");
    // A field that fails is part of an answer; what is refused is none.
    socket
        .subscribe("f", "{ rules(bearerId: \"fund:none\") { id } }", json!({}))
        .await;
    assert_eq!(
        socket.next("f").await["errors"][0]["extensions"]["code"],
        "NOT_FOUND"
    );
    assert_eq!(socket.hear().await["type"], "complete");
    let bomb = "{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...c ...c } fragment c on Query { revision }";
    let mut deep = String::from("{ ...f0 }");
    for n in 0..40 {
        let next = n + 1;
        write!(deep, " fragment f{n} on Query {{ ...f{next} ...f{next} }}").unwrap();
    }
    deep.push_str(" fragment f40 on Query { revision }");
    socket.subscribe("b", bomb, json!({})).await;
    assert_eq!(socket.next("b").await["data"]["revision"], "1");
    assert_eq!(socket.hear().await["type"], "complete");
    for (query, code) in [
        ("{ nothing }", "BAD_USER_INPUT"),
        ("{", "BAD_USER_INPUT"),
        (&deep, "LIMIT_EXCEEDED"),
        (
            "subscription { changes(since: \"x\") { cursor } }",
            "BAD_USER_INPUT",
        ),
        ("subscription { changes(kinds: []) { cursor } }", "BAD_USER_INPUT"),
        ("subscription { changes(ids: []) { cursor } }", "BAD_USER_INPUT"),
        (
            "subscription { a: changes { cursor } b: changes { cursor } }",
            "BAD_USER_INPUT",
        ),
        ("subscription { changes { nothing } }", "BAD_USER_INPUT"),
    ] {
        socket.subscribe("e", query, json!({})).await;
        let told = socket.hear().await;
        assert_eq!(told["type"], "error", "{query}: {told}");
        assert_eq!(told["payload"][0]["extensions"]["code"], code, "{query}: {told}");
    }
    // An operation that ended by an error leaves its id free, and the connection open.
    socket.subscribe("e", "{ revision }", json!({})).await;
    assert_eq!(socket.next("e").await["data"]["revision"], "1");
}

#[tokio::test]
async fn what_a_client_completes_is_over() {
    let app = app().await;
    let mut socket = follow(&app.url, None).await;
    socket
        .subscribe("2", FOLLOW, json!({ "ids": ["fund:00001"] }))
        .await;
    // Answers of this come after both subscriptions have begun.
    socket.subscribe("q", "{ revision }", json!({})).await;
    let mut answered = false;
    while !answered {
        answered = socket.hear().await["type"] == "complete";
    }
    tokio::time::sleep(SHORT).await;
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.say(json!({ "type": "complete", "id": "unknown" })).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
    app.add(fund(1)).await;
    assert_eq!(socket.change("2").await["subjectId"], "fund:00001");
    socket.silent(SHORT).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    socket.silent(SHORT).await;
    app.add(fund(2)).await;
    assert_eq!(socket.change("1").await["subjectId"], "d");
}

#[tokio::test]
async fn kinds_and_ids_pick_what_is_told() {
    let app = app().await;
    let mut socket = Socket::greeted(&app.url).await;
    socket
        .subscribe(
            "k",
            FOLLOW,
            json!({ "since": null, "kinds": ["COMPANY", "PARK"] }),
        )
        .await;
    socket
        .subscribe("i", FOLLOW, json!({ "ids": ["company:x", "d"] }))
        .await;
    socket
        .subscribe(
            "b",
            FOLLOW,
            json!({ "kinds": ["FUND"], "ids": ["company:x", "fund:y"] }),
        )
        .await;
    tokio::time::sleep(SHORT).await;
    app.add(graph().entities(["company:x", "company:y", "fund:x", "fund:y"]))
        .await;
    let mut told: Vec<String> = Vec::new();
    for _ in 0..5 {
        let message = socket.hear().await;
        let change = &message["payload"]["data"]["changes"];
        told.push(format!("{} {}", text(&message["id"]), text(&change["subjectId"])));
    }
    told.sort();
    assert_eq!(
        told,
        ["b fund:y", "i company:x", "i d", "k company:x", "k company:y"]
    );
    socket.silent(SHORT).await;
}

/// A conversation of somebody with a key.
async fn with_key(app: &TestApp, key: &str) -> Socket {
    let mut socket = Socket::dial(&app.url).await;
    let payload = json!({ "Authorization": format!("Bearer {key}") });
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket
}

#[tokio::test]
async fn a_key_that_is_revoked_ends_what_it_began() {
    let app = limited(|limits| limits.ping_ms = 1_500.try_into().unwrap()).await;
    let issued = app.issue(key(Role::Reader)).await;
    let mut socket = with_key(&app, issued.reveal()).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    // As long as the key is good it goes on.
    for _ in 0..2 {
        assert_eq!(socket.hear_any().await["type"], "ping");
        socket.say(json!({ "type": "pong" })).await;
    }
    app.service.keys().revoke(&issued.key.id).await.unwrap();
    assert_eq!(ended(&mut socket).await, Some(4403));
}

/// The code with which the server ends a conversation in which each ping is answered.
async fn ended(socket: &mut Socket) -> Option<u16> {
    loop {
        match socket.frame().await {
            Some(Message::Text(_)) => socket.say(json!({ "type": "pong" })).await,
            Some(Message::Close(frame)) => return frame.map(|frame| u16::from(frame.code)),
            other => panic!("{other:?}"),
        }
    }
}

/// Long before the next ping.
#[tokio::test]
async fn a_key_that_is_revoked_begins_nothing_more() {
    let app = app().await;
    let issued = app.issue(key(Role::Editor)).await;
    let mut socket = with_key(&app, issued.reveal()).await;
    let delete = r#"mutation { deleteEntities(ids: ["fund:a"]) { revision } }"#;
    app.service.keys().revoke(&issued.key.id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    socket.subscribe("1", delete, json!({})).await;
    assert_eq!(socket.closed().await, 4403);
    let found = app.query(r#"{ node(id: "fund:a") { id } }"#).await.good();
    assert!(found["node"].is_object(), "it was deleted");
}

#[tokio::test]
async fn a_key_or_token_that_expires_ends_what_it_began() {
    let signer = Signer::ed25519();
    let server = KeyServer::start(&[&signer]).await;
    let hour = Duration::from_hours(1);
    let mut config = accepting(&server.address, hour, hour).await;
    config.limits.feed.ping_ms = 1_500.try_into().unwrap();
    let app = TestApp::with_config(graph(), config).await;
    // Long enough for a busy machine to begin before it ends; of a token, the clocks may differ by five seconds.
    let key = app.issue(NewKey {
        expires_at: Some(chrono::Utc::now() + Duration::from_secs(8)),
        ..key(Role::Reader)
    });
    ends(&app, key.await.reveal()).await;
    let mut claims = claims();
    claims["exp"] = json!(seconds(3));
    ends(&app, &signer.sign(&claims)).await;
}

/// What is begun with a credential ends with it, and is not begun again.
async fn ends(app: &TestApp, credential: &str) {
    let mut socket = with_key(app, credential).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    assert_eq!(ended(&mut socket).await, Some(4403));
    let bearer = format!("Bearer {credential}");
    let refused = Socket::dial_with(&app.url, &[("authorization", &bearer)]).await;
    assert_eq!(refused.err(), Some(401));
}

#[tokio::test]
async fn personal_data_is_told_only_to_who_may_see_it() {
    let app = app().await;
    let (may, may_not) = (
        app.issue(NewKey {
            pii: true,
            ..key(Role::Reader)
        })
        .await,
        app.issue(key(Role::Reader)).await,
    );
    let (mut may, mut may_not) = (
        with_key(&app, may.reveal()).await,
        with_key(&app, may_not.reveal()).await,
    );
    let query = "subscription { changes(kinds: [EXPERT]) { node { ... on Expert { contact } } } }";
    for socket in [&mut may, &mut may_not] {
        socket.subscribe("1", query, json!({})).await;
        socket.silent(SHORT).await;
    }
    app.add(graph().entity(entity("expert:a").contact("a@example.org")))
        .await;
    let told = may.next("1").await;
    assert_eq!(told["data"]["changes"]["node"]["contact"], "a@example.org");
    let told = may_not.next("1").await;
    assert_eq!(told["data"]["changes"]["node"]["contact"], Value::Null);
    assert_eq!(told["extensions"]["withheld"], json!(["Expert.contact"]));
}

#[tokio::test]
async fn what_concerns_a_hidden_data_set_alone_is_told_to_who_may_see_it() {
    let app = app().await;
    let issued = app.issue(key(Role::Admin)).await;
    let (mut admin, mut anyone) = (
        with_key(&app, issued.reveal()).await,
        Socket::greeted(&app.url).await,
    );
    for socket in [&mut admin, &mut anyone] {
        socket.subscribe("1", FOLLOW, json!({ "kinds": ["FUND"] })).await;
        socket.silent(SHORT).await;
    }
    let secret = || graph().in_dataset("secret").restricted();
    app.add(secret().entities(["fund:secret", "fund:other"])).await;
    app.add(secret().entity("fund:other").replacing()).await;
    app.add(fund(1)).await;
    for subject in ["fund:other", "fund:secret", "fund:secret", "fund:00001"] {
        assert_eq!(admin.change("1").await["subjectId"], subject);
    }
    assert_eq!(anyone.change("1").await["subjectId"], "fund:00001");
    anyone.silent(SHORT).await;
}
