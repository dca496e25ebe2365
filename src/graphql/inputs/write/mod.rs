//! The input of writes, parsed into drafts for the service. A value that cannot be parsed is noted with its path, and
//! parsing continues, so that one call reports all problems.

mod draft_location;
mod entity;
mod observation;
mod properties;
mod quantity;
mod relation;
mod rule;
mod source;
mod statement;

use std::collections::HashSet;
use std::fmt::Display;

use async_graphql::ID;

pub(in crate::graphql) use draft_location::{DraftLocation, InputProblem};
pub(in crate::graphql) use entity::EntityInput;
pub(in crate::graphql) use observation::ObservationInput;
pub(in crate::graphql) use relation::RelationInput;
pub(in crate::graphql) use rule::RuleInput;
pub(in crate::graphql) use source::{DatasetInput, SourceInput};
pub(in crate::graphql) use statement::{StatementInput, StatementMatchInput};

use crate::graphql::scalars::PartialDate;
use crate::graphql::validation::PartialBatch;
use crate::model::change::Record;
use crate::model::period::Validity;
use crate::model::refusal::Refusal;
use crate::service::write::Draft;

/// A record to write, as it was sent.
pub(in crate::graphql) trait RecordInput: Sized {
    /// The id of the data set that the record names.
    fn dataset_id(&self) -> Option<&ID>;
    /// The key of the record.
    fn key(&self) -> &str;
    /// Parses the record into drafts of the reader, which collects the problems.
    fn draft(self, reader: &mut InputReader, path: &str);
}

/// The indexes, in the list that was sent, of the items of a batch.
pub(in crate::graphql) fn item_indexes(
    batch: Option<&PartialBatch>,
) -> Box<dyn Iterator<Item = usize> + Send + '_> {
    match batch {
        Some(batch) => Box::new(batch.indexes()),
        None => Box::new(0..),
    }
}

/// The drafts and problems collected from an input.
#[derive(Default)]
pub(in crate::graphql) struct InputReader {
    pub(in crate::graphql) drafts: Vec<Draft>,
    /// The location of each draft.
    pub(in crate::graphql) locations: Vec<DraftLocation>,
    /// The problems of the input.
    pub(in crate::graphql) problems: Vec<InputProblem>,
    /// Keys of records that could not be parsed: a reference to one is not reported as a problem.
    pub(in crate::graphql) invalid_keys: HashSet<String>,
}

impl InputReader {
    /// A reader that starts with the problems of the items that could not be coerced.
    pub(in crate::graphql) fn new(batch: Option<&PartialBatch>) -> Self {
        Self {
            problems: batch.map(|batch| batch.problems().to_vec()).unwrap_or_default(),
            invalid_keys: batch.into_iter().flat_map(PartialBatch::ids).cloned().collect(),
            ..Self::default()
        }
    }

    /// Reads a list of records.
    pub(in crate::graphql) fn read_all<T: RecordInput>(input: Vec<T>, batch: Option<&PartialBatch>) -> Self {
        let mut reader = Self::new(batch);
        for (index, one) in item_indexes(batch).zip(input) {
            let (key, before) = (one.key().to_string(), reader.problems.len());
            let drafts = reader.drafts.len();
            one.draft(&mut reader, &format!("input[{index}]"));
            if reader.problems.len() > before {
                // Half of a record would cause further problems that are none.
                reader.drafts.truncate(drafts);
                reader.locations.truncate(drafts);
                reader.invalid_keys.insert(key);
            }
        }
        reader
    }

    fn reject(&mut self, path: String, value: impl Display, refusal: impl Into<Refusal>) {
        let Refusal { reason, hint } = refusal.into();
        self.problems.push(InputProblem {
            path,
            value: value.to_string(),
            reason,
            hint,
        });
    }

    /// Parses a text; a problem is noted with its path.
    pub(in crate::graphql) fn parse<T, E: Into<Refusal>>(
        &mut self,
        path: impl FnOnce() -> String,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.reject(path(), text, error);
                None
            }
        }
    }

    /// Parses a list of ids; problems are noted with their paths.
    fn parse_all<T, E: Into<Refusal>>(
        &mut self,
        path: &str,
        texts: &[ID],
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let read = texts
            .iter()
            .enumerate()
            .filter_map(|(index, text)| self.parse(|| format!("{path}[{index}]"), text, &parse));
        read.collect()
    }

    fn validity(&mut self, path: &str, from: Option<PartialDate>, to: Option<PartialDate>) -> Validity {
        Validity::new(from.map(|date| date.0), to.map(|date| date.0)).unwrap_or_else(|error| {
            let value = to.map(|date| date.0.to_string()).unwrap_or_default();
            self.reject(format!("{path}.validTo"), value, error);
            Validity::default()
        })
    }

    /// Adds a record with its statements: those about the record as a whole belong to its row, the others are further
    /// evidence.
    fn add_record(&mut self, path: &str, record: Record, statements: Vec<StatementInput>) {
        let (own, more) = statement::partition(self, path, statements);
        let order = own.iter().chain(&more).map(|(index, _)| *index).collect();
        self.locations.push(DraftLocation::for_record(path, order));
        let drafts = |list: Vec<(usize, _)>| list.into_iter().map(|(_, draft)| draft).collect();
        self.drafts.push(Draft::Record {
            record: Box::new(record),
            own: drafts(own),
            more: drafts(more),
        });
    }
}
