//! A `hukun serve` of its own process, and what the system says of it: its memory, its processor time, its log.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Far above what a start takes, with an import of the built-in data set on a busy machine.
const STARTED_WITHIN: Duration = Duration::from_mins(2);

/// A server process; killed when dropped.
pub struct ServerProcess {
    child: Child,
    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where its health is served: `url`, unless `--health-listen` is among its arguments.
    pub health_url: String,
    log: Arc<Mutex<String>>,
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl ServerProcess {
    /// Starts `command`, a `hukun` without a subcommand, as `serve` on a free port with further `arguments`.
    pub fn start(command: &mut Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (kept, errors) = (log.clone(), BufReader::new(child.stderr.take().unwrap()));
        // Read on, so that the server never waits for somebody to read what it logs.
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let mut kept = kept.lock();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        // Read on as well, by another thread: waiting for a line that never comes has an end.
        let (told, lines) = mpsc::channel();
        let printed = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in printed.lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        let starting = Instant::now();
        let mut unmatched = Vec::new();
        let mut url_after = |words: &str| {
            loop {
                let left = STARTED_WITHIN.saturating_sub(starting.elapsed());
                let Ok(line) = lines.recv_timeout(left) else {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!(
                        "no line starts with {words:?} in {unmatched:#?}, its log: {}",
                        log.lock()
                    );
                };
                let url = line
                    .strip_prefix(words)
                    .and_then(|rest| rest.split_once("http://127.0.0.1:"))
                    .and_then(|(_, rest)| rest.split(|character: char| !character.is_ascii_digit()).next());
                match url {
                    Some(port) => return format!("http://127.0.0.1:{port}"),
                    None => unmatched.push(line),
                }
            }
        };
        let url = url_after("Hukun listens on");
        let health_url = if arguments.contains(&"--health-listen") {
            url_after("Health checks are also served on")
        } else {
            url.clone()
        };
        Self {
            child,
            url,
            health_url,
            log,
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its peak memory since it started or [`ServerProcess::reset_peak`], in bytes.
    pub fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()).unwrap();
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    /// Measures the peak from now on.
    pub fn reset_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    /// The processor time that it has used so far.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name in brackets may hold spaces; of what follows, user and system time are fields 12 and 13.
        let (_, after) = stat.rsplit_once(')').unwrap();
        let ticks = after.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        // Linux counts in hundredths of a second for user space, whatever the kernel's own clock.
        Duration::from_millis(ticks * 10)
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().clone()
    }
}
