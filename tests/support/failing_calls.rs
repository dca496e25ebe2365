//! A disk that fails: errors that the kernel is told to return to a process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::server::OwnServer;

/// Has the kernel answer some calls of a process with an error, as long as this lives.
pub struct Failing(Child);

/// `strace` that has the kernel answer calls on some files of a data directory with an error. `calls` are names with commas between, and
/// may end in `:when=` with the number of the one that fails.
pub fn failing_calls(data: &Path, files: &[&str], calls: &str) -> Command {
    let (calls, when) = calls.split_once(':').unwrap_or((calls, "when=1+"));
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-e",
        &format!("trace={calls}"),
        "-e",
        &format!("inject={calls}:error=EIO:{when}"),
    ]);
    for file in files {
        strace.args(["-P", &data.join(file).display().to_string()]);
    }
    strace
}

impl Failing {
    pub fn calls(server: &OwnServer, files: &[&str], calls: &str) -> Self {
        let mut child = failing_calls(&server.data, files, calls)
            .args(["-p", &server.pid.to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let attached = lines.next().unwrap().unwrap();
        assert!(attached.contains("attached"), "{attached}");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        // By a signal that it lets the server go with.
        let _ = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        let _ = self.0.wait();
    }
}
