//! The vocabulary: the terms of every list that users see, of the model and of the analyses.

use std::sync::LazyLock;

use super::flow::{QuestionnaireColumn, SankeyGroup};
use super::{MissingInputReason, RatioGap, Result, ServiceError, WeakEvidence, suggest};
use crate::model::principal::Role;
use crate::model::quantity::Basis;
use crate::model::record::Access;
use crate::model::statement::Property;
use crate::model::vocabulary::{TermList, open};

/// The closed lists that are enums of the schema, from which the GraphQL types and the vocabulary are
/// generated.
macro_rules! graphql_enums {
    ($then:ident) => {
        $then! {
            $crate::model::entity::EntityKind,
            $crate::model::ontology::RelationKind,
            $crate::model::resource::Resource,
            $crate::model::flow_direction::FlowDirection,
            $crate::model::relation::Driver,
            $crate::model::quantity::QuantityStatus,
            $crate::model::quantity::Qualifier,
            $crate::model::quantity::Measure,
            $crate::model::quantity::UnknownReason,
            $crate::model::statement::Assertion,
            $crate::model::statement::Reliability,
            $crate::model::statement::Rank,
            $crate::model::record::Coverage,
            $crate::model::record::RuleType,
            $crate::model::entity::ProgramFamily,
            $crate::model::entity::ProjectStage,
            $crate::model::entity::ClaimType,
            $crate::model::entity::NameRole,
            $crate::model::change::ChangeAction,
            $crate::model::selector::RegionRole,
            $crate::model::selector::Direction,
            $crate::model::selector::SortDirection,
            $crate::model::selector::EntityOrderField,
            $crate::model::selector::GroupKey,
            $crate::model::walk::Conversion,
            $crate::model::walk::UndatedFacts,
            $crate::model::walk::TruncationReason,
            $crate::service::TraceMode,
            $crate::service::DeadEndReason,
            $crate::service::NothingCounted,
            $crate::service::RuleStatus,
            $crate::service::IndicatorCode,
            $crate::service::flow::MissingReason,
            $crate::service::flow::OriginKind,
            $crate::service::flow::BoundsKind,
            $crate::service::flow::Scenario,
            $crate::service::flow::Assumption,
            $crate::service::flow::FlowGroup,
        }
    };
}
pub(crate) use graphql_enums;

macro_rules! words {
    ($($list:path),+ $(,)?) => { [$(<$list>::VOCABULARY),+] };
}

/// Closed lists whose values are strings in the API.
const TEXTS: [TermList; 8] = [
    *Basis::VOCABULARY,
    *Property::VOCABULARY,
    MISSING_INPUT,
    *WeakEvidence::VOCABULARY,
    *SankeyGroup::VOCABULARY,
    *QuestionnaireColumn::VOCABULARY,
    *Access::VOCABULARY,
    *Role::VOCABULARY,
];

/// Why an indicator or a ratio is not known: one list for users, because both are values of
/// `MissingInput.reason`.
const MISSING_INPUT: TermList = TermList {
    name: "MissingInput",
    terms: &{
        let (lacks, gaps) = (MissingInputReason::VOCABULARY.terms, RatioGap::VOCABULARY.terms);
        let mut terms = [lacks[0]; MissingInputReason::ALL.len() + RatioGap::ALL.len()];
        let mut at = 0;
        while at < terms.len() {
            terms[at] = if at < lacks.len() {
                lacks[at]
            } else {
                gaps[at - lacks.len()]
            };
            at += 1;
        }
        terms
    },
    ..*MissingInputReason::VOCABULARY
};

static LISTS: LazyLock<Vec<TermList>> = LazyLock::new(|| {
    let enums = graphql_enums!(words).into_iter().copied();
    enums.chain(TEXTS).chain(open::ALL.iter().copied()).collect()
});

/// The number of values in the vocabulary.
pub fn size() -> usize {
    LISTS.iter().map(|list| list.terms.len()).sum()
}

/// All lists, or those with one name.
///
/// **Errors.** An unknown name.
pub fn vocabulary(name: Option<&str>) -> Result<Vec<TermList>> {
    let lists: Vec<TermList> = LISTS
        .iter()
        .filter(|list| name.is_none_or(|name| list.name == name))
        .copied()
        .collect();
    if let (Some(name), true) = (name, lists.is_empty()) {
        let hint = suggest(name, LISTS.iter().map(|list| list.name));
        return Err(ServiceError::Input(format!(
            "type: the vocabulary has no list `{name}`; {hint}"
        )));
    }
    Ok(lists)
}
