//! Under which names the server answers, and which pages may read what it answers.

use hukun::http::Config;
use reqwest::{Client, Method, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{TestApp, graph};

async fn app(hosts: &[&str], origins: &[&str]) -> TestApp {
    let list = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let config = Config {
        hosts: list(hosts),
        origins: list(origins),
        ..Config::default()
    };
    TestApp::with_config(graph().entities(["fund:a"]), config).await
}

/// The status, and the code of the error where there is one, for the head of a request.
async fn probe(app: &TestApp, head: &str) -> (u16, String) {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_to_end(&mut all));
    let _ = read.await.expect("it is answered and closed");
    let answer = String::from_utf8_lossy(&all);
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{head}: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default();
    (status, code.to_string())
}

#[tokio::test]
async fn a_loopback_server_answers_to_its_own_names_alone() {
    let app = app(&["hukun.example"], &[]).await;
    let port = app.url.rsplit(':').next().unwrap();
    let ask = async |version: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let head =
            format!("GET /graphql?query={{revision}} HTTP/{version}\r\n{hosts}connection: close\r\n\r\n");
        probe(&app, &head).await
    };
    let fine = (200, String::new());
    for host in ["localhost", "127.0.0.1", "[::1]", "LocalHost", "hukun.example"] {
        assert_eq!(ask("1.1", &[host]).await, fine, "{host}");
        assert_eq!(ask("1.1", &[&format!("{host}:{port}")]).await, fine, "{host}");
    }
    let foreign = (421, "FORBIDDEN".to_string());
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost.evil.example:80",
    ] {
        assert_eq!(ask("1.1", &[host]).await, foreign, "{host}");
        assert_eq!(ask("1.0", &[host]).await, foreign, "{host}");
    }
    let wrong = (400, "BAD_USER_INPUT".to_string());
    for hosts in [
        &[][..],
        &["localhost", "localhost"],
        &["localhost", "evil.example"],
        &[""],
        &["local host"],
        &["localhost:x"],
        &["localhost:99999"],
        &["a@localhost"],
        &["localhost/x"],
    ] {
        assert_eq!(ask("1.1", hosts).await, wrong, "{hosts:?}");
    }
    // Who speaks HTTP/1.0 need not name one.
    assert_eq!(ask("1.0", &[]).await, fine);
    assert_eq!(ask("1.0", &["localhost", "localhost"]).await, wrong);
    // A probe asks by whatever name.
    let health = "GET /health/live HTTP/1.1\r\nhost: hukun-pod-7\r\nconnection: close\r\n\r\n";
    assert_eq!(probe(&app, health).await, fine);
    // A target with a host of its own names the same.
    for (target, host, expected) in [
        ("http://localhost/health/live", "localhost", &fine),
        (
            "http://evil.example/graphql?query={revision}",
            "evil.example",
            &foreign,
        ),
        (
            "http://evil.example/graphql?query={revision}",
            "localhost",
            &wrong,
        ),
        (
            "http://localhost/graphql?query={revision}",
            "evil.example",
            &wrong,
        ),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        assert_eq!(probe(&app, &head).await, *expected, "{target} {host}");
    }
}

#[tokio::test]
async fn http_2_names_its_host_in_the_target() {
    let app = app(&[], &[]).await;
    let port = app.url.rsplit(':').next().unwrap();
    let ask = async |host: &str| {
        // Under a name that leads here, as in a browser whose page's name was made to.
        let client = Client::builder()
            .http2_prior_knowledge()
            .resolve(host, app.url.strip_prefix("http://").unwrap().parse().unwrap())
            .build()
            .unwrap();
        let url = format!("http://{host}:{port}/graphql?query={{revision}}");
        client.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("localhost").await, 200);
    assert_eq!(ask("evil.example").await, 421);
}

#[tokio::test]
async fn a_websocket_is_asked_for_under_a_name_of_the_server() {
    let app = app(&[], &[]).await;
    let upgrade = "connection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: \
                   dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    let head =
        format!("GET /graphql/ws HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\n{upgrade}");
    assert_eq!(probe(&app, &head).await, (421, "FORBIDDEN".to_string()));
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

const DATA: [&str; 4] = [
    "/graphql?query={revision}",
    "/graphql/stream?query={revision}",
    "/export/questionnaire?flow={}",
    "/sources",
];

#[tokio::test]
async fn pages_of_named_origins_may_read_and_no_others() {
    let app = app(&[], &["https://partner.example"]).await;
    let client = Client::new();
    let ask = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let mut request = client.request(method, format!("{}{path}", app.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let vary = |response: &Response| {
        let all = response.headers().get_all("vary").iter();
        let all: Vec<&str> = all.map(|value| value.to_str().unwrap()).collect();
        all.join(",").to_lowercase().contains("origin")
    };
    for path in DATA {
        for (origin, allowed) in [
            ("https://partner.example", "https://partner.example"),
            ("https://partner.example.evil.example", ""),
            ("http://partner.example", ""),
            ("https://evil.example", ""),
            ("null", ""),
        ] {
            let read = ask(Method::GET, path, &[("origin", origin)]).await;
            assert_eq!(
                header(&read, "access-control-allow-origin"),
                allowed,
                "{path} {origin}"
            );
            assert_eq!(
                header(&read, "access-control-expose-headers").contains("retry-after"),
                !allowed.is_empty()
            );
            assert!(vary(&read), "{path} {origin}");
            assert_eq!(header(&read, "access-control-allow-credentials"), "");

            let asked = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "authorization, content-type"),
            ];
            let before = ask(Method::OPTIONS, path, &asked).await;
            assert_eq!(
                header(&before, "access-control-allow-origin"),
                allowed,
                "{path} {origin}"
            );
            assert!(vary(&before));
            assert_eq!(header(&before, "access-control-allow-credentials"), "");
            if allowed.is_empty() {
                assert_eq!(before.status(), 403);
                assert_eq!(header(&before, "access-control-allow-methods"), "");
                let body: serde_json::Value = before.json().await.unwrap();
                assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN");
                continue;
            }
            assert_eq!(before.status(), 204);
            assert_eq!(header(&before, "access-control-allow-methods"), "GET, HEAD, POST");
            assert_eq!(
                header(&before, "access-control-allow-headers"),
                "accept, authorization, content-type, last-event-id"
            );
            assert_eq!(header(&before, "access-control-max-age"), "600");
        }
        // Who names no origin is told that the answer depends on it.
        assert!(vary(&ask(Method::GET, path, &[]).await), "{path}");
    }
    // What is refused can be read too, so that a page can tell its user why.
    let wrong = [
        ("origin", "https://partner.example"),
        ("authorization", "Bearer x"),
    ];
    let refused = ask(Method::GET, DATA[0], &wrong).await;
    assert_eq!(
        (
            refused.status().as_u16(),
            header(&refused, "access-control-allow-origin")
        ),
        (401, "https://partner.example")
    );
}

#[tokio::test]
async fn nothing_is_shared_where_no_origin_was_named() {
    let app = app(&[], &[]).await;
    for path in DATA {
        let request = Client::new()
            .get(format!("{}{path}", app.url))
            .header("origin", "https://partner.example");
        let response = request.send().await.unwrap();
        assert!(
            !response
                .headers()
                .keys()
                .any(|name| name.as_str().starts_with("access-control")),
            "{path}"
        );
    }
}
