//! Input types for sources and data sets.

use async_graphql::{ID, InputObject};

use super::{DraftLocation, InputReader, RecordInput};
use crate::graphql::scalars::PartialDate;
use crate::model::change::Record;
use crate::model::free_text::{TextKind, check_text};
use crate::model::id::{DatasetId, SourceId};
use crate::model::record::{Access, Coverage, Dataset, Source};
use crate::model::refusal::Refusal;
use crate::model::text_limit::TextLimit;
use crate::service::write::Draft;

/// A document that states facts. The record is written as a whole: a field that is left out becomes empty.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct SourceInput {
    /// Id of the source.
    id: ID,
    /// Title.
    title: String,
    /// Authors.
    authors: Option<Vec<String>>,
    /// Institution of the authors.
    affiliation: Option<String>,
    /// Publisher.
    publisher: Option<String>,
    /// Date of publication.
    published_on: Option<PartialDate>,
    /// Language, as a BCP 47 tag.
    language: Option<String>,
    /// Licence under which the source may be used.
    licence: Option<String>,
    /// SHA-256 hash of the file, in lower-case hexadecimal.
    sha256: Option<String>,
    /// Address at which the source can be read.
    url: Option<String>,
    /// Id of the data set that lists the source; the same for all sources of a call.
    dataset_id: Option<ID>,
}

impl RecordInput for SourceInput {
    fn dataset_id(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reader: &mut InputReader, path: &str) {
        let Some(id) = reader.parse(|| format!("{path}.id"), &self.id, SourceId::parse) else {
            return;
        };
        let record = Record::Source(Source {
            id,
            title: self.title,
            authors: self.authors.unwrap_or_default(),
            affiliation: self.affiliation,
            publisher: self.publisher,
            published_on: self.published_on.map(|date| date.0),
            language: self.language,
            licence: self.licence,
            sha256: self.sha256,
            url: self.url,
            datasets: Vec::new(),
        });
        reader.locations.push(DraftLocation::for_record(path, Vec::new()));
        reader.drafts.push(Draft::Record {
            record: Box::new(record),
            own: Vec::new(),
            more: Vec::new(),
        });
    }
}

/// A named set of facts with a licence.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct DatasetInput {
    /// Id of the data set.
    id: ID,
    /// Title.
    title: String,
    /// Licence under which the data may be used.
    licence: String,
    /// Whether the data is made up.
    synthetic: bool,
    /// Part of the world that the data covers.
    coverage: Coverage,
    /// Whether the data set is visible only to admins and to keys that name it.
    #[graphql(default)]
    restricted: bool,
}

impl DatasetInput {
    /// Reads the data set's record, with no import yet.
    pub(in crate::graphql) fn read(self, reader: &mut InputReader) -> Option<Dataset> {
        let id = reader.parse(|| "input.id".to_string(), &self.id, DatasetId::parse)?;
        for (field, text) in [("title", &self.title), ("licence", &self.licence)] {
            let refused = if text.is_empty() {
                Err(Refusal::new(
                    format!("a data set needs a {field}"),
                    format!("write its {field}"),
                ))
            } else {
                TextLimit::TITLE
                    .check(text)
                    .and_then(|()| check_text(text, TextKind::Line))
            };
            if let Err(refusal) = refused {
                reader.reject(format!("input.{field}"), text, refusal);
            }
        }
        Some(Dataset {
            id,
            title: self.title,
            licence: self.licence,
            synthetic: self.synthetic,
            coverage: self.coverage,
            access: if self.restricted {
                Access::Restricted
            } else {
                Access::Public
            },
            imported_at: None,
        })
    }
}
