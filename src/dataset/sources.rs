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
use super::report::shown;
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
pub struct SourceFiles(HashMap<String, Text>);

#[derive(Debug)]
struct Text {
    chars: Vec<char>,
    /// Where each line begins, in code points.
    lines: Vec<usize>,
    /// The text without white space, and where each of its bytes' characters stands in the whole.
    bare: String,
    places: Vec<u32>,
}

/// What came of holding one quotation against its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It stands where it is said to stand.
    Holds,
    /// Something else stands there.
    Differs(Difference),
    /// The file is not among those given, or is no text.
    NotThere,
}

/// How a quotation differs from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    column: Column,
    value: String,
    reason: String,
    hint: String,
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
            hint: Some(self.hint.clone().into()),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
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
                } else if meta.is_file() && meta.len() <= FILE_BYTES_MAX {
                    let bytes = std::fs::read(&path).map_err(|error| ReadError::io(&path, &error))?;
                    let hash = hexadecimal(&Sha256::digest(&bytes));
                    if let Ok(text) = String::from_utf8(bytes) {
                        files.insert(hash, Text::new(&text));
                    }
                }
            }
        }
        Ok(Self(files))
    }

    /// The text of the file with a hash.
    fn text(&self, hash: &str) -> Option<String> {
        Some(self.0.get(hash)?.chars.iter().collect())
    }

    /// Holds one quotation against the file with a hash.
    pub(super) fn hold(&self, hash: &str, locator: &Locator, quote: &str) -> Outcome {
        let Some(text) = self.0.get(hash) else {
            return Outcome::NotThere;
        };
        match text.hold(locator, quote) {
            None => Outcome::Holds,
            Some(difference) => Outcome::Differs(difference),
        }
    }
}

impl Text {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut lines = vec![0];
        let (mut bare, mut places) = (String::new(), Vec::new());
        for (place, c) in chars.iter().enumerate() {
            if *c == '\n' {
                lines.push(place + 1);
            }
            if !c.is_whitespace() {
                bare.push(*c);
                places.extend(std::iter::repeat_n(
                    u32::try_from(place).unwrap_or(u32::MAX),
                    c.len_utf8(),
                ));
            }
        }
        Self {
            chars,
            lines,
            bare,
            places,
        }
    }

    /// The line, from 1, on which a character stands.
    fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= place)
    }

    /// Where a text first stands, whatever the white space: its first and last character.
    fn find(&self, quote: &str) -> Option<(usize, usize)> {
        let at = self.bare.find(quote)?;
        let (first, last) = (self.places.get(at)?, self.places.get(at + quote.len() - 1)?);
        Some((*first as usize, *last as usize))
    }

    fn hold(&self, locator: &Locator, quote: &str) -> Option<Difference> {
        let wanted = bare(quote);
        if wanted.is_empty() {
            return None;
        }
        let slice = |from: usize, to: usize| -> String {
            self.chars[from.min(self.chars.len())..to.min(self.chars.len())]
                .iter()
                .collect()
        };
        let (place, found) = match (locator.span, locator.lines) {
            (Some((start, end)), _) => (format!("at [{start},{end})"), slice(start as usize, end as usize)),
            (None, Some((first, last))) => {
                let begin = |line: u32| self.lines.get(line as usize).copied().unwrap_or(self.chars.len());
                (
                    format!("on lines {first} to {last}"),
                    slice(begin(first.saturating_sub(1)), begin(last)),
                )
            }
            (None, None) => ("in the whole source".to_string(), String::new()),
        };
        let holds = match (locator.span, locator.lines) {
            (Some(_), _) => bare(&found) == wanted,
            (None, Some(_)) => bare(&found).contains(&wanted),
            (None, None) => self.bare.contains(&wanted),
        };
        if !holds {
            return Some(self.differs(quote, &wanted, &place, &found));
        }
        let (Some((start, end)), Some((first, last))) = (locator.span, locator.lines) else {
            return None;
        };
        let line = self.line(start as usize);
        (line < first as usize || line > last as usize).then(|| Difference {
            column: Column::Locator,
            value: locator.cell(),
            reason: format!("[{start},{end}) begins on line {line}"),
            hint: format!("lines are counted from 1: write L{line}"),
        })
    }

    fn differs(&self, quote: &str, wanted: &str, place: &str, found: &str) -> Difference {
        let instead = match shown(found.trim()) {
            nothing if nothing.is_empty() => "it does not stand there".to_string(),
            instead => format!("there stands: {instead}"),
        };
        let hint = match self.find(wanted) {
            Some((first, last)) => {
                let (from, to) = (self.line(first), self.line(last));
                let lines = if from == to {
                    format!("L{from}")
                } else {
                    format!("L{from}-{to}")
                };
                format!("it stands at {lines} [{first},{})", last + 1)
            }
            None => "the source does not have it".to_string(),
        };
        let reason = format!("{place}, {instead}");
        Difference {
            column: Column::Quote,
            value: quote.to_string(),
            reason,
            hint,
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
    let given = |hash: Option<String>| hash.is_some_and(|hash| files.0.contains_key(&hash));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn held(locator: &str, quote: &str) -> Option<String> {
        let text = Text::new("标题\n\n截至目前,昆\n\n山高新区的专家库\n");
        let difference = text.hold(&Locator::parse(locator), quote)?;
        Some(format!(
            "{} | {} | {}",
            difference.column.name(),
            difference.reason,
            difference.hint
        ))
    }

    #[test]
    fn a_quotation_stands_where_its_locator_says() {
        assert_eq!(held("L3-5 [9,20)", "昆山高新区的专家库"), None);
        assert_eq!(held("[9,20)", "昆 山高新区\n的专家库"), None);
        assert_eq!(held("L3-5", "昆山高新区"), None);
        assert_eq!(held("", "昆山高新区"), None);
        assert_eq!(held("section 2", "昆山高新区"), None);
    }

    #[test]
    fn what_stands_elsewhere_is_said_and_where() {
        let at = |locator, quote| held(locator, quote).unwrap();
        assert_eq!(
            at("[4,8)", "昆山"),
            "quote | at [4,8), there stands: 截至目前 | it stands at L3-5 [9,13)"
        );
        assert_eq!(
            at("L5", "昆山"),
            "quote | on lines 5 to 5, there stands: 山高新区的专家库 | it stands at L3-5 [9,13)"
        );
        assert_eq!(
            at("[900,903)", "南京"),
            "quote | at [900,903), it does not stand there | the source does not have it"
        );
        assert_eq!(
            at("", "南京"),
            "quote | in the whole source, it does not stand there | the source does not have it"
        );
        assert_eq!(
            at("L1 [4,8)", "截至目前"),
            "locator | [4,8) begins on line 3 | lines are counted from 1: write L3"
        );
    }
}
