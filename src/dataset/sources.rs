//! Quotations held against the files they are taken from.
//!
//! A file is known by its hash, not by its name, so that another edition is never taken for the one quoted. White space
//! is ignored, so a quotation may run over a line or a page. Where a locator gives a span, the quotation must stand just
//! there; else where its lines say; else anywhere in the file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::column::Column;
use super::error::ReadError;
use super::source_text::{Text, decode};
use crate::model::id::SourceId;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::statement::{Locator, Statement};
use crate::service::write::{Cause, Problem};
use crate::service::{Result, Session};

/// The largest file that is looked at: a source is a text, and a text is smaller.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// How many records are read at a time.
const CHUNK: usize = 5_000;

/// The texts of sources, by the hash of their files.
#[derive(Debug, Default)]
pub struct SourceFiles(HashMap<String, SourceFile>);

/// The file of a source.
#[derive(Debug)]
enum SourceFile {
    Text(Text),
    /// Its name, and why it cannot be read.
    Unreadable(String, String),
}

/// What came of holding one quotation against its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It stands where it is said to stand.
    Holds,
    /// Something else stands there.
    Differs(Difference),
    /// The file is not among those given.
    NotThere,
    /// The file is there, and is no text.
    Unreadable(Difference),
}

/// How a quotation differs from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) column: Column,
    pub(super) value: String,
    pub(super) reason: String,
    pub(super) hint: String,
}

