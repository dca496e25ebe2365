//! What writers send, as drafts for the service: what cannot be read is noted with its path, and reading goes on, so that
//! one call tells all that is wrong.

mod entity;
mod observation;
mod place;
mod properties;
mod quantity;
mod relation;
mod rule;
mod source;
mod statement;

use std::collections::HashSet;
use std::fmt::Display;

use async_graphql::ID;

pub(in crate::graphql) use entity::EntityInput;
pub(in crate::graphql) use observation::ObservationInput;
pub(in crate::graphql) use place::{Fault, Place};
pub(in crate::graphql) use relation::RelationInput;
pub(in crate::graphql) use rule::RuleInput;
pub(in crate::graphql) use source::{DatasetInput, SourceInput};
pub(in crate::graphql) use statement::{StatementInput, StatementMatchInput};

use crate::graphql::front::UnreadBatch;
use crate::graphql::scalars::PartialDate;
use crate::model::change::Record;
use crate::model::period::Validity;
use crate::model::refusal::Refusal;
use crate::service::write::Draft;

/// One thing to write, as it was sent.
pub(in crate::graphql) trait Written: Sized {
    /// The data set that it names.
    fn dataset(&self) -> Option<&ID>;
    /// Its key.
    fn key(&self) -> &str;
    /// Reads it; what cannot be read is noted.
    fn draft(self, reading: &mut Reading, path: &str);
}

/// The places in what was sent of the items that there are.
pub(in crate::graphql) fn places(
    unread: Option<&UnreadBatch>,
) -> Box<dyn Iterator<Item = usize> + Send + '_> {
    match unread {
        Some(unread) => Box::new(unread.places()),
        None => Box::new(0..),
    }
}

/// What was read so far.
#[derive(Default)]
pub(in crate::graphql) struct Reading {
    pub(in crate::graphql) drafts: Vec<Draft>,
    /// Where each draft stands.
    pub(in crate::graphql) places: Vec<Place>,
    /// What could not be read.
    pub(in crate::graphql) faults: Vec<Fault>,
    /// Keys of what could not be read: whoever refers to them is not blamed.
    pub(in crate::graphql) unread: HashSet<String>,
}

impl Reading {
    /// What is known before anything is read: what of the batch was not of its types.
    pub(in crate::graphql) fn after(unread: Option<&UnreadBatch>) -> Self {
        Self {
            faults: unread.map(|unread| unread.faults().to_vec()).unwrap_or_default(),
            unread: unread.into_iter().flat_map(UnreadBatch::ids).cloned().collect(),
            ..Self::default()
        }
    }

    /// Reads a list of things to write.
    pub(in crate::graphql) fn of<T: Written>(input: Vec<T>, unread: Option<&UnreadBatch>) -> Self {
        let mut reading = Self::after(unread);
        for (index, one) in places(unread).zip(input) {
            let (key, before) = (one.key().to_string(), reading.faults.len());
            let drafts = reading.drafts.len();
            one.draft(&mut reading, &format!("input[{index}]"));
            if reading.faults.len() > before {
                // Half of a record would be blamed for what its other half says.
                reading.drafts.truncate(drafts);
                reading.places.truncate(drafts);
                reading.unread.insert(key);
            }
        }
        reading
    }

    fn note(&mut self, path: String, value: impl Display, refusal: impl Into<Refusal>) {
        let Refusal { reason, hint } = refusal.into();
        self.faults.push(Fault {
            path,
            value: value.to_string(),
            reason,
            hint,
        });
    }

    /// Reads a text that is more than a text.
    pub(in crate::graphql) fn parse<T, E: Into<Refusal>>(
        &mut self,
        path: impl FnOnce() -> String,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(path(), text, error);
                None
            }
        }
    }

    /// Reads several, each with its place.
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
            self.note(format!("{path}.validTo"), value, error);
            Validity::default()
        })
    }

    /// Takes in a record with its statements: those that speak of the whole are its row's, the others stand beside it.
    fn record(&mut self, path: &str, record: Record, statements: Vec<StatementInput>) {
        let (own, more) = statement::split(self, path, statements);
        let order = own.iter().chain(&more).map(|(index, _)| *index).collect();
        self.places.push(Place::of(path, &record, order));
        let drafts = |list: Vec<(usize, _)>| list.into_iter().map(|(_, draft)| draft).collect();
        self.drafts.push(Draft::Record {
            record: Box::new(record),
            own: drafts(own),
            more: drafts(more),
        });
    }
}
