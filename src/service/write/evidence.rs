//! Statements: what each speaks of, in which unit, and whether it may.

use std::collections::HashMap;

use super::known::{Found, Known, Unknown, noun};
use super::plan::WritePlan;
use super::problem::{Message, Problems, Spot};
use super::{Item, Naming, Note, StatementDraft};
use crate::model::change::{Record, Subject};
use crate::model::entity::{EntityKind, Name};
use crate::model::id::{ObservationId, RelationId};
use crate::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use crate::model::statement::{Property, Rank};
use crate::store::{Answer, Reader};

/// A statement whose amount is settled, and what it speaks of.
pub(super) struct Settled<'a> {
    pub(super) subject: String,
    pub(super) draft: usize,
    /// Which statement of the draft, where the draft has several.
    pub(super) place: Option<usize>,
    pub(super) statement: &'a StatementDraft,
    pub(super) quantity: Option<Quantity>,
    /// The name for which it is the evidence: then it adds nothing where the same is said already.
    pub(super) name: Option<&'a Name>,
}

/// Settles every further statement of the batch, or reports why it cannot be.
pub(super) async fn settle<'a, R: Reader>(
    plan: &'a WritePlan,
    at: &R,
    known: &Known<'_>,
    unknown: &mut Vec<Unknown>,
    problems: &mut Problems,
) -> Answer<Vec<Settled<'a>>> {
    let amounts = stored_amounts(plan, at, known).await?;
    let mut settled = Vec::new();
    for item in &plan.items {
        check_own(item, problems);
        for (place, statement) in item.more.iter().enumerate() {
            let about = About::of(&item.record);
            let place = item.own.len() + place;
            let quantity = settle_one(Spot::of(item).statement(place), &about, statement, problems);
            settled.push(Settled {
                subject: item.key().into(),
                draft: item.draft,
                place: Some(place),
                statement,
                quantity,
                name: None,
            });
        }
    }
    for Note {
        draft,
        subject,
        statement,
    } in &plan.notes
    {
        let spot = Spot::draft(*draft);
        let Some((key, about)) = subject_of(plan, known, &amounts, spot, subject, unknown, problems) else {
            continue;
        };
        let quantity = settle_one(spot, &about, statement, problems);
        settled.push(Settled {
            subject: key,
            draft: *draft,
            place: None,
            statement,
            quantity,
            name: None,
        });
    }
    for Naming {
        draft,
        entity,
        name,
        statement,
    } in &plan.namings
    {
        let spot = Spot::draft(*draft);
        let key = match known.find(entity.as_str()) {
            Found::Item(index) if matches!(plan.items[index].record, Record::Entity(_)) => entity.to_string(),
            Found::Stored(Subject::Entity(id)) | Found::Merged(id) => id.to_string(),
            Found::Unread => continue,
            Found::Item(_) | Found::Stored(_) | Found::Leaving | Found::Nothing => {
                unknown.push(Unknown {
                    spot,
                    field: "entity_id",
                    key: entity.to_string(),
                    what: "entity",
                });
                continue;
            }
        };
        settled.push(Settled {
            subject: key,
            draft: *draft,
            place: None,
            statement,
            quantity: None,
            name: Some(name),
        });
    }
    refuse_conflicts(&settled, problems);
    Ok(settled)
}

/// Two statements that differ in nothing but how they are said cannot be told apart when they are written again.
fn refuse_conflicts(settled: &[Settled<'_>], problems: &mut Problems) {
    let mut by_subject: HashMap<&str, Vec<&Settled<'_>>> = HashMap::new();
    for one in settled.iter().filter(|one| one.name.is_none()) {
        let others = by_subject.entry(&one.subject).or_default();
        if let Some(first) = others
            .iter()
            .find(|other| other.same_place(one) && !other.same_word(one))
        {
            let reason =
                Message::from("the same source, locator, quote, property and amount stand already at ");
            let hint = "a quotation is one statement: keep one of the two";
            let quote = one.statement.quote.clone().unwrap_or_default();
            let spot = Spot::draft(one.draft);
            problems.push_with(
                one.place.map_or(spot, |place| spot.statement(place)),
                "quote",
                quote,
                reason.place(first.draft),
                Some(hint),
            );
        }
        others.push(one);
    }
}

impl Settled<'_> {
    /// Whether both are one statement, which the later replaces.
    pub(super) fn same_place(&self, other: &Self) -> bool {
        let (a, b) = (self.statement, other.statement);
        (&a.source, &a.locator, &a.quote, a.property) == (&b.source, &b.locator, &b.quote, b.property)
            && self.quantity == other.quantity
    }

    fn same_word(&self, other: &Self) -> bool {
        let (a, b) = (self.statement, other.statement);
        (a.assertion, a.reliability, a.rank, a.as_of) == (b.assertion, b.reliability, b.rank, b.as_of)
    }
}

