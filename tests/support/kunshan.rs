//! The first data set behind a real server: whole, or with some of its rows left out.

use std::fs;
use std::path::Path;

use hukun::dataset::{ImportOptions, import, read_directory};

use super::TestApp;

impl TestApp {
    /// The data set as it is delivered.
    pub async fn kunshan() -> Self {
        Self::kunshan_without(&[]).await
    }

    /// The data set without the rows of these keys, and without what rests on them alone.
    pub async fn kunshan_without(keys: &[&str]) -> Self {
        let app = Self::with(super::graph()).await;
        let home = tempfile::tempdir().unwrap();
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan");
        for entry in fs::read_dir(seed).unwrap().map(Result::unwrap) {
            let name = entry.file_name();
            let text = fs::read_to_string(entry.path()).unwrap();
            let is_of = |line: &str, key: &str| line.split(',').next() == Some(key);
            let kept = text
                .lines()
                .filter(|line| !keys.iter().any(|key| is_of(line, key)));
            let kept: String = kept.map(|line| format!("{line}\n")).collect();
            let is_table = Path::new(&name)
                .extension()
                .is_some_and(|extension| extension == "csv");
            if is_table || name == "dataset.toml" {
                fs::write(home.path().join(name), kept).unwrap();
            }
        }
        let options = ImportOptions {
            by: "test".into(),
            ..ImportOptions::default()
        };
        let done = import(&app.service, read_directory(home.path()).unwrap(), &options)
            .await
            .unwrap();
        done.result.unwrap_or_else(|report| panic!("{report}"));
        app
    }
}
