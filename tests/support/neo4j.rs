//! A real Neo4j, started by `scripts/neo4j.sh run`.
//!
//! A server never outlives the process of the tests, however that one ends: the script holds the other end of a pipe, and
//! kills the server and removes its files when the pipe closes.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use neo4rs::{Graph, query};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::small_disk::SmallDisk;

/// A cold start takes 4 to 12 s, on a machine that compiles besides several times as long. The program may have to be
/// fetched, too.
const START_MAX: Duration = Duration::from_mins(5);
/// Bytes that open a conversation in Bolt and offer version 4.4 alone, which the server repeats.
const HELLO: [u8; 20] = [
    0x60, 0x60, 0xb0, 0x17, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// A server on a free port of loopback with a home of its own.
///
/// Whoever starts one with [`start_own`](Self::start_own) may harm it; those of [`stores`](super::stores) are lent without
/// `mut`, so that no test can pull one away from under another.
#[derive(Debug)]
pub struct Neo4jServer {
    home: PathBuf,
    port: u16,
    password: String,
    /// More lines of its configuration.
    conf: String,
    /// After which it ends a transaction, as Neo4j writes it.
    transaction_timeout: &'static str,
    /// Whether it takes no connection without TLS.
    requires_tls: bool,
    /// The file system of its data, if it is not this machine's.
    disk: Option<SmallDisk>,
    running: Option<Running>,
}

/// The script, and the pipe whose end it waits for.
#[derive(Debug)]
struct Running {
    script: Child,
    pipe: ChildStdin,
}

impl Neo4jServer {
    /// The one user there is.
    pub const USER: &str = "neo4j";

    /// A server for one test, to be harmed.
    pub async fn start_own() -> Self {
        Self::ending_transactions_after("0").await
    }

    /// A server for one test that ends every transaction that takes longer, with Neo4j's word for the time; "0": none.
    pub async fn ending_transactions_after(timeout: &'static str) -> Self {
        Self::start(timeout)
            .await
            .unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// A server for one test whose data is on a disk of so many MiB.
    pub async fn on_small_disk(mib: u32) -> Self {
        let mut server = Self::prepare("0");
        let disk = SmallDisk::mount(&server.home.with_extension("disk"), mib);
        server.conf = format!("server.directories.data={}", disk.path().display());
        server.disk = Some(disk);
        server.spawn();
        server
            .wait_ready()
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
        server
    }

    /// The disk of [`on_small_disk`](Self::on_small_disk).
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("it has a disk of its own")
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address as `--store` takes it.
    pub fn uri(&self) -> String {
        let scheme = if self.requires_tls { "neo4j+ssc" } else { "neo4j" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The password of [`USER`](Self::USER), another for each server.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The driver, past the store. Its connections end with the runtime in which they began, so each test has its own.
    pub fn graph(&self) -> Graph {
        Graph::new(self.uri(), Self::USER, self.password()).unwrap()
    }

    /// Runs a statement.
    pub async fn run(&self, cypher: &str) {
        self.graph().run(query(cypher)).await.unwrap();
    }

    /// The column `name` of the rows of a statement.
    pub async fn names(&self, cypher: &str) -> Vec<String> {
        let mut rows = self.graph().execute(query(cypher)).await.unwrap();
        let mut names = Vec::new();
        while let Some(row) = rows.next().await.unwrap() {
            names.push(row.get("name").unwrap());
        }
        names
    }

    /// How a store reaches it.
    pub fn options(&self) -> hukun::store::neo4j::Neo4jOptions {
        let password = self.password().to_string().into();
        hukun::store::neo4j::Neo4jOptions::new(self.uri(), Self::USER, password)
    }

    /// Ends it at once, as `kill -9` and a power cut do. The data stays.
    pub fn kill(&mut self) {
        self.signal("KILL");
        if let Some(mut running) = self.running.take() {
            // The script ends after the server: from then on the port is free and the files are nobody's.
            running.script.wait().unwrap();
        }
    }

    /// Ends it as an operator does, so that it has nothing to recover when it starts again.
    pub fn stop(&mut self) {
        self.signal("TERM");
        if let Some(mut running) = self.running.take() {
            running.script.wait().unwrap();
        }
    }

    /// Holds it: connections stay open, and nothing is answered.
    pub fn pause(&mut self) {
        self.signal("STOP");
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub fn resume(&mut self) {
        self.signal("CONT");
    }

    /// Starts it again after [`kill`](Self::kill), on the same port with the same data, and waits until it answers.
    pub async fn restart(&mut self) {
        assert!(self.running.is_none(), "it runs: kill it first");
        self.spawn();
        self.wait_ready()
            .await
            .unwrap_or_else(|reason| panic!("{reason}"));
    }

    /// [`restart`](Self::restart), with these lines more in its configuration.
    pub async fn restart_with(&mut self, conf: &str) {
        self.conf = conf.into();
        self.restart().await;
    }

    /// [`restart`](Self::restart), so that it takes no connection without TLS, with the `private.key` and `public.crt` of a directory.
    pub async fn restart_with_tls(&mut self, certificates: &Path) {
        self.requires_tls = true;
        let policy = "dbms.ssl.policy.bolt";
        self.restart_with(&format!(
            "server.bolt.tls_level=REQUIRED\n{policy}.enabled=true\n{policy}.base_directory={}\n{policy}.client_auth=NONE",
            certificates.display()
        ))
        .await;
    }

    /// Notes that the password is another now.
    pub fn has_password(&mut self, password: &str) {
        self.password = password.into();
    }

    /// Waits until it answers; else says why it does not.
    pub async fn wait_ready(&mut self) -> Result<(), String> {
        let until = Instant::now() + START_MAX;
        while !self.answers().await {
            let running = self.running.as_mut().expect("it was started");
            if running.script.try_wait().unwrap().is_some() {
                let mut told = String::new();
                let errors = running.script.stderr.as_mut().unwrap();
                errors.read_to_string(&mut told).unwrap();
                return Err(format!("Neo4j ended:\n{told}{}", self.log()));
            }
            if Instant::now() > until {
                return Err(format!("Neo4j does not answer:\n{}", self.log()));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn start(transaction_timeout: &'static str) -> Result<Self, String> {
        let mut server = Self::prepare(transaction_timeout);
        server.spawn();
        server.wait_ready().await?;
        Ok(server)
    }

    /// A server that does not run yet.
    fn prepare(transaction_timeout: &'static str) -> Self {
        let port = free_port();
        let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let home = tests.join(format!("neo4j-{}-{port}", std::process::id()));
        Self {
            home,
            port,
            password: format!("only-for-tests-{port}"),
            conf: String::new(),
            transaction_timeout,
            requires_tls: false,
            disk: None,
            running: None,
        }
    }

    fn spawn(&mut self) {
        fs::create_dir_all(&self.home).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/neo4j.sh");
        let mut script = match &self.disk {
            Some(disk) => disk.command(script),
            None => Command::new(script),
        };
        let mut script = script
            .arg("run")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HUKUN_NEO4J_HOME", &self.home)
            .env("HUKUN_NEO4J_PORT", self.port.to_string())
            .env("HUKUN_NEO4J_PASSWORD", &self.password)
            .env("HUKUN_NEO4J_HEAP_MB", "256")
            .env("HUKUN_NEO4J_CONF", format!("{PLANS_STAY}\n{}", self.conf))
            .env("HUKUN_NEO4J_TRANSACTION_TIMEOUT", self.transaction_timeout)
            // It starts with half the work so, and no test lasts long enough for the better compiler to pay.
            .env(
                "HUKUN_NEO4J_JAVA_OPTIONS",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            )
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = script.stdin.take().unwrap();
        self.running = Some(Running { script, pipe });
    }

    async fn answers(&self) -> bool {
        if self.requires_tls {
            // Boxed: every test that has a store waits for this one.
            return Box::pin(async { self.graph().run(query("RETURN 1")).await.is_ok() }).await;
        }
        let greeted = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(&HELLO).await?;
            let mut version = [0; 4];
            stream.read_exact(&mut version).await?;
            std::io::Result::Ok(version == [0, 0, 4, 4])
        };
        matches!(timeout(Duration::from_secs(2), greeted).await, Ok(Ok(true)))
    }

    fn signal(&self, name: &str) {
        let pid = fs::read_to_string(self.home.join("java.pid")).unwrap();
        let sent = Command::new("kill")
            .args(["-s", name, pid.trim()])
            .status()
            .unwrap();
        assert!(sent.success(), "no process {pid} to send {name} to");
    }

    /// Whether Neo4j could not open its database when it started.
    pub fn failed_to_recover(&self) -> bool {
        let log = fs::read_to_string(self.home.join("logs/debug.log")).unwrap_or_default();
        log.contains("Failed to start DatabaseId")
    }

    pub fn log(&self) -> String {
        ["console.log", "logs/neo4j.log"]
            .iter()
            .filter_map(|log| fs::read_to_string(self.home.join(log)).ok())
            .collect()
    }
}

impl Drop for Neo4jServer {
    fn drop(&mut self) {
        if let Some(Running { mut script, pipe }) = self.running.take() {
            drop(pipe);
            let _ = script.wait();
        }
        // The script does this too, where nobody is left to; but not for a server that was killed or never ran.
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Plans are made once. A test fills an empty database, and at each look at its counts Neo4j would plan every statement
/// anew: most of the time of the tests went there.
const PLANS_STAY: &str = "dbms.cypher.min_replan_interval=1d";

/// A port below those that the system gives to outgoing connections, for a server that is down for a while must find its
/// own again. Each process begins at another place and gives none twice: a server listens only seconds after it has one.
fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 10_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(37);
    (0..COUNT)
        .map(|_| begin.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT + FIRST)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port is free")
}