/// The evidence of a record's own row: there must be some, and it speaks of the row as a whole.
fn check_own(item: &Item, problems: &mut Problems) {
    let spot = Spot::of(item);
    if item.own.is_empty() && !matches!(item.record, Record::Source(_)) {
        let hint = "give source_id, locator, quote, assertion and reliability";
        problems.push_with(spot, "source_id", "", "a row needs evidence", Some(hint));
    }
    for (place, own) in item.own.iter().enumerate() {
        if own.rank != Rank::Normal || own.property.is_some() || own.amount.is_some() {
            let hint = "a rank, a property or another amount goes in a further statement";
            problems.push_with(
                spot.statement(place),
                "rank",
                own.rank,
                "the evidence of a row speaks of the row as a whole",
                Some(hint),
            );
        }
    }
}

/// What a statement speaks of, as far as its amount goes.
enum About {
    Entity(EntityKind),
    Amount(Option<Quantity>),
    Nothing,
}

impl About {
    fn of(record: &Record) -> Self {
        match record {
            Record::Entity(entity) => Self::Entity(entity.kind()),
            Record::Relation(relation) => Self::Amount(relation.quantity.clone()),
            Record::Observation(observation) => Self::Amount(Some(observation.quantity.clone())),
            Record::Rule(_) | Record::Source(_) => Self::Nothing,
        }
    }
}

fn subject_of(
    plan: &WritePlan,
    known: &Known<'_>,
    amounts: &HashMap<String, Option<Quantity>>,
    spot: Spot,
    subject: &str,
    unknown: &mut Vec<Unknown>,
    problems: &mut Problems,
) -> Option<(String, About)> {
    let field = "subject_id";
    let about = match known.find(subject) {
        Found::Item(index) => About::of(&plan.items[index].record),
        Found::Merged(kept) => return Some((kept.to_string(), About::Entity(kept.kind()))),
        Found::Stored(Subject::Entity(id)) => About::Entity(id.kind()),
        Found::Stored(Subject::Relation(_) | Subject::Observation(_)) => {
            About::Amount(amounts.get(subject).cloned().flatten())
        }
        Found::Stored(Subject::Rule(_)) => About::Nothing,
        Found::Stored(Subject::Source(_)) => {
            problems.push(spot, field, subject, "a source is evidence and needs none");
            return None;
        }
        Found::Unread => return None,
        Found::Leaving => {
            problems.push(spot, field, subject, leaving(subject));
            return None;
        }
        Found::Nothing => {
            unknown.push(Unknown {
                spot,
                field,
                key: subject.to_string(),
                what: "record",
            });
            return None;
        }
    };
    if let Found::Item(index) = known.find(subject)
        && matches!(plan.items[index].record, Record::Source(_))
    {
        problems.push(spot, field, subject, "a source is evidence and needs none");
        return None;
    }
    Some((subject.to_string(), about))
}

/// Why something that is in the graph cannot be referred to.
pub(super) fn leaving(key: &str) -> Message {
    Message::from(format!(
        "{key} is taken away: its data set no longer has a row for it"
    ))
}

