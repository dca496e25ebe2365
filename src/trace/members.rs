//! The number of members that entities stand for, as an interval because cohorts may overlap.
//!
//! An entity with a size stands for a cohort, any other for itself. No source states that two cohorts share
//! no member, so that their number is at least the largest size and at most the sum, with those known to be
//! part of another counted once.

use std::collections::BTreeSet;

use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::quantity::Quantity;

/// An entity to count.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The id.
    pub id: &'a EntityId,
    /// The size, if it is a cohort.
    pub size: Option<&'a Quantity>,
}

/// The lower and upper bound of a number of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountInterval {
    /// The minimum.
    pub lower: Decimal,
    /// The maximum; `None` if it is unbounded.
    pub upper: Option<Decimal>,
}

/// Counts the members of entities, each given once. `within` pairs a part with the whole it belongs to, by
/// `SUBSET_OF` or `MEMBER_OF`; pairs with an entity that is not counted have no effect.
///
/// - **Lower.** The larger of the number of named entities, which are distinct, and the minimum size of the
///   largest cohort.
/// - **Upper.** The sum of the maximum sizes of those that are part of no other counted entity, a named
///   entity being 1.
/// - **Sizes** are whole numbers: more than 10 is at least 11, less than 10 at most 9. An unknown size ranges
///   from 0 up; so does that of an entity without a size that has others in it, because it is a cohort too.
///   If sizes contradict each other, the upper bound is raised.
pub fn count_members<'a>(
    members: impl IntoIterator<Item = Member<'a>>,
    within: &BTreeSet<(EntityId, EntityId)>,
) -> CountInterval {
    let members: Vec<Member<'_>> = members.into_iter().collect();
    let counted: BTreeSet<&EntityId> = members.iter().map(|member| member.id).collect();
    let known = within
        .iter()
        .filter(|(part, whole)| counted.contains(part) && counted.contains(whole));
    let (parts, wholes): (BTreeSet<&EntityId>, BTreeSet<&EntityId>) =
        known.map(|(part, whole)| (part, whole)).unzip();
    let is_named = |member: &Member<'_>| member.size.is_none() && !wholes.contains(member.id);
    let named = members.iter().filter(|member| is_named(member)).count();
    let mut interval = CountInterval {
        lower: Decimal::from(named),
        upper: Some(Decimal::ZERO),
    };
    for member in &members {
        job::step();
        let (least, most) = if is_named(member) {
            (Decimal::ONE, Some(Decimal::ONE))
        } else {
            whole_size(member.size)
        };
        interval.lower = interval.lower.max(least);
        if !parts.contains(member.id) {
            interval.upper = interval
                .upper
                .zip(most)
                .and_then(|(sum, most)| sum.checked_add(most));
        }
    }
    interval.upper = interval.upper.map(|upper| upper.max(interval.lower));
    interval
}

