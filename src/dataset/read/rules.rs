//! Rules have one row for each part; this module assembles the rows of a rule.

use std::collections::HashMap;

use super::parsed_dataset::{ParsedDataset, RowOrigin};
use super::tables::read_evidence;
use crate::dataset::format::input_row::{InputFile, RowReader};
use crate::dataset::report::Rejection;
use crate::model::change::Record;
use crate::model::field::Field as C;
use crate::model::free_text::visible;
use crate::model::id::{EntityId, RuleId};
use crate::model::record::{Rule, RulePart, RuleType};
use crate::model::refusal::Refusal;
use crate::service::write::{Draft, StatementDraft};

/// The rows of rules read so far.
#[derive(Default)]
pub(super) struct RuleRows {
    /// In the order of their first rows.
    rules: Vec<PartialRule>,
    by_id: HashMap<String, usize>,
}

/// A rule with the rows read so far.
struct PartialRule {
    id: RuleId,
    bearer: EntityId,
    rule_type: RuleType,
    base: Option<String>,
    parts: Vec<(u32, RulePart, StatementDraft, RowOrigin)>,
    /// The file and line of its first row.
    first: (InputFile, u32),
    /// Whether one of its rows was rejected.
    rejected: bool,
}

/// One row: a part of a rule, and what every row of the rule repeats.
struct RuleTableRow {
    id: Option<RuleId>,
    bearer: Option<EntityId>,
    rule_type: Option<RuleType>,
    base: Option<String>,
    number: Option<u32>,
    part: RulePart,
    own: Option<StatementDraft>,
    origin: RowOrigin,
}

impl RuleTableRow {
    fn read(row: &mut RowReader<'_>, origin: RowOrigin) -> Self {
        Self {
            id: row.required(C::Id, RuleId::parse),
            bearer: row.required_entity(C::BearerId),
            rule_type: row.required_choice(C::RuleType, RuleType::ALL, RuleType::name),
            base: row.text(C::Base),
            number: row.required(C::Part, part_number),
            part: RulePart {
                party: row.read(C::PartyId, EntityId::parse),
                label: row.text(C::PartyLabel),
                lower: row.decimal(C::Lower),
                upper: row.decimal(C::Upper),
            },
            own: read_evidence(row),
            origin,
        }
    }
}

fn part_number(text: &str) -> Result<u32, Refusal> {
    match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => {
            let reason = format!(
                "`{}` is not a valid part number (expected 1 or more)",
                visible(text)
            );
            Err(Refusal::new(reason, "number the parts 1, 2, …"))
        }
    }
}

impl PartialRule {
    /// The rule of a first row; none if the row does not say enough.
    fn begin(read: RuleTableRow, row: &RowReader<'_>) -> Option<Self> {
        let part = (read.number?, read.part, read.own?, read.origin);
        Some(Self {
            id: read.id?,
            bearer: read.bearer?,
            rule_type: read.rule_type?,
            base: read.base,
            parts: vec![part],
            first: (row.file.clone(), row.line),
            rejected: row.is_rejected(),
        })
    }

    /// Adds a further row, which must agree with the first.
    fn add(&mut self, read: RuleTableRow, row: &mut RowReader<'_>) {
        self.check_repeated(&read, row);
        let number = read.number;
        if let Some((.., at)) = self.parts.iter().find(|(other, ..)| Some(*other) == number) {
            let reason = format!(
                "this part of the rule is already given at {}:{}",
                row.file.name, at.line
            );
            let value = row.raw(C::Part).unwrap_or_default();
            row.reject(
                C::Part,
                value,
                reason,
                "give each part its own number: (id, part) is unique",
            );
        }
        self.rejected |= row.is_rejected();
        if let (Some(number), Some(own)) = (number, read.own) {
            self.parts.push((number, read.part, own, read.origin));
        }
    }

    /// Rejects the cells of a further row that differ from the first.
    fn check_repeated(&self, read: &RuleTableRow, row: &mut RowReader<'_>) {
        let place = format!("{}:{}", self.first.0.name, self.first.1);
        let mut differs = |column: C, same: bool| {
            if !same {
                let value = row.raw(column).unwrap_or_default();
                row.reject(
                    column,
                    value,
                    format!("this differs from the first row of the rule at {place}"),
                    "write the same value in every row of the rule",
                );
            }
        };
        let (bearer, rule_type) = (read.bearer.as_ref(), read.rule_type);
        differs(C::BearerId, bearer.is_none_or(|bearer| *bearer == self.bearer));
        differs(
            C::RuleType,
            rule_type.is_none_or(|rule_type| rule_type == self.rule_type),
        );
        differs(C::Base, read.base == self.base);
    }
}

impl RuleRows {
    /// Reads one row.
    pub(super) fn add_row(&mut self, row: &mut RowReader<'_>, origin: RowOrigin) {
        let read = RuleTableRow::read(row, origin);
        let known = read
            .id
            .as_ref()
            .and_then(|id| self.by_id.get(id.as_str()).copied());
        match known {
            Some(index) => self.rules[index].add(read, row),
            None => {
                if let Some(rule) = PartialRule::begin(read, row) {
                    self.by_id.insert(rule.id.to_string(), self.rules.len());
                    self.rules.push(rule);
                }
            }
        }
    }

    /// Adds the assembled rules to the data set.
    pub(super) fn finish(self, parsed: &mut ParsedDataset) {
        for PartialRule {
            id,
            bearer,
            rule_type,
            base,
            mut parts,
            first,
            rejected,
        } in self.rules
        {
            parts.sort_by_key(|(number, ..)| *number);
            let missing = (1..)
                .zip(&parts)
                .find(|(expected, (number, ..))| expected != number)
                .map(|(n, _)| n);
            if rejected || parsed.rejected_keys.contains(id.as_str()) {
                parsed.rejected_keys.insert(id.to_string());
                continue;
            }
            if let Some(missing) = missing {
                parsed.rejected_keys.insert(id.to_string());
                parsed.rejections.push(Rejection {
                    file: first.0.name,
                    line: Some(first.1),
                    column: C::Part.name().into(),
                    value: parts
                        .first()
                        .map(|(number, ..)| number.to_string())
                        .unwrap_or_default(),
                    reason: format!("part {missing} of {id} is missing"),
                    hint: "number the parts 1, 2, …".into(),
                });
                continue;
            }
            let draft = parsed.drafts.len();
            let rows: Vec<RowOrigin> = parts.iter().map(|(.., origin)| *origin).collect();
            parsed.row_origins.origins.extend(rows.first());
            parsed.row_origins.rows.insert(draft, rows);
            let (mut own, mut ordered) = (Vec::new(), Vec::new());
            for (_, part, statement, _) in parts {
                own.push(statement);
                ordered.push(part);
            }
            let record = Box::new(Record::Rule(Rule {
                id,
                bearer,
                rule_type,
                base,
                parts: ordered,
            }));
            parsed.drafts.push(Draft::Record {
                record,
                own,
                more: Vec::new(),
            });
        }
    }
}
