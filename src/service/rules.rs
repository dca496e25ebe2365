//! Rule checks: whether the recorded amounts comply with a rule, or why that cannot be determined.

use std::collections::{BTreeMap, BTreeSet};

use super::{Result, Session};
use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::language::Bilingual;
use crate::model::page::PageRequest;
use crate::model::quantity::{Basis, Quantity, QuantityStatus, Unit};
use crate::model::record::{Rule, RulePart, RuleType};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::store::IncidentQuery;

closed_list! {
    RuleStatus ["规则检验结果", "Result of a rule check"]
        ["规则与记录的数额相比的结果。", "Result of checking a rule against the recorded amounts."]
    {
        Within "WITHIN" ["符合", "Kept"] ["记录的数额符合规则。", "The recorded amounts comply with the rule."],
        Outside "OUTSIDE" ["不符合", "Not kept"] ["记录的数额不符合规则。", "The recorded amounts violate the rule."],
        Undetermined "UNDETERMINED" ["无法判定", "Undetermined"]
            ["无法判定；`reason` 说明原因。",
            "The result cannot be determined; `reason` says why."],
    }
}

/// The result of checking a rule against recorded amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCheck {
    /// The result.
    pub status: RuleStatus,
    /// The reason, as a sentence.
    pub reason: Bilingual,
    /// The relations whose amounts were checked.
    pub relations: Vec<Relation>,
}

impl Session {
    /// Checks rules against the realized amounts at their bearers: inflows if parties contribute together,
    /// otherwise outflows.
    ///
    /// **Errors.** More relations at a bearer than an indicator may use, because a part of them would decide
    /// nothing.
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

/// The effective amount of a relation.
fn amount(relation: &Relation) -> Option<&Quantity> {
    relation.quantity.as_ref().map(Quantity::effective)
}

fn check(rule: &Rule, amounts: Vec<Relation>) -> RuleCheck {
    let base = rule.base.as_deref();
    let (amounts, unrealized): (Vec<_>, Vec<_>) = amounts
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
            reason: undetermined(base, &no_amount(base, &others, &unrealized)),
            relations: if others.is_empty() { unrealized } else { others },
        };
    }
    let judged = shares(rule, &same).and_then(|shares| judge(rule, &shares));
    let (status, reason) =
        judged.unwrap_or_else(|because| (RuleStatus::Undetermined, undetermined(base, &because)));
    RuleCheck {
        status,
        reason,
        relations: same,
    }
}

fn status(relation: &Relation) -> Option<QuantityStatus> {
    relation.kind.status_of(amount(relation))
}

/// The reason for which a rule cannot be checked: its basis, and the obstacle.
fn undetermined(base: Option<&str>, because: &Bilingual) -> Bilingual {
    let on = match base {
        None => Bilingual::new("规则未说明以什么计", "The rule does not say what it counts").to_owned(),
        Some(base) => {
            let base = Basis::VOCABULARY.label_of(base);
            Bilingual::new(
                format!("规则以「{}」计", base.zh),
                format!("The base of the rule is “{}”", base.en),
            )
        }
    };
    Bilingual::new(
        format!("{}；{}。", on.zh, because.zh),
        format!("{}; {}.", on.en, because.en),
    )
}

fn no_amount(base: Option<&str>, others: &[Relation], unrealized: &[Relation]) -> Bilingual {
    if others.is_empty() && unrealized.is_empty() {
        let none = "no realized amount is recorded for its bearer";
        return Bilingual::new("其名下没有记录已实现的数额", none).to_owned();
    }
    if others.is_empty() {
        let statuses: BTreeSet<_> = unrealized.iter().filter_map(status).collect();
        let statuses = statuses.into_iter().map(|status| status.label().to_owned());
        let Bilingual { zh, en } = Bilingual::joined(statuses);
        return Bilingual::new(
            format!("其名下的数额尚未实现：{zh}"),
            format!("the amounts recorded for its bearer are not realized: {en}"),
        );
    }
    let bases: BTreeSet<_> = others.iter().filter_map(|r| amount(r)?.basis()).collect();
    let bases = bases.into_iter().map(|basis| basis.label().to_owned());
    let Bilingual { zh, en } = Bilingual::joined(bases);
    let (but, another) = if base.is_some() {
        ("却", "on a different basis: ")
    } else {
        ("", "")
    };
    let is_known = |relation: &Relation| amount(relation).is_some_and(|amount| amount.lower().is_some());
    let unknown = if others.iter().any(is_known) {
        Bilingual::new("", "")
    } else {
        Bilingual::new("，且数额未知", ", and their size is not known")
    };
    Bilingual::new(
        format!("其名下的数额{but}是：{zh}{}", unknown.zh),
        format!(
            "the amounts recorded for its bearer are {another}{en}{}",
            unknown.en
        ),
    )
}

