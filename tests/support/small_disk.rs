//! A disk of a fixed size: a file system in memory, in a name space of its own, which outlives the processes that are started on it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The disk. It is gone when this is dropped, or its process ends.
#[derive(Debug)]
pub struct SmallDisk {
    path: PathBuf,
    /// Keeps the name space until its standard input ends.
    holder: Child,
    input: Option<ChildStdin>,
}

impl SmallDisk {
    /// A disk of so many MiB at a path that does not exist yet.
    pub fn mount(path: &Path, mib: u32) -> Self {
        std::fs::create_dir_all(path).unwrap();
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c"])
            .arg(r#"mount -t tmpfs -o "size=$1m" tmpfs "$2" && echo mounted && exec cat"#)
            .arg("sh")
            .arg(mib.to_string())
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare (util-linux) is needed for a disk that can be filled");
        let mut said = String::new();
        let output = holder.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        assert_eq!(
            said, "mounted\n",
            "a file system in memory cannot be mounted here: unprivileged user name spaces must be allowed"
        );
        Self {
            path: path.into(),
            input: holder.stdin.take(),
            holder,
        }
    }

    /// Where it is mounted, for the processes that [`command`](Self::command) starts.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command that sees the disk.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--mount", "--preserve-credentials", "--target"])
            .arg(self.holder.id().to_string())
            .args(["--", program]);
        command
    }

    /// Makes it a disk of so many MiB, with all that is on it.
    pub fn resize(&self, mib: u32) {
        let done = self
            .command("mount")
            .args(["-o", &format!("remount,size={mib}m")])
            .arg(&self.path)
            .status()
            .unwrap();
        assert!(done.success(), "the disk could not be resized");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.holder.wait();
        let _ = std::fs::remove_dir(&self.path);
    }
}
