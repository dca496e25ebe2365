//! Statements: the evidence of a fact. Every fact has at least one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::closed::closed_list;
use super::id::{DatasetId, SourceId};
use super::period::PartialDate;
use super::quantity::Quantity;

closed_list! {
    /// How a source says it.
    Assertion {
        /// In so many words.
        Stated "STATED",
        /// By what it says.
        Implied "IMPLIED",
        /// Computed from what it says.
        Computed "COMPUTED",
        /// As what ought to be.
        Normative "NORMATIVE",
        /// As the first or best of its kind.
        Superlative "SUPERLATIVE",
    }
}

impl Assertion {
    /// From the strongest (0) to the weakest: STATED, COMPUTED, IMPLIED, SUPERLATIVE, NORMATIVE.
    pub const fn weakness(self) -> u8 {
        match self {
            Self::Stated => 0,
            Self::Computed => 1,
            Self::Implied => 2,
            Self::Superlative => 3,
            Self::Normative => 4,
        }
    }
    /// What an evidence filter accepts where it does not say.
    pub const DEFAULT: [Self; 3] = [Self::Stated, Self::Implied, Self::Computed];
}

closed_list! {
    /// How far a source can be relied on for it.
    Reliability {
        /// The source speaks of itself.
        SelfReported "SELF_REPORTED",
        /// The source has no part in it.
        Independent "INDEPENDENT",
        /// An auditor checked it.
        Audited "AUDITED",
        /// It is made up.
        Synthetic "SYNTHETIC",
    }
}

closed_list! {
    /// Which of several statements counts.
    Rank {
        /// It counts alone.
        Preferred "PREFERRED",
        /// It counts.
        Normal "NORMAL",
        /// It is kept and does not count.
        Deprecated "DEPRECATED",
    }
}

/// Where in a source. Spans are code points of the raw file, `[start, end)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locator {
    /// Free text, where it is no line or span.
    pub text: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// First and last line, from 1.
    pub lines: Option<(u32, u32)>,
    /// Code points, `[start, end)`.
    pub span: Option<(u32, u32)>,
}

impl Locator {
    /// Reads `L43-45 [1433,1453)`, `L5`, `[14,33)`; any other text is kept as it is.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        Self::parse_position(text).unwrap_or_else(|| Self {
            text: (!text.is_empty()).then(|| text.to_string()),
            ..Self::default()
        })
    }

    fn parse_position(text: &str) -> Option<Self> {
        let (lines, span) = match text.split_once(' ') {
            Some((lines, span)) => (Some(lines), Some(span)),
            None if text.starts_with('L') => (Some(text), None),
            None => (None, Some(text)),
        };
        let pair = |text: &str, by: char| -> Option<(u32, u32)> {
            let (a, b) = text.split_once(by)?;
            let (a, b) = (a.trim().parse().ok()?, b.trim().parse().ok()?);
            (a <= b).then_some((a, b))
        };
        let lines = match lines {
            None => None,
            Some(text) => {
                let text = text.strip_prefix('L')?;
                Some(pair(text, '-').or_else(|| text.parse().ok().map(|n| (n, n)))?)
            }
        };
        let span = match span {
            None => None,
            Some(text) => Some(pair(text.strip_prefix('[')?.strip_suffix(')')?, ',')?),
        };
        Some(Self {
            lines,
            span,
            ..Self::default()
        })
    }

    /// The cell that gives it again.
    pub fn cell(&self) -> String {
        let mut parts = Vec::new();
        match self.lines {
            Some((a, b)) if a == b => parts.push(format!("L{a}")),
            Some((a, b)) => parts.push(format!("L{a}-{b}")),
            None => {}
        }
        parts.extend(self.span.map(|(a, b)| format!("[{a},{b})")));
        parts.extend(self.section.clone());
        parts.extend(self.text.clone());
        parts.join(" ")
    }
}

/// One source's word for a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Who says it.
    pub source: SourceId,
    /// Where.
    pub locator: Locator,
    /// The shortest phrase that holds the fact.
    pub quote: Option<String>,
    /// How it is said.
    pub assertion: Assertion,
    /// How far it can be relied on.
    pub reliability: Reliability,
    /// Whether it counts.
    pub rank: Rank,
    /// The property it speaks of: `size`, `committed`, `paid_in`, `capacity`; none for the fact itself.
    pub property: Option<Property>,
    /// What it says of the amount, where it differs from the fact's own.
    pub quantity: Option<Quantity>,
    /// When it was so.
    pub as_of: Option<PartialDate>,
    /// The data set that brought it.
    pub dataset: DatasetId,
    /// Whether it stands on the fact's own row: then a new row replaces it.
    pub own: bool,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

