//! Data set directories made in a test, and a graph to take them in.

use std::fs;
use std::path::{Path, PathBuf};

use hukun::dataset::{
    ExportFormat, ExportOptions, ImportError, ImportOptions, import, read_directory, write_directory,
};
use hukun::model::id::DatasetId;
use hukun::model::principal::Principal;
use hukun::service::CheckedBackup;
use hukun::service::write::UpsertSummary;
use hukun::service::{Limits, Service, Session};

use crate::support::stores::{self, Ground};

/// The evidence columns, and evidence for rows that are not about it.
pub const EVIDENCE: &str = "source_id,locator,quote,assertion,reliability";
pub const STATED: &str = "source:s,L1,如此说,STATED,INDEPENDENT";

pub struct Graph {
    service: Service,
    _ground: Ground,
}

impl Graph {
    pub async fn empty() -> Self {
        let (service, ground) = stores::service(Limits::default()).await;
        Self {
            service,
            _ground: ground,
        }
    }

    /// A graph that a server has too, which keeps its store.
    pub fn over(service: Service) -> Self {
        Self {
            service,
            _ground: Ground::default(),
        }
    }

    /// Takes a backup back.
    pub async fn restore(&self, backup: Vec<u8>) {
        let scratch = tempfile::tempdir().unwrap();
        let checked = CheckedBackup::read(std::io::Cursor::new(backup), scratch.path()).await;
        self.service.restore(&checked.unwrap()).await.unwrap();
    }

    pub async fn session(&self) -> Session {
        self.service.session(&Principal::operator("test")).await.unwrap()
    }

    pub async fn import_with(&self, dir: &Path, options: &ImportOptions) -> Result<UpsertSummary, String> {
        let parsed = read_directory(dir).map_err(|error| error.to_string())?;
        match import(&self.service, parsed, options).await {
            Ok(import) => import.result.map_err(|report| report.to_string()),
            Err(ImportError::Read(error)) => Err(error.to_string()),
            Err(ImportError::Service(error)) => panic!("{error}"),
        }
    }

    /// Imports a directory, or says why not as a person reads it.
    pub async fn import(&self, files: &Files) -> Result<UpsertSummary, String> {
        self.import_with(files.path(), &options()).await
    }

    #[track_caller]
    pub fn counts(imported: Result<UpsertSummary, String>) -> (usize, usize, usize, usize) {
        let UpsertSummary {
            created,
            updated,
            unchanged,
            deleted,
            ..
        } = imported.unwrap_or_else(|report| panic!("{report}"));
        (created, updated, unchanged, deleted)
    }

    /// Exports a data set, as the texts of its files by name.
    pub async fn export(&self, dataset: &str, format: ExportFormat) -> Files {
        let out = tempfile::tempdir().unwrap();
        let options = ExportOptions {
            format,
            personal_data: true,
        };
        let id = DatasetId::parse(dataset).unwrap();
        let exported = write_directory(&self.session().await, &id, None, out.path(), options)
            .await
            .unwrap();
        Files {
            path: exported.path,
            _home: out,
        }
    }
}

pub fn options() -> ImportOptions {
    ImportOptions::new(Principal::operator("test"))
}

/// A data set directory.
pub struct Files {
    path: PathBuf,
    _home: tempfile::TempDir,
}

impl Files {
    /// A data set `d` with one source, and nothing else.
    pub fn new() -> Self {
        Self::of("d")
    }

    /// A directory with no files.
    pub fn bare() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            path: home.path().to_path_buf(),
            _home: home,
        }
    }

    pub fn of(id: &str) -> Self {
        let files = Self::bare();
        let manifest =
            format!("id = \"{id}\"\ntitle = \"D\"\nlicence = \"CC0-1.0\"\ncoverage = \"SAMPLE\"\n");
        files
            .file("dataset.toml", &manifest)
            .file("sources.csv", "id,title\nsource:s,S\n")
    }

    /// The same, with a currency for amounts that name none.
    pub fn currency(self, code: &str) -> Self {
        let manifest = fs::read_to_string(self.path.join("dataset.toml")).unwrap();
        self.file("dataset.toml", &format!("{manifest}currency = \"{code}\"\n"))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// With a file of this text.
    pub fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.path.join(name), text).unwrap();
        self
    }

    /// With a table of these columns and rows; each row ends with the same evidence.
    pub fn table(self, table: &str, columns: &str, rows: &[&str]) -> Self {
        let rows: String = rows.iter().flat_map(|row| [*row, ",", STATED, "\n"]).collect();
        self.file(&format!("{table}.csv"), &format!("{columns},{EVIDENCE}\n{rows}"))
    }

    /// With entities that have nothing but a name.
    pub fn entities(self, ids: &[&str]) -> Self {
        let kind = |id: &str| id.split(':').next().unwrap().to_uppercase();
        let rows: Vec<String> = ids.iter().map(|id| format!("{id},{},名{id}", kind(id))).collect();
        self.table(
            "entities",
            "id,kind,name_zh",
            &rows.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    }

    /// The names and texts of its files.
    pub fn texts(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(&self.path).unwrap().map(|entry| entry.unwrap());
        let read = |entry: fs::DirEntry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path()).unwrap(),
            )
        };
        let mut texts: Vec<_> = entries.map(read).collect();
        texts.sort();
        texts
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }
}
