//! A server that is a process of its own: the real binary, on a data directory of its own, its log in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

/// Long enough for any machine; nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_mins(2);

/// A server, and a key of an editor.
pub struct OwnServer {
    pub home: tempfile::TempDir,
    /// Where its data is, as it sees it.
    pub data: PathBuf,
    pub url: String,
    pub pid: u32,
    key: String,
    outer: std::process::Child,
    client: Client,
}

impl OwnServer {
    /// A server on a directory of this machine's disk.
    pub fn start() -> Self {
        Self::start_in(&[], "", "", &[])
    }

    /// A server on another store, with settings by the names that they have in the environment.
    pub fn with_settings(settings: &[(&str, &str)]) -> Self {
        Self::start_in(&[], "", "", settings)
    }

    /// A server whose data directory is a disk of its own, of so many KiB. Its data is copied to `kept` when it has ended.
    pub fn on_small_disk(kib: usize) -> Self {
        let mount = format!("mount -t tmpfs -o size={kib}k tmpfs \"$DATA\" &&");
        let outer = ["unshare", "--user", "--map-root-user", "--mount"];
        Self::start_in(
            &outer,
            &mount,
            "; rm -f \"$DATA\"/ballast*; cp -r \"$DATA\" \"$HOME/kept\"",
            &[],
        )
    }

    fn start_in(outer: &[&str], before: &str, after: &str, settings: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        fs::create_dir(&data).unwrap();
        let script = format!(
            "{before} \"$HUKUN\" key create --role editor > \"$HOME/key\" 2> \"$HOME/key.log\" && {{
               \"$HUKUN\" serve --listen 127.0.0.1:0 > \"$HOME/out\" 2> \"$HOME/log\" & echo $! > \"$HOME/pid\"; wait $!
             }}{after}"
        );
        let mut words: Vec<&str> = outer.to_vec();
        words.extend(["/bin/sh", "-c", &script]);
        let outer = Command::new(words[0])
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", home.path())
            .env("DATA", &data)
            .env("HUKUN", env!("CARGO_BIN_EXE_hukun"))
            .env("HUKUN_DATA_DIR", &data)
            .envs(settings.iter().copied())
            .current_dir(home.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            data,
            url: String::new(),
            pid: 0,
            key: String::new(),
            outer,
            client: Client::new(),
            home,
        };
        let out = server.wait_for("out", "http://127.0.0.1:");
        let rest = out.split("http://").nth(1).unwrap();
        server.url = format!("http://{}", rest.split_whitespace().next().unwrap());
        server.pid = server.file("pid").trim().parse().unwrap();
        server.key = server.file("key").split_whitespace().last().unwrap().to_string();
        server
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap_or_default()
    }

    /// A file of the server, once it has a text.
    #[expect(
        clippy::disallowed_methods,
        reason = "no runtime runs while the server, another process, starts"
    )]
    fn wait_for(&mut self, name: &str, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let found = self.file(name);
            // Whole lines: what is printed may come in parts.
            if found.contains(text) && found.ends_with('\n') {
                return found;
            }
            let ended = self.outer.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "the server did not start: {}{}",
                self.file("key.log"),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.file("log")
    }

    /// Its data directory, as this process can reach it.
    pub fn reach(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.pid));
        root.join(self.data.strip_prefix("/").unwrap()).join(name)
    }

    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let sent = self
            .client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.key)
            .json(&json!({ "query": query, "variables": variables }))
            .send();
        sent.await.unwrap().json().await.unwrap()
    }

    /// Writes a fund with a text; the error, where there is one: its code and its message.
    pub async fn write(&self, id: &str, text: &str) -> Option<(String, String)> {
        let input = json!([{ "id": id, "datasetId": "kunshan", "kind": "FUND", "names": [{ "value": id, "lang": "en" }], "description": text,
            "statements": [{ "sourceId": "source:article", "quote": "", "reliability": "INDEPENDENT" }] }]);
        let mutation = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created } }";
        let answer = self.ask(mutation, json!({ "input": input })).await;
        let error = answer.get("errors")?[0].clone();
        let text = |value: &Value| value.as_str().unwrap().to_string();
        Some((text(&error["extensions"]["code"]), text(&error["message"])))
    }

    /// Which of these ids it has.
    pub async fn has(&self, ids: &[String]) -> Vec<bool> {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let answer = self.ask(query, json!({ "ids": ids })).await;
        let nodes = answer["data"]["nodes"].as_array();
        let nodes = nodes.unwrap_or_else(|| panic!("{answer}"));
        nodes.iter().map(|node| !node.is_null()).collect()
    }

    /// The status and the body of `/health/ready`, with a query.
    pub async fn ready(&self, query: &str) -> (u16, Value) {
        let sent = self
            .client
            .get(format!("{}/health/ready{query}", self.url))
            .send();
        let answer = sent.await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Waits until `/health/ready` says this of writes.
    pub async fn until_writes_are(&self, expected: &str) {
        let begun = Instant::now();
        loop {
            let (_, body) = self.ready("").await;
            if body["writes"] == expected {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{body}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Kills it, and waits until what comes after it is done. The home stays.
    pub fn kill(mut self) -> tempfile::TempDir {
        kill(self.pid);
        self.outer.wait().unwrap();
        std::mem::replace(&mut self.home, tempfile::tempdir().unwrap())
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if self.outer.try_wait().is_ok_and(|ended| ended.is_none()) {
            if self.pid != 0 {
                kill(self.pid);
            }
            let _ = self.outer.kill();
            let _ = self.outer.wait();
        }
    }
}

fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
}

/// What `hukun check` says of a data directory.
pub fn checked(data: &Path) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_hukun"))
        .env_clear()
        .env("HUKUN_DATA_DIR", data)
        .arg("check")
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}