/// The share of each party in the sum, or why it is not known.
fn shares(rule: &Rule, amounts: &[Relation]) -> std::result::Result<Vec<Decimal>, Bilingual> {
    let units: BTreeSet<&Unit> = amounts.iter().filter_map(|r| amount(r)?.unit()).collect();
    if units.len() > 1 {
        let Bilingual { zh, en } = Bilingual::joined(units.into_iter().map(|unit| unit.label().to_owned()));
        return Err(Bilingual::new(
            format!("其名下的数额单位不一：{zh}"),
            format!("the amounts are in different units: {en}"),
        ));
    }
    let too_large = || Bilingual::new("数额过大，无法相加", "the amounts are too large to add").to_owned();
    let mut sums = Vec::new();
    for (index, part) in rule.parts.iter().enumerate() {
        let Some(party) = &part.party else {
            let number = index + 1;
            return Err(Bilingual::new(
                format!("规则第 {number} 部分未指明属于谁，数额无从归属"),
                format!("part {number} names no party, so that no amount can be attributed to it"),
            ));
        };
        let mut sum = Decimal::ZERO;
        for relation in amounts
            .iter()
            .filter(|relation| relation.other(&rule.bearer) == party)
        {
            let exact = amount(relation).and_then(Quantity::exact);
            let exact = exact.ok_or_else(|| inexact(relation))?;
            sum = sum.checked_add(exact).ok_or_else(too_large)?;
        }
        sums.push(sum);
    }
    let total = sums
        .iter()
        .try_fold(Decimal::ZERO, |total, sum| total.checked_add(*sum))
        .ok_or_else(too_large)?;
    if total.is_zero() {
        let none = "no amount is recorded between the bearer and the parties";
        return Err(Bilingual::new("与各方之间没有记录数额", none).to_owned());
    }
    Ok(sums.into_iter().map(|sum| sum / total).collect())
}

fn inexact(relation: &Relation) -> Bilingual {
    Bilingual::new(
        format!("关系 {} 的数额不是一个确数", relation.id),
        format!("the amount of `{}` is not one number", relation.id),
    )
}

/// Judges shares by a rule, or returns why they decide nothing.
fn judge(rule: &Rule, shares: &[Decimal]) -> std::result::Result<(RuleStatus, Bilingual), Bilingual> {
    // Equal bounds in every part are weights (5 : 3 : 2); otherwise they are fractions of 1.
    let whole: Decimal = rule
        .weights()
        .map_or(Decimal::ONE, |weights| weights.into_iter().sum());
    let is_open = |part: &RulePart| part.lower.is_none() && part.upper.is_none();
    if whole.is_zero() || rule.parts.iter().all(is_open) {
        return Err(Bilingual::new("规则没有写明份额", "it states no shares").to_owned());
    }
    // Weights rarely divide evenly; 1e-9 is far below any recorded rounding.
    let slack = Decimal::new(1, 9);
    let out = |(part, share): &(&RulePart, &Decimal)| {
        part.lower.is_some_and(|lower| **share < lower / whole - slack)
            || part.upper.is_some_and(|upper| **share > upper / whole + slack)
    };
    Ok(match rule.parts.iter().zip(shares).find(out) {
        Some((part, share)) => {
            let party = part.party.as_ref().map_or("?", EntityId::as_str);
            let share = share.round_dp(4).normalize();
            let reason = Bilingual::new(
                format!("{party} 所占份额为 {share}，不在规则允许的范围内。"),
                format!("The share of `{party}` is {share}, which the rule does not allow."),
            );
            (RuleStatus::Outside, reason)
        }
        None => {
            let kept = "Every party's share complies with the rule.";
            (
                RuleStatus::Within,
                Bilingual::new("各方所占份额都与规则相符。", kept).to_owned(),
            )
        }
    })
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
            none.reason.en,
            "The rule does not say what it counts; no realized amount is recorded for its bearer."
        );
        let promised = Relation {
            quantity: Some(quantity(Some(1), Basis::Committed)),
            ..paid("region:g", None)
        };
        let promised = check(&rule(Some("PAID_IN")), vec![promised]);
        assert_eq!(
            promised.reason.zh,
            "规则以「实缴」计；其名下的数额尚未实现：已承诺。"
        );
        assert_eq!(promised.relations.len(), 1);
        let other = check(&rule(Some("税收增量")), vec![paid("region:g", Some(1))]);
        assert_eq!(
            other.reason.en,
            "The base of the rule is “税收增量”; the amounts recorded for its bearer are on a different basis: Paid in."
        );
    }
}
