//! Checks the free text of a batch. Every record is destructured field by field, so that a new field compiles only with a
//! decision about its text.

use crate::model::change::Record;
use crate::model::entity::{Entity, Name, NameRole, Properties};
use crate::model::field::Field;
use crate::model::free_text::TextKind::{Line, Prose};
use crate::model::free_text::{TextKind, check_text};
use crate::model::quantity::Quantity;
use crate::model::record::{Observation, Rule, RulePart, Source};
use crate::model::refusal::Refusal;
use crate::model::relation::Relation;
use crate::model::statement::{Locator, Statement};
use crate::model::text_limit::{TextLimit, check_items};
use crate::service::write::batch::StatementDraft;
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::service::write::split_batch::BatchRecord;

/// Reports every text of a record that its field does not permit.
pub(in crate::service::write) fn check_record(item: &BatchRecord, problems: &mut WriteProblems) {
    let mut check = TextCheck {
        location: item.location(),
        problems,
        lengths_alone: false,
    };
    check.record(&item.record);
}

/// The first text of a stored record or its statements that is too long: its field, and the reason. Other rules for texts may
/// have changed since it was written.
pub(in crate::service) fn first_too_long(
    record: &Record,
    statements: &[Statement],
) -> Option<(Field, String)> {
    let mut problems = WriteProblems::default();
    let mut check = TextCheck {
        location: ProblemLocation::draft(0),
        problems: &mut problems,
        lengths_alone: true,
    };
    check.record(record);
    for statement in statements {
        let Locator { text, section, .. } = &statement.locator;
        check.optional(Field::Quote, statement.quote.as_ref(), Prose);
        check.optional(Field::Locator, section.as_ref(), Line);
        check.optional(Field::Locator, text.as_ref(), Line);
        check.quantity(Field::OriginalText, statement.quantity.as_ref());
    }
    let first = problems.0.into_iter().next()?;
    Some((first.field, first.reason.render(|draft| draft.to_string())))
}

impl TextCheck<'_> {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Source(source) => self.source(source),
            Record::Entity(entity) => self.entity(entity),
            Record::Relation(relation) => self.relation(relation),
            Record::Observation(observation) => self.observation(observation),
            Record::Rule(rule) => self.rule(rule),
        }
    }
}

/// Reports every text of a statement that its field does not permit.
pub(in crate::service::write) fn check_statement(
    statement: &StatementDraft,
    location: ProblemLocation,
    problems: &mut WriteProblems,
) {
    let StatementDraft {
        source: _,
        locator:
            Locator {
                text,
                section,
                lines: _,
                span: _,
            },
        quote,
        assertion: _,
        reliability: _,
        rank: _,
        property: _,
        amount,
        as_of: _,
    } = statement;
    let mut check = TextCheck {
        location,
        problems,
        lengths_alone: false,
    };
    check.optional(Field::Quote, quote.as_ref(), Prose);
    check.optional(Field::Locator, section.as_ref(), Line);
    check.optional(Field::Locator, text.as_ref(), Line);
    let words = amount.as_ref().and_then(|parts| parts.original_text.as_ref());
    check.optional(Field::OriginalText, words, Prose);
}

/// Reports a name that is not one visible line. `own` is the field of a name with a row of its own.
pub(in crate::service::write) fn check_name(
    name: &Name,
    own: Option<Field>,
    location: ProblemLocation,
    problems: &mut WriteProblems,
) {
    let mut check = TextCheck {
        location,
        problems,
        lengths_alone: false,
    };
    check.name(name, own);
}

struct TextCheck<'a> {
    location: ProblemLocation,
    problems: &'a mut WriteProblems,
    /// Whether only the lengths of texts are checked.
    lengths_alone: bool,
}

/// Number of characters that a problem shows of a text that is too long.
const SHOWN_MAX: usize = 60;