impl Difference {
    pub(super) fn problem(&self, draft: usize, row: usize) -> Problem {
        Problem {
            draft: Some(draft),
            row,
            statement: None,
            cause: Cause::Invalid,
            field: self.column.name(),
            value: self.value.clone(),
            reason: self.reason.clone().into(),
            hint: self.hint.clone().into(),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl SourceFiles {
    /// Reads every file of a directory and of those below it.
    pub fn open(dir: &Path) -> std::result::Result<Self, ReadError> {
        let mut files = HashMap::new();
        let mut open = vec![dir.to_path_buf()];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(&dir).map_err(|error| ReadError::io(&dir, &error))? {
                let path = entry.map_err(|error| ReadError::io(&dir, &error))?.path();
                let meta = std::fs::symlink_metadata(&path).map_err(|error| ReadError::io(&path, &error))?;
                if meta.is_dir() {
                    open.push(path);
                } else if meta.is_file() {
                    let (hash, file) = read_file(&path, meta.len())?;
                    files.insert(hash, file);
                }
            }
        }
        Ok(Self(files))
    }

    /// The text of the file with a hash.
    fn text(&self, hash: &str) -> Option<String> {
        match self.0.get(hash)? {
            SourceFile::Text(text) => Some(text.whole()),
            SourceFile::Unreadable(..) => None,
        }
    }

    /// Holds one quotation against the file with a hash.
    pub(super) fn hold(&self, hash: &str, locator: &Locator, quote: &str) -> Outcome {
        match self.0.get(hash) {
            None => Outcome::NotThere,
            Some(SourceFile::Text(text)) => match text.hold(locator, quote) {
                None => Outcome::Holds,
                Some(difference) => Outcome::Differs(difference),
            },
            Some(SourceFile::Unreadable(name, reason)) => Outcome::Unreadable(Difference {
                column: Column::SourceId,
                value: quote.to_string(),
                reason: format!("its file {name} cannot be read: {reason}"),
                hint: "give the source as a text file, with the sha256 of that; or leave its sha256 empty"
                    .into(),
            }),
        }
    }
}

/// The hash of a file, and its text.
fn read_file(path: &Path, bytes: u64) -> std::result::Result<(String, SourceFile), ReadError> {
    let io = |error: std::io::Error| ReadError::io(path, &error);
    let name = || {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    if bytes > FILE_BYTES_MAX {
        let reason = format!("it has {bytes} bytes, a text at most {FILE_BYTES_MAX}");
        let hash = hash_of(std::fs::File::open(path).map_err(io)?).map_err(io)?;
        return Ok((hash, SourceFile::Unreadable(name(), reason)));
    }
    let bytes = std::fs::read(path).map_err(io)?;
    let hash = hash_of(bytes.as_slice()).map_err(io)?;
    let file = match decode(&bytes) {
        Ok(text) => SourceFile::Text(Text::new(&text, path)),
        Err(reason) => SourceFile::Unreadable(name(), reason),
    };
    Ok((hash, file))
}

/// The SHA-256 of what is read, in hexadecimal.
fn hash_of(mut from: impl std::io::Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// A quotation in the graph that its source does not bear out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the statement is about.
    pub subject: String,
    /// The source.
    pub source: SourceId,
    /// Where it is said to stand.
    pub locator: String,
    /// What is quoted.
    pub quote: String,
    /// What stands there.
    pub reason: String,
    /// Where it stands.
    pub hint: String,
}

/// What came of holding the quotations of the graph against their sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCheck {
    /// How many quotations were held against a file.
    pub checked: usize,
    /// How many were not, by source: it has no hash, or no file given has that hash.
    pub unchecked: BTreeMap<SourceId, usize>,
    /// Those that are not as their source has them.
    pub findings: Vec<Finding>,
    /// Sources whose file was given and cannot be read: why, and how many quotations were not held against it.
    pub unreadable: BTreeMap<SourceId, (String, usize)>,
}

/// The hash of each source's file, where it is recorded.
async fn hashes_of(session: &Session) -> Result<HashMap<SourceId, Option<String>>> {
    let mut hashes = HashMap::new();
    let mut request = PageRequest::first(PAGE_MAX);
    loop {
        let page = session.list_sources(&request).await?;
        request.after = page.items.last().map(|source| source.id.clone());
        hashes.extend(page.items.into_iter().map(|source| (source.id, source.sha256)));
        if !page.has_next {
            return Ok(hashes);
        }
    }
}

/// The sources of the graph whose file was given, by id.
pub async fn supplied_sources(session: &Session, files: &SourceFiles) -> Result<Vec<SourceId>> {
    if files.0.is_empty() {
        return Ok(Vec::new());
    }
    let given = |hash: Option<String>| {
        hash.is_some_and(|hash| matches!(files.0.get(&hash), Some(SourceFile::Text(_))))
    };
    let hashes = hashes_of(session).await?.into_iter();
    let mut ids: Vec<SourceId> = hashes
        .filter_map(|(id, hash)| given(hash).then_some(id))
        .collect();
    ids.sort();
    Ok(ids)
}

/// The text of a source of the graph; none where there is no such source, or its file was not given.
pub async fn source_text(session: &Session, files: &SourceFiles, id: &str) -> Result<Option<String>> {
    let Ok(id) = SourceId::parse(id) else {
        return Ok(None);
    };
    let found = session.sources(&[id]).await?;
    let hash = found.into_iter().flatten().find_map(|source| source.sha256);
    Ok(hash.and_then(|hash| files.text(&hash)))
}

/// Holds every quotation in the graph against the files of a directory.
pub async fn check_sources(session: &Session, files: &SourceFiles) -> Result<SourceCheck> {
    let hashes = hashes_of(session).await?;
    let mut check = SourceCheck::default();
    for info in session.datasets().await? {
        let subjects = session.subjects_of_dataset(&info.dataset.id).await?;
        for chunk in subjects.chunks(CHUNK) {
            for (subject, statements) in chunk.iter().zip(session.statements(chunk).await?) {
                for statement in statements
                    .iter()
                    .filter(|statement| statement.dataset == info.dataset.id)
                {
                    check.hold(subject.as_str(), statement, hashes.get(&statement.source), files);
                }
            }
        }
    }
    Ok(check)
}

impl SourceCheck {
    fn hold(
        &mut self,
        subject: &str,
        statement: &Statement,
        hash: Option<&Option<String>>,
        files: &SourceFiles,
    ) {
        let Some(quote) = &statement.quote else { return };
        let outcome = match hash.and_then(Option::as_ref) {
            Some(hash) => files.hold(hash, &statement.locator, quote),
            None => Outcome::NotThere,
        };
        match outcome {
            Outcome::NotThere => *self.unchecked.entry(statement.source.clone()).or_default() += 1,
            Outcome::Unreadable(difference) => {
                let source = self.unreadable.entry(statement.source.clone());
                source.or_insert((difference.reason, 0)).1 += 1;
            }
            Outcome::Holds => self.checked += 1,
            Outcome::Differs(Difference { reason, hint, .. }) => {
                self.checked += 1;
                let (source, locator) = (statement.source.clone(), statement.locator.cell());
                let (subject, quote) = (subject.to_string(), quote.clone());
                self.findings.push(Finding {
                    subject,
                    source,
                    locator,
                    quote,
                    reason,
                    hint,
                });
            }
        }
    }
}
