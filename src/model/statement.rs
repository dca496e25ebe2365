//! Statements: the evidence of a fact. Every fact has at least one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::closed::closed_list;
use super::id::{DatasetId, SourceId};
pub use super::locator::Locator;
use super::partial_date::{Day, PartialDate};
use super::quantity::Quantity;

closed_list! {
    Assertion ["表述方式", "How it is stated"]
        ["来源以何种方式陈述一项事实。", "How a source states a fact."]
    {
        Stated "STATED" ["明确表述", "Stated"] ["原文直接写明。", "Fact that the source states explicitly."],
        Implied "IMPLIED" ["由上下文推得", "Inferred from context"] ["由语法或上下文推得。", "Fact inferred from grammar or context."],
        Computed "COMPUTED" ["由数字算出", "Computed"] ["由原文给出的数字算出。", "Value computed from stated figures."],
        Normative "NORMATIVE" ["应然表述", "Recommendation"] ["说的是应当如何，不是事实如何。", "Recommendation of what should be, rather than a fact."],
        Superlative "SUPERLATIVE" ["“首个/最佳”类表述", "Superlative claim"]
            ["称其为首个、最佳之类。",
            "Claim to be the first or best of its kind."],
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
    /// The assertions that an evidence filter accepts by default.
    pub const DEFAULT: [Self; 3] = [Self::Stated, Self::Implied, Self::Computed];
}

closed_list! {
    Reliability ["可靠性", "Reliability"]
        ["陈述的可靠程度。", "Reliability of a source for a statement."]
    {
        SelfReported "SELF_REPORTED" ["自述", "Self-reported"] ["来源说的是自己。", "Statement of a source about itself."],
        Independent "INDEPENDENT" ["独立来源", "Independent"] ["来源与所述之事无涉。", "Statement of a source that is not involved."],
        Audited "AUDITED" ["经审计", "Audited"] ["经审计核实。", "Statement verified by an audit."],
        Synthetic "SYNTHETIC" ["合成", "Synthetic"] ["为测试而编造。", "Statement invented for testing."],
    }
}

closed_list! {
    Rank ["采用次序", "Rank"]
        ["多条陈述中采用哪一条。", "Priority of a statement among several."]
    {
        Preferred "PREFERRED" ["首选", "Preferred"] ["只采用这一条。", "Statement that counts instead of all others."],
        Normal "NORMAL" ["一般", "Normal"] ["予以采用。", "Statement that counts."],
        Deprecated "DEPRECATED" ["已弃用", "Deprecated"] ["予以保留，不再采用。", "Statement that is kept and does not count."],
    }
}

/// The statement of one source about a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The source.
    pub source: SourceId,
    /// The position in the source.
    pub locator: Locator,
    /// The shortest quotation that contains the fact.
    pub quote: Option<String>,
    /// How it is stated.
    pub assertion: Assertion,
    /// The reliability of the source for it.
    pub reliability: Reliability,
    /// Its rank, which decides whether it counts.
    pub rank: Rank,
    /// The property that it states: `size`, `committed`, `paid_in`, `capacity`; none for the fact itself.
    pub property: Option<Property>,
    /// The amount that it states, if that differs from the fact's own.
    pub quantity: Option<Quantity>,
    /// The date to which it refers; a month or year means its last day.
    pub as_of: Option<PartialDate>,
    /// The data set that it comes from.
    pub dataset: DatasetId,
    /// Whether it comes from the fact's own row, so that a new row replaces it.
    pub own: bool,
    /// The principal that recorded it.
    pub recorded_by: String,
    /// The time of recording.
    pub recorded_at: DateTime<Utc>,
}

impl Statement {
    /// Whether both are the same statement: the same quotation, position, property and amount, whatever the other fields.
    pub fn is_same_statement(&self, other: &Self) -> bool {
        (&self.source, &self.locator, &self.quote, self.property)
            == (&other.source, &other.locator, &other.quote, other.property)
            && self.quantity == other.quantity
    }

    /// Whether both are equal except for who recorded them and when.
    pub fn has_same_content(&self, other: &Self) -> bool {
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

    /// Its evidence class.
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
    Property ["属性", "Property"]
        ["一条陈述可以说明的实体属性。", "Property of an entity to which a statement may refer."]
    {
        Size "size" ["代表数量", "Stands for"] ["所代表的成员数量。", "Number of members that a cohort stands for."],
        Committed "committed" ["认缴", "Committed"] ["基金的认缴总额。", "Amount committed to a fund."],
        PaidIn "paid_in" ["实缴", "Paid in"] ["基金的实缴总额。", "Amount paid into a fund."],
        Capacity "capacity" ["能力", "Capacity"] ["设施的能力。", "Capacity of a facility."],
    }
}

/// The fields of a statement that an evidence filter checks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceClass {
    /// The source.
    pub source: SourceId,
    /// How it is stated.
    pub assertion: Assertion,
    /// The reliability of the source for it.
    pub reliability: Reliability,
    /// Its rank, which decides whether it counts.
    pub rank: Rank,
}