impl Statement {
    /// Whether both say the same, whoever recorded them and whenever.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let key = |s: &Self| {
            let Self {
                source,
                locator,
                quote,
                assertion,
                reliability,
                rank,
                property,
                quantity,
                as_of,
                dataset,
                own,
                ..
            } = s.clone();
            (
                source,
                locator,
                quote,
                assertion,
                reliability,
                rank,
                property,
                quantity,
                as_of,
                dataset,
                own,
            )
        };
        key(self) == key(other)
    }

    /// What a filter looks at.
    pub fn class(&self) -> EvidenceClass {
        EvidenceClass {
            source: self.source.clone(),
            assertion: self.assertion,
            reliability: self.reliability,
            rank: self.rank,
        }
    }
}

closed_list! {
    /// A property of an entity of which a statement may speak.
    Property {
        /// How many it stands for.
        Size "size",
        /// What was promised to a fund.
        Committed "committed",
        /// What was paid into a fund.
        PaidIn "paid_in",
        /// What a facility can do.
        Capacity "capacity",
    }
}

/// What a filter looks at in a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceClass {
    /// Who says it.
    pub source: SourceId,
    /// How it is said.
    pub assertion: Assertion,
    /// How far it can be relied on.
    pub reliability: Reliability,
    /// Whether it counts.
    pub rank: Rank,
}

/// The classes of a fact's statements, shared between facts that have the same.
pub type Evidence = Arc<[EvidenceClass]>;

/// What evidence must be for a fact to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFilter {
    /// How it may be said.
    pub assertions: Vec<Assertion>,
    /// How far it must be relied on; none: any.
    pub reliabilities: Option<Vec<Reliability>>,
    /// Sources left out.
    pub exclude_sources: Vec<SourceId>,
}

impl Default for EvidenceFilter {
    fn default() -> Self {
        Self {
            assertions: Assertion::DEFAULT.to_vec(),
            reliabilities: None,
            exclude_sources: Vec::new(),
        }
    }
}

impl EvidenceFilter {
    /// A filter that every fact passes that has a statement which is not deprecated.
    pub fn any() -> Self {
        Self {
            assertions: Assertion::ALL.to_vec(),
            ..Self::default()
        }
    }

    /// Whether one statement passes whole.
    pub fn accepts(&self, class: &EvidenceClass) -> bool {
        class.rank != Rank::Deprecated
            && self.assertions.contains(&class.assertion)
            && self
                .reliabilities
                .as_ref()
                .is_none_or(|some| some.contains(&class.reliability))
            && !self.exclude_sources.contains(&class.source)
    }

    /// Whether a fact is supported by one statement that passes whole.
    pub fn passes(&self, evidence: &[EvidenceClass]) -> bool {
        evidence.iter().any(|class| self.accepts(class))
    }

    /// The strongest assertion among the statements that pass.
    pub fn best(&self, evidence: &[EvidenceClass]) -> Option<Assertion> {
        evidence
            .iter()
            .filter(|class| self.accepts(class))
            .map(|class| class.assertion)
            .min_by_key(|a| a.weakness())
    }
}

/// What statements on one property say of its amount: those that are not deprecated, and whether each is preferred.
pub fn amounts_stated(statements: &[Statement], property: Option<Property>) -> Vec<(&Quantity, bool)> {
    let speaks =
        |statement: &&Statement| statement.property == property && statement.rank != Rank::Deprecated;
    let amount = |statement: &'_ Statement| statement.rank == Rank::Preferred;
    statements
        .iter()
        .filter(speaks)
        .filter_map(|s| s.quantity.as_ref().map(|q| (q, amount(s))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_round_trip() {
        for text in [
            "L43-45 [1433,1453)",
            "L5 [14,33)",
            "L5",
            "[14,33)",
            "Introduction, first sentence",
            "",
        ] {
            assert_eq!(Locator::parse(text).cell(), text);
        }
        assert_eq!(Locator::parse("L43-45 [1433,1453)").span, Some((1433, 1453)));
        assert_eq!(Locator::parse("L5-3").text.as_deref(), Some("L5-3"));
    }

    #[test]
    fn one_statement_must_pass_whole() {
        let class = |assertion, reliability, rank| EvidenceClass {
            source: SourceId::parse("s").unwrap(),
            assertion,
            reliability,
            rank,
        };
        let filter = EvidenceFilter {
            reliabilities: Some(vec![Reliability::Independent]),
            ..EvidenceFilter::default()
        };
        let split = [
            class(Assertion::Stated, Reliability::SelfReported, Rank::Normal),
            class(Assertion::Normative, Reliability::Independent, Rank::Normal),
        ];
        assert!(!filter.passes(&split));
        assert!(filter.passes(&[class(Assertion::Stated, Reliability::Independent, Rank::Normal)]));
        assert!(!filter.passes(&[class(
            Assertion::Stated,
            Reliability::Independent,
            Rank::Deprecated
        )]));
    }
}
