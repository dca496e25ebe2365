//! Imports several data sets in one call: each after those that it refers to, and those that refer to each other together.

use std::collections::{HashMap, HashSet};

use super::single::{ImportError, ImportOptions, ImportOutcome, import, into_batch, rejection_report};
use crate::dataset::format::manifest;
use crate::dataset::read::parsed_dataset::ParsedDataset;
use crate::dataset::report::Rejection;
use crate::model::change::Record;
use crate::service::Service;
use crate::service::write::{Draft, references};

/// Groups of data sets, by index, that must be imported together; each group comes after those that it refers to. Otherwise the
/// given order is kept: for a record that two of them have, the later one wins.
pub fn import_order(parsed: &[&ParsedDataset]) -> Vec<Vec<usize>> {
    let dependencies = dependencies(parsed);
    let count = parsed.len();
    let mut reaches: Vec<Vec<bool>> = (0..count)
        .map(|from| (0..count).map(|to| dependencies[from].contains(&to)).collect())
        .collect();
    for by in 0..count {
        for from in 0..count {
            for to in 0..count {
                if reaches[from][by] && reaches[by][to] {
                    reaches[from][to] = true;
                }
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, reached) in reaches.iter().enumerate() {
        let with = |group: &Vec<usize>| reached[group[0]] && reaches[group[0]][place];
        match groups.iter_mut().find(|group| with(group)) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    let mut ordered: Vec<Vec<usize>> = Vec::with_capacity(groups.len());
    while !groups.is_empty() {
        let waits = |group: &Vec<usize>, others: &[Vec<usize>]| {
            let needed = |other: &Vec<usize>| other[0] != group[0] && reaches[group[0]][other[0]];
            others.iter().any(needed)
        };
        // One group depends on no other, because groups refer to each other in one direction only.
        let next = groups
            .iter()
            .position(|group| !waits(group, &groups))
            .unwrap_or_default();
        ordered.push(groups.remove(next));
    }
    ordered
}

/// For each data set, the others that it depends on: they have the records that it refers to and has no row for.
fn dependencies(parsed: &[&ParsedDataset]) -> Vec<HashSet<usize>> {
    let mut providers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, one) in parsed.iter().enumerate() {
        for draft in &one.drafts {
            if let Draft::Record { record, .. } = draft {
                let places = providers.entry(record.key()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
                if let Record::Entity(entity) = &**record {
                    for former in &entity.former_ids {
                        providers.entry(former.as_str()).or_default().push(place);
                    }
                }
            }
        }
    }
    let mut dependencies: Vec<HashSet<usize>> = vec![HashSet::new(); parsed.len()];
    for (place, one) in parsed.iter().enumerate() {
        let mut need = |key: &str| {
            if let Some(by) = providers.get(key).filter(|by| !by.contains(&place)) {
                dependencies[place].extend(by.iter().copied());
            }
        };
        for draft in &one.drafts {
            match draft {
                Draft::Record { record, own, more } => {
                    references(record, |_, _, id| need(id.as_str()));
                    own.iter()
                        .chain(more)
                        .for_each(|statement| need(statement.source.as_str()));
                }
                Draft::Region { region, own, .. } => {
                    need(region.as_str());
                    for statement in own {
                        need(statement.source.as_str());
                    }
                }
                Draft::Statement { subject, statement } | Draft::OwnStatement { subject, statement } => {
                    need(subject);
                    need(statement.source.as_str());
                }
                Draft::Name {
                    entity, statement, ..
                } => {
                    need(entity.as_str());
                    need(statement.source.as_str());
                }
            }
        }
    }
    dependencies
}

/// Imports data sets that refer to each other in one transaction: all of them or none.
pub async fn import_together(
    service: &Service,
    parsed: Vec<ParsedDataset>,
    options: &ImportOptions,
) -> Result<Vec<ImportOutcome>, ImportError> {
    if parsed.len() < 2 {
        let mut done = Vec::new();
        for one in parsed {
            done.push(import(service, one, options).await?);
        }
        return Ok(done);
    }
    let (mut batches, mut readings) = (Vec::new(), Vec::new());
    for one in parsed {
        let (batch, reading) = into_batch(one, options)?;
        batches.push(batch);
        readings.push(reading);
    }
    let can_write = readings.iter().all(|one| one.rejections.is_empty()) && !options.dry_run;
    let written = service.write_together(batches, !can_write).await?;
    let problems = match &written {
        Ok(_) => vec![Vec::new(); readings.len()],
        Err(problems) => problems.clone(),
    };
    let refused = readings
        .iter()
        .zip(&problems)
        .find(|(reading, problems)| !reading.rejections.is_empty() || !problems.is_empty())
        .map(|(reading, _)| reading.dataset.clone());
    let mut done = written.unwrap_or_default().into_iter();
    let finish = readings
        .into_iter()
        .zip(&problems)
        .map(|(mut reading, problems)| {
            let imported = done.next().unwrap_or_default();
            let (dataset, quotes_checked) = (reading.dataset.clone(), reading.quotes_checked);
            let result = match &refused {
                None => Ok(imported),
                Some(other) => {
                    if reading.rejections.is_empty() && problems.is_empty() {
                        reading.rejections.push(Rejection {
                            file: manifest::FILE.to_string(),
                            line: None,
                            column: "id".to_string(),
                            value: dataset.to_string(),
                            reason: format!(
                                "this data set and {other} refer to each other, and {other} was rejected"
                            ),
                            hint: format!("correct {other}: both are written together, or neither is"),
                        });
                    }
                    Err(rejection_report(reading, problems))
                }
            };
            ImportOutcome {
                dataset,
                quotes_checked,
                result,
            }
        });
    Ok(finish.collect())
}