/// The evidence classes of a fact, shared between facts with the same classes.
pub type Evidence = Arc<[EvidenceClass]>;

/// The evidence that a fact needs to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFilter {
    /// The accepted assertions.
    pub assertions: Vec<Assertion>,
    /// The accepted reliabilities; none means any.
    pub reliabilities: Option<Vec<Reliability>>,
    /// The excluded sources.
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
    /// A filter that accepts every fact with a statement that is not deprecated.
    pub fn any() -> Self {
        Self {
            assertions: Assertion::ALL.to_vec(),
            ..Self::default()
        }
    }

    /// Whether a statement passes all criteria.
    pub fn accepts(&self, class: &EvidenceClass) -> bool {
        class.rank != Rank::Deprecated
            && self.assertions.contains(&class.assertion)
            && self
                .reliabilities
                .as_ref()
                .is_none_or(|some| some.contains(&class.reliability))
            && !self.exclude_sources.contains(&class.source)
    }

    /// Whether at least one statement passes all criteria.
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

/// The amounts in statements about a property that are not deprecated, and whether each statement is preferred.
pub fn amounts_stated(statements: &[Statement], property: Option<Property>) -> Vec<(&Quantity, bool)> {
    let is_about =
        |statement: &&Statement| statement.property == property && statement.rank != Rank::Deprecated;
    let is_preferred = |statement: &'_ Statement| statement.rank == Rank::Preferred;
    statements
        .iter()
        .filter(is_about)
        .filter_map(|s| s.quantity.as_ref().map(|q| (q, is_preferred(s))))
        .collect()
}

/// The first day on which an amount is known; none means always.
///
/// It is the earliest `as_of` among the statements about the amount that are not deprecated; a statement without `as_of` makes the
/// amount known always. Statements about the amount are those that state one and, if the row of the record gives one, the statements
/// of the row and further ones of data sets that have a row for it (about the property, for a property of an entity). A statement of
/// another data set without an amount is about the record alone.
pub fn amount_known_from(statements: &[Statement], property: Option<Property>, in_row: bool) -> Option<Day> {
    let has_row = |dataset: &DatasetId| statements.iter().any(|s| s.own && s.dataset == *dataset);
    let is_about_amount = |statement: &&Statement| {
        let of_property = statement.property == property;
        let of_row = statement.own || of_property && has_row(&statement.dataset);
        statement.rank != Rank::Deprecated
            && (of_property && statement.quantity.is_some() || in_row && of_row)
    };
    let days = statements
        .iter()
        .filter(is_about_amount)
        .map(|statement| statement.as_of);
    let days: Option<Vec<Day>> = days.map(|day| day.map(PartialDate::last_day)).collect();
    days?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quantity::Measure;

    #[test]
    fn an_amount_is_known_from_the_earliest_day_on_which_it_is_so() {
        let source = SourceId::parse("source:s").unwrap();
        let statement = |dataset: &str, as_of: &str, own| Statement {
            source: source.clone(),
            locator: Locator::default(),
            quote: None,
            assertion: Assertion::Stated,
            reliability: Reliability::Independent,
            rank: Rank::Normal,
            property: None,
            quantity: None,
            as_of: (!as_of.is_empty()).then(|| PartialDate::parse(as_of).unwrap()),
            dataset: DatasetId::parse(dataset).unwrap(),
            own,
            recorded_by: String::new(),
            recorded_at: DateTime::UNIX_EPOCH,
        };
        let day = |text: &str| Some(PartialDate::parse(text).unwrap().first_day());
        let (row, more) = (statement("a", "2024", true), statement("a", "2023-02", false));
        let known = |statements: &[Statement]| amount_known_from(statements, None, true);
        assert_eq!(known(std::slice::from_ref(&row)), day("2024-12-31"));
        assert_eq!(known(&[row.clone(), more.clone()]), day("2023-02-28"));
        assert_eq!(
            known(&[row.clone(), more.clone(), statement("a", "", false)]),
            None
        );
        let deprecated = Statement {
            rank: Rank::Deprecated,
            ..more.clone()
        };
        assert_eq!(known(&[row.clone(), deprecated]), day("2024-12-31"));
        // Another data set's word that it is so is no word on the amount; an amount of its own is.
        let another = statement("b", "2020", false);
        assert_eq!(known(&[row.clone(), another.clone()]), day("2024-12-31"));
        let amount = Quantity::new(crate::model::quantity::QuantityParts::default(), Measure::Stock).ok();
        let stated = Statement {
            quantity: amount,
            ..another
        };
        assert_eq!(known(&[row.clone(), stated.clone()]), day("2020-12-31"));
        // Where the row gives none, only those that do speak of it.
        assert_eq!(
            amount_known_from(&[row.clone(), stated], None, false),
            day("2020-12-31")
        );
        assert_eq!(amount_known_from(&[row], None, false), None);
        assert_eq!(known(&[]), None);
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
