//! The pages and their files over HTTP: what they are, how long they are kept, and what is no file.

use std::fs;
use std::sync::Arc;

use hukun::dataset::SourceFiles;
use hukun::http::Config;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::explorer::built;
use crate::support::{Seed, TestApp, graph};

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().get(format!("{}{path}", app.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// The files that a page names.
fn files(page: &str) -> Vec<String> {
    let named = page
        .match_indices("\"./assets/")
        .filter_map(|(at, _)| page[at + 2..].split('"').next());
    named.map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_page_is_asked_for_each_time_and_its_files_are_kept_for_ever() {
    built();
    let app = TestApp::with(graph()).await;
    for path in ["/", "/graphiql"] {
        let page = get(&app, path, &[]).await;
        assert_eq!(
            (
                page.status(),
                header(&page, "content-type"),
                header(&page, "cache-control")
            ),
            (StatusCode::OK, "text/html; charset=utf-8", "no-cache"),
            "{path}"
        );
        let tag = header(&page, "etag").to_string();
        let again = get(&app, path, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        let files = files(&page.text().await.unwrap());
        assert!(files.len() >= 2, "{files:?}");
        for file in files {
            let plain = get(&app, &file, &[]).await;
            assert_eq!(plain.status(), StatusCode::OK, "{file}");
            assert_eq!(
                header(&plain, "cache-control"),
                "public, max-age=31536000, immutable"
            );
            assert_eq!(header(&plain, "x-content-type-options"), "nosniff");
            assert_eq!(header(&plain, "content-encoding"), "");
            let kind = header(&plain, "content-type").to_string();
            let expected = match file.rsplit_once('.').unwrap().1 {
                "js" => "text/javascript; charset=utf-8",
                "css" => "text/css; charset=utf-8",
                _ => "image/svg+xml",
            };
            assert_eq!(kind, expected, "{file}");
            let length = plain.bytes().await.unwrap().len();
            let zipped = get(&app, &file, &[("accept-encoding", "br, gzip")]).await;
            assert_eq!(header(&zipped, "content-encoding"), "gzip", "{file}");
            assert!(header(&zipped, "vary").contains("accept-encoding"), "{file}");
            let compressed = zipped.bytes().await.unwrap();
            assert!(
                compressed.starts_with(&[0x1f, 0x8b]) && compressed.len() < length + 32,
                "{file}"
            );
        }
    }
}

#[tokio::test]
async fn head_tells_of_a_file_without_sending_it() {
    built();
    let app = TestApp::with(graph()).await;
    let page = get(&app, "/", &[]).await.text().await.unwrap();
    let file = files(&page).remove(0);
    let head = Client::new()
        .head(format!("{}{file}", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert!(header(&head, "cache-control").contains("immutable"));
    assert!(head.bytes().await.unwrap().is_empty());
    let posted = Client::new().post(format!("{}/", app.url)).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_is_no_file_of_a_page_is_not_there() {
    let built = built();
    let app = TestApp::with(graph()).await;
    let zipped = fs::read_dir(built.join("assets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .unwrap();
    let zipped = zipped.file_name().unwrap().to_str().unwrap();
    for path in [
        &format!("/assets/{zipped}"),
        "/assets/nothing.js",
        "/assets/..%2Findex.html",
        "/assets/..%2F..%2Fpackage.json",
        "/assets/%2Fetc%2Fpasswd",
        "/index.html",
    ] {
        assert_eq!(
            get(&app, path, &[]).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_text_is_given_for_a_source_of_the_graph_and_for_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let text = "此前一句。中枢园区共有企业。\n";
    fs::write(home.path().join("any-name.txt"), text).unwrap();
    fs::write(home.path().join("private.txt"), "no source of the graph").unwrap();
    let config = Config {
        sources: Arc::new(SourceFiles::open(home.path()).unwrap()),
        ..Config::default()
    };
    let app = TestApp::with_config(graph(), config).await;
    let none: Value = get(&app, "/sources", &[]).await.json().await.unwrap();
    assert_eq!(none, json!({ "sources": [] }));
    let hash: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut seed = Seed::read();
    seed.set("source:wikipedia-en-fudan", "sha256", &hash);
    app.replace_kunshan(&seed).await;

    let list: Value = get(&app, "/sources", &[]).await.json().await.unwrap();
    assert_eq!(list, json!({ "sources": ["source:wikipedia-en-fudan"] }));
    let given = get(&app, "/sources/source:wikipedia-en-fudan", &[]).await;
    assert_eq!(
        (
            given.status(),
            header(&given, "content-type"),
            header(&given, "x-content-type-options")
        ),
        (StatusCode::OK, "text/plain; charset=utf-8", "nosniff")
    );
    assert_eq!(given.text().await.unwrap(), text);
    for path in [
        // A source whose file was not given; a file that is no source's; no source at all.
        "/sources/source:article",
        "/sources/private.txt",
        "/sources/any-name.txt",
        "/sources/..%2Fprivate.txt",
        "/sources/%00",
    ] {
        assert_eq!(
            get(&app, path, &[]).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