/// The smallest and largest whole number that a size allows.
fn whole_size(size: Option<&Quantity>) -> (Decimal, Option<Decimal>) {
    let Some(size) = size.map(Quantity::effective) else {
        return (Decimal::ZERO, None);
    };
    let least = size.lower().map_or(Decimal::ZERO, |lower| {
        if size.lower_exclusive() {
            lower.floor() + Decimal::ONE
        } else {
            lower.ceil()
        }
    });
    let most = size.upper().map(|upper| {
        if size.upper_exclusive() {
            upper.ceil() - Decimal::ONE
        } else {
            upper.floor()
        }
    });
    (least.max(Decimal::ZERO), most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quantity::{Basis, Measure, Qualifier, QuantityParts, Unit};

    fn id(slug: &str) -> EntityId {
        EntityId::parse(&format!("expert:{slug}")).unwrap()
    }

    fn size(amount: Option<i64>, amount_max: Option<i64>, qualifier: Option<Qualifier>) -> Quantity {
        let parts = QuantityParts {
            amount: amount.map(Decimal::from),
            amount_max: amount_max.map(Decimal::from),
            qualifier,
            unit: Some(Unit::parse("PERSON").unwrap()),
            basis: Some(Basis::Measured),
            ..QuantityParts::default()
        };
        Quantity::new(parts, Measure::Stock).unwrap()
    }

    fn count(members: &[(&str, Option<&Quantity>)], within: &[(&str, &str)]) -> (i64, Option<i64>) {
        let ids: Vec<EntityId> = members.iter().map(|(slug, _)| id(slug)).collect();
        let members = ids
            .iter()
            .zip(members)
            .map(|(id, (_, size))| Member { id, size: *size });
        let within = within.iter().map(|(part, whole)| (id(part), id(whole))).collect();
        let counted = count_members(members, &within);
        let whole = |decimal: Decimal| i64::try_from(decimal).unwrap();
        (whole(counted.lower), counted.upper.map(whole))
    }

    #[test]
    fn cohorts_are_from_the_largest_to_the_sum() {
        let (large, small) = (size(Some(680), None, None), size(Some(46), None, None));
        assert_eq!(
            count(&[("a", Some(&large)), ("b", Some(&small))], &[]),
            (680, Some(726))
        );
        assert_eq!(
            count(&[("a", Some(&large)), ("b", Some(&small))], &[("b", "a")]),
            (680, Some(680))
        );
        assert_eq!(count(&[], &[]), (0, Some(0)));
    }

    #[test]
    fn named_entities_are_distinct_and_counted_once_where_they_are_members() {
        let cohort = size(Some(5), None, None);
        assert_eq!(count(&[("a", None), ("b", None)], &[]), (2, Some(2)));
        assert_eq!(
            count(&[("a", None), ("b", None), ("c", Some(&cohort))], &[]),
            (5, Some(7))
        );
        assert_eq!(
            count(&[("a", None), ("b", None), ("c", Some(&cohort))], &[("a", "c")]),
            (5, Some(6))
        );
        assert_eq!(count(&[("a", None), ("b", None)], &[("a", "c")]), (2, Some(2)));
    }

    #[test]
    fn more_than_ten_are_eleven_at_least() {
        let (open, closed) = (
            size(Some(10), None, Some(Qualifier::MoreThan)),
            size(Some(10), Some(19), Some(Qualifier::MoreThan)),
        );
        assert_eq!(count(&[("a", Some(&open))], &[]), (11, None));
        let below = size(Some(10), None, Some(Qualifier::LessThan));
        assert_eq!(count(&[("a", Some(&below))], &[]), (0, Some(9)));
        let (least, most) = (
            size(Some(10), None, Some(Qualifier::AtLeast)),
            size(Some(10), None, Some(Qualifier::AtMost)),
        );
        assert_eq!(count(&[("a", Some(&least))], &[]), (10, None));
        assert_eq!(count(&[("a", Some(&most))], &[]), (0, Some(10)));
        assert_eq!(count(&[("a", Some(&closed))], &[]), (11, Some(19)));
    }

    #[test]
    fn an_unknown_size_leaves_no_upper_end() {
        let (unknown, cohort) = (size(None, None, None), size(Some(5), None, None));
        assert_eq!(
            count(&[("a", Some(&unknown)), ("b", Some(&cohort))], &[]),
            (5, None)
        );
        assert_eq!(
            count(&[("a", Some(&unknown)), ("b", Some(&cohort))], &[("a", "b")]),
            (5, Some(5))
        );
        assert_eq!(
            count(
                &[("a", None), ("b", None), ("c", None)],
                &[("a", "c"), ("b", "c")]
            ),
            (2, None)
        );
    }

    #[test]
    fn where_sizes_contradict_each_other_the_upper_end_gives_way() {
        let (part, whole) = (size(Some(9), None, None), size(Some(5), None, None));
        assert_eq!(
            count(&[("a", Some(&part)), ("b", Some(&whole))], &[("a", "b")]),
            (9, Some(9))
        );
    }
}
