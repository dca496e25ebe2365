//! The check of quotations against the files they are taken from.
//!
//! A file is identified by its hash, not by its name, so that another edition is never mistaken for the one quoted. White
//! space is ignored, so a quotation may run over a line or a page. If a locator gives a span, the quotation must be exactly
//! there; otherwise within its lines; otherwise anywhere in the file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::source_text::{QuoteDifference, SourceText, decode};
use crate::dataset::error::ReadError;
use crate::model::field::Field;
use crate::model::id::SourceId;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::statement::{Locator, Statement};
use crate::service::{Result, Session};

/// Maximum size of a file that is read; a larger one is not a text.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Number of records read at a time.
const CHUNK: usize = 5_000;

/// The texts of sources, by the hash of their files.
#[derive(Debug, Default)]
pub struct SourceFiles(HashMap<String, SourceFile>);

/// The file of a source.
#[derive(Debug)]
enum SourceFile {
    Text(SourceText),
    /// The name of the file, and why it cannot be read.
    Unreadable(String, String),
}

/// The result of checking one quotation against its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dataset) enum QuoteCheck {
    /// The quotation is where its locator says.
    Matches,
    /// The source has another text there.
    Differs(QuoteDifference),
    /// No file with the hash was supplied.
    SourceNotSupplied,
    /// The file was supplied and is not a text.
    Unreadable(QuoteDifference),
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl SourceFiles {
    /// Reads every file of a directory and its subdirectories.
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
            SourceFile::Text(text) => Some(text.full_text()),
            SourceFile::Unreadable(..) => None,
        }
    }

    /// Checks one quotation against the file with a hash.
    pub(in crate::dataset) fn check_quote(&self, hash: &str, locator: &Locator, quote: &str) -> QuoteCheck {
        match self.0.get(hash) {
            None => QuoteCheck::SourceNotSupplied,
            Some(SourceFile::Text(text)) => match text.compare(locator, quote) {
                None => QuoteCheck::Matches,
                Some(difference) => QuoteCheck::Differs(difference),
            },
            Some(SourceFile::Unreadable(name, reason)) => QuoteCheck::Unreadable(QuoteDifference {
                column: Field::SourceId,
                value: quote.to_string(),
                reason: format!("the file {name} of this source cannot be read: {reason}"),
                hint: "supply the source as a text file and write the sha256 of that file, or leave sha256 empty"
                    .into(),
            }),
        }
    }
}

/// Reads a file: its hash and its text.
fn read_file(path: &Path, bytes: u64) -> std::result::Result<(String, SourceFile), ReadError> {
    let io = |error: std::io::Error| ReadError::io(path, &error);
    let name = || {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    if bytes > FILE_BYTES_MAX {
        let reason = format!("it has {bytes} bytes (expected at most {FILE_BYTES_MAX})");
        let hash = sha256_of(std::fs::File::open(path).map_err(io)?).map_err(io)?;
        return Ok((hash, SourceFile::Unreadable(name(), reason)));
    }
    let bytes = std::fs::read(path).map_err(io)?;
    let hash = sha256_of(bytes.as_slice()).map_err(io)?;
    let file = match decode(&bytes) {
        Ok(text) => SourceFile::Text(SourceText::new(&text, path)),
        Err(reason) => SourceFile::Unreadable(name(), reason),
    };
    Ok((hash, file))
}

/// The SHA-256 of a stream, in hexadecimal.
fn sha256_of(mut from: impl std::io::Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// A quotation in the graph that differs from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteMismatch {
    /// The key of the record that the statement is about.
    pub subject: String,
    /// The source.
    pub source: SourceId,
    /// The locator of the statement.
    pub locator: String,
    /// The quotation.
    pub quote: String,
    /// What the source has instead.
    pub reason: String,
    /// Where the quotation is, or what to do.
    pub hint: String,
}

/// The result of checking the quotations of the graph against their sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCheck {
    /// Number of quotations that were checked against a file.
    pub checked: usize,
    /// Number of quotations that were not checked, by source: it has no hash, or no supplied file has that hash.
    pub unchecked: BTreeMap<SourceId, usize>,
    /// Quotations that differ from their source.
    pub findings: Vec<QuoteMismatch>,
    /// Sources whose file was supplied and cannot be read: the reason, and the number of quotations not checked.
    pub unreadable: BTreeMap<SourceId, (String, usize)>,
}

/// The hash of each source's file, if it is recorded.
async fn source_hashes(session: &Session) -> Result<HashMap<SourceId, Option<String>>> {
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

/// The ids of the sources whose file was supplied, sorted.
pub async fn supplied_sources(session: &Session, files: &SourceFiles) -> Result<Vec<SourceId>> {
    if files.0.is_empty() {
        return Ok(Vec::new());
    }
    let given = |hash: Option<String>| {
        hash.is_some_and(|hash| matches!(files.0.get(&hash), Some(SourceFile::Text(_))))
    };
    let hashes = source_hashes(session).await?.into_iter();
    let mut ids: Vec<SourceId> = hashes
        .filter_map(|(id, hash)| given(hash).then_some(id))
        .collect();
    ids.sort();
    Ok(ids)
}

/// The text of a source; `None` if there is no such source or its file was not supplied.
pub async fn source_text(session: &Session, files: &SourceFiles, id: &str) -> Result<Option<String>> {
    let Ok(id) = SourceId::parse(id) else {
        return Ok(None);
    };
    let found = session.sources(&[id]).await?;
    let hash = found.into_iter().flatten().find_map(|source| source.sha256);
    Ok(hash.and_then(|hash| files.text(&hash)))
}

/// Checks every quotation in the graph against the supplied files.
pub async fn check_sources(session: &Session, files: &SourceFiles) -> Result<SourceCheck> {
    let hashes = source_hashes(session).await?;
    let mut check = SourceCheck::default();
    for info in session.datasets().await? {
        let subjects = session.subjects_of_dataset(&info.dataset.id).await?;
        for chunk in subjects.chunks(CHUNK) {
            for (subject, statements) in chunk.iter().zip(session.statements(chunk).await?) {
                for statement in statements
                    .iter()
                    .filter(|statement| statement.dataset == info.dataset.id)
                {
                    check.add(subject.as_str(), statement, hashes.get(&statement.source), files);
                }
            }
        }
    }
    Ok(check)
}

impl SourceCheck {
    fn add(
        &mut self,
        subject: &str,
        statement: &Statement,
        hash: Option<&Option<String>>,
        files: &SourceFiles,
    ) {
        let Some(quote) = &statement.quote else { return };
        let outcome = match hash.and_then(Option::as_ref) {
            Some(hash) => files.check_quote(hash, &statement.locator, quote),
            None => QuoteCheck::SourceNotSupplied,
        };
        match outcome {
            QuoteCheck::SourceNotSupplied => {
                *self.unchecked.entry(statement.source.clone()).or_default() += 1;
            }
            QuoteCheck::Unreadable(difference) => {
                let source = self.unreadable.entry(statement.source.clone());
                source.or_insert((difference.reason, 0)).1 += 1;
            }
            QuoteCheck::Matches => self.checked += 1,
            QuoteCheck::Differs(QuoteDifference { reason, hint, .. }) => {
                self.checked += 1;
                let (source, locator) = (statement.source.clone(), statement.locator.cell());
                let (subject, quote) = (subject.to_string(), quote.clone());
                self.findings.push(QuoteMismatch {
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
