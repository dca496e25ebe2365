//! A server as a process of its own, over a graph of long texts, whose memory is watched from outside.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::command::hukun;
use crate::support::process::ServerProcess;

/// What a container of the compose file has, in MiB.
pub const CONTAINER_MIB: u64 = 1024;
/// Long enough for any machine.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// Entities with a description as long as it may be.
pub const LONG: usize = 400;
/// Statements of the entity that has many, each with a quotation as long as it may be.
pub const STATEMENTS: usize = 10;

/// A server over the graph of long texts.
pub struct Server {
    process: ServerProcess,
    pub url: String,
    pub key: String,
    client: Client,
    _home: tempfile::TempDir,
}

/// A data set of entities with long descriptions and statements with long quotations.
fn write_dataset(directory: &Path) {
    std::fs::create_dir_all(directory).unwrap();
    let manifest = "id = \"dataset:long\"\ntitle = \"Long texts\"\nlicence = \"CC0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\n";
    std::fs::write(directory.join("dataset.toml"), manifest).unwrap();
    std::fs::write(directory.join("sources.csv"), "id,title\nsource:s,A source\n").unwrap();
    let description = "long ".repeat(1_999) + "words";
    let mut entities = String::from("id,kind,name_en,description,source_id,quote,assertion,reliability\n");
    for n in 0..LONG {
        writeln!(
            entities,
            "company:c{n:04},COMPANY,Company {n},{description},source:s,it is there,STATED,INDEPENDENT"
        )
        .unwrap();
    }
    std::fs::write(directory.join("entities.csv"), entities).unwrap();
    let mut statements = String::from("subject_id,source_id,locator,quote,assertion,reliability\n");
    for n in 0..STATEMENTS {
        let quote = "quoted ".repeat(714);
        writeln!(
            statements,
            "company:c0000,source:s,L{n},{quote}x,STATED,INDEPENDENT"
        )
        .unwrap();
    }
    std::fs::write(directory.join("statements.csv"), statements).unwrap();
}

impl Server {
    /// A server with the limits that a server has, over the graph of long texts.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with further options.
    pub fn start_with(options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dataset = home.path().join("long");
        write_dataset(&dataset);
        let said = |arguments: &[&str]| {
            let done = hukun(home.path()).args(arguments).output().unwrap();
            let error = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{error}");
            String::from_utf8(done.stdout).unwrap()
        };
        said(&["import", dataset.to_str().unwrap()]);
        let key = said(&["key", "create", "--role", "admin"]);
        let key = key.split_whitespace().last().unwrap().to_string();
        // A loaded machine is no attack.
        let patient = [
            ["--header-ms-max", "120000"],
            ["--request-ms-max", "120000"],
            ["--feed-init-ms-max", "60000"],
            ["--feed-send-ms-max", "60000"],
            ["--feed-ping-ms", "60000"],
        ];
        let arguments = [patient.as_flattened(), options].concat();
        let process = ServerProcess::start(&mut hukun(home.path()), &arguments);
        Self {
            url: process.url.clone(),
            process,
            key,
            client: Client::new(),
            _home: home,
        }
    }

    /// Measures the peak of memory from now on.
    pub fn reset_peak(&self) {
        self.process.reset_peak();
    }

    /// Holds the peak against what a container has.
    #[track_caller]
    pub fn check_peak(&self, what: &str) {
        let peak = self.peak_mib();
        println!("{what}: peak {peak} MiB");
        assert!(peak < CONTAINER_MIB, "{what}: {peak} MiB");
    }

    /// Its peak memory, in MiB.
    pub fn peak_mib(&self) -> u64 {
        self.process.peak_bytes() / (1024 * 1024)
    }

    pub async fn ask(&self, query: &str, variables: Value) -> (u16, Value) {
        self.ask_as(None, query, variables).await
    }

    /// Asks, and gives the status and the answer.
    pub async fn ask_as(&self, key: Option<&str>, query: &str, variables: Value) -> (u16, Value) {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.post(key, body).await
    }

    /// Sends a body, and gives the status and the answer.
    pub async fn post(&self, key: Option<&str>, body: String) -> (u16, Value) {
        let mut request = self
            .client
            .post(format!("{}/graphql", self.url))
            .timeout(PATIENCE)
            .header("accept", "application/graphql-response+json")
            .header("content-type", "application/json")
            .body(body);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// A small question, which must be answered whatever else there is.
    pub async fn check_innocent(&self) {
        let (status, answer) = self.ask(INNOCENT, Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["data"]["companies"]["nodes"].as_array().unwrap().len(), 20);
    }
}

const INNOCENT: &str = "{ companies(first: 20) { nodes { id name region { name } datasets { id } } } }";

/// The code of the first error.
#[track_caller]
pub fn code(answer: &Value) -> &str {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.unwrap_or_else(|| panic!("no error: {:.300}", answer.to_string()))
}

/// The message of the first error.
#[track_caller]
pub fn message(answer: &Value) -> &str {
    answer["errors"][0]["message"].as_str().unwrap()
}