impl TextCheck<'_> {
    fn text(&mut self, field: Field, text: &str, kind: TextKind) {
        if let Err(Refusal { reason, hint }) = TextLimit::of(field).check(text) {
            let shown: String = text.chars().take(SHOWN_MAX).chain(['…']).collect();
            self.problems.push(self.location, field, shown, reason, hint);
        } else if !self.lengths_alone
            && let Err(Refusal { reason, hint }) = check_text(text, kind)
        {
            self.problems.push(self.location, field, text, reason, hint);
        }
    }

    fn items(&mut self, field: Field, count: usize) {
        if let Err(Refusal { reason, hint }) = check_items(count) {
            self.problems.push(self.location, field, count, reason, hint);
        }
    }

    fn name(&mut self, name: &Name, own: Option<Field>) {
        let field = own.unwrap_or(match (name.role, name.lang.as_str()) {
            (NameRole::Official, "zh") => Field::NameZh,
            (NameRole::Official, "en") => Field::NameEn,
            (
                NameRole::Official | NameRole::Alias | NameRole::Abbreviation | NameRole::Transliteration,
                _,
            ) => Field::Aliases,
        });
        if name.value.is_empty() && !self.lengths_alone {
            self.problems.push(
                self.location,
                field,
                "",
                "a name cannot be empty",
                "write the name as it appears in the source",
            );
        }
        self.text(field, &name.value, Line);
    }

    fn optional(&mut self, field: Field, text: Option<&String>, kind: TextKind) {
        if let Some(text) = text {
            self.text(field, text, kind);
        }
    }

    /// Checks the items of a list; they cannot contain the separator of CSV lists.
    fn list(&mut self, field: Field, items: &[String]) {
        self.items(field, items.len());
        for item in items {
            if self.lengths_alone {
                self.text(field, item, Line);
            } else if item.is_empty() {
                self.problems.push(
                    self.location,
                    field,
                    "",
                    "a list item cannot be empty",
                    "leave it out",
                );
            } else if item.contains('|') {
                let hint = format!("write it without: `{}`", item.replace('|', "/"));
                self.problems.push(self.location, field, item, BAR, hint);
            } else {
                self.text(field, item, Line);
            }
        }
    }

    fn quantity(&mut self, field: Field, quantity: Option<&Quantity>) {
        if let Some(words) = quantity.and_then(Quantity::original_text) {
            self.text(field, words, Prose);
        }
    }

    fn source(&mut self, source: &Source) {
        let Source {
            id: _,
            title,
            authors,
            affiliation,
            publisher,
            published_on: _,
            language,
            licence,
            sha256: _,
            url,
            datasets: _,
        } = source;
        self.text(Field::Title, title, Line);
        self.list(Field::Authors, authors);
        self.optional(Field::Affiliation, affiliation.as_ref(), Line);
        self.optional(Field::Publisher, publisher.as_ref(), Line);
        self.optional(Field::Language, language.as_ref(), Line);
        self.optional(Field::Licence, licence.as_ref(), Line);
        self.optional(Field::Url, url.as_ref(), Line);
    }

    fn entity(&mut self, entity: &Entity) {
        let Entity {
            id: _,
            names,
            description,
            tags,
            external_ids,
            former_ids: _,
            size,
            validity: _,
            properties,
            recorded_at: _,
        } = entity;
        self.items(Field::Aliases, names.len());
        for name in names {
            self.name(name, None);
        }
        self.optional(Field::Description, description.as_ref(), Prose);
        self.list(Field::Tags, tags);
        self.items(Field::ExternalIds, external_ids.len());
        for external in external_ids {
            let length = TextLimit::LABEL.check(&external.to_string());
            let checked = if self.lengths_alone {
                length
            } else {
                length.and_then(|()| external.check())
            };
            if let Err(Refusal { reason, hint }) = checked {
                let shown: String = external.to_string().chars().take(SHOWN_MAX).collect();
                self.problems
                    .push(self.location, Field::ExternalIds, shown, reason, hint);
            }
        }
        self.quantity(Field::SizeText, size.as_ref());
        self.properties(properties);
    }

    fn properties(&mut self, properties: &Properties) {
        match properties {
            Properties::Region { level, centroid: _ } => self.optional(Field::Level, level.as_ref(), Line),
            Properties::Industry { scheme, code } => {
                self.optional(Field::Scheme, scheme.as_ref(), Line);
                self.optional(Field::Code, code.as_ref(), Line);
            }
            Properties::Park { park_type, level } => {
                self.optional(Field::ParkType, park_type.as_ref(), Line);
                self.optional(Field::Level, level.as_ref(), Line);
            }
            Properties::University => {}
            Properties::Lab { lab_type } => self.optional(Field::LabType, lab_type.as_ref(), Line),
            Properties::Facility {
                facility_type,
                capacity,
            } => {
                self.optional(Field::FacilityType, facility_type.as_ref(), Line);
                self.optional(Field::Capacity, capacity.as_ref(), Prose);
            }
            Properties::Fund {
                fund_type,
                committed,
                paid_in,
            } => {
                self.optional(Field::FundType, fund_type.as_ref(), Line);
                self.quantity(Field::CommittedText, committed.as_ref());
                self.quantity(Field::PaidInText, paid_in.as_ref());
            }
            Properties::Expert {
                title_class,
                fields,
                contact,
            } => {
                self.optional(Field::TitleClass, title_class.as_ref(), Line);
                self.list(Field::Fields, fields);
                self.optional(Field::Contact, contact.as_ref(), Prose);
            }
            Properties::Project { stage: _ } => {}
            Properties::Company { listing_board } => {
                self.optional(Field::ListingBoard, listing_board.as_ref(), Line);
            }
            Properties::Organization { org_type } => self.optional(Field::OrgType, org_type.as_ref(), Line),
            Properties::Program { family: _ } | Properties::Claim { claim_type: _ } => {}
        }
    }

    fn relation(&mut self, relation: &Relation) {
        let Relation {
            id: _,
            kind: _,
            from: _,
            to: _,
            stated_resource: _,
            stated_flow: _,
            quantity,
            share: _,
            under: _,
            driver: _,
            validity: _,
        } = relation;
        self.quantity(Field::OriginalText, quantity.as_ref());
    }

    fn observation(&mut self, observation: &Observation) {
        let Observation {
            id: _,
            entity: _,
            indicator,
            quantity,
            period: _,
        } = observation;
        self.text(Field::Indicator, indicator, Line);
        self.quantity(Field::OriginalText, Some(quantity));
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule {
            id: _,
            bearer: _,
            rule_type: _,
            base,
            parts,
        } = rule;
        self.optional(Field::Base, base.as_ref(), Prose);
        let location = self.location;
        for (row, part) in parts.iter().enumerate() {
            let RulePart {
                party: _,
                label,
                lower: _,
                upper: _,
            } = part;
            self.location = location.row(row);
            self.optional(Field::PartyLabel, label.as_ref(), Line);
        }
        self.location = location;
    }
}

/// Reason for rejecting an item with the list separator.
const BAR: &str = "a list item cannot contain the character |, which separates items";
