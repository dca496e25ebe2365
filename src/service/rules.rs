//! Rules against what was: whether the recorded amounts keep to a rule, or why that cannot be told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Result, Session};
use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::page::PageRequest;
use crate::model::quantity::{Basis, Quantity, QuantityStatus, Unit};
use crate::model::record::{Rule, RulePart, RuleType};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::store::IncidentQuery;

closed_list! {
    /// What came of checking a rule.
    RuleStatus {
        /// The amounts keep to it.
        Within "WITHIN",
        /// They do not.
        Outside "OUTSIDE",
        /// It cannot be told.
        Undetermined "UNDETERMINED",
    }
}

/// A rule against what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCheck {
    /// What came of it.
    pub status: RuleStatus,
    /// Why.
    pub reason: String,
    /// The amounts looked at.
    pub relations: Vec<Relation>,
}

impl Session {
    /// Each rule against the realised amounts at its bearer: what flows in where parties put in together, else what flows out.
    ///
    /// **Errors.** More relations at a bearer than an indicator may rest on: a part of them would decide nothing.
    pub async fn check_rules(&self, rules: &[Rule]) -> Result<Vec<RuleCheck>> {
        let (inward, outward): (Vec<_>, Vec<_>) = rules
            .iter()
            .partition(|rule| rule.rule_type == RuleType::CoInvest);
        let mut amounts = BTreeMap::new();
        for (rules, direction) in [(inward, Direction::In), (outward, Direction::Out)] {
            let bearers: BTreeSet<&EntityId> = rules.iter().map(|rule| &rule.bearer).collect();
            let bearers: Vec<EntityId> = bearers.into_iter().cloned().collect();
            if !bearers.is_empty() {
                let found = self.amounts_at(&bearers, direction).await?;
                amounts.extend(
                    bearers
                        .into_iter()
                        .zip(found)
                        .map(|(bearer, found)| ((bearer, direction), found)),
                );
            }
        }
        let of = |rule: &Rule| {
            let direction = if rule.rule_type == RuleType::CoInvest {
                Direction::In
            } else {
                Direction::Out
            };
            amounts
                .get(&(rule.bearer.clone(), direction))
                .cloned()
                .unwrap_or_default()
        };
        Ok(rules.iter().map(|rule| check(rule, of(rule))).collect())
    }

    /// The relations at each bearer whose amounts add up, of any status.
    async fn amounts_at(&self, bearers: &[EntityId], direction: Direction) -> Result<Vec<Vec<Relation>>> {
        let max = self.limits().indicator_facts_max;
        let query = IncidentQuery {
            filter: RelationFilter {
                statuses: Some(QuantityStatus::ALL.to_vec()),
                ..RelationFilter::default()
            },
            direction,
            other: None,
            at: None,
            page: PageRequest::first(max),
        };
        let pages = self.incident(bearers, &query).await?;
        let is_cut = pages.iter().any(|page| page.has_next);
        self.check_facts(
            "relations at the bearer of a rule",
            if is_cut { max + 1 } else { 0 },
        )?;
        let conserved = |relation: &Relation| relation.is_conserved() && !relation.kind.info().is_carrier();
        Ok(pages
            .into_iter()
            .map(|page| page.items.into_iter().filter(conserved).collect())
            .collect())
    }
}

/// What counts of a relation's amount.
fn amount(relation: &Relation) -> Option<&Quantity> {
    relation.quantity.as_ref().map(Quantity::effective)
}

