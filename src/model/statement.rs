//! Statements: the evidence of a fact. Every fact has at least one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::closed::closed_list;
use super::id::{DatasetId, SourceId};
pub use super::locator::Locator;
use super::period::{Day, PartialDate};
use super::quantity::Quantity;

closed_list! {
    Assertion ["表述方式", "How it is stated"]
        ["来源以何种方式陈述一项事实。", "How a source states a fact."]
    {
        Stated "STATED" ["明确表述", "Stated"] ["原文直接写明。", "Said in so many words."],
        Implied "IMPLIED" ["由上下文推得", "Inferred from context"] ["由语法或上下文推得。", "Follows from grammar or context."],
        Computed "COMPUTED" ["由数字算出", "Computed"] ["由原文给出的数字算出。", "Computed from stated figures."],
        Normative "NORMATIVE" ["应然表述", "Recommendation"] ["说的是应当如何，不是事实如何。", "Says what ought to be, not what is."],
        Superlative "SUPERLATIVE" ["“首个/最佳”类表述", "Superlative claim"]
            ["称其为首个、最佳之类。",
            "Calls it the first or best of its kind."],
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
    Reliability ["可靠性", "Reliability"]
        ["陈述的可靠程度。", "How far a statement can be relied on."]
    {
        SelfReported "SELF_REPORTED" ["自述", "Self-reported"] ["来源说的是自己。", "The source speaks of itself."],
        Independent "INDEPENDENT" ["独立来源", "Independent"] ["来源与所述之事无涉。", "The source has no part in it."],
        Audited "AUDITED" ["经审计", "Audited"] ["经审计核实。", "An auditor checked it."],
        Synthetic "SYNTHETIC" ["合成", "Synthetic"] ["为测试而编造。", "It is made up."],
    }
}

closed_list! {
    Rank ["采用次序", "Rank"]
        ["多条陈述中采用哪一条。", "Which of several statements counts."]
    {
        Preferred "PREFERRED" ["首选", "Preferred"] ["只采用这一条。", "It counts alone."],
        Normal "NORMAL" ["一般", "Normal"] ["予以采用。", "It counts."],
        Deprecated "DEPRECATED" ["已弃用", "Deprecated"] ["予以保留，不再采用。", "It is kept and does not count."],
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
    /// When it was so; less than a day means its last day.
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
    /// Whether both are one statement, however it is said: the same words, at the same place, of the same property and amount.
    pub fn stands_at(&self, other: &Self) -> bool {
        (&self.source, &self.locator, &self.quote, self.property)
            == (&other.source, &other.locator, &other.quote, other.property)
            && self.quantity == other.quantity
    }

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
    Property ["属性", "Property"]
        ["一条陈述可以说明的实体属性。", "A property of an entity on which a statement may bear."]
    {
        Size "size" ["代表数量", "Stands for"] ["所代表的成员数量。", "Number of members that it stands for."],
        Committed "committed" ["认缴", "Committed"] ["基金的认缴总额。", "Amount committed to a fund."],
        PaidIn "paid_in" ["实缴", "Paid in"] ["基金的实缴总额。", "Amount paid into a fund."],
        Capacity "capacity" ["能力", "Capacity"] ["设施的能力。", "What a facility can do."],
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

/// The first day on which an amount is known by what is stated of it; none: ever since.
///
/// That is the earliest day by `as_of` among the statements on the amount which are not deprecated; one without `as_of` says that it is
/// so, whenever. On the amount speak those that state one, and, where the record's row gives one, the statements of the row and the further
/// ones of data sets that have a row for it: of the property, where it is an entity's. What another data set states without an amount speaks of
/// the record alone.
pub fn amount_known_from(statements: &[Statement], property: Option<Property>, in_row: bool) -> Option<Day> {
    let has_row = |dataset: &DatasetId| statements.iter().any(|s| s.own && s.dataset == *dataset);
    let speaks = |statement: &&Statement| {
        let of_property = statement.property == property;
        let of_row = statement.own || of_property && has_row(&statement.dataset);
        statement.rank != Rank::Deprecated
            && (of_property && statement.quantity.is_some() || in_row && of_row)
    };
    let days = statements.iter().filter(speaks).map(|statement| statement.as_of);
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
