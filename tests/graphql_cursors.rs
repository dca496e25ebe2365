//! Cursors of the change log tell nothing of what is hidden; `http_feed::restart` goes on from them after restarts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hukun::model::principal::Role;
use hukun::service::NewKey;
use serde_json::{Value, json};

use crate::support::keys::key;
use crate::support::{TestApp, graph, texts};

const CHANGES: &str =
    "query($since: String) { changes(since: $since, first: 1000) { edges { cursor node { subjectId } } } }";

fn plain(number: u64, revision: u64) -> String {
    URL_SAFE_NO_PAD.encode(json!([1, "changes", [number, revision]]).to_string())
}

/// The cursors of all changes that whoever asks is told of.
async fn cursors(app: &TestApp, token: &str) -> Vec<String> {
    let data = app.with_token(token).query(CHANGES).await.good();
    texts(&data["changes"]["edges"], "/cursor")
}

/// What is in a cursor beside what every one has.
fn sealed(cursor: &str) -> Vec<u8> {
    let inside = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let inside: Value = serde_json::from_slice(&inside).unwrap();
    URL_SAFE_NO_PAD
        .decode(inside[2].as_str().expect("it is sealed"))
        .unwrap()
}

#[tokio::test]
async fn what_is_hidden_moves_no_cursor_and_shows_in_none() {
    let app = TestApp::with(graph().entity("fund:a")).await;
    let reader = app.issue(key(Role::Reader)).await;
    let admin = app.issue(key(Role::Admin)).await;
    let end = async |token: &str| {
        app.with_token(token).query("{ changeCursor }").await.good()["changeCursor"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let (before, all_before) = (end(reader.reveal()).await, end(admin.reveal()).await);
    assert_eq!(before, all_before, "nothing is hidden yet");
    let hidden = (0..50).fold(graph().in_dataset("h").restricted(), |graph, n| {
        graph.entities([format!("fund:h{n}").as_str()])
    });
    app.add(hidden).await;
    assert_eq!(end(reader.reveal()).await, before, "hidden writes move it not");
    assert_ne!(end(admin.reveal()).await, all_before);

    // One more that is seen: its cursor is unlike its neighbor's, so that no distance shows.
    app.add(graph().entity("fund:b")).await;
    let seen = cursors(&app, reader.reveal()).await;
    assert_eq!(*seen.last().unwrap(), end(reader.reveal()).await);
    let all = cursors(&app, admin.reveal()).await;
    assert!(all.len() > seen.len() + 50, "{} and {}", all.len(), seen.len());
    let mut inside: Vec<Vec<u8>> = seen.iter().map(|cursor| sealed(cursor)).collect();
    for pair in inside.windows(2) {
        let alike = pair[0].iter().zip(&pair[1]).filter(|(a, b)| a == b).count();
        assert!(pair[0].len() == pair[1].len() && alike < 8, "{pair:?}");
    }
    inside.dedup();
    assert_eq!(inside.len(), seen.len());
    // Each goes on after its own line.
    for (at, cursor) in seen.iter().enumerate() {
        let rest = app
            .with_token(reader.reveal())
            .ask(CHANGES, json!({ "since": cursor }))
            .await
            .good();
        assert_eq!(texts(&rest["changes"]["edges"], "/cursor"), seen[at + 1..]);
    }
}

#[tokio::test]
async fn an_older_plain_cursor_is_for_those_who_see_all() {
    let app = TestApp::with(graph().entity("fund:a")).await;
    let admin = app.issue(key(Role::Admin)).await;
    let named = NewKey {
        scope: hukun::model::principal::DatasetScope::Only(
            [hukun::model::id::DatasetId::parse("d").unwrap()].into(),
        ),
        ..key(Role::Editor)
    };
    let editor = app.issue(named).await;
    let since = json!({ "since": plain(1, 1) });
    let told = app
        .with_token(admin.reveal())
        .ask(CHANGES, since.clone())
        .await
        .good();
    assert_eq!(told["changes"]["edges"].as_array().unwrap().len(), 2);
    for asker in [app.anonymous(), app.with_token(editor.reveal())] {
        let (code, message) = asker.ask(CHANGES, since.clone()).await.bad();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(
            message.contains("older version") && message.contains("changeCursor"),
            "{message}"
        );
        // Nor does it say whether there is such a line.
        let (_, other) = asker.ask(CHANGES, json!({ "since": plain(99, 7) })).await.bad();
        assert_eq!(other, message);
    }
    // What was made up or altered is no place.
    let (_, message) = app
        .ask(
            CHANGES,
            json!({ "since": URL_SAFE_NO_PAD.encode(r#"[1,"changes","AAAA"]"#) }),
        )
        .await
        .bad();
    assert!(message.contains("does not belong to this graph"), "{message}");
}
