//! Shares: those of one entity and kind (of its industries, of its carriers) that are valid at one time sum to at most 1.

use std::collections::BTreeMap;

use crate::model::Decimal;
use crate::model::change::Record;
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::model::ontology::{Conservation, RelationKind};
use crate::model::partial_date::{Day, PartialDate, Precision};
use crate::model::period::Validity;
use crate::service::write::keys::KeyTable;
use crate::service::write::problem::{Message, ProblemLocation, WriteProblems};
use crate::service::write::split_batch::BatchRecord;
use crate::store::{Reader, StoreResult};

/// Maximum number of other shares that a message names.
const NAMED_MAX: usize = 3;

/// One share of an entity.
#[derive(Clone, Debug)]
pub(in crate::service) struct EntityShare {
    /// The draft that adds it; `None` if it is in the graph already.
    pub(in crate::service) draft: Option<usize>,
    pub(in crate::service) relation: String,
    pub(in crate::service) share: Decimal,
    pub(in crate::service) validity: Validity,
}

/// A time at which the shares of one entity sum to more than 1.
#[derive(Debug)]
pub(in crate::service) struct ShareExcess {
    /// The start; `None` if it has no start.
    pub(in crate::service) from: Option<PartialDate>,
    pub(in crate::service) sum: Decimal,
    /// The shares valid at that time, by index.
    pub(in crate::service) holding: Vec<usize>,
}

/// The first time at which the shares sum to more than 1.
///
/// The sum can only grow where a share begins, so only the beginnings are checked: k log k for k shares.
pub(in crate::service) fn over_one(parts: &[EntityShare]) -> Option<ShareExcess> {
    let first_day = |part: &EntityShare| part.validity.from().map(PartialDate::first_day);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| first_day(&parts[*index]));
    let mut ends: BTreeMap<Day, Decimal> = BTreeMap::new();
    let mut sum = Decimal::ZERO;
    for (place, index) in order.iter().enumerate() {
        let day = first_day(&parts[*index]);
        while let Some(ended) = ends
            .first_entry()
            .filter(|end| day.is_some_and(|day| *end.key() <= day))
        {
            sum -= ended.remove();
        }
        sum += parts[*index].share;
        if let Some(to) = parts[*index].validity.to() {
            *ends.entry(to.first_day()).or_default() += parts[*index].share;
        }
        let last_of_day = order
            .get(place + 1)
            .is_none_or(|next| first_day(&parts[*next]) != day);
        if last_of_day && sum > Decimal::ONE {
            let ended = |part: &EntityShare| {
                part.validity
                    .to()
                    .zip(day)
                    .is_some_and(|(to, day)| to.first_day() <= day)
            };
            let begun = order[..=place].iter().copied();
            let holding: Vec<usize> = begun.filter(|index| !ended(&parts[*index])).collect();
            let from = holding
                .iter()
                .filter_map(|index| parts[*index].validity.from())
                .max();
            return Some(ShareExcess { from, sum, holding });
        }
    }
    None
}

/// Rejects shares that, with those in the graph that stay, sum to more than 1.
pub(in crate::service::write) async fn check<R: Reader>(
    items: &[BatchRecord],
    at: &R,
    keys: &KeyTable<'_>,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    let mut by_whole: BTreeMap<(&EntityId, RelationKind), Vec<EntityShare>> = BTreeMap::new();
    for item in items {
        let Record::Relation(relation) = &item.record else {
            continue;
        };
        if relation.kind.info().conserved != Conservation::Share {
            continue;
        }
        // A value that is not a share is reported by itself.
        let Some(share) = relation
            .share
            .filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share))
        else {
            continue;
        };
        let whole = (&relation.from, relation.kind);
        by_whole.entry(whole).or_default().push(EntityShare {
            draft: Some(item.draft),
            relation: relation.id.to_string(),
            share,
            validity: relation.validity,
        });
    }
    let mut ids: Vec<EntityId> = by_whole.keys().map(|(id, _)| (*id).clone()).collect();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let stored: BTreeMap<&EntityId, _> = ids.iter().zip(at.shares(&ids).await?).collect();
    for ((entity, kind), mut parts) in by_whole {
        let stored = stored
            .get(entity)
            .into_iter()
            .flatten()
            .filter(|(relation, _)| relation.kind == kind && keys.is_untouched(relation.id.as_str()));
        parts.extend(stored.map(|(relation, share)| EntityShare {
            draft: None,
            relation: relation.id.to_string(),
            share: *share,
            validity: relation.validity,
        }));
        if let Some(excess) = over_one(&parts) {
            report(entity, &parts, &excess, problems);
        }
    }
    Ok(())
}

fn report(entity: &EntityId, parts: &[EntityShare], excess: &ShareExcess, problems: &mut WriteProblems) {
    let holding = || excess.holding.iter().map(|index| &parts[*index]);
    // The last one written is reported; those before it are taken as intended.
    let Some((draft, part)) = holding()
        .filter_map(|part| Some((part.draft?, part)))
        .max_by_key(|(draft, _)| *draft)
    else {
        return;
    };
    let when = excess.from.map(|date| match date.precision() {
        Precision::Year | Precision::Month => format!(" valid in {date}"),
        Precision::Day => format!(" valid on {date}"),
    });
    let sum = excess.sum.normalize();
    let reason = format!(
        "the shares of {entity}{} would sum to {sum}",
        when.unwrap_or_default()
    );
    let left = (Decimal::ONE - (excess.sum - part.share))
        .max(Decimal::ZERO)
        .normalize();
    let mut hint = Message::from(format!("write at most {left}, which is what is left beside "));
    let others: Vec<&EntityShare> = holding()
        .filter(|other| other.relation != part.relation)
        .collect();
    for (count, other) in others.iter().take(NAMED_MAX).enumerate() {
        hint = hint.text(if count > 0 { ", " } else { "" });
        hint = match other.draft {
            Some(draft) => hint.place(draft),
            None => hint.text(other.relation.clone()),
        };
        hint = hint.text(format!(" ({})", other.share.normalize()));
    }
    if others.len() > NAMED_MAX {
        hint = hint.text(format!(" and {} more", others.len() - NAMED_MAX));
    }
    problems.push(
        ProblemLocation::draft(draft),
        Field::Share,
        part.share,
        reason,
        hint,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(share: &str, from: Option<&str>, to: Option<&str>) -> EntityShare {
        let date = |text: Option<&str>| text.map(|text| PartialDate::parse(text).unwrap());
        let validity = Validity::new(date(from), date(to)).unwrap();
        EntityShare {
            draft: None,
            relation: String::new(),
            share: share.parse().unwrap(),
            validity,
        }
    }

    #[test]
    fn shares_are_summed_at_one_time_and_not_over_time() {
        let one_after_the_other = [
            part("0.7", Some("2020"), Some("2022")),
            part("0.7", Some("2022"), None),
        ];
        assert!(over_one(&one_after_the_other).is_none());
        let at_once = [
            part("0.7", None, Some("2024")),
            part("0.2", None, None),
            part("0.5", Some("2023"), None),
        ];
        let excess = over_one(&at_once).unwrap();
        assert_eq!((excess.sum.to_string(), excess.holding.len()), ("1.4".into(), 3));
        assert_eq!(excess.from, Some(PartialDate::parse("2023").unwrap()));
        assert!(over_one(&[part("0.5", None, None), part("0.5", None, None)]).is_none());
    }
}
