//! Input types for statements.

use async_graphql::{ID, InputObject};

use super::InputReader;
use super::quantity::QuantityInput;
use crate::graphql::scalars::PartialDate;
use crate::model::free_text::visible;
use crate::model::id::SourceId;
use crate::model::refusal::Refusal;
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};
use crate::service::suggest;
use crate::service::write::{StatementDraft, StatementMatch};

/// A statement of a source: its place, its wording and its reliability.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct StatementInput {
    /// Id of the source.
    source_id: ID,
    /// Place in the source.
    locator: Option<LocatorInput>,
    /// Shortest phrase that contains the fact, exactly as in the source; empty if the source has no words for
    /// it.
    quote: String,
    /// Manner in which the fact is stated.
    #[graphql(default_with = "Assertion::Stated")]
    assertion: Assertion,
    /// Reliability of the source for this statement.
    reliability: Reliability,
    /// Rank: a PREFERRED statement counts alone, a DEPRECATED one does not count.
    #[graphql(default_with = "Some(Rank::Normal)")]
    rank: Option<Rank>,
    /// Date of which the statement holds.
    as_of: Option<PartialDate>,
    /// Property of an entity that the statement is about: `size`, `committed`, `paid_in` or `capacity`; null
    /// for the fact itself.
    property: Option<String>,
    /// Amount according to this statement, where it differs from the others. Unit, basis and measure are
    /// those of the fact.
    quantity: Option<QuantityInput>,
}

/// A place in a source.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct LocatorInput {
    /// Place in words, or the complete locator in the format of the column `locator`: `L43-45 [1433,1453)
    /// §"Results"`.
    text: Option<String>,
    /// Section.
    section: Option<String>,
    /// Line number, or first and last line number, counted from 1.
    lines: Option<Vec<i32>>,
    /// Position of the first code point, counted from 0.
    start: Option<i32>,
    /// Position after the last code point.
    end: Option<i32>,
}

impl LocatorInput {
    fn read(self, reader: &mut InputReader, path: &str) -> Locator {
        let text = self.text.as_deref().map(Locator::parse).unwrap_or_default();
        let number = |value: i32| u32::try_from(value).ok();
        let lines = match self.lines.as_deref() {
            None | Some([]) => text.lines,
            Some(given) => {
                let ends = match given {
                    [only] => number(*only).map(|line| (line, line)),
                    [first, last] => number(*first).zip(number(*last)),
                    _ => None,
                };
                let ends = ends.filter(|(first, last)| *first >= 1 && first <= last);
                if ends.is_none() {
                    let reason = "lines must be one line number, or the first and the last, counted from 1";
                    let refusal = Refusal::new(reason, "write [43] or [43, 45]");
                    reader.reject(format!("{path}.lines"), format!("{given:?}"), refusal);
                }
                ends
            }
        };
        let span = match (self.start, self.end) {
            (None, None) => text.span,
            (start, end) => {
                let ends = start.and_then(number).zip(end.and_then(number));
                let ends = ends.filter(|(start, end)| start <= end);
                if ends.is_none() {
                    let shown = |value: Option<i32>| value.map(|value| value.to_string()).unwrap_or_default();
                    let reason = "a span needs `start` and `end`, counted from 0 and in order";
                    reader.reject(
                        format!("{path}.end"),
                        format!("{}..{}", shown(start), shown(end)),
                        Refusal::new(reason, "give both, such as start 14 and end 33, or neither"),
                    );
                }
                ends
            }
        };
        Locator {
            text: text.text,
            section: self
                .section
                .filter(|section| !section.is_empty())
                .or(text.section),
            lines,
            span,
        }
    }
}

impl StatementInput {
    /// Reads the statement; none if part of it cannot be read.
    pub(in crate::graphql) fn read(self, reader: &mut InputReader, path: &str) -> Option<StatementDraft> {
        let before = reader.problems.len();
        let source = reader.parse(|| format!("{path}.sourceId"), &self.source_id, SourceId::parse);
        let locator = self
            .locator
            .map(|locator| locator.read(reader, &format!("{path}.locator")));
        let property = property(reader, path, self.property);
        let amount = self
            .quantity
            .map(|quantity| quantity.parts(reader, &format!("{path}.quantity")));
        let draft = StatementDraft {
            source: source?,
            locator: locator.unwrap_or_default(),
            quote: Some(self.quote).filter(|quote| !quote.is_empty()),
            assertion: self.assertion,
            reliability: self.reliability,
            rank: self.rank.unwrap_or(Rank::Normal),
            property,
            amount: amount.map(Box::new),
            as_of: self.as_of.map(|date| date.0),
        };
        (reader.problems.len() == before).then_some(draft)
    }
}

/// A selection of statements about a record: those that match every field given here.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct StatementMatchInput {
    /// Id of the source.
    source_id: ID,
    /// Place in the source; null matches any.
    locator: Option<LocatorInput>,
    /// Complete quotation; null matches any.
    quote: Option<String>,
    /// Property of an entity that the statements are about; null matches any or none.
    property: Option<String>,
    /// Amount according to the statements; null matches any or none. Unit, basis and measure are those of the
    /// fact.
    quantity: Option<QuantityInput>,
    /// Whether the statements state the record as a whole; null matches both.
    own: Option<bool>,
}

impl StatementMatchInput {
    /// Reads the selection; none if part of it cannot be read.
    pub(in crate::graphql) fn read(self, reader: &mut InputReader, path: &str) -> Option<StatementMatch> {
        let source = reader.parse(|| format!("{path}.sourceId"), &self.source_id, SourceId::parse);
        let locator = self
            .locator
            .map(|locator| locator.read(reader, &format!("{path}.locator")));
        let property = property(reader, path, self.property);
        let amount = self
            .quantity
            .map(|quantity| quantity.parts(reader, &format!("{path}.quantity")));
        Some(StatementMatch {
            source: source?,
            locator,
            quote: self.quote,
            property,
            amount: amount.map(Box::new),
            own: self.own,
        })
    }
}

/// Reads the name of an entity's property.
fn property(reader: &mut InputReader, path: &str, text: Option<String>) -> Option<Property> {
    let text = text.filter(|text| !text.is_empty())?;
    let parse = |text: &str| {
        let reason = || format!("`{}` is not a valid property", visible(text));
        let hint = || suggest(text, Property::ALL.iter().map(|property| property.name()));
        Property::parse(text).ok_or_else(|| Refusal::new(reason(), hint()))
    };
    reader.parse(|| format!("{path}.property"), &text, parse)
}

type IndexedStatements = Vec<(usize, StatementDraft)>;

/// Statements about the record as a whole, and the others, each with its index in the input.
pub(super) fn partition(
    reader: &mut InputReader,
    path: &str,
    statements: Vec<StatementInput>,
) -> (IndexedStatements, IndexedStatements) {
    let read = statements
        .into_iter()
        .enumerate()
        .filter_map(|(index, statement)| {
            let draft = statement.read(reader, &format!("{path}.statements[{index}]"))?;
            Some((index, draft))
        });
    read.partition(|(_, draft)| {
        draft.rank == Rank::Normal && draft.property.is_none() && draft.amount.is_none()
    })
}