fn check(rule: &Rule, amounts: Vec<Relation>) -> RuleCheck {
    let base = rule.base.as_deref();
    let (amounts, unrealised): (Vec<_>, Vec<_>) = amounts
        .into_iter()
        .partition(|relation| status(relation) == Some(QuantityStatus::Realised));
    let on_base =
        |relation: &Relation| amount(relation).and_then(Quantity::basis) == base.and_then(Basis::parse);
    let (same, others): (Vec<_>, Vec<_>) = if base.and_then(Basis::parse).is_some() {
        amounts.into_iter().partition(on_base)
    } else {
        (Vec::new(), amounts)
    };
    if same.is_empty() {
        return RuleCheck {
            status: RuleStatus::Undetermined,
            reason: no_amount(base, &others, &unrealised),
            relations: if others.is_empty() { unrealised } else { others },
        };
    }
    let (status, reason) = match shares(rule, &same) {
        Ok(shares) => judge(rule, &shares),
        Err(reason) => (RuleStatus::Undetermined, reason),
    };
    RuleCheck {
        status,
        reason,
        relations: same,
    }
}

fn status(relation: &Relation) -> Option<QuantityStatus> {
    relation.kind.status_of(amount(relation))
}

fn no_amount(base: Option<&str>, others: &[Relation], unrealised: &[Relation]) -> String {
    let of = base.map_or_else(
        || "the rule does not say on what base".to_string(),
        |base| format!("the rule's base is `{base}`"),
    );
    if others.is_empty() && unrealised.is_empty() {
        return format!("{of}, and no realised amount is recorded at its bearer");
    }
    if others.is_empty() {
        let statuses: BTreeSet<_> = unrealised.iter().filter_map(status).collect();
        let statuses: Vec<_> = statuses.into_iter().map(QuantityStatus::name).collect();
        return format!(
            "{of}; the amounts recorded at its bearer are not realised: {}",
            statuses.join(", ")
        );
    }
    let bases: BTreeSet<_> = others
        .iter()
        .filter_map(|r| amount(r)?.basis())
        .map(Basis::name)
        .collect();
    let bases = bases.into_iter().collect::<Vec<_>>().join(", ");
    let another = if base.is_some() { "on another: " } else { "" };
    let is_known = |relation: &Relation| amount(relation).is_some_and(|amount| amount.lower().is_some());
    let unknown = if others.iter().any(is_known) {
        ""
    } else {
        ", and how much they are is not known"
    };
    format!("{of}; the amounts recorded at its bearer are {another}{bases}{unknown}")
}

