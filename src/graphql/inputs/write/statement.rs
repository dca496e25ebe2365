//! Evidence.

use async_graphql::{ID, InputObject};

use super::Reading;
use super::quantity::QuantityInput;
use crate::graphql::scalars::PartialDate;
use crate::model::free_text::visible;
use crate::model::id::SourceId;
use crate::model::refusal::Refusal;
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};
use crate::service::suggest;
use crate::service::write::{StatementDraft, StatementMatch};

/// Who says something, where, in which words, and how far it can be relied on.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct StatementInput {
    /// The source.
    source_id: ID,
    /// Where in it.
    locator: Option<LocatorInput>,
    /// The shortest phrase that holds the fact, as the source has it; empty where it has no words for it.
    quote: String,
    /// How it is said.
    #[graphql(default_with = "Assertion::Stated")]
    assertion: Assertion,
    /// How far it can be relied on.
    reliability: Reliability,
    /// Whether it counts: PREFERRED counts alone, DEPRECATED does not.
    #[graphql(default_with = "Some(Rank::Normal)")]
    rank: Option<Rank>,
    /// When it was so.
    as_of: Option<PartialDate>,
    /// The property of an entity that it speaks of: `size`, `committed`, `paid_in`, `capacity`; null for the fact itself.
    property: Option<String>,
    /// What it says of the amount, where it differs from the others. Unit, basis and measure are those of the fact.
    quantity: Option<QuantityInput>,
}

/// Where in a source.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct LocatorInput {
    /// In words, or all in one, as in the column `locator`: `L43-45 [1433,1453) §"Results"`.
    text: Option<String>,
    /// The section.
    section: Option<String>,
    /// The line, or the first and the last, from 1.
    lines: Option<Vec<i32>>,
    /// The first code point, from 0.
    start: Option<i32>,
    /// The code point after the last.
    end: Option<i32>,
}

impl LocatorInput {
    fn read(self, reading: &mut Reading, path: &str) -> Locator {
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
                    let reason = "lines are one line, or the first and the last, from 1";
                    let refusal = Refusal::new(reason, "write [43] or [43, 45]");
                    reading.note(format!("{path}.lines"), format!("{given:?}"), refusal);
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
                    let reason = "a span is `start` and `end`, from 0, in order";
                    reading.note(
                        format!("{path}.end"),
                        format!("{}..{}", shown(start), shown(end)),
                        Refusal::new(reason, "give both, as start 14 and end 33, or neither"),
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
    /// Reads it; none where something in it cannot be read.
    pub(in crate::graphql) fn read(self, reading: &mut Reading, path: &str) -> Option<StatementDraft> {
        let before = reading.faults.len();
        let source = reading.parse(|| format!("{path}.sourceId"), &self.source_id, SourceId::parse);
        let locator = self
            .locator
            .map(|locator| locator.read(reading, &format!("{path}.locator")));
        let property = property(reading, path, self.property);
        let amount = self
            .quantity
            .map(|quantity| quantity.parts(reading, &format!("{path}.quantity")));
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
        (reading.faults.len() == before).then_some(draft)
    }
}

/// Picks statements on a record: those that have all that is given here.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct StatementMatchInput {
    /// The source.
    source_id: ID,
    /// Where in it; null: wherever.
    locator: Option<LocatorInput>,
    /// The quotation, whole; null: whichever.
    quote: Option<String>,
    /// The property of an entity that they speak of; null: whichever, or none.
    property: Option<String>,
    /// What they say of the amount; null: whatever, or nothing. Unit, basis and measure are those of the fact.
    quantity: Option<QuantityInput>,
    /// Whether they state the record as a whole; null: either.
    own: Option<bool>,
}

impl StatementMatchInput {
    /// Reads it; none where something in it cannot be read.
    pub(in crate::graphql) fn read(self, reading: &mut Reading, path: &str) -> Option<StatementMatch> {
        let source = reading.parse(|| format!("{path}.sourceId"), &self.source_id, SourceId::parse);
        let locator = self
            .locator
            .map(|locator| locator.read(reading, &format!("{path}.locator")));
        let property = property(reading, path, self.property);
        let amount = self
            .quantity
            .map(|quantity| quantity.parts(reading, &format!("{path}.quantity")));
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

/// Reads the property of an entity.
fn property(reading: &mut Reading, path: &str, text: Option<String>) -> Option<Property> {
    let text = text.filter(|text| !text.is_empty())?;
    let parse = |text: &str| {
        let reason = || format!("`{}` is not a valid property", visible(text));
        let hint = || suggest(text, Property::ALL.iter().map(|property| property.name()));
        Property::parse(text).ok_or_else(|| Refusal::new(reason(), hint()))
    };
    reading.parse(|| format!("{path}.property"), &text, parse)
}

type Numbered = Vec<(usize, StatementDraft)>;

/// The statements that speak of a record as a whole, and the others, each with its place in the input.
pub(super) fn split(
    reading: &mut Reading,
    path: &str,
    statements: Vec<StatementInput>,
) -> (Numbered, Numbered) {
    let read = statements
        .into_iter()
        .enumerate()
        .filter_map(|(index, statement)| {
            let draft = statement.read(reading, &format!("{path}.statements[{index}]"))?;
            Some((index, draft))
        });
    read.partition(|(_, draft)| {
        draft.rank == Rank::Normal && draft.property.is_none() && draft.amount.is_none()
    })
}
