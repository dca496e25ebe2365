//! Rules have one row for each part; this module assembles the rows of a rule.

use std::collections::HashMap;

use super::column::DatasetColumn as C;
use super::parsed_dataset::{ParsedDataset, RowOrigin};
use super::report::Rejection;
use super::row::{InputFile, RowReader};
use super::tables::read_evidence;
use crate::model::change::Record;
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

impl RuleRows {
    /// Reads one row.
    pub(super) fn add_row(&mut self, row: &mut RowReader<'_>, origin: RowOrigin) {
        let id = row.required(C::Id, RuleId::parse);
        let bearer = row.required_entity(C::BearerId);
        let rule_type = row.required_choice(C::RuleType, RuleType::ALL, RuleType::name);
        let base = row.text(C::Base);
        let number = row.required(C::Part, |text| match text.parse::<u32>() {
            Ok(number) if number > 0 => Ok(number),
            Ok(_) | Err(_) => {
                let reason = format!(
                    "`{}` is not a valid part number (expected 1 or more)",
                    visible(text)
                );
                Err(Refusal::new(reason, "number the parts 1, 2, …"))
            }
        });
        let party = row.read(C::PartyId, EntityId::parse);
        let label = row.text(C::PartyLabel);
        let (lower, upper) = (row.decimal(C::Lower), row.decimal(C::Upper));
        let own = read_evidence(row);
        let begun = id
            .as_ref()
            .and_then(|id| self.by_id.get(id.as_str()))
            .map(|place| &mut self.rules[*place]);
        let Some(begun) = begun else {
            if let (Some(id), Some(bearer), Some(rule_type), Some(number), Some(own)) =
                (id, bearer, rule_type, number, own)
            {
                self.by_id.insert(id.to_string(), self.rules.len());
                let (first, rejected) = ((row.file.clone(), row.line), row.is_rejected());
                let part = (
                    number,
                    RulePart {
                        party,
                        label,
                        lower,
                        upper,
                    },
                    own,
                    origin,
                );
                self.rules.push(PartialRule {
                    id,
                    bearer,
                    rule_type,
                    base,
                    parts: vec![part],
                    first,
                    rejected,
                });
            }
            return;
        };
        let place = format!("{}:{}", begun.first.0.name, begun.first.1);
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
        differs(
            C::BearerId,
            bearer.as_ref().is_none_or(|bearer| *bearer == begun.bearer),
        );
        differs(
            C::RuleType,
            rule_type.is_none_or(|rule_type| rule_type == begun.rule_type),
        );
        differs(C::Base, base == begun.base);
        if let Some((.., at)) = begun.parts.iter().find(|(other, ..)| Some(*other) == number) {
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
        begun.rejected |= row.is_rejected();
        if let (Some(number), Some(own)) = (number, own) {
            begun.parts.push((
                number,
                RulePart {
                    party,
                    label,
                    lower,
                    upper,
                },
                own,
                origin,
            ));
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
            if rejected || parsed.unread.contains(id.as_str()) {
                parsed.unread.insert(id.to_string());
                continue;
            }
            if let Some(missing) = missing {
                parsed.unread.insert(id.to_string());
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