fn settle_one(
    spot: Spot,
    about: &About,
    statement: &StatementDraft,
    problems: &mut Problems,
) -> Option<Quantity> {
    if let Some(property) = statement.property
        && let Err(reason) = allows(about, property)
    {
        problems.push(spot, "property", property, reason);
        return None;
    }
    let mut parts = (**statement.amount.as_ref()?).clone();
    let value = parts.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let frame = match (about, statement.property) {
        (About::Entity(kind), Some(Property::Size)) => Some((
            Unit::parse(kind.member_unit()).ok(),
            Basis::Measured,
            Measure::Stock,
        )),
        (About::Entity(_), Some(Property::Committed)) => {
            Some((Unit::parse("CNY").ok(), Basis::Committed, Measure::Stock))
        }
        (About::Entity(_), Some(Property::PaidIn)) => {
            Some((Unit::parse("CNY").ok(), Basis::PaidIn, Measure::Stock))
        }
        (About::Amount(Some(own)), None) => own
            .basis()
            .map(|basis| (own.unit().cloned(), basis, own.measure())),
        (About::Entity(_) | About::Amount(_) | About::Nothing, _) => None,
    };
    let Some((unit, basis, measure)) = frame else {
        let hint = match about {
            About::Entity(_) => "say of which property: size, committed or paid_in",
            About::Amount(_) => "give its row an amount, or UNKNOWN with unit and basis, first",
            About::Nothing => "leave amount, amount_max and qualifier empty",
        };
        problems.push_with(
            spot,
            "amount",
            value,
            "there is no amount of which this could be another",
            Some(hint),
        );
        return None;
    };
    if parts.unit.as_ref().is_some_and(|own| Some(own) != unit.as_ref())
        || parts.basis.is_some_and(|own| own != basis)
    {
        let unit = unit.map(|unit| unit.as_str().to_string()).unwrap_or_default();
        problems.push(
            spot,
            "amount",
            value,
            format!("an amount stated here is in {unit}, {basis}, as the fact's own"),
        );
        return None;
    }
    parts = QuantityParts {
        unit,
        basis: Some(basis),
        original_text: None,
        ..parts
    };
    match Quantity::new(parts, measure) {
        Ok(quantity) => Some(quantity),
        Err(error) => {
            problems.push(spot, "amount", value, error.to_string());
            None
        }
    }
}

fn allows(about: &About, property: Property) -> Result<(), String> {
    let needs = match property {
        Property::Size => None,
        Property::Committed | Property::PaidIn => Some(EntityKind::Fund),
        Property::Capacity => Some(EntityKind::Facility),
    };
    match (about, needs) {
        (About::Entity(_), None) => Ok(()),
        (About::Entity(kind), Some(needs)) if *kind == needs => Ok(()),
        (About::Entity(kind), Some(needs)) => {
            Err(format!("only a {needs} has `{property}`; this is a {kind}"))
        }
        (About::Amount(_) | About::Nothing, _) => Err("only an entity has properties".into()),
    }
}

/// The amounts of the stored relations and observations on which the batch states another.
async fn stored_amounts<R: Reader>(
    plan: &WritePlan,
    at: &R,
    known: &Known<'_>,
) -> Answer<HashMap<String, Option<Quantity>>> {
    let (mut relations, mut observations): (Vec<RelationId>, Vec<ObservationId>) = Default::default();
    for note in plan.notes.iter().filter(|note| note.statement.amount.is_some()) {
        match known.find(&note.subject) {
            Found::Stored(Subject::Relation(id)) => relations.push(id),
            Found::Stored(Subject::Observation(id)) => observations.push(id),
            _ => {}
        }
    }
    let mut amounts = HashMap::new();
    if !relations.is_empty() {
        let found = at.relations(&relations).await?.into_iter().flatten();
        // An amount that only statements give is none of the row's.
        let own = |quantity: Option<Quantity>| quantity.filter(|quantity| !quantity.is_implicit());
        amounts.extend(found.map(|relation| (relation.id.to_string(), own(relation.quantity))));
    }
    if !observations.is_empty() {
        let found = at.observations(&observations).await?.into_iter().flatten();
        amounts.extend(found.map(|observation| (observation.id.to_string(), Some(observation.quantity))));
    }
    Ok(amounts)
}

/// Says that a key has something else than what is asked for.
pub(super) fn something_else(key: &str, subject: &Subject, wanted: &str) -> Message {
    Message::from(format!("{key} is {}, not {wanted}", noun(subject)))
}