/// What part of the sum each party has, or why that is not known.
fn shares(rule: &Rule, amounts: &[Relation]) -> std::result::Result<Vec<Decimal>, String> {
    let units: BTreeSet<_> = amounts
        .iter()
        .filter_map(|r| amount(r)?.unit().map(Unit::as_str))
        .collect();
    if units.len() > 1 {
        return Err(format!(
            "the amounts are in different units: {}",
            units.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    let mut sums = Vec::new();
    for (index, part) in rule.parts.iter().enumerate() {
        let Some(party) = &part.party else {
            return Err(format!(
                "part {} names no party, so no amount can be told to be its",
                index + 1
            ));
        };
        let mut sum = Decimal::ZERO;
        for relation in amounts
            .iter()
            .filter(|relation| relation.other(&rule.bearer) == party)
        {
            let exact = amount(relation).and_then(Quantity::exact);
            let exact =
                exact.ok_or_else(|| format!("the amount of `{}` is not known as one number", relation.id))?;
            sum = sum.checked_add(exact).ok_or("the amounts are too large to add")?;
        }
        sums.push(sum);
    }
    let total = sums
        .iter()
        .try_fold(Decimal::ZERO, |total, sum| total.checked_add(*sum))
        .ok_or("the amounts are too large to add")?;
    if total.is_zero() {
        return Err("no amount is recorded between the bearer and the parties".into());
    }
    Ok(sums.into_iter().map(|sum| sum / total).collect())
}

fn judge(rule: &Rule, shares: &[Decimal]) -> (RuleStatus, String) {
    // Equal ends in every part are weights (5 : 3 : 2), else they are fractions of 1.
    let whole: Decimal = rule
        .weights()
        .map_or(Decimal::ONE, |weights| weights.into_iter().sum());
    if whole.is_zero()
        || rule
            .parts
            .iter()
            .all(|part| part.lower.is_none() && part.upper.is_none())
    {
        return (RuleStatus::Undetermined, "the rule states no shares".into());
    }
    // Weights are seldom whole fractions: 1e-9 is far below any recorded rounding.
    let slack = Decimal::new(1, 9);
    let out = |(part, share): &(&RulePart, &Decimal)| {
        part.lower.is_some_and(|lower| **share < lower / whole - slack)
            || part.upper.is_some_and(|upper| **share > upper / whole + slack)
    };
    match rule.parts.iter().zip(shares).find(out) {
        Some((part, share)) => {
            let party = part.party.as_ref().map_or("?", EntityId::as_str);
            (
                RuleStatus::Outside,
                format!(
                    "`{party}` has the share {}, which the rule does not allow",
                    share.round_dp(4).normalize()
                ),
            )
        }
        None => (
            RuleStatus::Within,
            "every party's share is as the rule says".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{RelationId, RuleId};
    use crate::model::ontology::RelationKind;
    use crate::model::period::Validity;
    use crate::model::quantity::{Measure, Quantity, QuantityParts};
    use crate::model::relation::Driver;

    fn id(text: &str) -> EntityId {
        EntityId::parse(text).unwrap()
    }

    fn quantity(amount: Option<i64>, basis: Basis) -> Quantity {
        let parts = QuantityParts {
            amount: amount.map(Decimal::from),
            unit: Some(Unit::parse("CNY").unwrap()),
            basis: Some(basis),
            ..QuantityParts::default()
        };
        Quantity::new(parts, Measure::Cumulative).unwrap()
    }

    fn paid(from: &str, amount: Option<i64>) -> Relation {
        Relation {
            id: RelationId::parse(&format!("r:{from}")).unwrap(),
            kind: RelationKind::ContributesTo,
            from: id(from),
            to: id("fund:f"),
            stated_resource: None,
            stated_flow: None,
            quantity: Some(quantity(amount, Basis::PaidIn)),
            share: None,
            under: Vec::new(),
            driver: Driver::Unstated,
            validity: Validity::default(),
        }
    }

    fn rule(base: Option<&str>) -> Rule {
        let part = |party: &str, lower, upper| RulePart {
            party: Some(id(party)),
            label: None,
            lower: Some(Decimal::new(lower, 1)),
            upper: Some(Decimal::new(upper, 1)),
        };
        Rule {
            id: RuleId::parse("rule:r").unwrap(),
            bearer: id("fund:f"),
            rule_type: RuleType::CoInvest,
            base: base.map(String::from),
            parts: vec![part("region:g", 2, 3), part("organization:s", 7, 8)],
        }
    }

    #[test]
    fn amounts_on_the_rules_base_decide() {
        let status = |state, social| {
            check(
                &rule(Some("PAID_IN")),
                vec![paid("region:g", state), paid("organization:s", social)],
            )
            .status
        };
        assert_eq!(status(Some(25), Some(75)), RuleStatus::Within);
        assert_eq!(status(Some(50), Some(50)), RuleStatus::Outside);
        assert_eq!(status(None, Some(75)), RuleStatus::Undetermined);
    }

    #[test]
    fn without_amounts_on_its_base_nothing_is_told() {
        let none = check(&rule(None), Vec::new());
        assert_eq!(none.status, RuleStatus::Undetermined);
        assert_eq!(
            none.reason,
            "the rule does not say on what base, and no realised amount is recorded at its bearer"
        );
        let promised = Relation {
            quantity: Some(quantity(Some(1), Basis::Committed)),
            ..paid("region:g", None)
        };
        let promised = check(&rule(Some("PAID_IN")), vec![promised]);
        assert_eq!(
            promised.reason,
            "the rule's base is `PAID_IN`; the amounts recorded at its bearer are not realised: PROMISED"
        );
        assert_eq!(promised.relations.len(), 1);
        let other = check(&rule(Some("税收增量")), vec![paid("region:g", Some(1))]);
        assert_eq!(
            other.reason,
            "the rule's base is `税收增量`; the amounts recorded at its bearer are on another: PAID_IN"
        );
    }
}
