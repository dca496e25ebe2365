//! Sources and data sets.

use async_graphql::{ID, InputObject};

use super::{Place, Reading, Written};
use crate::graphql::scalars::PartialDate;
use crate::model::change::Record;
use crate::model::free_text::{TextKind, check_text};
use crate::model::id::{DatasetId, SourceId};
use crate::model::record::{Access, Coverage, Dataset, Source};
use crate::model::refusal::Refusal;
use crate::model::text_limit::TextLimit;
use crate::service::write::Draft;

/// A document that states facts. It is written whole: a field left out is emptied.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct SourceInput {
    /// Its key.
    id: ID,
    /// Its title.
    title: String,
    /// Who wrote it.
    authors: Option<Vec<String>>,
    /// Whom they work for.
    affiliation: Option<String>,
    /// Who published it.
    publisher: Option<String>,
    /// When.
    published_on: Option<PartialDate>,
    /// A BCP 47 language tag.
    language: Option<String>,
    /// On what terms it may be used.
    licence: Option<String>,
    /// The hash of the file, in lower-case hexadecimal.
    sha256: Option<String>,
    /// Where it can be read.
    url: Option<String>,
    /// The data set that lists it; one for a whole call.
    dataset_id: Option<ID>,
}

impl Written for SourceInput {
    fn dataset(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reading: &mut Reading, path: &str) {
        let Some(id) = reading.parse(|| format!("{path}.id"), &self.id, SourceId::parse) else {
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
        reading.places.push(Place::of(path, &record, Vec::new()));
        reading.drafts.push(Draft::Record {
            record: Box::new(record),
            own: Vec::new(),
            more: Vec::new(),
        });
    }
}

/// A named set of facts with a licence.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct DatasetInput {
    /// Its key.
    id: ID,
    /// Its title.
    title: String,
    /// On what terms it may be used.
    licence: String,
    /// Whether it is made up.
    synthetic: bool,
    /// What part of the world it covers.
    coverage: Coverage,
    /// Whether only those may see it who were given it.
    #[graphql(default)]
    restricted: bool,
}

impl DatasetInput {
    /// The data set, with no import yet.
    pub(in crate::graphql) fn read(self, reading: &mut Reading) -> Option<Dataset> {
        let id = reading.parse(|| "input.id".to_string(), &self.id, DatasetId::parse)?;
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
                reading.note(format!("input.{field}"), text, refusal);
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
